"""The leaderboard of keys: searched, sorted and paged on the server, in the URL; choosing a row opens that key.

What is asked is kept in the query: `find` (part of a name or mask), `sort`, `page`, and `open` (account/mask).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import streamlit as st

from analytics import Frame, UsageError
from analytics.analysis import ranking
from analytics.dashboard.components import downloads, filter_bar, layout, tables
from analytics.dashboard.data import granularity, query_cache, time_steps, url_state
from analytics.dashboard.data.url_state import Key, View
from analytics.dashboard.i18n.safe_text import clean, markdown, mask
from analytics.dashboard.i18n.translation import N_, _, current
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
"""Value of `sort` in the URL: its words, its column, and whether the greatest comes first. The first is meant where none is given."""
KEPT_WHOLE = 4
"""How many leaderboards are kept with all their rows: enough for who is searching and paging right now."""
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
"""The columns in their order, and how wide each is in pixels: all but owner and account, which few need, fit beside the menu."""


def whole(scope: dict[str, Any]) -> Report:
    """The leaderboard of a scope with every key; kept for a while, and never sent to a browser as it is."""
    told = tuple(sorted(scope.items()))
    return _whole(query_cache.cache_key("key-leaderboard"), told)


@st.cache_resource(max_entries=KEPT_WHOLE, show_spinner=False)
def _whole(basis: str, scope: tuple[tuple[str, Any], ...]) -> Report:  # noqa: ARG001 - the cache's key
    return query_cache.ledger().answer("key-leaderboard", **dict(scope))


def opened() -> Key | None:
    """The key that the URL opens: account and mask."""
    told = st.query_params.get("open")
    if not told:
        return None
    account, _slash, api_key = told.partition("/")
    return account, api_key


def show(view: View, report: Report) -> None:
    """The card of the leaderboard: what is searched for, a page of rows, how many there are, and the download of all."""
    with layout.card(_("What each key cost"), view.unit, key="leaderboard"):
        sought = _asked(report.frame, view)
        pages = max(1, -(-len(sought.rows) // PAGE_ROWS))
        number = min(_page_number(), pages)
        shown = ranking.page(sought, number, PAGE_ROWS)
        if shown.rows:
            _table(view, shown)
        else:
            st.info(
                _("No key has “{text}” in its name, mask or owner.", text=markdown(st.query_params.get("find"))),
                icon=":material/search_off:",
            )
        with st.container(horizontal=True, vertical_alignment="center", key="below-leaderboard"):
            _count(sought, report.frame)
            if pages > 1:
                _pager(pages, number)
        downloads.report_button(report, key="leaderboard")


def _asked(frame: Frame, view: View) -> Frame:
    """The rows that the search box and the order leave."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="ask-leaderboard"):
        text = _search_box()
        sort = _sort_box()
    names: dict[Key, list[str]] = {}
    if text:
        for row in query_cache.report("api-key-names", account=view.account).frame.records():
            names.setdefault((row["account"], row["api_key"]), []).append(row["api_key_name"])
    _words, column, descending = SORTS[sort]
    found = ranking.found(frame, names, text)
    return found if column == "computed_cost" else ranking.ordered(found, column, descending=descending)


