"""The command `keyspend owners`: the owner of each key as a table, exported to CSV, or imported from CSV."""

from __future__ import annotations

from pathlib import Path

import click

from analytics.cli.options import ledger
from analytics.cli.output import output_options, show
from analytics.core.errors import UsageError


@click.command()
@click.option("--export", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write every key and its owner to this CSV.")
@click.option("--import", "source", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Take the owners from this CSV.")
@output_options
@click.pass_context
def owners(ctx: click.Context, target: Path | None, source: Path | None, format_name: str, output: Path | None) -> None:
    """List every key with its owner, those that nobody owns first."""
    if target and source:
        raise UsageError("owners-both", "--export and --import were both given", "do one after the other")
    if target:
        ledger(ctx).export_owners(target)
        click.echo(f"wrote {target}: fill in the owners, and give it back with --import", err=True)
    elif source:
        count, place = ledger(ctx).import_owners(source)
        click.echo(f"{count} rules about owners from {source} are in force, in {place}", err=True)
    else:
        show(ledger(ctx).owners(), format_name, output)
