"""What questions that rest on statistics are told: daily figures off the database, and what functions of arrays make of them.

It knows no statistics, and asks no question itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from analytics.reports.catalog import with_definitions

if TYPE_CHECKING:
    from numpy import ndarray

    from analytics.core.frame import Frame
    from analytics.core.period import Period
    from analytics.ledger.database.connection import Database


class StatisticsSpec(NamedTuple):
    """Of a question that rests on statistics of whole series: the relations of labels and of daily figures, and those beside them."""

    label: str
    relation: str
    module: str
    """Whose `parameters` work out what the question is told."""
    beside: Mapping[str, str] = {}
    """Relations, and what holds of any generation in which they say something: to ask that is quicker than to ask them."""
    told: Mapping[str, str] = {}
    """Parameters that are a column of a relation, which takes long to find: what is asked then need not find it again."""


_BESIDE_ALERTS = {
    "earlier_use": "CAST($start AS DATE) - 126 > (SELECT min(charge_date) FROM owned_day)",
    "feedback_day": "EXISTS (FROM key_feedback)",
    "hourly_use": "(SELECT count(*) FROM owned_day WHERE is_hourly) > 14",
}
_PREPARED = {
    "budgets": StatisticsSpec("budget_label", "budget_cost", "analytics.analysis.budgets.outlook"),
    "forecast": StatisticsSpec("series_label", "recent_cost", "analytics.analysis.forecasting.month_end"),
    "hot-keys": StatisticsSpec(
        "key_credential", "daily_use", "analytics.analysis.anomalies.alerts", _BESIDE_ALERTS, {"peak_lines": "peak_line"}
    ),
}


def takes_feedback(name: str) -> bool:
    """Whether a question depends on what was said of days of keys."""
    return name in _PREPARED and "feedback_day" in _PREPARED[name].beside


def statistical_inputs(database: Database, name: str, period: Period, parameters: dict[str, object]) -> dict[str, object]:
    """What question `name` is told, beside the `parameters` that it has; nothing where it rests on no statistics."""
    if name not in _PREPARED:
        return {}
    from analytics.analysis.daily_series import daily

    about, by = _PREPARED[name], parameters["by"]
    # Loaded while the database answers, which needs no Python meanwhile.
    Thread(target=import_module, args=("numpy",), daemon=True).start()
    series = database.query_once("series", with_definitions(f"FROM {about.label} ORDER BY series", by), parameters)
    told = _credentials(series) | {name: _column(database, relation, parameters) for name, relation in about.told.items()}
    parameters = parameters | told
    known = database.query_once("known", with_definitions("SELECT account, day_number FROM known_day"), parameters)
    values = database.columns(with_definitions(f"FROM {about.relation} ORDER BY series, day_number", by), parameters)
    figures = daily(_labels(series), known.rows, values, dict(_said_beside(database, about, parameters)))
    worked_out: Callable[..., dict[str, object]] = import_module(about.module).parameters
    return told | worked_out(figures, period, by)


def _column(database: Database, relation: str, parameters: Mapping[str, object]) -> list[object]:
    return [value for (value,) in database.query_once(relation, with_definitions(f"FROM {relation}"), parameters).rows]


def _labels(series: Frame) -> list[tuple[str, str | None, str]]:
    """What each series is of, in their order; a key has a row for each of its credentials."""
    about = zip(*map(series.values, ("account", "api_key", "currency")), strict=True)
    return list(dict(zip(series.values("series"), about, strict=True)).values())


def _credentials(series: Frame) -> dict[str, object]:
    """The credentials of each series, for who asks about days of series, which need not be found again."""
    if "credential_id" not in series.names:
        return {}
    names = {"series_numbers": "series", "series_currencies": "currency", "series_credentials": "credential_id"}
    return {parameter: series.values(name) for parameter, name in names.items()}


def _said_beside(database: Database, about: StatisticsSpec, parameters: dict[str, object]) -> Iterator[tuple[str, Mapping[str, ndarray]]]:
    conditions = ", ".join(about.beside.values()) or "NULL"
    (says,) = database.query_once("beside", f"SELECT {conditions}", parameters).rows
    for relation, says_something in zip(about.beside, says, strict=False):
        if says_something:
            yield relation, database.columns(with_definitions(f"FROM {relation} ORDER BY series, day_number"), parameters)
