"""The reports by name: of each its title, what a caller can choose, and what it needs beyond its SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from analytics.core.allocation import OWNER_LEVELS
from analytics.core.errors import UsageError, quoted
from analytics.core.period import Period, day, month
from analytics.reports import last_steps
from analytics.reports.statements import Statement, sql_text, with_definitions

if TYPE_CHECKING:
    from analytics.analysis.daily_series import Daily
    from analytics.core.frame import Frame
    from analytics.reports.scope import Scope
    from analytics.settings.snapshot import SettingsSnapshot

GRAINS = ("day", "hour", "week", "month")
SERIES = ("key", "model", "total")
OWNERS, BUDGETS, ACCOUNT_NAMES, ALERT_FLOORS = "owners", "budgets", "account names", "alert floors"
"""What a report can take from the settings."""
PREVIOUS = "previous"
"""The like period before, where the period to compare with is named."""


class StatisticsSpec(NamedTuple):
    """What a report that rests on daily series needs before its SQL runs.

    `labels` and `figures` are the definitions of the series and of their daily figures; `compute` makes parameters of them.
    `further_figures` are definitions of more figures, each with a condition that is quick to check and holds where there are any.
    `line_parameters` are parameters that are the column of a definition, which the SQL need not find again.
    """

    labels: str
    figures: str
    compute: Callable[[Daily, Period, str], dict[str, object]]
    further_figures: Mapping[str, str] = {}
    line_parameters: Mapping[str, str] = {}


@dataclass(frozen=True)
class ReportSpec:
    """A report: its SQL is `sql/<name>.sql`.

    `needs` is the shared definitions that its SQL reads. `grains` and `by` are the values that can be chosen, the default first;
    `has_top` is whether the number of series can be.
    `settings` is what its SQL takes from the settings, `finish` the last step that SQL cannot do, and `owner_scopes` the scopes in
    which it needs `spend-by-owner` for that.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    grains: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    has_top: bool = False
    compares: bool = False
    settings: frozenset[str] = frozenset()
    statistics: StatisticsSpec | None = None
    finish: Callable[..., Frame] | None = None
    owner_scopes: Callable[[Frame, Scope, Period | None, SettingsSnapshot], Iterator[Scope]] | None = None

    def sql(self, by: str | None = None) -> str:
        """Its statement, broken down by `by`, with the shared definitions that it needs."""
        return with_definitions(Statement(sql_text(f"{self.name}.sql"), self.needs), by)

    def choices(self) -> dict[str, list[str]]:
        """What can be chosen, with the values, the default first; no values where any number will do."""
        found = {field: list(values) for field, values in (("grain", self.grains), ("by", self.by)) if values}
        return {**found, **({"top": []} if self.has_top else {}), **({"against": []} if self.compares else {})}

    def settings_for(self, by: str | None) -> frozenset[str]:
        """What its SQL takes from the settings when it is broken down by `by`: owners only where it is by owner, if that is a choice."""
        is_by_owner = not set(OWNER_LEVELS) <= set(self.by) or (by or self.by[0]) in OWNER_LEVELS
        return self.settings if is_by_owner else self.settings - {OWNERS}


BUDGET_STATISTICS = StatisticsSpec("budget_label", "budget_cost", last_steps.budget_outlook)
FORECAST_STATISTICS = StatisticsSpec("series_label", "recent_cost", last_steps.month_end)
ALERT_STATISTICS = StatisticsSpec(
    "key_credential",
    "daily_use",
    last_steps.alerts,
    {
        "earlier_use": "CAST($start AS DATE) - CAST($compared_days AS INTEGER) > (SELECT min(charge_date) FROM owned_day)",
        "feedback_day": "EXISTS (FROM key_feedback)",
        "hourly_use": "(SELECT count(*) FROM owned_day WHERE is_hourly) > 14",
    },
    {"peak_lines": "peak_line"},
)

