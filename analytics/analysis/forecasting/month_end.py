"""The month-end forecast: the missing days of a month, their expected cost, and the total per account, key, owner or currency.

Expected costs of missing days are estimates, rounded to cents; costs of known days keep every digit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.analysis.allocation.month_to_date import with_month_to_date
from analytics.analysis.daily_series import Daily, grids
from analytics.analysis.forecasting.run_rate import remaining
from analytics.core.allocation import OWNER_LEVELS
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, estimated, exact_sum
from analytics.core.period import Period, next_month

if TYPE_CHECKING:
    from numpy import ndarray

LEAST_DAYS = 7
"""The least number of complete days for a forecast."""
TRUSTED_DAYS = 56
"""The least number of days of history for a forecast of normal confidence."""
_COLUMNS = (
    Column("billing_period", "VARCHAR"),
    Column("account", "VARCHAR"),
    Column("api_key", "VARCHAR"),
    Column("api_key_name", "VARCHAR"),
    *(Column(name, "VARCHAR") for name in OWNER_LEVELS),
    Column("assignment", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("as_of_date", "DATE"),
    Column("complete_days", "BIGINT"),
    Column("days_left", "BIGINT"),
    Column("month_to_date_cost", "DECIMAL(38,18)"),
    Column("forecast_cost", "DECIMAL(38,18)"),
    Column("forecast_low", "DECIMAL(38,18)"),
    Column("forecast_high", "DECIMAL(38,18)"),
    Column("run_rate_cost", "DECIMAL(38,18)"),
    Column("past_error_ratio", "DOUBLE"),
    Column("confidence", "VARCHAR"),
    Column("unreconciled_dates", "VARCHAR"),
)


class Month(NamedTuple):
    """The month of an account to forecast: its first day, its complete days and its other days (ordinals)."""

    first: date
    complete: list[int]
    missing: list[int]


def months(figures: Daily, period: Period) -> dict[tuple[str, str], Month]:
    """The newest month of a currency in the period, by account and currency; accounts without a complete day in it are left out."""
    accounts = defaultdict(set)
    for label in figures.labels:
        accounts[label.currency].add(label.account)
    first = period.start.toordinal() if period.start else 0
    by_account: dict[tuple[str, str], Month] = {}
    for currency, of in accounts.items():
        newest = max((days[-1] for account, days in figures.known.items() if account in of and days[-1] >= first), default=0)
        if newest:
            of_currency = {(account, currency): _month(newest, figures.known.get(account, [])) for account in of}
            by_account |= {key: month for key, month in of_currency.items() if month.complete}
    return by_account


def _month(newest: int, known: list[int]) -> Month:
    first = date.fromordinal(newest).replace(day=1)
    days = range(first.toordinal(), next_month(first).toordinal())
    complete = [day for day in known if day in days]
    return Month(first, complete, sorted(set(days) - set(complete)))


class Expected(NamedTuple):
    """The expected cost of a series on the missing days of its month; the sums are NaN where there is no forecast."""

    series: int
    month: date
    last_date: date
    complete_days: int
    cost: float
    low: float
    high: float
    error: float
    history: int


def parameters(figures: Daily, period: Period, by: str) -> dict[str, Any]:
    """The query parameters of the forecast, one entry per series that has a month; NULL where there is no forecast.

    Of a total, interval, error and history are those of all accounts of a currency together, repeated for each account.
    """
    of_accounts = months(figures, period)
    forecasts: list[Expected] = []
    for numbers, first, grid in grids(figures, ["cost"]):
        each = list(_expected(figures, of_accounts, numbers, first, grid["cost"]))
        forecasts += _together(figures, of_accounts, each, first, grid["cost"]) if by == "total" else each
    return {"forecasts": [_parameter(one) for one in forecasts], "first_month": min((one.month for one in forecasts), default=None)}


def _parameter(one: Expected) -> dict[str, Any]:
    return {
        "series": one.series,
        "first_date": one.month,
        "last_date": one.last_date,
        "complete_days": one.complete_days,
        "remaining_cost": _money(one.cost),
        "remaining_low": _money(one.low),
        "remaining_high": _money(one.high),
        "past_error_ratio": None if isnan(one.error) else one.error,
        "history_days": one.history,
    }


def _money(value: float) -> Decimal | None:
    return None if isnan(value) else estimated(value)


def _expected(
    figures: Daily, of_accounts: dict[tuple[str, str], Month], numbers: list[int], first: int, costs: ndarray
) -> Iterator[Expected]:
    """The expected costs of each series; those of one account and currency are computed at once, as they miss the same days."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, number in enumerate(numbers):
        rows[figures.labels[number].account, figures.labels[number].currency].append(row)
    for account_and_currency, places in rows.items():
        if month := of_accounts.get(account_and_currency):
            histories, sums = _foreseen(costs[places], first, month.missing)
            last = date.fromordinal(month.complete[-1])
            for place, history, (cost, low, high, error) in zip(places, histories, sums, strict=True):
                yield Expected(numbers[place], month.first, last, len(month.complete), cost, low, high, error, history)


