"""Series and bars of a report's rows, with a name, a colour and the text of each value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from analytics.core.frame import Frame
from analytics.dashboard.charts import base
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import mask, plotly
from analytics.dashboard.i18n.translation import _, current

Formatter = Callable[[Any], str]
Row = Mapping[str, Any]


def series(frame: Frame, view: View, theme: Theme, *, value: str = "computed_cost", text: Formatter | None = None) -> list[base.Series]:
    """Return the series of a trend report (`spend-trend`, `tokens-trend`, `spend-by-key-and-day`), the largest first, the rest last.

    `value` is the column to draw, `text` formats it for the hover (by default as money in the view's currency).
    """
    format_value = text or partial(current().money, currency=view.currency)
    rows = list(frame.records())
    labels = _labels(rows)
    series_of: dict[Hashable, base.Series] = {}
    for row in rows:
        key = identity(row)
        series = series_of.setdefault(key, base.Series(labels[key], colour(row, view, theme)))
        series.days.append(row["charge_date"])
        series.values.append(row[value])
        series.exact.append(format_value(row[value]))
        series.partial.append(not row.get("is_complete", True))
    return sorted(series_of.values(), key=lambda series: (series.colour == theme.rest_colour, -sum(series.values)))


def bars(frame: Frame, view: View, theme: Theme, *, value: str = "computed_cost", text: Formatter | None = None) -> list[base.Bar]:
    """Return a bar for each row of a report about keys or models, in its order."""
    format_value = text or partial(current().money, currency=view.currency)
    rows = list(frame.records())
    labels = _labels(rows)
    return [base.Bar(labels[identity(row)], colour(row, view, theme), Decimal(row[value]), format_value(row[value])) for row in rows]


def identity(row: Row) -> Hashable:
    """Return the subject of a row: a key (account and mask), a model, or the rest (None)."""
    if row.get("is_other"):
        return None
    if row.get("api_key"):
        return row["account"], row["api_key"]
    if row.get("account"):
        return row["account"], row["model"]
    return str(row["model"] if "model" in row else row["series"])


def colour(row: Row, view: View, theme: Theme) -> str:
    """Return the colour of a row's key or model, the same on every page; that of the rest where it has neither."""
    if row.get("is_other"):
        return theme.rest_colour
    if row.get("api_key"):
        return theme.colour((row["account"], row["api_key"]), view.key_ranks)
    return theme.colour(str(row.get("model") or row.get("series")), view.model_ranks)


def _labels(rows: Iterable[Row]) -> dict[Hashable, str]:
    """Return the label of each subject; the mask, or the account, is added where two would have the same label."""
    rows_by_identity = {identity(row): row for row in rows}
    labels = {key: _label(row) for key, row in rows_by_identity.items()}
    counts = Counter(labels.values())
    return {key: name if counts[name] == 1 else f"{name} · {_qualifier(rows_by_identity[key])}" for key, name in labels.items()}


def _label(row: Row) -> str:
    if row.get("is_other"):
        return _("other")
    return plotly(row.get("api_key_name") or row.get("model") or row.get("series"), 32)


def _qualifier(row: Row) -> str:
    return mask(row["api_key"]) if row.get("api_key") else plotly(row.get("account"))