_SPECS = (
    ReportSpec(
        "api-key-names",
        "The names that each API key has had, with the first and the last day of each.",
        ("selected_credential",),
    ),
    ReportSpec(
        "budgets",
        "What was spent of each budget on complete days, what it is expected to come to, and when it is crossed.",
        ("budget_period", "complete_day", "recent_spend", "budget_credential", "rule_epoch_day", "key_rule", "rule_part", "budget_label"),
        settings=frozenset({OWNERS, BUDGETS}),
        statistics=BUDGET_STATISTICS,
        finish=last_steps.budgets,
    ),
    ReportSpec(
        "cache-savings",
        "What the cache saved each key on each model, per currency: its hits at the price that a miss cost in the same bucket and tier.",
        ("scoped_usage", "cache_pair", "usual_pair", "scoped_caveat_day"),
    ),
    ReportSpec(
        "coverage",
        "Which days of each account are known: present, partial, absent or overlapping another day, and the import that owns each.",
        ("scoped_day",),
    ),
    ReportSpec(
        "differences",
        "The days, models and currencies whose bill and usage do not agree, by how much, and why, where that is known.",
        ("scoped_reconciliation",),
    ),
    ReportSpec(
        "forecast",
        "What the month will have cost by its end: its complete days and a forecast of the others, with an 80 % interval and the run rate.",
        ("series_label", "daily_cost"),
        by=("account", "key", *OWNER_LEVELS, "total"),
        settings=frozenset({OWNERS}),
        statistics=FORECAST_STATISTICS,
        finish=last_steps.forecast,
        owner_scopes=last_steps.scopes_of_forecast,
    ),
    ReportSpec(
        "hot-keys",
        "The keys that need attention, ranked by what it costs: spikes, rises, new and silent keys, lost cache, dearer "
        "requests and models.",
        ("complete_fact", "selected_credential", "hourly_line", "given_peak_line"),
        has_top=True,
        settings=frozenset({ALERT_FLOORS}),
        statistics=ALERT_STATISTICS,
        finish=last_steps.hot_keys,
    ),
    ReportSpec(
        "key-leaderboard",
        "The keys by what they cost, per currency: owner, share, change against the like period before, requests, tokens and cache hits.",
        ("compared_total", "comparable_account", "key_rule", "rule_part", "compared_caveat_day"),
        has_top=True,
        compares=True,
        settings=frozenset({OWNERS}),
    ),
    ReportSpec(
        "key-movers",
        "The keys whose cost rose and fell most against the like period before, per currency; the rest as other.",
        ("compared_total", "compared_caveat_day", "comparable_account"),
        has_top=True,
        compares=True,
    ),
    ReportSpec(
        "late-adjustments",
        "What late evidence says of closed months, against what they were closed with: corrections that are listed and never applied.",
        ("scoped_late",),
    ),
    ReportSpec(
        "months",
        "The months of each account and currency: complete and reconciled or not, what they came to, and when and by "
        "whom they were closed.",
        ("evident_day", "selected_reconciliation"),
    ),
    ReportSpec(
        "price-history",
        "The prices that were paid, mined from the rows: when each was seen first and last, and its share of the quantity.",
        ("scoped_line",),
    ),
    ReportSpec(
        "price-steps",
        "The steps that prices took: what a million tokens cost from when to when, at peak and off-peak, and what they cost before.",
        ("price_tier", "scoped_line"),
    ),
    ReportSpec(
        "price-trend",
        "The prices of a million tokens on each day, per model and meter: the lowest and the highest paid, and what they came to.",
        ("scoped_line",),
    ),
    ReportSpec(
        "reconciliation",
        "Billed against computed, per account, day, model and currency, with the difference and, where known, its reason.",
        ("scoped_reconciliation",),
    ),
    ReportSpec(
        "restated-days",
        "Days that were over in two exports and add up to two costs: the vendor restated them, or a file is damaged.",
        ("scoped_day",),
    ),
    ReportSpec(
        "savings",
        "What each key could save on each model in each month: what it paid more at peak, and what the cache of a like key spares.",
        ("cache_pair", "peak_price", "usual_pair", "scoped_caveat_day", "selected_credential"),
        finish=last_steps.savings,
    ),
    ReportSpec(
        "savings-trend",
        "What the cache saved in each day, week, month or hour, per currency: its hits at the price of a miss in the same bucket and tier.",
        ("cache_pair", "usual_pair", "selected_credential"),
        grains=GRAINS,
        by=SERIES,
        has_top=True,
    ),
    ReportSpec(
        "sources",
        "The exports behind a period: each file with its hash, its offset and the days of the period that it owns.",
        ("scoped_day",),
    ),
    ReportSpec(
        "spend-by-day",
        "What each day cost, per account and currency, with its tokens and requests.",
        ("scoped_line",),
    ),
    ReportSpec(
        "spend-by-key",
        "What each API key cost, per currency, with its tokens and requests.",
        ("scoped_total", "scoped_caveat_day"),
    ),
    ReportSpec(
        "spend-by-key-and-day",
        "What each of the top keys cost on each day, per currency, with its requests and tokens; the rest as other.",
        ("scoped_fact", "scoped_total", "selected_credential"),
        has_top=True,
    ),
    ReportSpec(
        "spend-by-meter",
        "What each meter of each model cost, per currency: quantity, what a million tokens came to, and the share of the spend.",
        ("scoped_line",),
    ),
    ReportSpec(
        "spend-by-model",
        "What each model cost, per account and currency, with its tokens and requests.",
        ("scoped_line",),
    ),
    ReportSpec(
        "spend-by-month",
        "What each calendar month cost, per account and currency, with its tokens and requests.",
        ("scoped_line",),
    ),
    ReportSpec(
        "spend-by-owner",
        "What each owner's keys cost, per account and currency, with what was shared out to it; what nobody owns stands by itself.",
        ("rule_epoch_day", "key_rule", "selected_credential", "scoped_caveat_day", "rule_part", "period_fact"),
        by=OWNER_LEVELS,
        settings=frozenset({OWNERS}),
        finish=last_steps.spend_by_owner,
    ),
    ReportSpec(
        "spend-trend",
        "What each day, week, month or hour cost, per currency: the top keys or models told apart and the rest as other, or in total.",
        ("cost_series", "cost_step"),
        grains=GRAINS,
        by=SERIES,
        has_top=True,
    ),
    ReportSpec(
        "statement",
        "The statement of a month per account and currency: billed in total, by wallet and by model, computed by key "
        "and by owner, and the month before.",
        (
            "compared_total",
            "compared_billing",
            "scoped_fact",
            "selected_credential",
            "comparable_account",
            "scoped_caveat_day",
            "scoped_reconciliation",
        ),
        compares=True,
        finish=last_steps.statement,
        owner_scopes=last_steps.scopes_of_statement,
    ),
    ReportSpec(
        "summary",
        "What a period cost per currency, billed and computed, against the like period before, with requests, tokens and keys.",
        ("compared_total", "comparable_account", "compared_billing", "compared_caveat_day"),
        compares=True,
    ),
    ReportSpec(
        "tokens-by-day",
        "The tokens and requests of each day, and the share of input that came from the cache.",
        ("scoped_line",),
    ),
    ReportSpec(
        "tokens-by-key",
        "The tokens and requests of each API key, and the share of its input that came from the cache.",
        ("scoped_total", "scoped_caveat_day"),
    ),
    ReportSpec(
        "tokens-trend",
        "The tokens and requests of each day, week, month or hour: the top keys or models told apart and the rest as other, or in total.",
        ("selected_credential", "scoped_total", "scoped_line", "scoped_part", "scoped_fact"),
        grains=GRAINS,
        by=SERIES,
        has_top=True,
    ),
    ReportSpec(
        "unit-cost-trend",
        "What a million tokens and a request cost in each day, week, month or hour, per currency: the dearest keys or "
        "models told apart, or in total.",
        ("cost_series", "cost_step"),
        grains=GRAINS,
        by=SERIES,
        has_top=True,
    ),
    ReportSpec(
        "unit-costs",
        "What a request and a million tokens cost each key on each model, with cache hits and tokens per request.",
        ("scoped_total", "scoped_caveat_day"),
    ),
    ReportSpec(
        "variance",
        "Why a period cost more or less than the one before it: requests, tokens, models, cache, peak hours, prices and keys, per key too.",
        ("selected_credential", "compared_billing", "compared_line", "tiered_price", "comparable_account"),
        compares=True,
        finish=last_steps.variance,
    ),
)
REPORTS = {spec.name: spec for spec in _SPECS}


