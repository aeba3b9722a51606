"""The details of one key: its cost over time and by meter, the prices paid, its names, and its neighbours in rank."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from analytics.analysis import ranking
from analytics.core.frame import Frame
from analytics.core.messages import N_
from analytics.core.period import Period
from analytics.core.usage import CACHE_HITS, CACHE_MISSES, OUTPUT
from analytics.dashboard import navigation
from analytics.dashboard.charts import base, heatmap_pareto
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.components import chart_card, downloads, filter_bar, layout, messages, tables, tiles
from analytics.dashboard.data import chart_series, granularity, query_cache, time_steps, url_state
from analytics.dashboard.data.url_state import Key, View
from analytics.dashboard.i18n.code_labels import VALUES
from analytics.dashboard.i18n.safe_text import markdown, mask, plotly
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.keys import leaderboard
from analytics.reports.report import Report

NEIGHBOURS_EACH_SIDE = 2
"""The number of neighbours in rank that are shown on either side."""
MOST_BARS = 9
MOST_NAMES = 12
NAME_LENGTH = 32
METER_LABELS = {CACHE_HITS: N_("cache hit"), CACHE_MISSES: N_("cache miss"), OUTPUT: N_("output")}
"""Labels short enough to follow the name of a model."""
GRAINS = {"day": N_("Per day"), "hour": N_("Per hour")}

Row = dict[str, Any]


def show(view: View, key: Key) -> None:
    """Show the page of a key, with its rank among all keys of the view's period, account, currency and models."""
    key_view = url_state.of_key(view, key)
    grain = _grain(key_view)
    query_cache.prefetch(*_reports(key_view, grain))
    leaderboard_report = leaderboard.full_report(view.scope | {"keys": ()})
    neighbours = ranking.around(leaderboard_report.frame, key, NEIGHBOURS_EACH_SIDE)
    names = query_cache.report("api-key-names", **_all_days_scope(key_view))
    navigation.link("keys", _("All keys"), icon=":material/arrow_back:", **_list_parameters())
    row = next((row for row in neighbours.records() if (row["account"], row["api_key"]) == key), None)
    layout.heading(_title(names.frame, key), key_view, query_cache.report("key-leaderboard", **key_view.scope))
    last_seen = [_("last seen {day}", day=current().day(row["last_date"]))] if row else []
    layout.small_print(" · ".join([markdown(mask(key[1])), markdown(key[0]), *last_seen]))
    if row is None:
        messages.no_rows(leaderboard_report)
        _names(names)
    else:
        _charts_and_tiles(key_view, leaderboard_report, row, grain)
        with st.grid(min_column_width=340, key="what"):
            _meters(key_view, layout.chart_theme(key_view))
            with st.container():
                _neighbours(view, neighbours, key)
                _names(names)
        _prices(key_view)


