"""One key, opened: what it cost when and for what, the prices it paid, the names it has had, and the keys around it in rank."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from analytics import Frame
from analytics.analysis import ranking
from analytics.core.period import Period
from analytics.dashboard import navigation
from analytics.dashboard.charts import base, heatmap_pareto
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.components import chart_card, downloads, filter_bar, layout, messages, tables, tiles
from analytics.dashboard.data import chart_series, granularity, query_cache, time_steps, url_state
from analytics.dashboard.data.url_state import Key, View
from analytics.dashboard.i18n.column_labels import VALUES
from analytics.dashboard.i18n.safe_text import markdown, mask, plotly
from analytics.dashboard.i18n.translation import N_, _, current
from analytics.dashboard.pages.keys import leaderboard
from analytics.reports.report import Report

REACH = 2
"""How many neighbours in rank are shown on either side."""
MOST_BARS = 9
MOST_NAMES = 12
NAME_LENGTH = 32
METERS = {"input_cache_hit_tokens": N_("cache hit"), "input_cache_miss_tokens": N_("cache miss"), "output_tokens": N_("output")}
"""Words short enough to stand beside a model's name."""
GRAINS = {"day": N_("Per day"), "hour": N_("Per hour")}

Row = dict[str, Any]


def show(view: View, key: Key) -> None:
    """The page of a key, ranked among all keys of the view's period, account, currency and models."""
    seen = url_state.of_key(view, key)
    grain = _grain(seen)
    query_cache.prefetch(*_questions(seen, grain))
    board = leaderboard.whole(view.scope | {"keys": ()})
    ranked = ranking.around(board.frame, key, REACH)
    names = query_cache.report("api-key-names", **_itself(seen))
    navigation.link("keys", _("All keys"), icon=":material/arrow_back:", **_list_query())
    row = next((row for row in ranked.records() if (row["account"], row["api_key"]) == key), None)
    layout.heading(_title(names.frame, key), seen, query_cache.report("key-leaderboard", **seen.scope))
    last = [_("last seen {day}", day=current().day(row["last_date"]))] if row else []
    layout.small_print(" · ".join([markdown(mask(key[1])), markdown(key[0]), *last]))
    if row is None:
        messages.no_rows()
        _names(names)
    else:
        _figures(seen, board, row, grain)
        with st.grid(min_column_width=340, key="what"):
            _meters(seen, layout.chart_theme(seen))
            with st.container():
                _neighbours(view, ranked, key)
                _names(names)
        _prices(seen)


def _questions(seen: View, grain: str) -> list[tuple[str, dict[str, Any]]]:
    """What the page asks of the key, in the order in which it is shown."""
    return [
        ("api-key-names", _itself(seen)),
        ("key-leaderboard", seen.scope),
        ("spend-trend", _over_time(seen, grain, "model")),
        ("tokens-trend", _over_time(seen, grain, "total")),
        ("spend-by-meter", seen.scope),
        ("price-history", seen.scope),
    ]


def _itself(seen: View) -> dict[str, Any]:
    """The key, whenever and in whichever currency."""
    return {"account": seen.account, "keys": seen.keys}


def _over_time(seen: View, grain: str, by: str) -> dict[str, Any]:
    return seen.scope | {"grain": grain, "by": by}


def _list_query() -> dict[str, Any]:
    """What the list was asked, which the way back keeps."""
    return {name: told for name, told in url_state.url_parameters().items() if name in ("find", "sort", "page")}


def _title(names: Frame, key: Key) -> str:
    told = [row["api_key_name"] for row in names.records() if row["is_newest"] and row["api_key"] == key[1]]
    return markdown(told[-1] if told else mask(key[1]))


def _figures(seen: View, board: Report, row: Row, grain: str) -> None:
    _tiles(seen, board, row)
    report = query_cache.report("key-leaderboard", **seen.scope)
    messages.caveats(report)
    theme = layout.chart_theme(seen)
    _step(seen, grain)
    with st.grid(min_column_width=340, key="time"):
        _spend(seen, theme, grain)
        _tokens(seen, theme, grain)


def _tiles(view: View, board: Report, row: Row) -> None:
    """The numbers of the key, exact in their help."""
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
            below=_("of {count}", count=language.number(len(board.frame.rows))),
        )
        tiles.change(view, board, row)
        layout.tile(
            _("Tokens"),
            language.compact(row["total_tokens"]),
            help=language.number(row["total_tokens"]),
            below=_("{count} per request", count=_each(row)),
        )
        tiles.cache_hit_ratio(row)
        tiles.request_cost(view, row)


def _each(row: Row) -> str:
    return current().compact(round(row["total_tokens"] / row["request_count"])) if row["request_count"] else "–"


