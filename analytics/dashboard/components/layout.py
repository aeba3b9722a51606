"""What pages share: a chart with its words, rows and download; tables; tiles; notes; what to do where there is nothing.

All of it shows the frame of a `Report`, so that a download equals `keyspend report NAME … --format csv` for the same filters.
Titles and other texts come translated and may hold Markdown of ours; names inside them go through `plain.markdown`.
"""

from __future__ import annotations

import html
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from analytics import Frame
from analytics.core.period import Period, days_text
from analytics.dashboard import navigation
from analytics.dashboard.charts import base
from analytics.dashboard.charts.base import Figure
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n import error_texts
from analytics.dashboard.i18n.column_labels import COLUMNS, VALUED, VALUES
from analytics.dashboard.i18n.safe_text import clean, markdown, mask
from analytics.dashboard.i18n.translation import _, current
from analytics.writers import writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow

    from analytics import AnalyticsError
    from analytics.reports.report import Report


def heading(title: str, view: View, report: Report) -> None:
    """The title of a page, what is looked at, and how far the data go and whether they can be trusted: a link to the days behind that."""
    st.title(title)
    doubts = report.unreconciled_dates or report.partial_dates or report.overlapping_dates
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        st.markdown(f"**{current().period(view.period)}** · {view.unit}", width="content")
        fresh = _("Data to {day}", day=current().day(view.last_date))
        state = _("some days need attention") if doubts else _("whole and reconciled")
        icon = ":material/warning:" if doubts else ":material/verified:"
        if navigation.is_at("data"):
            st.markdown(f"{icon} {fresh}, {state}", width="content")
        else:
            navigation.link("data", f"{fresh}, {state}", icon=icon)


@contextmanager
def card(title: str, unit: str, *, key: str) -> Iterator[None]:
    """A frame around one answer, with its title and, below it, what its numbers are in. `key` is unique on the page."""
    with st.container(border=True, key=f"card-{key}", height="stretch"):
        st.markdown(f"##### {title}\n\n{_small(unit)}")
        yield


def chart(figure: Figure, report: Report, *, title: str, unit: str, alt: str, key: str) -> None:
    """A figure in a card; `alt` is what it says to who cannot see it. The rows it was drawn from are one click away."""
    with card(title, unit, key=key):
        picture(figure, alt=alt, key=key)
        rows(report, key=key)


def picture(figure: Figure, *, alt: str, key: str) -> None:
    """A figure in a card, of which the page shows the rows and the download itself."""
    # Names in `alt` come as the figure has them, escaped for Plotly; here they are plain text.
    st.plotly_chart(figure, theme=None, config=base.CONFIG, key=key, alt=html.unescape(alt), width="stretch")


@st.fragment
def rows(report: Report, *, key: str, leave_out: Sequence[str] = ()) -> None:
    """The rows of a report, but for the columns `leave_out`, and their download: folded away, and sent when they are unfolded.

    Unfolding makes this part of the page again, and no other.
    """
    with st.expander(_("Rows and download"), icon=":material/table_rows:", key=f"rows-{key}", on_change="rerun") as fold:
        if fold.open:
            table(report.frame, key=key, leave_out=leave_out)
            download(report, key=key)


MOST_ROWS = 200
"""How many rows a table sends to the browser; the download has all."""
MOST_KEYS = 2000
"""Among more keys, what reads every row of each takes longer than a page may."""


def table(
    frame: Frame, *, key: str, height: int | Literal["auto"] = "auto", only: Sequence[str] = (), leave_out: Sequence[str] = ()
) -> None:
    """The rows of a frame, sortable, under names in the visitor's language; money rounded for the eye, exact in the download.

    At most MOST_ROWS of them are sent, and said to be the first; `only` names the columns to show, or `leave_out` those to hide,
    where not all are.
    """
    first = replace(frame, rows=frame.rows[:MOST_ROWS])
    shown = _columns(first, only or [name for name in frame.names if name not in leave_out and _is_told(first, name)])
    with st.container(key=f"table-{key}"):
        st.dataframe(
            plain_rows(shown),
            hide_index=True,
            height=height,
            column_config={column.name: column_config(column.name, column.type) for column in shown.columns},
            placeholder="–",
            lazy=True,  # of many thousand rows the browser is sent those in sight
            alt=_("Table, rows: {count}", count=len(shown.rows)),
        )
    if len(frame.rows) > MOST_ROWS:
        small(_("The first {shown} of {count} rows; the download has all.", shown=MOST_ROWS, count=current().number(len(frame.rows))))


