"""The pages by name and the links between them; a link keeps the filters, because they are its query."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analytics.dashboard import filters
from analytics.dashboard.language import N_, _

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

TITLES = {
    "overview": N_("Overview"),
    "keys": N_("Keys"),
    "tokens": N_("Tokens"),
    "models": N_("Models and prices"),
    "month": N_("Month"),
    "data": N_("Data"),
}
"""Name in the URL, and of the file in pages/: title. The first is the page of the bare address."""

_ICONS = {
    "overview": ":material/monitoring:",
    "keys": ":material/key:",
    "tokens": ":material/data_usage:",
    "models": ":material/sell:",
    "month": ":material/receipt_long:",
    "data": ":material/inventory_2:",
}


def page(name: str) -> StreamlitPage:
    """The page of that name. A page is a file, so that tests can switch to it."""
    path = Path(__file__).parent / "pages" / f"{name}.py"
    return st.Page(path, title=_(TITLES[name]), url_path=name, default=name == next(iter(TITLES)))


def menu() -> None:
    """Links to all pages."""
    for name, title in TITLES.items():
        link(name, _(title), icon=_ICONS[name])


def link(name: str, label: str, *, icon: str | None = None, **changes: str | list[str] | None) -> None:
    """A link to a page with the filters of this one, some of them changed (None clears one). `label` is Markdown."""
    query = {**filters.query(), **dict.fromkeys(filters.OF_PAGES), **changes}
    st.page_link(page(name), label=label, icon=icon, query_params={key: value for key, value in query.items() if value})


def is_at(name: str) -> bool:
    """Whether this is the page of that name; app.py remembers it."""
    return bool(st.session_state.get("page") == name)
