"""Prices that a user gives in a CSV, as `keyspend report price-history --format csv` writes it."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal, InvalidOperation
from pathlib import Path

from analytics.analysis.repricing import Meter
from analytics.core.errors import UsageError, quoted
from analytics.core.money import SCALE
from analytics.core.usage import TOKEN_METERS

COLUMNS = ("model", "meter", "currency", "unit_price")
_LIKE = "write it like `keyspend report price-history --format csv` does; other columns are ignored"


def read(path: Path) -> dict[Meter, tuple[Decimal, ...]]:
    """The prices of one token by what they are the price of, ascending: of two, the first is off-peak.

    Raises UsageError, with the line, for what is no such file.
    """
    prices: defaultdict[Meter, set[Decimal]] = defaultdict(set)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise UsageError("prices-header", f"{path.name} has no column {', '.join(missing)}", _LIKE)
            for row in rows:
                meter, price = _entry(path.name, rows.line_num, row)
                prices[meter].add(price)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError("prices-unreadable", f"{path.name} cannot be read: {_why(error)}", _LIKE) from None
    if not prices:
        raise UsageError("prices-empty", f"{path.name} holds no price", _LIKE)
    return {meter: tuple(sorted(found)) for meter, found in prices.items()}


def _why(error: Exception) -> str:
    return (error.strerror or "it is no file") if isinstance(error, OSError) else "it is no CSV in UTF-8"


def _entry(name: str, line: int, row: dict[str, str | None]) -> tuple[Meter, Decimal]:
    model, meter, currency, text = (row[column] or "" for column in COLUMNS)
    where = f"{name}, line {line}"
    if meter not in TOKEN_METERS:
        raise UsageError("prices-meter", f"{where}: {quoted(meter)} is no meter that has a price", f"meters: {', '.join(TOKEN_METERS)}")
    if not model or not currency:
        raise UsageError("prices-entry", f"{where}: a price needs a model and a currency", _LIKE)
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0 or int(price.as_tuple().exponent) < -SCALE:
        hint = f"the price of one token, a plain decimal of at most {SCALE} places: 2 per million is 0.000002"
        raise UsageError("prices-price", f"{where}: {quoted(text)} is no price", hint)
    return Meter(model, meter, currency), price
