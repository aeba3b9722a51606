"""The card of one alert: its explanation, impact and drivers, and the days of the key around it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from analytics.analysis.allocation.split import rounded_steps
from analytics.analysis.anomalies.explanations import explanation
from analytics.analysis.variance.decomposition import DRIVERS
from analytics.core.messages import N_
from analytics.core.money import quotient
from analytics.core.period import Period
from analytics.dashboard import navigation
from analytics.dashboard.charts.alert_days import DayBars, UsualLevel, alert_days
from analytics.dashboard.charts.base import Figure
from analytics.dashboard.components import chart_card, layout
from analytics.dashboard.data.url_state import Key, View
from analytics.dashboard.i18n.code_labels import DRIVERS as DRIVER_LABELS
from analytics.dashboard.i18n.code_labels import KINDS
from analytics.dashboard.i18n.safe_text import markdown, mask
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.hot import feedback_form

DAYS_BEFORE, DAYS_AFTER = 42, 14
"""The days of a key that are shown around an alert: enough to see its usual cost."""
NAME_LENGTH = 40
LONGEST = 300
CONFIDENCES = {
    "high": (N_("high confidence"), "green"),
    "medium": (N_("medium confidence"), "orange"),
    "low": (N_("low confidence"), "gray"),
}
"""Confidence: label and colour of its badge."""

Row = dict[str, Any]
DailyCosts = dict[date, Decimal]


def show(view: View, row: Row, daily_costs: DailyCosts, forecast_text: str | None) -> None:
    """Show the card of one alert; `daily_costs` are those of its key around it, `forecast_text` that of the month of its key."""
    card_key = f"alert-{row['rank']}"
    with layout.card(_title(view, row), _unit(view, row), key=card_key):
        st.markdown(f"{markdown(sentence(view, row), LONGEST)} {_badge(row)}")
        left, right = st.columns([2, 3], gap="medium")
        with left:
            st.markdown(why(view, row))
            layout.small_print(_against(view, row))
            if forecast_text:
                layout.small_print(markdown(forecast_text))
            with st.container(horizontal=True, vertical_alignment="center", key=f"ways-{card_key}"):
                feedback_form.show(row)
                navigation.link("keys", _("Open {name}", name=_name(row)), icon=":material/key:", open="/".join(key(row)))
        with right:
            chart_card.plot(figure(view, row, daily_costs), alt=_alt(view, row), key=card_key)


def key(row: Row) -> Key:
    """Return the key of an alert."""
    return row["account"], row["api_key"]


def _title(view: View, row: Row) -> str:
    kind = KINDS[row["kind"]]
    return " · ".join([f"{row['rank']}\\. {_name(row)}", _(kind), signed(view, row["impact"])])


def _name(row: Row) -> str:
    return markdown(row["api_key_name"] or mask(row["api_key"]), NAME_LENGTH)


def _unit(view: View, row: Row) -> str:
    """Return the days of an alert, its key and the unit of its numbers."""
    days = current().period(Period(row["first_date"], row["last_date"] + timedelta(days=1)))
    return " · ".join([days, _("days: {count}", count=row["days"]), markdown(mask(row["api_key"])), view.unit])


def _badge(row: Row) -> str:
    text, colour = CONFIDENCES[row["confidence"]]
    label = _(text)
    return f":{colour}-badge[{label}]"


def sentence(view: View, row: Row) -> str:
    """Return the explanation of an alert in the visitor's language, from the figures of its row."""
    language = current()
    message = explanation(row, lambda amount, _currency: _money(view, amount), language.percent)
    text = message.render(language.text, _format_value)
    return f"{text[:1].upper()}{text[1:]}"


def _format_value(value: object) -> str:
    if isinstance(value, list):
        return current().period(Period(value[0], value[-1] + timedelta(days=1)))
    return current().day(value) if isinstance(value, date) else str(value)


def _money(view: View, amount: Decimal) -> str:
    """Return an amount with 2 decimals, below one unit with 4."""
    return current().money(amount, view.currency, 2 if not amount or abs(amount) >= 1 else 4)


def why(view: View, row: Row) -> str:
    """Return the drivers of the impact as a table in Markdown, the largest first; the rounded amounts add up to it."""
    effects = {driver: row[f"{driver}_effect"] for driver in DRIVERS if row[f"{driver}_effect"]}
    amounts = rounded_steps(Decimal(0), list(effects.values()), row["impact"], 2)
    sorted_effects = sorted(zip(effects, amounts, strict=True), key=lambda one: -abs(one[1]))
    lines = [(_(DRIVER_LABELS[driver]), signed(view, amount)) for driver, amount in sorted_effects if amount]
    impact = _("Impact")
    lines.append((f"**{impact}**", f"**{signed(view, row['impact'])}**"))
    header = [(_("Why"), markdown(_(view.currency))), (":---", "---:")]
    return "\n".join(f"| {name} | {amount} |" for name, amount in [*header, *lines])


def signed(view: View, amount: Decimal) -> str:
    """Return an amount with its sign, in Markdown."""
    return markdown(("+" if amount > 0 else "") + current().money(amount, view.currency))


def _against(view: View, row: Row) -> str:
    cost, usual = (markdown(_money(view, row[name])) for name in ("computed_cost", "expected_cost"))
    return _("Cost {cost}; usual for such days {usual}", cost=cost, usual=usual)


def figure(view: View, row: Row, daily_costs: DailyCosts) -> Figure:
    """Return the chart of the days of the key around the alert."""
    first, last = row["first_date"], row["last_date"]
    alert_costs = {day: amount for day, amount in daily_costs.items() if first <= day <= last}
    usual = quotient(row["expected_cost"], row["days"], 18)
    level = UsualLevel(_("Usual, on average per day"), first, last, usual, _money(view, usual))
    begin, end = first - timedelta(days=DAYS_BEFORE), min(view.last_date, last + timedelta(days=DAYS_AFTER))
    other_costs = {day: amount for day, amount in daily_costs.items() if day not in alert_costs and begin <= day <= end}
    theme = layout.chart_theme(view)
    return alert_days(
        _days(view, _("Other days"), other_costs), _days(view, _("Days of the alert"), alert_costs), level, theme, first=begin, last=end
    )


def _days(view: View, name: str, daily_costs: DailyCosts) -> DayBars:
    return DayBars(name, list(daily_costs), list(daily_costs.values()), [_money(view, amount) for amount in daily_costs.values()])


def _alt(view: View, row: Row) -> str:
    return _("Bars: cost per day of {name}. {sentence}", name=row["api_key_name"], sentence=sentence(view, row))
