"""The parameters that reports compute from daily series: figures from the database, and functions of arrays over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analytics.core.frame import records
from analytics.reports.statements import Statement, relation, with_definitions

if TYPE_CHECKING:
    from numpy import ndarray

    from analytics.core.frame import Frame
    from analytics.core.period import Period
    from analytics.ledger.database.connection import Database
    from analytics.reports.catalog import StatisticsSpec

_KNOWN_DAYS = Statement("SELECT account, day_number FROM known_day", ("known_day",))
_ORDER = "series, day_number"


def statistical_inputs(database: Database, spec: StatisticsSpec, period: Period, parameters: dict[str, object]) -> dict[str, object]:
    """The parameters that `spec` computes from daily figures, given the other `parameters` of the report."""
    from analytics.analysis.daily_series import daily

    by = str(parameters["by"])
    series = database.cached_query("series", with_definitions(relation(spec.labels, "series"), by), parameters)
    found = _credentials(series) | {name: _column(database, lines, parameters) for name, lines in spec.line_parameters.items()}
    parameters = parameters | found
    known = database.cached_query("known", with_definitions(_KNOWN_DAYS), parameters)
    values = database.columns(with_definitions(relation(spec.figures, _ORDER), by), parameters)
    figures = daily(_labels(series), known.rows, values, dict(_further_figures(database, spec, parameters)))
    return found | spec.compute(figures, period, by)


def _column(database: Database, name: str, parameters: Mapping[str, object]) -> list[object]:
    return [value for (value,) in database.cached_query(name, with_definitions(relation(name)), parameters).rows]


def _labels(series: Frame) -> list[tuple[str, str | None, str]]:
    """Account, key and currency of each series, in order; a key has a row for each of its credentials."""
    about = zip(*map(series.values, ("account", "api_key", "currency")), strict=True)
    return list(dict(zip(series.values("series"), about, strict=True)).values())


def _credentials(series: Frame) -> dict[str, object]:
    """The credentials of each series, as parameters that the SQL need not find again."""
    if "credential_id" not in series.names:
        return {}
    names = ("series", "currency", "credential_id")
    return {"series_credentials": records(names, zip(*map(series.values, names), strict=True))}


def _further_figures(
    database: Database, spec: StatisticsSpec, parameters: dict[str, object]
) -> Iterator[tuple[str, Mapping[str, ndarray]]]:
    conditions = ", ".join(spec.further_figures.values()) or "NULL"
    (hold,) = database.cached_query("further_figures", f"SELECT {conditions}", parameters).rows
    for name, holds in zip(spec.further_figures, hold, strict=False):
        if holds:
            yield name, database.columns(with_definitions(relation(name, _ORDER)), parameters)