def _is_told(frame: Frame, name: str) -> bool:
    """Whether any row has something in a column. Without rows all columns are shown."""
    return not frame.rows or any(value not in (None, "") for value in frame.values(name))


def _columns(frame: Frame, names: Sequence[str]) -> Frame:
    """A frame with these columns alone, in this order."""
    at = [frame.names.index(name) for name in names]
    return Frame(frame.name, tuple(frame.columns[place] for place in at), [tuple(row[place] for place in at) for row in frame.rows])


def _word(value: object) -> str:
    """A value of ours in the visitor's language, anybody's as it is."""
    return _(VALUES[value]) if isinstance(value, str) and value in VALUES else clean(value)


def plain_rows(frame: Frame) -> pyarrow.Table:
    """A frame as Arrow, with names made plain, masks folded and our own values in the visitor's language."""
    special = {"api_key": mask, "best_api_key": mask, **dict.fromkeys(VALUED, _word)}
    makers = [special.get(column.name, clean) if column.type == "VARCHAR" else None for column in frame.columns]
    plain = [tuple(make(cell) if make and cell is not None else cell for make, cell in zip(makers, row, strict=True)) for row in frame.rows]
    return Frame(frame.name, frame.columns, plain).to_arrow()


def column_config(name: str, kind: str) -> Any:
    """How a column of the vocabulary is shown: its word, and the format of its kind."""
    label = _(COLUMNS[name]) if name in COLUMNS else name.replace("_", " ")
    if name.endswith("_ratio"):
        return st.column_config.NumberColumn(label, format="percent")
    if name.startswith("cost_per") or name.endswith("_price"):
        return st.column_config.NumberColumn(label, format="%.12f" if name == "unit_price" else "%,.4f")
    if kind.startswith("DECIMAL"):
        return st.column_config.NumberColumn(label, format="%,.2f")
    if kind in ("BIGINT", "HUGEINT", "INTEGER"):
        return st.column_config.NumberColumn(label, format="plain" if name.endswith("_id") else "localized")
    if kind == "DATE":
        return st.column_config.DateColumn(label, format="YYYY-MM-DD")
    return st.column_config.Column(label)


def download(report: Report, *, key: str) -> None:
    """A button that saves a report's rows: the bytes of `keyspend report … --format csv`, made when it is pressed."""
    frame, scope = report.frame, report.scope
    span = f"{scope.period.start or 'first'}_{scope.period.end or 'last'}"
    _save(frame, f"{frame.name}_{span}{f'_{scope.currency}' if scope.currency else ''}.csv", f"report {frame.name}", key)


def download_what_if(frame: Frame, period: Period, *, key: str) -> None:
    """A button that saves a period priced again: the bytes of `keyspend what-if … --format csv`."""
    _save(frame, f"{frame.name}_{period.start or 'first'}_{period.end or 'last'}.csv", "what-if", key)


def download_imports(frame: Frame, *, key: str) -> None:
    """A button that saves the ledger of imports: the bytes of `keyspend imports --format csv`."""
    _save(frame, "imports.csv", "imports", key)


def download_audit(frame: Frame, *, key: str) -> None:
    """A button that saves the acts of the journal: the bytes of `keyspend audit --format csv`."""
    _save(frame, "audit.csv", "audit", key)


def _save(frame: Frame, file_name: str, command: str, key: str) -> None:
    st.download_button(
        _("Download CSV"),
        lambda: writer("csv")(frame),
        file_name=file_name,
        mime="text/csv",
        key=f"download-{key}",
        on_click="ignore",
        icon=":material/download:",
        help=_("Every digit, as `keyspend {command}` writes it.", command=command),
    )


def tile(label: str, value: str, *, help: str, below: str = "") -> None:  # noqa: A002 - Streamlit's own name
    """One number: short on the tile, exact in its `help`, with what it is compared with `below`. Names do not belong here."""
    st.metric(
        _dollars(label),
        _dollars(value),
        _dollars(below) or None,
        delta_color="off",
        delta_arrow="off",
        help=_dollars(help),
        border=True,
        height="stretch",
    )


