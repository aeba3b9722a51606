"""The commands of keyspend.toml: config check, init and path."""

from __future__ import annotations

from collections import Counter

import click

from analytics.commands.answering import ledger
from analytics.config import DataDirectory
from analytics.errors import UsageError


@click.group()
def config() -> None:
    """Check the settings, begin them, or tell where they are."""


@config.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Tell whether keyspend.toml can be used, and what is wrong with it, line by line."""
    settings = ledger(ctx).settings()
    if not settings.digest:
        click.echo(f"there is no {settings.path}: `keyspend config init` begins one", err=True)
        return
    ledger(ctx).plan()
    found = Counter({name: len(entries) for name, entries in settings.entries.items() if name})
    told = ", ".join(f"{count} × {name}" for name, count in found.items()) or "nothing yet"
    click.echo(f"{settings.path} is right: {told}")


@config.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Write a keyspend.toml that explains every setting, all commented out."""
    from analytics.durable import replace
    from analytics.settings.example import example
    from analytics.settings.sections import SECTIONS

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
