"""Overview: what was spent, on what, and what changed."""

import streamlit as st

from analytics import charts
from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View
from analytics.dashboard.language import _, current


def main(view: View) -> None:
    """Show the page."""
    language = current()
    st.title(_("Overview"))
    st.caption(f"{language.period(view.period)} · {view.currency}")
    by_day = answers.answer("spend-by-day", **view.scope)
    if not by_day.frame.rows:
        parts.no_rows()
        return
    costs = by_day.frame.values("computed_cost")
    figure = charts.stacked(
        [charts.Series(_("Spend"), charts.PALETTES["light"][0], by_day.frame.values("charge_date"), costs, [str(c) for c in costs])],
        parts.look(),
    )
    parts.chart(figure, by_day, title=_("Spend per day"), alt=_("Spend per day"), key="spend")


main(st.session_state["view"])