def _search_box() -> str:
    text = st.query_params.get("find", "")
    st.session_state["keys-find"] = text
    st.text_input(
        _("Search"),
        type="search",
        key="keys-find",
        on_change=_asks,
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
    words = {name: _(text) for name, (text, _column, _descending) in SORTS.items()}
    st.selectbox(_("Order"), list(words), format_func=words.__getitem__, key="keys-sort", on_change=_asks, args=("sort",), width=240)
    return sort


def _asks(name: str) -> None:
    chosen = str(st.session_state[f"keys-{name}"])
    if filter_bar.is_user_change():
        url_state.update_url(**{"page": None, name: None if chosen == next(iter(SORTS)) else chosen})


def _page_number() -> int:
    told = st.query_params.get("page", "1")
    return max(1, int(told)) if told.isdecimal() else 1


def _pager(pages: int, number: int) -> None:
    # Each page has a widget of its own, because this one takes what it shows as a default only.
    key = f"keys-page-{number}"
    st.pagination(pages, default=number, key=key, on_change=_turned, args=(key,))


def _turned(key: str) -> None:
    if filter_bar.is_user_change():
        url_state.update_url(page=str(st.session_state[key]))


def _count(sought: Frame, every: Frame) -> None:
    language = current()
    found, count = language.number(len(sought.rows)), language.number(len(every.rows))
    told = _("Keys: {count}", count=count) if found == count else _("Keys: {found} of {count}", found=found, count=count)
    layout.small_print(" · ".join((told, _("Tick a row to open its key."))))


def _table(view: View, frame: Frame) -> None:
    """A page of the leaderboard with a sparkline for each key; ticking a row opens it."""
    keys = ranking.keys(frame)
    grain = granularity.key_grain(view)
    rows = tables.display_rows(told_apart(frame)).append_column("trend", [_sparklines(view, keys, grain)])
    with st.container(key="table-leaderboard"):
        st.dataframe(
            rows,
            hide_index=True,
            height=35 * (min(len(frame.rows), 15) + 1) + 3,
            column_order=[name for name in WIDTHS if name not in ("account", "owner") or _tells_apart(frame, name)],
            column_config=_columns(frame, grain),
            placeholder="–",
            key="leaderboard",
            selection_mode="single-row",
            on_select=lambda: _ticked(keys),
            alt=_("Table, rows: {count}", count=len(frame.rows)),
        )


def told_apart(frame: Frame) -> Frame:
    """The frame with the mask beside every name that two of its keys have."""
    often = Counter(frame.values("api_key_name"))
    at, api_key = frame.names.index("api_key_name"), frame.names.index("api_key")
    rows = [(*row[:at], f"{row[at]} · {mask(row[api_key])}", *row[at + 1 :]) if often[row[at]] > 1 else row for row in frame.rows]
    return replace(frame, rows=rows)


def _tells_apart(frame: Frame, name: str) -> bool:
    return len(set(frame.values(name))) > 1


def _ticked(keys: list[Key]) -> None:
    ticked = st.session_state["leaderboard"]["selection"]["rows"]
    if ticked and filter_bar.is_user_change():
        url_state.update_url(open="/".join(keys[ticked[0]]))


def _columns(frame: Frame, grain: str) -> dict[str, Any]:
    kinds = {column.name: column.type for column in frame.columns}
    words = {"computed_cost": _("Spend"), "change_ratio": _("Change"), "cache_hit_ratio": _("Cache hits"), "last_date": _("Last seen")}
    words |= {"cost_per_request": _("Per request")}
    config = {name: tables.column_config(name, kinds[name]) for name in WIDTHS if name in kinds}
    titles = {"hour": _("Per hour"), "day": _("Per day"), "week": _("Per week"), "month": _("Per month")}
    config["trend"] = st.column_config.AreaChartColumn(titles[grain], y_min=0)
    config["total_tokens"] = st.column_config.NumberColumn(_("Tokens"), format="compact")
    return {name: column | {"width": WIDTHS[name]} | ({"label": words[name]} if name in words else {}) for name, column in config.items()}


def _sparklines(view: View, keys: list[Key], grain: str) -> list[list[float]]:
    """What each key cost in each step of the view; a pixel's worth of precision."""
    masks = tuple(sorted({api_key for _account, api_key in keys}))
    trend = query_cache.report("spend-trend", **view.scope | {"keys": masks}, grain=grain, by="key", top=2 * PAGE_ROWS).frame
    frame = time_steps.with_local_hours(trend, view) if grain == "hour" else trend
    places = {step: place for place, step in enumerate(time_steps.all_steps(view.period, grain))}
    lines = {key: [0.0] * len(places) for key in keys}
    for row in frame.records():
        if (line := lines.get((row["account"], row["api_key"]))) and row["charge_date"] in places:
            line[places[row["charge_date"]]] = float(row["computed_cost"])
    return [lines[key] for key in keys]
