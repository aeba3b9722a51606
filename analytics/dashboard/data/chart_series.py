"""From a report's frame to what charts draw: series with a name, a colour and a text for each value; it draws nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from analytics import Frame
from analytics.dashboard.charts import base
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import mask, plotly
from analytics.dashboard.i18n.translation import _, current

Text = Callable[[Any], str]
Row = Mapping[str, Any]


def stacks(frame: Frame, view: View, theme: Theme, *, value: str = "computed_cost", text: Text | None = None) -> list[base.Series]:
    """The series of a trend report (`spend-trend`, `tokens-trend`, `spend-by-key-and-day`), the dearest of the view first, the rest last.

    `value` is the column drawn, `text` how its hover writes it (money of the view's currency where not given).
    """
    written = text or partial(current().money, currency=view.currency)
    rows = list(frame.records())
    names = _names(rows)
    found: dict[Hashable, base.Series] = {}
    for row in rows:
        who = identity(row)
        series = found.setdefault(who, base.Series(names[who], colour(row, view, theme)))
        series.days.append(row["charge_date"])
        series.values.append(row[value])
        series.exact.append(written(row[value]))
        series.partial.append(not row.get("is_complete", True))
    return sorted(found.values(), key=lambda series: (series.colour == theme.rest_colour, -sum(series.values)))


def bars(frame: Frame, view: View, theme: Theme, *, value: str = "computed_cost", text: Text | None = None) -> list[base.Bar]:
    """A bar for each row of a report about keys or models, in its order."""
    written = text or partial(current().money, currency=view.currency)
    rows = list(frame.records())
    names = _names(rows)
    return [base.Bar(names[identity(row)], colour(row, view, theme), Decimal(row[value]), written(row[value])) for row in rows]


def identity(row: Row) -> Hashable:
    """What a row is about: a key (account and mask), a model, or what is left over (None)."""
    if row.get("is_other"):
        return None
    if row.get("api_key"):
        return row["account"], row["api_key"]
    if row.get("account"):
        return row["account"], row["model"]
    return str(row["model"] if "model" in row else row["series"])


def colour(row: Row, view: View, theme: Theme) -> str:
    """The colour of a row's key or model on every page; one plain colour where nothing is told apart."""
    if row.get("is_other"):
        return theme.rest_colour
    if row.get("api_key"):
        return theme.colour((row["account"], row["api_key"]), view.key_ranks)
    return theme.colour(str(row.get("model") or row.get("series")), view.model_ranks)


def _names(rows: Iterable[Row]) -> dict[Hashable, str]:
    """What each row is called; the mask, or the account, is added where two would be called the same."""
    told = {identity(row): row for row in rows}
    plain = {who: _name(row) for who, row in told.items()}
    often = Counter(plain.values())
    return {who: name if often[name] == 1 else f"{name} · {_apart(told[who])}" for who, name in plain.items()}


def _name(row: Row) -> str:
    if row.get("is_other"):
        return _("other")
    return plotly(row.get("api_key_name") or row.get("model") or row.get("series"), 32)


def _apart(row: Row) -> str:
    return mask(row["api_key"]) if row.get("api_key") else plotly(row.get("account"))
