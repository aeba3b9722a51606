"""The leaderboard of keys, searched, sorted and paged on the server; selecting a row opens that key.

The URL has the parameters `find` (part of a name or mask), `sort`, `page`, and `open` (account/mask).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import streamlit as st

from analytics.analysis import ranking
from analytics.core.errors import UsageError
from analytics.core.frame import Frame
from analytics.core.messages import N_
from analytics.dashboard.components import downloads, filter_bar, layout, tables
from analytics.dashboard.data import granularity, query_cache, time_steps, url_state
from analytics.dashboard.data.url_state import Key, View
from analytics.dashboard.i18n.safe_text import clean, markdown, mask
from analytics.dashboard.i18n.translation import _, current
from analytics.reports.report import Report

PAGE_ROWS = 200
SORTS = {
    "spend": (N_("Highest spend"), "computed_cost", True),
    "rise": (N_("Largest rise"), "change_cost", True),
    "fall": (N_("Largest fall"), "change_cost", False),
    "requests": (N_("Most requests"), "request_count", True),
    "tokens": (N_("Most tokens"), "total_tokens", True),
    "cache": (N_("Lowest cache hit ratio"), "cache_hit_ratio", False),
    "each": (N_("Highest cost per request"), "cost_per_request", True),
    "quiet": (N_("Longest not seen"), "last_date", False),
}
"""Value of `sort` in the URL: its label, its column, and whether the greatest comes first. The first is the default."""
CACHED_REPORTS = 4
"""How many leaderboards are cached with all their rows: enough for the visitors who search and page at a time."""
WIDTHS = {
    "rank": 50,
    "api_key_name": 120,
    "owner": 90,
    "computed_cost": 76,
    "cost_ratio": 58,
    "trend": 65,
    "change_ratio": 70,
    "request_count": 68,
    "total_tokens": 60,
    "cache_hit_ratio": 75,
    "cost_per_request": 76,
    "last_date": 85,
    "api_key": 110,
    "account": 120,
}
"""The columns in their order with their width in pixels: all but owner and account, which few need, fit next to the menu."""


def full_report(scope: dict[str, Any]) -> Report:
    """Return the leaderboard of a scope with every key, from the cache where it is there; too large to be sent to a browser."""
    text = tuple(sorted(scope.items()))
    return _full_report(query_cache.cache_key("key-leaderboard"), text)


@st.cache_resource(max_entries=CACHED_REPORTS, show_spinner=False)
def _full_report(cache_key: str, scope: tuple[tuple[str, Any], ...]) -> Report:  # noqa: ARG001 - the cache's key
    return query_cache.ledger().answer("key-leaderboard", **dict(scope))


def key_from_url() -> Key | None:
    """Return the key that the URL opens, or None."""
    text = st.query_params.get("open")
    if not text:
        return None
    account, _slash, api_key = text.partition("/")
    return account, api_key


def show(view: View, report: Report) -> None:
    """Show the leaderboard: search and order, a page of rows, the number of keys, and the download of all."""
    with layout.card(_("What each key cost"), view.unit, key="leaderboard"):
        matches = _search_and_sort(report.frame, view)
        pages = max(1, -(-len(matches.rows) // PAGE_ROWS))
        number = min(_page_number(), pages)
        shown = ranking.page(matches, number, PAGE_ROWS)
        if shown.rows:
            _table(view, shown)
        else:
            st.info(
                _("No key has “{text}” in its name, mask or owner.", text=markdown(st.query_params.get("find"))),
                icon=":material/search_off:",
            )
        with st.container(horizontal=True, vertical_alignment="center", key="below-leaderboard"):
            _count(matches, report.frame)
            if pages > 1:
                _pager(pages, number)
        downloads.report_button(report, key="leaderboard")


def _search_and_sort(frame: Frame, view: View) -> Frame:
    """Show the search box and the choice of an order; return the rows that match, in that order."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="search-leaderboard"):
        text = _search_box()
        sort = _sort_box()
    names: dict[Key, list[str]] = {}
    if text:
        for row in query_cache.report("api-key-names", account=view.account).frame.records():
            names.setdefault((row["account"], row["api_key"]), []).append(row["api_key_name"])
    _label, column, descending = SORTS[sort]
    matches = ranking.found(frame, names, text)
    return matches if column == "computed_cost" else ranking.ordered(matches, column, descending=descending)


def _search_box() -> str:
    text = st.query_params.get("find", "")
    st.session_state["keys-find"] = text
    st.text_input(
        _("Search"),
        type="search",
        key="keys-find",
        on_change=_on_search_change,
        args=("find",),
        placeholder=_("Name, mask or owner of a key"),
        icon=":material/search:",
        width=320,
    )
    return text