def _reports(key_view: View, grain: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the reports of the page, as name and scope, in the order in which they are shown."""
    return [
        ("api-key-names", _all_days_scope(key_view)),
        ("key-leaderboard", key_view.scope),
        ("spend-trend", _trend_scope(key_view, grain, "model")),
        ("tokens-trend", _trend_scope(key_view, grain, "total")),
        ("spend-by-meter", key_view.scope),
        ("price-history", key_view.scope),
    ]


def _all_days_scope(key_view: View) -> dict[str, Any]:
    """Return the scope of the key over all days and in all currencies."""
    return {"account": key_view.account, "keys": key_view.keys}


def _trend_scope(key_view: View, grain: str, by: str) -> dict[str, Any]:
    return key_view.scope | {"grain": grain, "by": by}


def _list_parameters() -> dict[str, Any]:
    """Return the search, order and page of the list, which the link back to it keeps."""
    return {name: value for name, value in url_state.url_parameters().items() if name in ("find", "sort", "page")}


def _title(names: Frame, key: Key) -> str:
    newest = [row["api_key_name"] for row in names.records() if row["is_newest"] and row["api_key"] == key[1]]
    return markdown(newest[-1] if newest else mask(key[1]))


def _charts_and_tiles(key_view: View, leaderboard_report: Report, row: Row, grain: str) -> None:
    _tiles(key_view, leaderboard_report, row)
    report = query_cache.report("key-leaderboard", **key_view.scope)
    messages.caveats(report)
    theme = layout.chart_theme(key_view)
    _grain_choice(key_view, grain)
    with st.grid(min_column_width=340, key="time"):
        _spend(key_view, theme, grain)
        _tokens(key_view, theme, grain)


def _tiles(view: View, leaderboard_report: Report, row: Row) -> None:
    """Show the numbers of the key, exact in their help."""
    language, currency = current(), view.currency
    with st.grid(min_column_width=145, key="tiles"):
        layout.tile(
            _("Computed"),
            language.compact_money(row["computed_cost"], currency),
            help=language.exact_money(row["computed_cost"], currency),
            below=_("{ratio} of the spend", ratio=language.percent(row["cost_ratio"])),
        )
        layout.tile(
            _("Rank"),
            language.number(row["rank"]),
            help=_("By what it cost, among all keys of this period, account, currency and models."),
            below=_("of {count}", count=language.number(len(leaderboard_report.frame.rows))),
        )
        tiles.change(view, leaderboard_report, row)
        layout.tile(
            _("Tokens"),
            language.compact(row["total_tokens"]),
            help=language.number(row["total_tokens"]),
            below=_("{count} per request", count=_tokens_per_request(row)),
        )
        tiles.cache_hit_ratio(row)
        tiles.request_cost(view, row)


def _tokens_per_request(row: Row) -> str:
    return current().compact(round(row["total_tokens"] / row["request_count"])) if row["request_count"] else "–"


def _grain(view: View) -> str:
    """Return the step of the charts: that of the URL where the evidence has hours, else the default of the view."""
    from_url = st.query_params.get("grain")
    return from_url if from_url in GRAINS and granularity.has_hours(view) else granularity.key_grain(view)


def _grain_choice(view: View, grain: str) -> None:
    """Show the choice of the step, where the evidence has hours."""
    if not granularity.has_hours(view):
        return
    labels = {name: _(text) for name, text in GRAINS.items()}
    st.session_state["key-grain"] = grain
    st.segmented_control(
        _("Step"),
        list(labels),
        format_func=labels.__getitem__,
        key="key-grain",
        on_change=_on_grain_change,
        required=True,
        label_visibility="collapsed",
    )


def _on_grain_change() -> None:
    if filter_bar.is_user_change():
        url_state.update_url(grain=st.session_state["key-grain"])


def _spend(view: View, theme: Theme, grain: str) -> None:
    """Show the cost over time, by model."""
    report = query_cache.report("spend-trend", **_trend_scope(view, grain, "model"))
    series = chart_series.series(_local_frame(report, view, grain), view, theme)
    title = {
        "hour": _("Spend per hour by model"),
        "day": _("Spend per day by model"),
        "week": _("Spend per week by model"),
        "month": _("Spend per month by model"),
    }[grain]
    alt = _("Stacked bars: {title}. Largest: {name}.", title=title, name=series[0].name)
    figure = heatmap_pareto.stacked_over_time(series, _steps(report, view, grain), theme, hour=grain == "hour")
    chart_card.chart(figure, report, title=title, unit=_unit(view, grain, report), alt=alt, key="spend")


def _tokens(view: View, theme: Theme, grain: str) -> None:
    """Show the usage over time, by meter."""
    report = query_cache.report("tokens-trend", **_trend_scope(view, grain, "total"))
    series = [_meter(_local_frame(report, view, grain), meter, theme) for meter in heatmap_pareto.METER_RANKS]
    title = {
        "hour": _("Tokens per hour by meter"),
        "day": _("Tokens per day by meter"),
        "week": _("Tokens per week by meter"),
        "month": _("Tokens per month by meter"),
    }[grain]
    largest = max(series, key=lambda one: sum(one.values))
    alt = _("Stacked bars: {title}. Largest: {name}.", title=title, name=largest.name)
    figure = heatmap_pareto.stacked_over_time(series, _steps(report, view, grain), replace(theme, sign=""), hour=grain == "hour")
    chart_card.chart(figure, report, title=title, unit=_unit(view, grain, report, of=_("Tokens")), alt=alt, key="tokens")


def _local_frame(report: Report, view: View, grain: str) -> Frame:
    return time_steps.with_local_hours(report.frame, view) if grain == "hour" else report.frame


def _steps(report: Report, view: View, grain: str) -> list[date]:
    """Return the steps of a chart: of the whole view, or by the hour from the first to the last day that has hours."""
    days = report.frame.values("charge_date")
    period = Period(min(days), max(days) + timedelta(days=1)) if grain == "hour" else view.period
    return time_steps.all_steps(period, grain)


def _unit(view: View, grain: str, report: Report, *, of: str = "") -> str:
    """Return the unit of a chart, with the number of days that it leaves out."""
    days_without_hours = report.dates_without_hours if grain == "hour" else []
    text = _("days without hours left out: {count}", count=len(days_without_hours))
    return " · ".join([time_steps.unit(view, grain, of=of), *([text] if days_without_hours else [])])


def _meter(frame: Frame, meter: str, theme: Theme) -> base.Series:
    amounts = frame.values(meter)
    return base.Series(
        _(VALUES[meter]),
        heatmap_pareto.meter_colour(meter, theme),
        frame.values("charge_date"),
        amounts,
        [current().number(amount) for amount in amounts],
        [not is_complete for is_complete in frame.values("is_complete")],
    )


def _meters(view: View, theme: Theme) -> None:
    """Show the cost by model and meter, the highest first."""
    report = query_cache.report("spend-by-meter", **view.scope)
    rows = [row for row in report.frame.records() if row["computed_cost"] is not None]
    bars = [_meter_bar(row, view, theme) for row in sorted(rows, key=lambda row: -row["computed_cost"])]
    if not bars:
        return
    title = _("What it paid for")
    alt = _("Bars: spend by model and meter. Largest: {name} with {amount}.", name=bars[0].name, amount=bars[0].exact)
    chart_card.chart(base.ranking(bars[:MOST_BARS], theme), report, title=title, unit=view.unit, alt=alt, key="meters")


def _meter_bar(row: Row, view: View, theme: Theme) -> base.Bar:
    name = " · ".join((plotly(row["model"], 24), _(METER_LABELS[row["meter"]])))
    amount = row["computed_cost"]
    return base.Bar(name, chart_series.colour({"model": row["model"]}, view, theme), amount, current().money(amount, view.currency))


def _prices(view: View) -> None:
    """Show the prices that the key paid, and when."""
    report = query_cache.report("price-history", **view.scope)
    with layout.card(_("Prices paid"), _("{unit} · per million", unit=view.unit), key="prices"):
        columns = ("model", "meter", "million_tokens_price", "first_date", "last_date", "day_count", "quantity_ratio")
        tables.table(report.frame, key="prices", only=columns)
        downloads.report_button(report, key="prices")


def _names(report: Report) -> None:
    """Show the names of the key over all days, the newest first."""
    language = current()
    with layout.card(_("Names it has had"), _("Of all days"), key="names"):
        with st.container(gap="xxsmall"):
            for row in list(report.frame.records())[: -MOST_NAMES - 1 : -1]:
                name = markdown(row["api_key_name"], NAME_LENGTH)
                text = f"**{name}**" if row["is_newest"] else name
                st.markdown(f"{text} · :small[{language.day(row['first_date'])} – {language.day(row['last_date'])}]")
        tables.rows_and_download(report, key="names")


def _neighbours(view: View, neighbours: Frame, key: Key) -> None:
    """Show the keys that cost a little more and a little less, with a link to each."""
    with layout.card(_("Neighbours in rank"), view.unit, key="neighbours"), st.container(gap="xsmall"):
        for row in leaderboard.with_distinct_names(neighbours).records():
            cost = markdown(current().money(row["computed_cost"], view.currency))
            text = f"{row['rank']}\\. {markdown(row['api_key_name'], NAME_LENGTH)} · {cost}"
            if (row["account"], row["api_key"]) == key:
                st.markdown(f"**{text}**")
            else:
                navigation.link("keys", text, open=f"{row['account']}/{row['api_key']}", **_list_parameters())