def small(text: str) -> None:
    """A line of lesser weight, still dark enough to read: Streamlit's captions are too pale for small print. Markdown of ours."""
    st.markdown(_small(text))


def _small(text: str) -> str:
    return f":gray[:small[{text}]]"


def _dollars(text: str) -> str:
    """Markdown takes what stands between two dollar signs for a formula."""
    return text.replace("$", r"\$")


def look(view: View) -> base.Theme:
    """How figures look for this visitor."""
    theme = str(st.context.theme.type)
    # The d3 format of a day on an axis.
    day_format = _("%b %-d")
    language = current()
    theme = theme if theme in base.PALETTES else "light"
    return base.Theme(theme=theme, sign=language.sign(view.currency), day_format=day_format, words=language.compact)


def notes(report: Report) -> None:
    """What must be said beside a report's numbers, with the way to the days behind it; nothing where all is well."""
    said = [*_about_days(report)]
    if report.incomparable_accounts:
        said.append(_("Not compared, because their evidence begins later: {accounts}", accounts=", ".join(report.incomparable_accounts)))
    if said:
        with st.container(key=f"notes-{report.frame.name}", border=True, gap="xsmall"):
            for text in said:
                small(f":material/warning: {markdown(text, 600)}")
            if not navigation.is_at("data"):
                navigation.link("data", _("See these days on the Data page"))


def _about_days(report: Report) -> Iterator[str]:
    told = [
        (report.unreconciled_dates, _("Days that do not reconcile: {days}")),
        (report.partial_dates, _("Days in progress when exported: {days}. Export them again to complete them.")),
        (report.late_dates, _("Days of a closed month on which late evidence says something else; nothing was applied: {days}")),
        (report.overlapping_dates, _("Days with hours counted twice, where days of different offsets meet: {days}")),
        (report.doubtful_previous_dates, _("Of the days compared with, not reconciled or in progress: {days}")),
        (report.dates_without_hours, _("Left out, because their exports tell no hours: {days}")),
    ]
    return (text.format(days=days_text(dates).replace(" to ", " – ")) for dates, text in told if dates)


def refused(error: AnalyticsError) -> None:
    """What is wrong and what to do, of an error that is meant to be read: exactly in English, the gist in other languages."""
    message, hint = error.message, error.hint
    if current().code != "en" and error.code in error_texts.PAGES:
        message, hint = _(error_texts.PAGES[error.code]), _(error_texts.ADVICE.get(error.code, error_texts.ANOTHER_VIEW))
    st.error(markdown(message, 300), icon=":material/error:")
    if hint:
        st.info(markdown(hint, 300), icon=":material/lightbulb:")
    if st.session_state.get("role"):
        _way_out()


def broken() -> None:
    """What is said where something unexpected happened; the reason is in the server's log."""
    st.error(_("Something went wrong while this page was made. The log of the server says what."), icon=":material/error:")


def nothing_imported() -> None:
    """The page before the first import."""
    st.title("Keyspend")
    st.markdown(_("What did every API key cost, and why?"))
    st.info(_("Nothing was imported yet. Export your usage on the DeepSeek platform as a zip, and import it:"), icon=":material/upload:")
    st.code("keyspend import usage_data_2026_6.zip", language=None)
    small(_("This page shows the numbers by itself once they are there."))


def no_rows() -> None:
    """Said where a view has no rows, with the ways out."""
    st.info(_("Nothing was used in this view."), icon=":material/filter_alt_off:")
    _way_out()


def _way_out() -> None:
    everything = dict.fromkeys(("from", "to", "account", "currency", "key", "model"))
    navigation.link("overview", _("Show all days and all keys"), icon=":material/restart_alt:", period="all", **everything)


def waits(view: View, label: str, *, icon: str, key: str) -> bool:
    """Whether what takes some seconds among many keys waits until it is asked for, by the button that then stands in its place."""
    if len(view.key_ranks) <= MOST_KEYS or st.session_state.get(key):
        return False
    st.button(label, icon=icon, key=f"{key}-button", on_click=st.session_state.update, args=({key: True},))
    return True