def _sort_box() -> str:
    sort = st.query_params.get("sort", next(iter(SORTS)))
    if sort not in SORTS:
        raise UsageError("sort-unknown", f"keys cannot be sorted by {clean(sort, 12)}", f"known: {', '.join(SORTS)}")
    st.session_state["keys-sort"] = sort
    labels = {name: _(text) for name, (text, _column, _descending) in SORTS.items()}
    st.selectbox(
        _("Order"), list(labels), format_func=labels.__getitem__, key="keys-sort", on_change=_on_search_change, args=("sort",), width=240
    )
    return sort


def _on_search_change(name: str) -> None:
    chosen = str(st.session_state[f"keys-{name}"])
    if filter_bar.is_user_change():
        url_state.update_url(**{"page": None, name: None if chosen == next(iter(SORTS)) else chosen})


def _page_number() -> int:
    text = st.query_params.get("page", "1")
    return max(1, int(text)) if text.isdecimal() else 1


def _pager(pages: int, number: int) -> None:
    # Each page has a widget of its own, because the current page can only be set as the default of a new one.
    key = f"keys-page-{number}"
    st.pagination(pages, default=number, key=key, on_change=_on_page_change, args=(key,))


def _on_page_change(key: str) -> None:
    if filter_bar.is_user_change():
        url_state.update_url(page=str(st.session_state[key]))


def _count(matches: Frame, all_rows: Frame) -> None:
    language = current()
    match_count, count = language.number(len(matches.rows)), language.number(len(all_rows.rows))
    text = _("Keys: {count}", count=count) if match_count == count else _("Keys: {found} of {count}", found=match_count, count=count)
    layout.small_print(" · ".join((text, _("Tick a row to open its key."))))


def _table(view: View, frame: Frame) -> None:
    """Show a page of the leaderboard with a sparkline for each key; selecting a row opens it."""
    keys = ranking.keys(frame)
    grain = granularity.key_grain(view)
    rows = tables.display_rows(with_distinct_names(frame)).append_column("trend", [_sparklines(view, keys, grain)])
    with st.container(key="table-leaderboard"):
        st.dataframe(
            rows,
            hide_index=True,
            height=35 * (min(len(frame.rows), 15) + 1) + 3,
            column_order=[name for name in WIDTHS if name not in ("account", "owner") or _has_several(frame, name)],
            column_config=_columns(frame, grain),
            placeholder="–",
            key="leaderboard",
            selection_mode="single-row",
            on_select=lambda: _on_row_selected(keys),
            alt=_("Table, rows: {count}", count=len(frame.rows)),
        )


def with_distinct_names(frame: Frame) -> Frame:
    """Return the frame with the mask added to every name that two of its keys have."""
    counts = Counter(frame.values("api_key_name"))
    position, mask_position = frame.names.index("api_key_name"), frame.names.index("api_key")
    rows = [
        (*row[:position], f"{row[position]} · {mask(row[mask_position])}", *row[position + 1 :]) if counts[row[position]] > 1 else row
        for row in frame.rows
    ]
    return replace(frame, rows=rows)


def _has_several(frame: Frame, name: str) -> bool:
    return len(set(frame.values(name))) > 1


def _on_row_selected(keys: list[Key]) -> None:
    selected = st.session_state["leaderboard"]["selection"]["rows"]
    if selected and filter_bar.is_user_change():
        url_state.update_url(open="/".join(keys[selected[0]]))


def _columns(frame: Frame, grain: str) -> dict[str, Any]:
    columns = {column.name: column for column in frame.columns}
    labels = {"computed_cost": _("Spend"), "change_ratio": _("Change"), "cache_hit_ratio": _("Cache hits"), "last_date": _("Last seen")}
    labels |= {"cost_per_request": _("Per request")}
    config = {name: tables.column_config(columns[name]) for name in WIDTHS if name in columns}
    titles = {"hour": _("Per hour"), "day": _("Per day"), "week": _("Per week"), "month": _("Per month")}
    config["trend"] = st.column_config.AreaChartColumn(titles[grain], y_min=0)
    config["total_tokens"] = st.column_config.NumberColumn(_("Tokens"), format="compact")
    return {name: column | {"width": WIDTHS[name]} | ({"label": labels[name]} if name in labels else {}) for name, column in config.items()}


def _sparklines(view: View, keys: list[Key], grain: str) -> list[list[float]]:
    """Return the cost of each key in each step of the view; floats, which are precise enough for a sparkline."""
    masks = tuple(sorted({api_key for _account, api_key in keys}))
    trend = query_cache.report("spend-trend", **view.scope | {"keys": masks}, grain=grain, by="key", top=2 * PAGE_ROWS).frame
    frame = time_steps.with_local_hours(trend, view) if grain == "hour" else trend
    positions = {step: position for position, step in enumerate(time_steps.all_steps(view.period, grain))}
    lines = {key: [0.0] * len(positions) for key in keys}
    for row in frame.records():
        if (line := lines.get((row["account"], row["api_key"]))) and row["charge_date"] in positions:
            line[positions[row["charge_date"]]] = float(row["computed_cost"])
    return [lines[key] for key in keys]
