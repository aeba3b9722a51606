"""The pages by name, and the links between them, which keep the filters of the URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analytics.core.messages import N_
from analytics.dashboard.data import url_state
from analytics.dashboard.i18n.translation import _

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

TITLES = {
    "overview": N_("Overview"),
    "hot": N_("Hot keys"),
    "keys": N_("Keys"),
    "tokens": N_("Tokens"),
    "models": N_("Models and prices"),
    "what_if": N_("What if"),
    "month": N_("Month"),
    "data": N_("Data"),
}
"""Name in the URL, and of the folder in pages/: title. The first is the page of the URL without a path."""

_ICONS = {
    "overview": ":material/monitoring:",
    "hot": ":material/local_fire_department:",
    "keys": ":material/key:",
    "tokens": ":material/data_usage:",
    "models": ":material/sell:",
    "what_if": ":material/tune:",
    "month": ":material/receipt_long:",
    "data": ":material/inventory_2:",
}


def page(name: str) -> StreamlitPage:
    """Return the page `name`. A page is a file, so that tests can switch to it."""
    path = Path(__file__).parent / "pages" / name / "page.py"
    return st.Page(path, title=_(TITLES[name]), url_path=name, default=name == next(iter(TITLES)))


def menu() -> None:
    """Show links to all pages; the link to the current page keeps its own parameters too."""
    for name, title in TITLES.items():
        link(name, _(title), icon=_ICONS[name], **(url_state.url_parameters() if is_at(name) else {}))


def link(name: str, label: str, *, icon: str | None = None, **changes: str | list[str] | None) -> None:
    """Show a link to a page with the filters of this one, with `changes` (None removes a parameter). `label` is Markdown.

    Streamlit's link to the current page does not change the URL, so there it is a button that does.
    """
    changed = {**dict.fromkeys(url_state.PAGE_PARAMETERS), **changes}
    query = {part: value for part, value in {**url_state.url_parameters(), **changed}.items() if value}
    if is_at(name) and query != url_state.url_parameters():
        st.button(label, icon=icon, type="tertiary", key=f"to-{label}", on_click=url_state.update_url, kwargs=changed)
        return
    st.page_link(page(name), label=label, icon=icon, query_params=query)


def is_at(name: str) -> bool:
    """Return whether `name` is the current page, which app.py stores."""
    return bool(st.session_state.get("page") == name)
