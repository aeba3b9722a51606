"""The command compare: two keys by their names, or two periods; the answer is the library's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analytics.commands.answering import ledger, output_options, scope_options, show


@click.command()
@click.argument("pair", nargs=-1, metavar="[KEY OTHER]")
@click.option("--against", metavar="PERIOD", help="The period to compare with: YYYY-MM, or DATE..DATE with the last exclusive.")
@scope_options
@output_options
@click.pass_context
def compare(ctx: click.Context, /, format_name: str, output: Path | None, pair: tuple[str, ...], against: str | None, **asked: Any) -> None:
    """Hold two keys, or two periods of every key, side by side, with the drivers of the difference."""
    show(ledger(ctx).compare(*pair, against=against, **asked), format_name, output)
