"""What pages share: a chart with its words, table and download; tables; tiles; notes; what to do where there is nothing.

Everything here takes a `Report` and shows its frame, so that a download equals `keyspend report NAME … --format csv`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import Frame, charts
from analytics.dashboard.language import _, current
from analytics.dashboard.plain import clean, mask
from analytics.dashboard.words import COLUMNS
from analytics.writers import writer

if TYPE_CHECKING:
    import pyarrow
    from plotly.graph_objects import Figure

    from analytics import AnalyticsError
    from analytics.reports import Report


def chart(figure: Figure, report: Report, *, title: str, alt: str, key: str) -> None:
    """A figure with its title, an `alt` sentence, the rows it was drawn from and their download. `key` is unique on the page."""
    with st.container(border=True, key=f"chart-{key}"):
        st.markdown(f"##### {title}")
        st.plotly_chart(figure, theme=None, config=charts.CONFIG, key=key, alt=alt, width="stretch")
        with st.expander(_("Data")):
            table(report.frame, key=f"{key}-data")
            download(report, key=key)


def table(frame: Frame, *, key: str, height: int | str = "auto") -> None:
    """The rows of a frame, sortable, with columns named in the visitor's language; money to the cent, exact in the download."""
    shown = [column for column in frame.columns if not column.name.endswith("_dates") or any(frame.values(column.name))]
    with st.container(key=f"table-{key}"):
        st.dataframe(
            _shown(frame),
            hide_index=True,
            height=height,  # type: ignore[arg-type]
            column_order=[column.name for column in shown],
            column_config={column.name: _column(column.name, column.type) for column in shown},
            alt=_("Table of {count} rows", count=len(frame.rows)),
        )


def _shown(frame: Frame) -> pyarrow.Table:
    """The frame as Arrow, with names made plain and masks folded."""
    plain = [{"api_key": mask}.get(column.name, clean) if column.type == "VARCHAR" else None for column in frame.columns]
    rows = [tuple(make(cell) if make and cell is not None else cell for make, cell in zip(plain, row, strict=True)) for row in frame.rows]
    return Frame(frame.name, frame.columns, rows).to_arrow()


def _column(name: str, kind: str) -> Any:
    label = _(COLUMNS.get(name, name))
    if name.endswith("_ratio"):
        return st.column_config.NumberColumn(label, format="percent")
    if kind.startswith("DECIMAL"):
        return st.column_config.NumberColumn(label, format="%,.2f")
    if kind in ("BIGINT", "HUGEINT", "INTEGER"):
        return st.column_config.NumberColumn(label, format="localized" if not name.endswith("_id") else "plain")
    if kind == "DATE":
        return st.column_config.DateColumn(label, format="YYYY-MM-DD")
    return st.column_config.Column(label)


def download(report: Report, *, key: str) -> None:
    """A button that saves the report's rows: the bytes of `keyspend report … --format csv`."""
    frame, period = report.frame, report.scope.period
    st.download_button(
        _("Download CSV"),
        lambda: writer("csv")(frame),
        file_name=f"{frame.name}_{period.start or 'first'}_{period.end or 'last'}.csv",
        mime="text/csv",
        key=f"download-{key}",
        on_click="ignore",
        icon=":material/download:",
    )


def tile(label: str, value: str, *, exact: str | None = None, delta: str | None = None, **more: Any) -> None:
    """One number: short on the tile, exact in its help. Texts are ours; names do not belong here."""
    st.metric(label, value.replace("$", r"\$"), delta, help=exact and exact.replace("$", r"\$"), border=True, height="stretch", **more)


def look() -> charts.Look:
    """How figures look for this visitor."""
    theme = st.context.theme.type if st.context.theme.type in charts.PALETTES else "light"
    return charts.Look(theme=str(theme), currency_sign="", day_format=_("%b %-d"))


def refused(error: AnalyticsError) -> None:
    """What is wrong and what to do, of an error that is meant to be read."""
    st.error(clean(error.message, 300))
    if error.hint:
        st.info(clean(error.hint, 300))


def broken() -> None:
    """What is said where something unexpected happened; the reason is in the server's log."""
    st.error(_("Something went wrong while this page was made. The server's log says what."))


def nothing_imported() -> None:
    """The page before the first import."""
    st.title("Keyspend")
    st.info(_("Nothing was imported yet. Export your usage on the DeepSeek platform, and import the zip:"))
    st.code("keyspend import usage_data_2026_6.zip", language=None)


def no_rows() -> None:
    """Said where a view has no rows, with a way out."""
    st.info(_("No usage in this view. Choose a longer period or fewer filters."), icon=":material/filter_alt_off:")


def language_text(currency: str) -> str:
    """The name of a currency as the visitor's language has it."""
    return current().text(currency)
