"""One alert on a page: what happened in a sentence, what it cost and why, and the key's days around it; it finds no alert."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from analytics.analysis.allocation.split import rounded_steps
from analytics.analysis.anomalies.explanations import explanation
from analytics.analysis.variance.decomposition import DRIVERS
from analytics.core.money import quotient
from analytics.core.period import Period
from analytics.dashboard import navigation
from analytics.dashboard.charts.alert_days import DayBars, UsualLevel, alert_days
from analytics.dashboard.charts.base import Figure
from analytics.dashboard.components import chart_card, layout
from analytics.dashboard.data.url_state import Key, View
from analytics.dashboard.i18n.column_labels import DRIVERS as WORDS
from analytics.dashboard.i18n.column_labels import KINDS
from analytics.dashboard.i18n.safe_text import markdown, mask
from analytics.dashboard.i18n.translation import N_, _, current
from analytics.dashboard.pages.hot import feedback_form

DAYS_BEFORE, DAYS_AFTER = 42, 14
"""How much of a key's days is shown around an alert: as much as tells what is usual."""
NAME_LENGTH = 40
LONGEST = 300
CONFIDENCES = {
    "high": (N_("high confidence"), "green"),
    "medium": (N_("medium confidence"), "orange"),
    "low": (N_("low confidence"), "gray"),
}
"""Words and the colour of the badge: green is where little doubt is left."""

Row = dict[str, Any]
Spent = dict[date, Decimal]


def show(view: View, row: Row, spent: Spent, foreseen: str | None) -> None:
    """The card of one alert; `spent` is what its key cost on each day around it, `foreseen` what it will have cost, in words."""
    place = f"alert-{row['rank']}"
    with layout.card(_title(view, row), _span(view, row), key=place):
        st.markdown(f"{markdown(sentence(view, row), LONGEST)} {_badge(row)}")
        left, right = st.columns([2, 3], gap="medium")
        with left:
            st.markdown(why(view, row))
            layout.small_print(_against(view, row))
            if foreseen:
                layout.small_print(markdown(foreseen))
            with st.container(horizontal=True, vertical_alignment="center", key=f"ways-{place}"):
                feedback_form.ask(row)
                navigation.link("keys", _("Open {name}", name=_name(row)), icon=":material/key:", open="/".join(key(row)))
        with right:
            chart_card.plot(figure(view, row, spent), alt=_alt(view, row), key=place)


def key(row: Row) -> Key:
    """The key that an alert is about."""
    return row["account"], row["api_key"]


def _title(view: View, row: Row) -> str:
    kind = KINDS[row["kind"]]
    return " · ".join([f"{row['rank']}\\. {_name(row)}", _(kind), signed(view, row["impact"])])


def _name(row: Row) -> str:
    return markdown(row["api_key_name"] or mask(row["api_key"]), NAME_LENGTH)


def _span(view: View, row: Row) -> str:
    """When it was, and what its numbers are in."""
    days = current().period(Period(row["first_date"], row["last_date"] + timedelta(days=1)))
    return " · ".join([days, _("days: {count}", count=row["days"]), markdown(mask(row["api_key"])), view.unit])


def _badge(row: Row) -> str:
    words, colour = CONFIDENCES[row["confidence"]]
    told = _(words)
    return f":{colour}-badge[{told}]"


def sentence(view: View, row: Row) -> str:
    """Why the alert is there, in the visitor's language, from the figures of its row alone."""
    language = current()
    told = explanation(row, lambda amount, _currency: _money(view, amount), language.percent)
    text = told.render(language.text, _written)
    return f"{text[:1].upper()}{text[1:]}"


def _written(value: object) -> str:
    if isinstance(value, list):
        return current().period(Period(value[0], value[-1] + timedelta(days=1)))
    return current().day(value) if isinstance(value, date) else str(value)


def _money(view: View, amount: Decimal) -> str:
    """An amount to the cent; what is less than one unit, to tenths of a thousandth."""
    return current().money(amount, view.currency, 2 if not amount or abs(amount) >= 1 else 4)


def why(view: View, row: Row) -> str:
    """The drivers of the impact as a table, the largest first; as they are shown they add up to it."""
    effects = {driver: row[f"{driver}_effect"] for driver in DRIVERS if row[f"{driver}_effect"]}
    shown = rounded_steps(Decimal(0), list(effects.values()), row["impact"], 2)
    told = sorted(zip(effects, shown, strict=True), key=lambda one: -abs(one[1]))
    lines = [(_(WORDS[driver]), signed(view, amount)) for driver, amount in told if amount]
    impact = _("Impact")
    lines.append((f"**{impact}**", f"**{signed(view, row['impact'])}**"))
    heads = [(_("Why"), markdown(_(view.currency))), (":---", "---:")]
    return "\n".join(f"| {name} | {amount} |" for name, amount in [*heads, *lines])


def signed(view: View, amount: Decimal) -> str:
    """An amount with its sign, in Markdown."""
    return markdown(("+" if amount > 0 else "") + current().money(amount, view.currency))


def _against(view: View, row: Row) -> str:
    cost, usual = (markdown(_money(view, row[name])) for name in ("computed_cost", "expected_cost"))
    return _("Cost {cost}; usual for such days {usual}", cost=cost, usual=usual)


def figure(view: View, row: Row, spent: Spent) -> Figure:
    """The days of the key around the alert."""
    first, last = row["first_date"], row["last_date"]
    own = {day: amount for day, amount in spent.items() if first <= day <= last}
    usual = quotient(row["expected_cost"], row["days"], 18)
    level = UsualLevel(_("Usual, on average per day"), first, last, usual, _money(view, usual))
    begin, end = first - timedelta(days=DAYS_BEFORE), min(view.last_date, last + timedelta(days=DAYS_AFTER))
    others = {day: amount for day, amount in spent.items() if day not in own and begin <= day <= end}
    theme = layout.chart_theme(view)
    return alert_days(_days(view, _("Other days"), others), _days(view, _("Days of the alert"), own), level, theme, first=begin, last=end)


def _days(view: View, name: str, spent: Spent) -> DayBars:
    return DayBars(name, list(spent), list(spent.values()), [_money(view, amount) for amount in spent.values()])


def _alt(view: View, row: Row) -> str:
    return _("Bars: cost per day of {name}. {sentence}", name=row["api_key_name"], sentence=sentence(view, row))
