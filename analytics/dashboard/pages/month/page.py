"""The page Month: whether a month is closed or can be, and its statement per account, compared with the month before."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

import streamlit as st

from analytics.core.allocation import UNASSIGNED
from analytics.core.frame import Frame
from analytics.core.period import Period, month
from analytics.dashboard.charts import base
from analytics.dashboard.charts.period_comparison import ComparedBar, comparison
from analytics.dashboard.components import chart_card, downloads, layout, messages, month_status, tables
from analytics.dashboard.data import chart_series, query_cache, url_state
from analytics.dashboard.data.url_state import View, update_url
from analytics.dashboard.i18n.safe_text import markdown, plotly
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.month import variance_card
from analytics.reports.report import Report

MOST_ACCOUNTS = 4
TOP_KEYS = 8
TOP_OWNERS = 8
_CURRENCIES = "SELECT currency FROM reconciliation UNION SELECT currency FROM usage_line"


def main(view: View) -> None:
    """Show the page."""
    view = replace(view, period=_month_of_view(view))
    view = replace(view, against=_comparison_month(view))
    query_cache.prefetch(
        ("key-leaderboard", view.compared | {"top": TOP_KEYS}),
        ("spend-by-month", _all_months_scope(view)),
        *month_status.reports(view),
        *([("summary", _all_currencies_scope(view))] if _has_other_currencies(view) else []),
    )
    statement = query_cache.report("statement", **view.compared)
    layout.heading(_("Month"), view, statement)
    _month_picker(view, statement)
    if not statement.frame.rows:
        messages.no_rows(statement)
        return
    month_status.show(view, month_status.accounts_of(view), statement)
    if statement.late_dates:
        _late_adjustments(view)
    accounts = list(dict.fromkeys(statement.frame.values("account")))
    for account in accounts[:MOST_ACCOUNTS]:
        # With one account the view stays as it is, so that its statement is in the cache.
        _account(replace(view, account=account) if len(accounts) > 1 else view, account)
    if len(accounts) > MOST_ACCOUNTS:
        layout.small_print(_("Accounts that are not shown: {count}. Choose one in the filters.", count=len(accounts) - MOST_ACCOUNTS))
    _other_currencies(view)
    _downloads_card(view)


def _month_of_view(view: View) -> Period:
    """Return the month of the last known day of the view."""
    last = min(view.period.end.toordinal() - 1, view.last_date.toordinal()) if view.period.end else view.last_date.toordinal()
    first = view.period.start.toordinal() if view.period.start else last
    return month(f"{type(view.last_date).fromordinal(max(first, last)):%Y-%m}")


def _comparison_month(view: View) -> str | None:
    """Return the month of the URL to compare with, if it is before the month of the view: a later one was chosen for another month."""
    against = st.query_params.get("against")
    return against if against and against < str(view.period) else None


def _all_months_scope(view: View) -> dict[str, Any]:
    """Return the scope of all months of the view, of all keys and models."""
    return {"currency": view.currency, "account": view.account}


def _all_currencies_scope(view: View) -> dict[str, Any]:
    return {**view.scope, "currency": None}


def _has_other_currencies(view: View) -> bool:
    """Return whether there is any usage or bill in another currency."""
    return any(currency != view.currency for (currency,) in query_cache.sql(_CURRENCIES).rows)


def _month_picker(view: View, statement: Report) -> None:
    """Show buttons for the month before and after, for every month of the data, and for every month to compare with, newest first."""
    report = query_cache.report("spend-by-month", **_all_months_scope(view))
    months = sorted(set(report.frame.values("billing_period")))
    chosen = str(view.period)
    with st.container(horizontal=True, vertical_alignment="center", key="picker"):
        for before in [name for name in months if name < chosen][-1:]:
            _month_button(before, icon=":material/chevron_left:")
        with st.popover(current().period(view.period), icon=":material/calendar_month:"):
            _month_buttons("months", months, _month_button)
        for after in [name for name in months if name > chosen][:1]:
            _month_button(after, icon=":material/chevron_right:")
        earlier = [name for name in months if name < chosen]
        if statement.previous and len(earlier) > 1:
            label = _("against {period}", period=current().period(statement.previous))
            with st.popover(label, icon=":material/compare_arrows:"):
                _month_buttons("against", earlier, lambda name: _comparison_button(name, view.period))


def _month_buttons(key: str, months: list[str], show_button: Callable[[str], None]) -> None:
    """Show a button for each month, newest first, with a row for each year."""
    for year, names in groupby(reversed(months), key=lambda name: name[:4]):
        with st.container(horizontal=True, key=f"{key}-{year}"):
            for name in names:
                show_button(name)


def _month_button(name: str, icon: str | None = None) -> None:
    """Show a button for another month; a page link would lead to this page without changing the URL."""
    changes = {"period": name, "from": None, "to": None, "against": None}
    st.button(
        current().period(month(name)), icon=icon, key=f"month-{icon or ''}{name}", on_click=update_url, kwargs=changes, type="tertiary"
    )


def _comparison_button(name: str, period: Period) -> None:
    """Show a button that compares with another month; the month before needs no parameter in the URL."""
    changes = {"against": None if month(name).end == period.start else name}
    st.button(current().period(month(name)), key=f"against-{name}", on_click=update_url, kwargs=changes, type="tertiary")


def _account(view: View, name: str) -> None:
    """Show the statement of one account in the currency of the view."""
    report = query_cache.report("statement", **view.compared)
    rows = _by_section(report.frame)
    if not rows["total"]:
        return
    with st.container(key=f"account-{name}"):
        title = f"{markdown(name)} · {markdown(_(view.currency))}"
        st.subheader(title)
        _tiles(view, report, rows["total"][0], rows["wallet"])
        _statement_card(view, report, rows["model"])
        _owners_card(view, report, rows["owner"])
        _keys_card(view)
        variance_card.show(view)


def _by_section(frame: Frame) -> defaultdict[str, list[dict[str, Any]]]:
    """Return the rows of a statement by section, without those of keys, which may be very many."""
    rows_by_section = defaultdict(list)
    for number, section in enumerate(frame.values("section")):
        if section != "key":
            rows_by_section[section].append(dict(zip(frame.names, frame.rows[number], strict=True)))
    return rows_by_section


def _tiles(view: View, report: Report, total: dict[str, Any], wallets: list[dict[str, Any]]) -> None:
    language, currency = current(), view.currency
    costs = zip(report.frame.values("section"), report.frame.values("computed_cost"), strict=True)
    keys = sum(section == "key" and bool(cost) for section, cost in costs)
    billed, computed, variance = total["billed_cost"], total["computed_cost"], total["variance"]
    with st.grid(min_column_width=150, key=f"tiles-{view.account}"):
        layout.tile(
            _("Billed"),
            language.compact_money(billed, currency),
            help=language.exact_money(billed, currency) if billed is not None else _("The bill names no keys, or there is none."),
            below=" · ".join(f"{markdown(row['item'])} {language.money(row['billed_cost'], currency)}" for row in wallets),
        )
        layout.tile(
            _("Computed"),
            language.compact_money(computed, currency),
            help=language.exact_money(computed, currency),
            below=_("price × quantity of the usage"),
        )
        layout.tile(
            _("Variance"),
            language.money(variance, currency),
            help=language.exact_money(variance, currency) if variance is not None else _("The bill names no keys, or there is none."),
            below=_("billed less computed") if total["status"] == "reconciled" else _("not reconciled"),
        )
        _change(view, report, total)
        layout.tile(_("API keys"), language.number(keys), help=_("Keys that cost something in this month."), below=_("with a cost"))


def _change(view: View, report: Report, total: dict[str, Any]) -> None:
    language, change, before = current(), total["change_cost"], report.previous
    previous = total["previous_billed_cost"] if total["previous_billed_cost"] is not None else total["previous_computed_cost"]
    if change is None or before is None or previous is None:
        layout.tile(
            _("Change"), "–", help=_("There is no evidence of a period before to compare with."), below=_("nothing to compare with")
        )
        return
    layout.tile(
        _("Change"),
        language.percent(float(change / previous), signed=True) if previous else "–",
        help=_(
            "{amount} before, a change of {change}",
            amount=language.exact_money(previous, view.currency),
            change=language.exact_money(change, view.currency),
        ),
        below=_("{change} against {period}", change=_signed(change, view), period=language.period(before)),
    )


def _signed(amount: Decimal, view: View) -> str:
    return ("+" if amount > 0 else "") + current().money(amount, view.currency)


def _statement_card(view: View, report: Report, rows: list[dict[str, Any]]) -> None:
    """Show the bill of each model, and the statement below."""
    theme = layout.chart_theme(view)
    items = [_compared_bar(plotly(row["item"], 32), theme.colour(row["item"], view.model_ranks), row, "billed_cost", view) for row in rows]
    with _comparison_card(view, report, items, key="statement", title=_("Statement, by model")) as key:
        tables.table(report.frame, key=key, leave_out=("account", "currency"))
        downloads.report_button(report, key=key)


def _owners_card(view: View, report: Report, rows: list[dict[str, Any]]) -> None:
    """Show the cost of the largest owners, after the unassigned cost; nothing where no owners are configured."""
    if not rows:
        return
    theme, shown = layout.chart_theme(view), rows[: TOP_OWNERS + 1]
    names = [_("Unassigned") if row["item"] == UNASSIGNED else plotly(row["item"], 32) for row in shown]
    colours = [theme.rest_colour if row["item"] == UNASSIGNED else theme.colour(0, {0: 0}) for row in shown]
    items = [_compared_bar(name, colour, row, "computed_cost", view) for name, colour, row in zip(names, colours, shown, strict=True)]
    with _comparison_card(view, report, items, key="owners", title=_("Spend by owner")) as key:
        tables.rows_and_download(query_cache.report("spend-by-owner", **view.scope), key=key, leave_out=("account", "currency"))


def _keys_card(view: View) -> None:
    """Show the cost of the largest keys."""
    report = query_cache.report("key-leaderboard", **view.compared, top=TOP_KEYS)
    bars = chart_series.bars(report.frame, view, layout.chart_theme(view))
    items = [_compared_bar(bar.name, bar.colour, row, "computed_cost", view) for bar, row in zip(bars, report.frame.records(), strict=True)]
    with _comparison_card(view, report, items, key="keys", title=_("Keys that cost most")) as key:
        tables.rows_and_download(report, key=key, leave_out=("account", "currency"))


def _compared_bar(name: str, colour: str, row: dict[str, Any], value: str, view: View) -> ComparedBar:
    """Return a bar of the billed cost, or the computed one where there is no bill, with its value of the month before."""
    amount = row[value] if row[value] is not None else row["computed_cost"]
    before = row[f"previous_{value}"] if row[value] is not None else row["previous_computed_cost"]
    money = current().money
    return ComparedBar(base.Bar(name, colour, amount, money(amount, view.currency)), before, money(before, view.currency))


@contextmanager
def _comparison_card(view: View, report: Report, items: list[ComparedBar], *, key: str, title: str) -> Iterator[str]:
    """Show a card with bars compared with the month before; yield a widget key for the rest of its content."""
    before = [_("the upright line marks {period}", period=current().period(report.previous))] if report.previous else []
    unit = " · ".join([view.unit, *before])
    account_key = f"{key}-{view.account}"
    with layout.card(title, unit, key=account_key):
        if items:
            alt = _("Bars: {title}. Largest: {name} with {amount}.", title=title, name=items[0].bar.name, amount=items[0].bar.exact)
            chart_card.plot(comparison(items, layout.chart_theme(view)), alt=alt, key=account_key)
        yield account_key


def _late_adjustments(view: View) -> None:
    """Show the evidence that came after the month was closed."""
    report = query_cache.report("late-adjustments", **view.scope)
    with layout.card(_("Late adjustments"), _("What later evidence says of the closed month; nothing of it was applied"), key="late"):
        is_one_account = len(set(report.frame.values("account"))) == 1
        hidden = ("billing_period", "currency", "charge_class", "api_key", *(("account",) if is_one_account else ()))
        tables.table(report.frame, key="late", leave_out=hidden)
        downloads.report_button(report, key="late")


def _other_currencies(view: View) -> None:
    """Show a button for each other currency of the month with its cost; currencies are never added up."""
    if not _has_other_currencies(view):
        return
    summary = query_cache.report("summary", **_all_currencies_scope(view))
    for row in summary.frame.records():
        billed_cost, currency = row["billed_cost"], row["currency"]
        if currency == view.currency:
            continue
        amount = current().money(row["computed_cost"] if billed_cost is None else billed_cost, currency).replace("$", r"\$")
        label = _("Also in this month: {amount} in {currency}", amount=amount, currency=_(currency))
        st.button(
            label, icon=":material/currency_exchange:", key=f"currency-{currency}", on_click=update_url, kwargs={"currency": currency}
        )


def _downloads_card(view: View) -> None:
    """Show the files for accounting."""
    labels = {
        "statement": _("Statement of all accounts"),
        "reconciliation": _("Bill and usage side by side, day by day"),
        "spend-by-key": _("What each key cost"),
        "variance": _("Why it cost more or less than before"),
        "coverage": _("Which days are known, and by which import"),
        "months": _("Whether the month is open or closed, and by whom"),
    }
    with layout.card(_("For the books"), _("Every digit, as the command writes it"), key="books"):
        for name, label in labels.items():
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key=f"book-{name}"):
                st.markdown(label, width="content")
                downloads.deferred_report_button(name, view, key=f"book-{name}")
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="book-pack"):
            st.markdown(_("The month in one document, to review and sign: all currencies, with sources and checks"), width="content")
            with st.container(horizontal=True, width="content", key="pack"):
                downloads.month_pack_buttons(view)


main(url_state.current_view())
