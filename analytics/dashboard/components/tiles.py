"""Tiles that several pages share."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.dashboard.components import layout
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from analytics.reports.report import Report

Row = Mapping[str, Any]


def change(view: View, report: Report, row: Row) -> None:
    """Show the change of the computed cost against the like period before, as a percentage, or as new where nothing was spent then."""
    language, previous, change = current(), report.previous, row["change_cost"]
    if previous is None or change is None:
        layout.tile(
            _("Change"), "–", help=_("There is no evidence of a period before to compare with."), below=_("nothing to compare with")
        )
        return
    layout.tile(
        _("Change"),
        language.percent(row["change_ratio"], signed=True) if row["change_ratio"] is not None else _("new"),
        help=_(
            "Computed {amount} before, a change of {change}",
            amount=language.exact_money(row["previous_computed_cost"], view.currency),
            change=language.exact_money(change, view.currency),
        ),
        below=_("against {period}", period=language.period(previous)),
    )


def cache_hit_ratio(row: Row) -> None:
    """Show the share of the input tokens that came from the cache."""
    language, hit_tokens, miss_tokens = current(), row["input_cache_hit_tokens"], row["input_cache_miss_tokens"]
    layout.tile(
        _("Cache hit ratio"),
        language.percent(row["cache_hit_ratio"]),
        help=_("Input tokens: {hit} from the cache, {miss} not.", hit=language.number(hit_tokens), miss=language.number(miss_tokens)),
        below=_("of {count} input tokens", count=language.compact(hit_tokens + miss_tokens)),
    )


def request_cost(view: View, row: Row) -> None:
    """Show the average cost of a request."""
    language, cost = current(), row["cost_per_request"]
    layout.tile(
        _("Cost per request"),
        language.money(cost if cost is None else Decimal(repr(cost)), view.currency, places=4),
        help=_(
            "{cost} for requests: {count}",
            cost=language.exact_money(row["computed_cost"], view.currency),
            count=language.number(row["request_count"]),
        ),
        below=_("Requests: {count}", count=language.compact(row["request_count"])),
    )
