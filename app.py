"""The entry of the dashboard: navigation, the filter bar, and the one place where errors become messages."""

import logging
from pathlib import Path

import streamlit as st

from analytics.core.errors import AnalyticsError
from analytics.dashboard import access, navigation
from analytics.dashboard.components import filter_bar, messages
from analytics.dashboard.data import query_cache, url_state

ICON = str(Path(navigation.__file__).with_name("icon.svg"))
STYLE = Path(navigation.__file__).with_name("style.css")


def main() -> None:
    """Show the page that the URL names."""
    st.session_state["role"] = access.admit(query_cache.ledger().directory)
    if st.session_state["role"] is None:
        return
    page = st.navigation([navigation.page(name) for name in navigation.TITLES], position="hidden")
    st.session_state["page"] = page.url_path
    st.logo(ICON, size="large")
    query_cache.watch_for_changes()
    with st.sidebar:
        navigation.menu()
        filters = st.container()
        filter_bar.language_switch()
        access.sign_out_button()
    url_state.set_current_view(None)
    options = url_state.filter_options()
    if options is None:
        # Only the Data page, where exports are imported, has anything to show.
        page.run() if page.url_path == "data" else messages.nothing_imported()
        return
    view = url_state.view_from_url(options)
    with filters:
        filter_bar.show(options, view)
    url_state.set_current_view(view)
    page.run()


st.set_page_config(page_title="Keyspend", page_icon=ICON, layout="wide")
st.html(STYLE)
try:
    main()
except AnalyticsError as error:
    messages.error_message(error)
except Exception:
    logging.getLogger("keyspend").exception("a page failed")
    messages.unexpected_error()
