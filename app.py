"""The dashboard's entry: navigation, the filter bar, and the one boundary where errors become sentences."""

import logging
from pathlib import Path

import streamlit as st

from analytics import AnalyticsError
from analytics.dashboard import answers, filters, parts
from analytics.dashboard.language import _

HOME = Path(filters.__file__).parent


def main() -> None:
    """Make the page that the URL names."""
    st.set_page_config(page_title="Keyspend", page_icon=str(HOME / "icon.svg"), layout="wide")
    pages = {
        "overview": st.Page(HOME / "pages" / "overview.py", title=_("Overview"), url_path="overview", default=True),
        "keys": st.Page(HOME / "pages" / "keys.py", title=_("Keys"), url_path="keys"),
        "tokens": st.Page(HOME / "pages" / "tokens.py", title=_("Tokens"), url_path="tokens"),
        "models": st.Page(HOME / "pages" / "models.py", title=_("Models and prices"), url_path="models"),
        "month": st.Page(HOME / "pages" / "month.py", title=_("Month"), url_path="month"),
        "data": st.Page(HOME / "pages" / "data.py", title=_("Data"), url_path="data"),
    }
    page = st.navigation(list(pages.values()), position="hidden")
    with st.sidebar:
        for one in pages.values():
            st.page_link(one, label=one.title, query_params=filters.link())
    answers.watch()
    if answers.generation() is None:
        parts.nothing_imported()
        return
    offered = filters.choices()
    with st.sidebar:
        st.divider()
        seen = filters.view(offered)
        filters.bar(offered, seen)
        filters.language_switch()
    st.session_state["view"] = seen
    page.run()


try:
    main()
except AnalyticsError as error:
    parts.refused(error)
except Exception:
    logging.getLogger("keyspend").exception("a page failed")
    parts.broken()