@dataclass(frozen=True)
class Breakdown:
    """How a report is broken down, where it leaves that open; None is the report's default."""

    grain: str | None = None
    by: str | None = None
    top: int | None = None

    def parameters(self, name: str) -> dict[str, object]:
        """The values for report `name`. Raises UsageError for a choice that it does not have, or an unknown value."""
        choices = report_spec(name).choices()
        for field, value in vars(self).items():
            if value is None:
                continue
            if field not in choices:
                others = ", ".join(other.name for other in _SPECS if field in other.choices())
                raise UsageError(f"{field}-unused", f"{name} has no --{field}", f"reports that have one: {others}")
            if choices[field] and value not in choices[field]:
                raise UsageError(f"{field}-unknown", f"there is no --{field} {quoted(value)}", f"known: {', '.join(choices[field])}")
        if self.top is not None and self.top < 1:
            raise UsageError("top-none", f"--top {self.top} leaves nothing to show", "name a number from 1 up")
        defaults = {"grain": choices.get("grain", GRAINS)[0], "by": choices.get("by", SERIES)[0]}
        return {"grain": self.grain or defaults["grain"], "by": self.by or defaults["by"], "top": self.top}


DEFAULT_BREAKDOWN = Breakdown()
"""Every report as it is broken down by default."""