def _grain(view: View) -> str:
    """The grain of the charts: as the URL asks, where the evidence has hours; else the view's own."""
    asked = st.query_params.get("grain")
    return asked if asked in GRAINS and granularity.has_hours(view) else granularity.key_grain(view)


def _step(view: View, grain: str) -> None:
    """The choice of the grain, where there is one."""
    if not granularity.has_hours(view):
        return
    words = {name: _(text) for name, text in GRAINS.items()}
    st.session_state["key-grain"] = grain
    st.segmented_control(
        _("Step"),
        list(words),
        format_func=words.__getitem__,
        key="key-grain",
        on_change=_stepped,
        required=True,
        label_visibility="collapsed",
    )


def _stepped() -> None:
    if filter_bar.is_user_change():
        url_state.update_url(grain=st.session_state["key-grain"])


def _spend(view: View, theme: Theme, grain: str) -> None:
    """What it cost over time, by model."""
    report = query_cache.report("spend-trend", **_over_time(view, grain, "model"))
    series = chart_series.series(_stepped_frame(report, view, grain), view, theme)
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
    """What it used over time, by meter."""
    report = query_cache.report("tokens-trend", **_over_time(view, grain, "total"))
    series = [_meter(_stepped_frame(report, view, grain), meter, theme) for meter in heatmap_pareto.METER_RANKS]
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


def _stepped_frame(report: Report, view: View, grain: str) -> Frame:
    return time_steps.with_local_hours(report.frame, view) if grain == "hour" else report.frame


def _steps(report: Report, view: View, grain: str) -> list[date]:
    """The steps of a chart: of the whole view, or by the hour from the first to the last day that has hours."""
    days = report.frame.values("charge_date")
    period = Period(min(days), max(days) + timedelta(days=1)) if grain == "hour" else view.period
    return time_steps.all_steps(period, grain)


def _unit(view: View, grain: str, report: Report, *, of: str = "") -> str:
    """What a chart's numbers are in, and the days that it has to leave out."""
    left_out = report.dates_without_hours if grain == "hour" else []
    told = _("days without hours left out: {count}", count=len(left_out))
    return " · ".join([time_steps.unit(view, grain, of=of), *([told] if left_out else [])])


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
    """What it paid for: models and meters, the dearest first."""
    report = query_cache.report("spend-by-meter", **view.scope)
    priced = [row for row in report.frame.records() if row["computed_cost"] is not None]
    bars = [_meter_bar(row, view, theme) for row in sorted(priced, key=lambda row: -row["computed_cost"])]
    if not bars:
        return
    title = _("What it paid for")
    alt = _("Bars: spend by model and meter. Largest: {name} with {amount}.", name=bars[0].name, amount=bars[0].exact)
    chart_card.chart(base.ranking(bars[:MOST_BARS], theme), report, title=title, unit=view.unit, alt=alt, key="meters")


def _meter_bar(row: Row, view: View, theme: Theme) -> base.Bar:
    name = " · ".join((plotly(row["model"], 24), _(METERS[row["meter"]])))
    amount = row["computed_cost"]
    return base.Bar(name, chart_series.colour({"model": row["model"]}, view, theme), amount, current().money(amount, view.currency))


def _prices(view: View) -> None:
    """The prices that it paid, and when."""
    report = query_cache.report("price-history", **view.scope)
    with layout.card(_("Prices paid"), _("{unit} · per million", unit=view.unit), key="prices"):
        only = ("model", "meter", "million_tokens_price", "first_date", "last_date", "day_count", "quantity_ratio")
        tables.table(report.frame, key="prices", only=only)
        downloads.report_button(report, key="prices")


def _names(report: Report) -> None:
    """The names that it has had, over all days, the newest first."""
    language = current()
    with layout.card(_("Names it has had"), _("Of all days"), key="names"):
        with st.container(gap="xxsmall"):
            for row in list(report.frame.records())[: -MOST_NAMES - 1 : -1]:
                name = markdown(row["api_key_name"], NAME_LENGTH)
                told = f"**{name}**" if row["is_newest"] else name
                st.markdown(f"{told} · :small[{language.day(row['first_date'])} – {language.day(row['last_date'])}]")
        tables.rows_and_download(report, key="names")


def _neighbours(view: View, ranked: Frame, key: Key) -> None:
    """The keys that cost a little more and a little less, with a way to each."""
    with layout.card(_("Neighbours in rank"), view.unit, key="neighbours"), st.container(gap="xsmall"):
        for row in leaderboard.told_apart(ranked).records():
            cost = markdown(current().money(row["computed_cost"], view.currency))
            told = f"{row['rank']}\\. {markdown(row['api_key_name'], NAME_LENGTH)} · {cost}"
            if (row["account"], row["api_key"]) == key:
                st.markdown(f"**{told}**")
            else:
                navigation.link("keys", told, open=f"{row['account']}/{row['api_key']}", **_list_query())
