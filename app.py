"""The dashboard's entry: navigation, the filter bar, and the one boundary where errors become sentences."""

import logging
from pathlib import Path

import streamlit as st

from analytics import AnalyticsError
from analytics.dashboard import access, navigation
from analytics.dashboard.components import filter_bar, messages
from analytics.dashboard.data import query_cache, url_state

ICON = str(Path(navigation.__file__).with_name("icon.svg"))
STYLE = Path(navigation.__file__).with_name("style.css")


def main() -> None:
    """Make the page that the URL names."""
    st.session_state["role"] = access.admitted(query_cache.ledger().directory)
    if st.session_state["role"] is None:
        return
    page = st.navigation([navigation.page(name) for name in navigation.TITLES], position="hidden")
    st.session_state["page"] = page.url_path
    st.logo(ICON, size="large")
    query_cache.watch_for_changes()
    with st.sidebar:
        navigation.menu()
        room = st.container()
        filter_bar.language_switch()
        access.leaving()
    st.session_state["view"] = None
    offered = url_state.choices()
    if offered is None:
        # Only the page that imports has anything to show.
        page.run() if page.url_path == "data" else messages.nothing_imported()
        return
    seen = url_state.view(offered)
    with room:
        filter_bar.draw(offered, seen)
    st.session_state["view"] = seen
    page.run()


st.set_page_config(page_title="Keyspend", page_icon=ICON, layout="wide")
st.html(STYLE)
try:
    main()
except AnalyticsError as error:
    messages.refused(error)
except Exception:
    logging.getLogger("keyspend").exception("a page failed")
    messages.broken()
