"""The frame of a page: its heading, cards, tiles, small print, and buttons in the place of what takes long.

Titles and other texts come translated and may hold Markdown of ours; names inside them go through `safe_text.markdown`.
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
"""Among more keys, what reads every row of each takes longer than a page may."""


def heading(title: str, view: View, report: Report) -> None:
    """The title of a page, what is looked at, and how far the data go and whether they can be trusted: a link to the days behind that."""
    st.title(title)
    doubts = report.unreconciled_dates or report.partial_dates or report.overlapping_dates
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        st.markdown(f"**{current().period(view.period)}** · {view.unit}", width="content")
        fresh = _("Data to {day}", day=current().day(view.last_date))
        state = _("some days need attention") if doubts else _("whole and reconciled")
        icon = ":material/warning:" if doubts else ":material/verified:"
        if navigation.is_at("data"):
            st.markdown(f"{icon} {fresh}, {state}", width="content")
        else:
            navigation.link("data", f"{fresh}, {state}", icon=icon)


@contextmanager
def card(title: str, unit: str, *, key: str) -> Iterator[None]:
    """A frame around one answer, with its title and, below it, what its numbers are in. `key` is unique on the page."""
    with st.container(border=True, key=f"card-{key}", height="stretch"):
        st.markdown(f"##### {title}\n\n{_small(unit)}")
        yield


def tile(label: str, value: str, *, help: str, below: str = "") -> None:  # noqa: A002 - Streamlit's own name
    """One number: short on the tile, exact in its `help`, with what it is compared with `below`. Names do not belong here."""
    st.metric(
        _dollars(label),
        _dollars(value),
        _dollars(below) or None,
        delta_color="off",
        delta_arrow="off",
        help=_dollars(help),
        border=True,
        height="stretch",
    )


def small(text: str) -> None:
    """A line of lesser weight, still dark enough to read: Streamlit's captions are too pale for small print. Markdown of ours."""
    st.markdown(_small(text))


def _small(text: str) -> str:
    return f":gray[:small[{text}]]"


def _dollars(text: str) -> str:
    """Markdown takes what stands between two dollar signs for a formula."""
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


def waits(view: View, label: str, *, icon: str, key: str) -> bool:
    """Whether what takes some seconds among many keys waits until it is asked for, by the button that then stands in its place."""
    if len(view.key_ranks) <= MOST_KEYS or st.session_state.get(key):
        return False
    st.button(label, icon=icon, key=f"{key}-button", on_click=st.session_state.update, args=({key: True},))
    return True
