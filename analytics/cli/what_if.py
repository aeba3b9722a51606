"""The command `keyspend what-if`: a period repriced under the assumptions of its options."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from analytics.cli.options import ledger, scope_options
from analytics.cli.output import output_options, show
from analytics.core.errors import UsageError, quoted


@click.command("what-if")
@click.option("--off-peak", "off_peak_ratio", metavar="RATIO", help="This share of what was bought at peak moves to off-peak: 1 is all.")
@click.option("--cache-hit-ratio", metavar="RATIO", help="This share of all input tokens are cache hits.")
@click.option("--as-model", "as_models", metavar="M=OTHER", multiple=True, help="Model M at the prices of OTHER; repeatable.")
@click.option("--prices", "price_file", type=click.Path(path_type=Path, dir_okay=False), help="A CSV of prices, as of price-history.")
@click.option("--traffic", metavar="[KEY=]FACTOR", multiple=True, help="Times so much traffic, of one key or of all; repeatable.")
@scope_options
@output_options
@click.pass_context
def what_if(
    ctx: click.Context,
    /,
    format_name: str,
    output: Path | None,
    off_peak_ratio: str | None,
    cache_hit_ratio: str | None,
    as_models: tuple[str, ...],
    traffic: tuple[str, ...],
    **arguments: Any,
) -> None:
    """Price a period again under assumptions, on its own data."""
    result = ledger(ctx).what_if(
        off_peak_ratio=_number("--off-peak", off_peak_ratio),
        cache_hit_ratio=_number("--cache-hit-ratio", cache_hit_ratio),
        as_models=dict(_pair("--as-model", text) for text in as_models),
        traffic=_traffic(traffic),
        **arguments,
    )
    show(result.frame, format_name, output)
    for note in result.notes:
        click.echo(f"note: {note}", err=True)


def _number(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UsageError("what-if-number", f"{option} {quoted(text)} is no number", "write a plain decimal, for example 0.5") from None


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not (name and equals and value):
        raise UsageError("what-if-pair", f"{option} {quoted(text)} is no pair", f"write {option} NAME=VALUE")
    return name, value


def _traffic(texts: tuple[str, ...]) -> dict[str | None, Decimal]:
    """The factors by key, None for all other keys. The last equals sign is the separator, because a name may have some.

    Raises UsageError for a key with two factors.
    """
    factors: dict[str | None, Decimal] = {}
    for text in texts:
        name, factor = _pair("--traffic", text) if "=" in text else (None, text)
        number = _number("--traffic", factor)
        if number is not None and factors.setdefault(name, number) != number:
            raise UsageError("what-if-twice", f"{quoted(name or 'all')} is given two factors", "name a key once")
    return factors
