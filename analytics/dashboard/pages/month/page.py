"""Month: whether a month can be closed or is, and its statement per account: by wallet, by model and by key, against the one before."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

import streamlit as st

from analytics import Frame
from analytics.analysis.allocation.statement import UNASSIGNED
from analytics.core.period import Period, month
from analytics.dashboard.charts import base
from analytics.dashboard.charts.period_comparison import ComparedBar, comparison
from analytics.dashboard.components import chart_card, downloads, layout, messages, month_verdict, tables
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
    view = replace(view, period=_month(view))
    view = replace(view, against=_against(view))
    query_cache.prefetch(
        ("key-leaderboard", view.compared | {"top": TOP_KEYS}),
        ("spend-by-month", _of_account(view)),
        *month_verdict.reports(view),
        *([("summary", _every_currency(view))] if _has_others(view) else []),
    )
    statement = query_cache.report("statement", **view.compared)
    layout.heading(_("Month"), view, statement)
    _picker(view, statement)
    if not statement.frame.rows:
        messages.no_rows()
        return
    month_verdict.show(view, month_verdict.accounts_of(view), statement)
    if statement.late_dates:
        _late(view)
    accounts = list(dict.fromkeys(statement.frame.values("account")))
    for account in accounts[:MOST_ACCOUNTS]:
        # One account is asked about as it was, so that its answer is there already.
        _account(replace(view, account=account) if len(accounts) > 1 else view, account)
    if len(accounts) > MOST_ACCOUNTS:
        layout.small_print(_("Accounts that are not shown: {count}. Choose one in the filters.", count=len(accounts) - MOST_ACCOUNTS))
    _others(view)
    _downloads(view)


def _month(view: View) -> Period:
    """The month of the last day that is looked at and known."""
    last = min(view.period.end.toordinal() - 1, view.last_date.toordinal()) if view.period.end else view.last_date.toordinal()
    first = view.period.start.toordinal() if view.period.start else last
    return month(f"{type(view.last_date).fromordinal(max(first, last)):%Y-%m}")


def _against(view: View) -> str | None:
    """What the address asks to compare with; what is not before the month that is looked at now, was asked of another."""
    asked = st.query_params.get("against")
    return asked if asked and asked < str(view.period) else None


def _of_account(view: View) -> dict[str, Any]:
    """All months of what is looked at, whichever keys and models are."""
    return {"currency": view.currency, "account": view.account}


def _every_currency(view: View) -> dict[str, Any]:
    return {**view.scope, "currency": None}


def _has_others(view: View) -> bool:
    """Whether anything was ever used or billed in another currency."""
    return any(currency != view.currency for (currency,) in query_cache.sql(_CURRENCIES).rows)


def _picker(view: View, statement: Report) -> None:
    """Steps to the month before and after, to every month of the data, and to what it is compared with, newest first."""
    report = query_cache.report("spend-by-month", **_of_account(view))
    months = sorted(set(report.frame.values("billing_period")))
    chosen = str(view.period)
    with st.container(horizontal=True, vertical_alignment="center", key="picker"):
        for before in [name for name in months if name < chosen][-1:]:
            _link(before, icon=":material/chevron_left:")
        with st.popover(current().period(view.period), icon=":material/calendar_month:"):
            _by_year("months", months, _link)
        for after in [name for name in months if name > chosen][:1]:
            _link(after, icon=":material/chevron_right:")
        earlier = [name for name in months if name < chosen]
        if statement.previous and len(earlier) > 1:
            label = _("against {period}", period=current().period(statement.previous))
            with st.popover(label, icon=":material/compare_arrows:"):
                _by_year("against", earlier, lambda name: _comparison(name, view.period))


def _by_year(key: str, months: list[str], step: Callable[[str], None]) -> None:
    """A step for each month, newest first, a row for each year."""
    for year, names in groupby(reversed(months), key=lambda name: name[:4]):
        with st.container(horizontal=True, key=f"{key}-{year}"):
            for name in names:
                step(name)


def _link(name: str, icon: str | None = None) -> None:
    """A step to another month. A page link would lead to this page without telling the address."""
    changes = {"period": name, "from": None, "to": None, "against": None}
    st.button(
        current().period(month(name)), icon=icon, key=f"month-{icon or ''}{name}", on_click=update_url, kwargs=changes, type="tertiary"
    )


def _comparison(name: str, looked_at: Period) -> None:
    """A step to the same month against another; the one before needs no word in the address."""
    changes = {"against": None if month(name).end == looked_at.start else name}
    st.button(current().period(month(name)), key=f"against-{name}", on_click=update_url, kwargs=changes, type="tertiary")


def _account(view: View, name: str) -> None:
    """The statement of one account in the currency of the view."""
    report = query_cache.report("statement", **view.compared)
    rows = _by_section(report.frame)
    if not rows["total"]:
        return
    with st.container(key=f"account-{name}"):
        title = f"{markdown(name)} · {markdown(_(view.currency))}"
        st.subheader(title)
        _tiles(view, report, rows["total"][0], rows["wallet"])
        _statement(view, report, rows["model"])
        _owners(view, report, rows["owner"])
        _keys(view)
        variance_card.show(view)


def _by_section(frame: Frame) -> defaultdict[str, list[dict[str, Any]]]:
    """The rows of a statement by their section, but those of keys, which may be very many."""
    found = defaultdict(list)
    for place, section in enumerate(frame.values("section")):
        if section != "key":
            found[section].append(dict(zip(frame.names, frame.rows[place], strict=True)))
    return found


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
    then = total["previous_billed_cost"] if total["previous_billed_cost"] is not None else total["previous_computed_cost"]
    if change is None or before is None or then is None:
        layout.tile(
            _("Change"), "–", help=_("There is no evidence of a period before to compare with."), below=_("nothing to compare with")
        )
        return
    layout.tile(
        _("Change"),
        language.percent(float(change / then), signed=True) if then else "–",
        help=_(
            "{amount} before, a change of {change}",
            amount=language.exact_money(then, view.currency),
            change=language.exact_money(change, view.currency),
        ),
        below=_("{change} against {period}", change=_signed(change, view), period=language.period(before)),
    )


def _signed(amount: Decimal, view: View) -> str:
    return ("+" if amount > 0 else "") + current().money(amount, view.currency)


def _statement(view: View, report: Report, rows: list[dict[str, Any]]) -> None:
    """The statement itself, below what each model was billed."""
    theme = layout.chart_theme(view)
    items = [_item(plotly(row["item"], 32), theme.colour(row["item"], view.model_ranks), row, "billed_cost", view) for row in rows]
    with _card(view, report, items, key="statement", title=_("Statement, by model")) as place:
        tables.table(report.frame, key=place, leave_out=("account", "currency"))
        downloads.report_button(report, key=place)


def _owners(view: View, report: Report, rows: list[dict[str, Any]]) -> None:
    """What the owners bear who bear most, after what nobody owns; nothing where no owners are known."""
    if not rows:
        return
    theme, shown = layout.chart_theme(view), rows[: TOP_OWNERS + 1]
    names = [_("Unassigned") if row["item"] == UNASSIGNED else plotly(row["item"], 32) for row in shown]
    colours = [theme.rest_colour if row["item"] == UNASSIGNED else theme.colour(0, {0: 0}) for row in shown]
    items = [_item(name, colour, row, "computed_cost", view) for name, colour, row in zip(names, colours, shown, strict=True)]
    with _card(view, report, items, key="owners", title=_("Spend by owner")) as place:
        tables.rows_and_download(query_cache.report("spend-by-owner", **view.scope), key=place, leave_out=("account", "currency"))


def _keys(view: View) -> None:
    """What the dearest keys cost."""
    report = query_cache.report("key-leaderboard", **view.compared, top=TOP_KEYS)
    bars = chart_series.bars(report.frame, view, layout.chart_theme(view))
    items = [_item(bar.name, bar.colour, row, "computed_cost", view) for bar, row in zip(bars, report.frame.records(), strict=True)]
    with _card(view, report, items, key="keys", title=_("Keys that cost most")) as place:
        tables.rows_and_download(report, key=place, leave_out=("account", "currency"))


def _item(name: str, colour: str, row: dict[str, Any], value: str, view: View) -> ComparedBar:
    """A bar of what was billed, or computed where no bill tells, and what it was the month before."""
    now = row[value] if row[value] is not None else row["computed_cost"]
    before = row[f"previous_{value}"] if row[value] is not None else row["previous_computed_cost"]
    money = current().money
    return ComparedBar(base.Bar(name, colour, now, money(now, view.currency)), before, money(before, view.currency))


@contextmanager
def _card(view: View, report: Report, items: list[ComparedBar], *, key: str, title: str) -> Iterator[str]:
    """A card with bars against the month before, and a key for what follows in it."""
    before = [_("the upright line marks {period}", period=current().period(report.previous))] if report.previous else []
    unit = " · ".join([view.unit, *before])
    place = f"{key}-{view.account}"
    with layout.card(title, unit, key=place):
        if items:
            alt = _("Bars: {title}. Largest: {name} with {amount}.", title=title, name=items[0].bar.name, amount=items[0].bar.exact)
            chart_card.plot(comparison(items, layout.chart_theme(view)), alt=alt, key=place)
        yield place


def _late(view: View) -> None:
    """What came after the month was closed."""
    report = query_cache.report("late-adjustments", **view.scope)
    with layout.card(_("Late adjustments"), _("What later evidence says of the closed month; nothing of it was applied"), key="late"):
        alone = len(set(report.frame.values("account"))) == 1
        known = ("billing_period", "currency", "charge_class", "api_key", *(("account",) if alone else ()))
        tables.table(report.frame, key="late", leave_out=known)
        downloads.report_button(report, key="late")


def _others(view: View) -> None:
    """Steps to what was billed in other currencies, which are never added up."""
    if not _has_others(view):
        return
    others = [row for row in query_cache.report("summary", **_every_currency(view)).frame.records() if row["currency"] != view.currency]
    for row in others:
        spent, currency = row["billed_cost"], row["currency"]
        amount = current().money(row["computed_cost"] if spent is None else spent, currency).replace("$", r"\$")
        label = _("Also in this month: {amount} in {currency}", amount=amount, currency=_(currency))
        st.button(
            label, icon=":material/currency_exchange:", key=f"currency-{currency}", on_click=update_url, kwargs={"currency": currency}
        )


def _downloads(view: View) -> None:
    """The files that an accountant asks for."""
    wanted = {
        "statement": _("Statement of all accounts"),
        "reconciliation": _("Bill and usage side by side, day by day"),
        "spend-by-key": _("What each key cost"),
        "variance": _("Why it cost more or less than before"),
        "coverage": _("Which days are known, and by which import"),
        "months": _("Whether the month is open or closed, and by whom"),
    }
    with layout.card(_("For the books"), _("Every digit, as the command writes it"), key="books"):
        for name, label in wanted.items():
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key=f"book-{name}"):
                st.markdown(label, width="content")
                downloads.deferred_report_button(name, view, key=f"book-{name}")
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="book-pack"):
            st.markdown(_("The month in one document, to review and sign: all currencies, with sources and checks"), width="content")
            with st.container(horizontal=True, width="content", key="pack"):
                downloads.month_pack_buttons(view)


main(url_state.current_view())
