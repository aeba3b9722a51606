"""The commands about keyspend.toml: config check, config init and config path."""

from __future__ import annotations

import click

from analytics.cli.options import ledger
from analytics.core.data_directory import DataDirectory
from analytics.core.errors import UsageError

MOST_NOTES = 20


@click.group()
def config() -> None:
    """Check the settings, begin them, or tell where they are."""


@config.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Tell how keyspend.toml is understood, or what is wrong with it, line by line."""
    settings, snapshot = ledger(ctx).settings(), ledger(ctx).settings_snapshot()
    if not settings.digest:
        click.echo(f"there is no {settings.path}: `keyspend config init` begins one", err=True)
        return
    ledger(ctx).plan()
    coverage = ledger(ctx).assignment_coverage() if snapshot.rules else None
    counts = ", ".join(f"{count} × {name}" for name, count in settings.section_counts().items()) or "nothing yet"
    click.echo(f"{settings.path} is right: {counts}")
    if coverage:
        click.echo(f"{coverage.owned_count} of {coverage.key_count} keys have an owner: `keyspend owners` lists them")
        for problem in coverage.idle[:MOST_NOTES]:
            click.echo(f"note: {problem}", err=True)


@config.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Write a keyspend.toml that explains every setting, all commented out."""
    from analytics.core.files import replace
    from analytics.settings.sections import SECTIONS
    from analytics.settings.template import example

    directory: DataDirectory = ctx.find_root().obj
    if directory.settings.exists():
        raise UsageError("settings-exist", f"there is a {directory.settings} already", "edit it, or name another with --config")
    directory.create()
    replace(directory.settings, example(SECTIONS).encode())
    click.echo(f"wrote {directory.settings}", err=True)


@config.command()
@click.pass_context
def path(ctx: click.Context) -> None:
    """Tell where the settings are looked for."""
    click.echo(ctx.find_root().obj.settings)