def report_spec(name: str) -> ReportSpec:
    """The report of that name. Raises UsageError for an unknown one."""
    if name not in REPORTS:
        raise UsageError("report-unknown", f"there is no report {quoted(name)}", f"reports: {', '.join(REPORTS)}")
    return REPORTS[name]


def reports() -> dict[str, str]:
    """The titles of the reports, by name."""
    return {spec.name: spec.title for spec in _SPECS}


def choices(name: str) -> dict[str, list[str]]:
    """What report `name` lets choose, with the values, the default first; no values where any will do."""
    return report_spec(name).choices()


def compares(name: str) -> bool:
    """Whether a report compares the period with the one before it."""
    return name in REPORTS and REPORTS[name].compares


def takes_feedback(name: str) -> bool:
    """Whether a report depends on feedback about days of keys."""
    spec = REPORTS.get(name)
    return bool(spec and spec.statistics and "feedback_day" in spec.statistics.further_figures)


def depends_on_settings(name: str, by: str | None = None) -> bool:
    """Whether a report, broken down by `by`, depends on the settings. Raises UsageError for an unknown one."""
    spec = report_spec(name)
    return bool(spec.settings_for(by)) or (spec.owner_scopes is not None and not spec.by)


def against(name: str, text: str | None, period: Period) -> Period | None:
    """The period that a report compares with, from `YYYY-MM` or `DATE..DATE` (the last exclusive).

    None, and the text `previous`, mean the like period before. Raises UsageError for what is no period, or is not before `period`,
    and for a report that compares nothing.
    """
    if text is None:
        return None
    if not compares(name):
        others = ", ".join(other for other in REPORTS if compares(other))
        raise UsageError("against-unused", f"{name} compares nothing", f"reports that have --against: {others}")
    if text == PREVIOUS:
        return None
    first, dots, last = text.partition("..")
    before = Period(day(first), day(last)) if dots else month(text)
    if period.start is None or before.end is None or before.end > period.start:
        raise UsageError("against-later", f"{period} cannot be compared with {before}, which is not before it", "name an earlier one")
    return before