def _foreseen(costs: ndarray, first: int, missing: list[int]) -> tuple[list[int], list[list[float]]]:
    """The known days of each history, and per series the sum of the missing days: expected, low, high, past error."""
    import numpy

    from analytics.analysis.forecasting import model

    weekday_counts = numpy.bincount([(day - 1) % 7 for day in missing], minlength=7).astype(float)
    foresight = numpy.array(model.foresee(costs, (first - 1) % 7, weekday_counts)).T
    histories = (~numpy.isnan(costs)).sum(axis=1)
    if missing:
        foresight[histories < LEAST_DAYS] = numpy.nan
    return histories.tolist(), foresight.tolist()


def _together(
    figures: Daily, of_accounts: dict[tuple[str, str], Month], each: list[Expected], first: int, costs: ndarray
) -> Iterator[Expected]:
    """The accounts of each currency with the interval of their sum, from its past errors over the longest list of missing days."""
    import numpy

    for currency in sorted({figures.labels[one.series].currency for one in each}):
        parts = [one for one in each if figures.labels[one.series].currency == currency]
        missing = max((of_accounts[figures.labels[one.series].account, currency].missing for one in parts), key=len)
        of_parts = costs[[one.series for one in parts]]
        has_begun = (~numpy.isnan(of_parts)).cumsum(axis=1) > 0
        total = numpy.where(has_begun, of_parts, 0.0).sum(axis=0, keepdims=True)
        (history,), ((alone, low, high, error),) = _foreseen(total, first, missing)
        factor = sum(one.cost for one in parts) / alone if alone else 1.0
        yield from (one._replace(low=low * factor, high=high * factor, error=error, history=history) for one in parts)


def finish(frame: Frame, *owner_spend: Frame) -> Frame:
    """One row per account, key, owner or total, from one per series: parts of a total, which share its interval, are added up.

    `owner_spend` are the frames of spend-by-owner of the complete days, with the exact month-to-date cost of owners. Where accounts
    differ, `complete_days`, `days_left` and `as_of_date` are those of the account with the fewest complete days. `run_rate_cost` is
    the cost of the month if its other days cost the average of its complete days. Keys and owners without spend and without expected
    cost have no row. Rows are sorted by currency, the highest month-to-date cost first.
    """
    by = ("currency", "account", "api_key", "assignment", *OWNER_LEVELS)
    records = with_month_to_date(frame.records(), owner_spend)
    groups = [list(parts) for _, parts in groupby(records, key=lambda row: tuple(row[name] for name in by))]
    rows = [_row(parts) for parts in groups if _is_reported(parts[0])]
    return Frame(frame.name, _COLUMNS, sorted(rows, key=_place))


def _is_reported(row: dict[str, Any]) -> bool:
    is_part = row["api_key"] is not None or row["assignment"] is not None
    return not is_part or row["month_to_date_cost"] > 0 or (row["remaining_cost"] or 0) > 0


def _place(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The sort key of a row: by currency, the highest month-to-date cost first."""
    values = dict(zip((column.name for column in _COLUMNS), row, strict=True))
    return values["currency"], -values["month_to_date_cost"], *(values[name] or "" for name in ("account", "api_key", *OWNER_LEVELS))


def _row(parts: list[dict[str, Any]]) -> tuple[Any, ...]:
    one = parts[0]
    spent = exact_sum(part["month_to_date_cost"] for part in parts)
    least = min(parts, key=lambda part: part["complete_days"])
    is_foreseen = all(part["remaining_cost"] is not None for part in parts) and one["remaining_low"] is not None
    sums = [exact_sum(part["remaining_cost"] for part in parts), one["remaining_low"], one["remaining_high"]] if is_foreseen else []
    rates = [remaining(part["month_to_date_cost"], part["complete_days"], part["month_days"]) for part in parts]
    return (
        *(one[name] for name in ("billing_period", "account", "api_key", "api_key_name", *OWNER_LEVELS, "assignment", "currency")),
        min(part["last_date"] for part in parts),
        least["complete_days"],
        least["month_days"] - least["complete_days"],
        spent,
        *([EXACT.add(spent, value) for value in sums] or (None, None, None)),
        EXACT.add(spent, exact_sum(rates)),
        one["past_error_ratio"],
        confidence(one["history_days"], is_known=least["complete_days"] == least["month_days"], is_foreseen=is_foreseen),
        " ".join(sorted({day for part in parts for day in (part["unreconciled_dates"] or "").split()})) or None,
    )


def confidence(history_days: int, *, is_known: bool, is_foreseen: bool) -> str:
    """The confidence of a forecast from so many days of history: `known` where no day is left, `none` where there is no forecast."""
    if is_known:
        return "known"
    return "none" if not is_foreseen else "low" if history_days < TRUSTED_DAYS else "normal"
