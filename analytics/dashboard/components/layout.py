"""The layout of a page: its heading, cards, tiles, small print, and buttons in the place of slow parts.

Titles and other texts are translated and may contain Markdown; names of users in them come from `safe_text.markdown`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from analytics.dashboard import navigation
from analytics.dashboard.charts.theme import PALETTES, Theme
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.dashboard.data.url_state import View
    from analytics.reports.report import Report


MOST_KEYS = 2000
"""The most keys of which every row is read while a page is made; more take too long."""


def heading(title: str, view: View, report: Report) -> None:
    """Show the title of a page, its period and unit, and a link to the Data page with the last known day and the state of the data."""
    st.title(title)
    has_problems = report.unreconciled_dates or report.overlapping_dates or not report.is_complete
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        st.markdown(f"**{current().period(view.period)}** · {view.unit}", width="content")
        freshness = _("Data to {day}", day=current().day(view.last_date))
        state = _("some days need attention") if has_problems else _("whole and reconciled")
        icon = ":material/warning:" if has_problems else ":material/verified:"
        if navigation.is_at("data"):
            st.markdown(f"{icon} {freshness}, {state}", width="content")
        else:
            navigation.link("data", f"{freshness}, {state}", icon=icon)


@contextmanager
def card(title: str, unit: str, *, key: str) -> Iterator[None]:
    """Frame the content of a `with` block, with a title and the unit of its numbers. `key` is unique on the page."""
    with st.container(border=True, key=f"card-{key}", height="stretch"):
        st.markdown(f"##### {title}\n\n{_small(unit)}")
        yield


def tile(label: str, value: str, *, help: str, below: str = "") -> None:  # noqa: A002 - Streamlit's own name
    """Show one number: short as `value`, exact in its `help`, with a line `below`. Names of users are not escaped here."""
    st.metric(
        _escape_dollars(label),
        _escape_dollars(value),
        _escape_dollars(below) or None,
        delta_color="off",
        delta_arrow="off",
        help=_escape_dollars(help),
        border=True,
        height="stretch",
    )


def small_print(text: str) -> None:
    """Show a line of small grey print with enough contrast, which Streamlit's captions lack. `text` is Markdown."""
    st.markdown(_small(text))


def _small(text: str) -> str:
    return f":gray[:small[{text}]]"


def _escape_dollars(text: str) -> str:
    """Return Markdown whose dollar signs do not begin a formula."""
    return text.replace("$", r"\$")


def chart_theme(view: View) -> Theme:
    """Return the theme of the visitor's browser, with the sign of the view's currency and the formats of the visitor's language."""
    name = str(st.context.theme.type)
    # The d3 format of a day on an axis.
    day_format = _("%b %-d")
    language = current()
    return Theme(
        name=name if name in PALETTES else "light",
        sign=language.sign(view.currency),
        day_format=day_format,
        compact_number=language.compact,
    )


def is_deferred(view: View, label: str, *, icon: str, key: str) -> bool:
    """Return whether a part that takes some seconds among many keys is left out, with a button in its place that shows it."""
    if len(view.key_ranks) <= MOST_KEYS or st.session_state.get(key):
        return False
    st.button(label, icon=icon, key=f"{key}-button", on_click=st.session_state.update, args=({key: True},))
    return True
