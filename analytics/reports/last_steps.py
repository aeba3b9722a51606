"""The steps of reports that SQL cannot do: each imports its arithmetic when it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.core.period import Period, month

if TYPE_CHECKING:
    from analytics.analysis.daily_series import Daily
    from analytics.core.frame import Frame
    from analytics.reports.scope import Scope
    from analytics.settings.snapshot import SettingsSnapshot


def budgets(frame: Frame) -> Frame:
    """The report `budgets`, from its rows."""
    from analytics.analysis.budgets import usage

    return usage.finish(frame)


def forecast(frame: Frame, *by_owner: Frame) -> Frame:
    """The report `forecast`, from its rows and the spend by owner of the complete days."""
    from analytics.analysis.forecasting import month_end

    return month_end.finish(frame, *by_owner)


def hot_keys(frame: Frame) -> Frame:
    """The report `hot-keys`, from its rows."""
    from analytics.analysis.anomalies import hot_keys

    return hot_keys.finish(frame)


def savings(frame: Frame) -> Frame:
    """The report `savings`, from its rows."""
    from analytics.analysis import savings

    return savings.finish(frame)


def spend_by_owner(frame: Frame) -> Frame:
    """The report `spend-by-owner`, from its rows."""
    from analytics.analysis.allocation import spend_by_owner

    return spend_by_owner.finish(frame)


def statement(frame: Frame, *by_owner: Frame) -> Frame:
    """The report `statement`, from its rows and the spend by owner of its period and the one before."""
    from analytics.analysis.allocation import statement

    return statement.finish(frame, *by_owner)


def variance(frame: Frame) -> Frame:
    """The report `variance`, from its rows."""
    from analytics.analysis.variance import report

    return report.finish(frame)


def budget_outlook(figures: Daily, period: Period, by: str) -> dict[str, object]:
    """The parameters of `budgets`: what days to come are expected to cost."""
    from analytics.analysis.budgets import outlook

    return {**outlook.parameters(figures, period, by)}


def month_end(figures: Daily, period: Period, by: str) -> dict[str, object]:
    """The parameters of `forecast`: what the rest of the month is expected to cost."""
    from analytics.analysis.forecasting import month_end

    return {**month_end.parameters(figures, period, by)}


def alerts(figures: Daily, period: Period, by: str) -> dict[str, object]:
    """The parameters of `hot-keys`: the alerts of the period, and the days that each is compared with."""
    from analytics.analysis.anomalies import alerts

    return {**alerts.parameters(figures, period, by)}


def scopes_of_statement(_frame: Frame, scope: Scope, before: Period | None, settings: SettingsSnapshot) -> Iterator[Scope]:
    """The period of a statement, and the one before, where there are owners."""
    for period in filter(None, (scope.period, before) if settings.rules else ()):
        yield replace(scope, period=period, against=None)


def scopes_of_forecast(frame: Frame, scope: Scope, _before: Period | None, _settings: SettingsSnapshot) -> Iterator[Scope]:
    """The complete days of the month of each currency, of a forecast by owner."""
    for currency, name in sorted({(row["currency"], row["billing_period"]) for row in frame.records() if row["assignment"]}):
        whole = month(name)
        end = min(filter(None, (whole.end, scope.period.end)))
        yield replace(scope, period=Period(whole.start, end), currency=currency, only_complete=True)
