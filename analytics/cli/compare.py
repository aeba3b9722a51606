"""The command `keyspend compare`: two keys, or two periods of every key."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.cli.options import ledger, scope_options
from analytics.cli.output import output_options, show
from analytics.core.money import rounded

if TYPE_CHECKING:
    from analytics.core.frame import Frame

PLACES = 6
_FIGURES = ("previous_value", "value", "difference")


@click.command()
@click.argument("pair", nargs=-1, metavar="[KEY OTHER]")
@click.option("--against", metavar="PERIOD", help="The period to compare with: YYYY-MM, or DATE..DATE with the last exclusive.")
@scope_options
@output_options
@click.pass_context
def compare(
    ctx: click.Context, /, format_name: str, output: Path | None, pair: tuple[str, ...], against: str | None, **arguments: Any
) -> None:
    """Hold two keys, or two periods of every key, side by side, with the drivers of the difference."""
    frame = ledger(ctx).compare(*pair, against=against, **arguments)
    show(_short(frame) if format_name in ("table", "markdown") else frame, format_name, output)


def _short(frame: Frame) -> Frame:
    """The frame as text for people: whole quantities, amounts to PLACES decimals in their currency, with aligned decimal points."""
    rows = [list(row) for row in frame.rows]
    section = frame.names.index("section")
    for place in map(frame.names.index, _FIGURES):
        for row, text in zip(rows, _aligned([_figure(row[place], is_whole=row[section] == "quantity") for row in rows]), strict=True):
            row[place] = text
    columns = tuple(column._replace(type="VARCHAR") if column.name in _FIGURES else column for column in frame.columns)
    return replace(frame, columns=columns, rows=[tuple(row) for row in rows])


def _figure(value: Decimal | None, *, is_whole: bool) -> str:
    return "–" if value is None else f"{int(value):,}" if is_whole else f"{rounded(value, PLACES):,}"


def _aligned(texts: list[str]) -> list[str]:
    parts = [text.partition(".") for text in texts]
    before, after = (max((len(part[at]) for part in parts), default=0) for at in (0, 2))
    return [f"{whole:>{before}}{point or ' '}{rest:<{after}}" for whole, point, rest in parts]
