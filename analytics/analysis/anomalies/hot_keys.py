"""Alerts with what they cost against what was expected, and why, to the last digit; it finds none and knows no statistics.

An alert's days are held against the same weekdays of the four weeks before it. The difference is its impact, and the drivers of a
bridge between the two add up to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from analytics.analysis.anomalies.explanations import explanation
from analytics.analysis.variance import decomposition
from analytics.analysis.variance.report import REQUESTS
from analytics.analysis.variance.usage_measures import measures, used
from analytics.analysis.windows import DAY_WEIGHT
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, SCALE, quotient

OWN_DRIVERS = {
    "cache_hit_collapse": ("cache_mix",),
    "request_cost": ("tokens_per_request", "model_mix", "cache_mix", "peak_mix"),
    "dearer_model": ("model_mix",),
    "peak_hours": ("peak_mix",),
}
"""What an alert of a kind is about; of the others it is the whole impact."""
HOURS = 24
_COLUMNS = (
    Column("rank", "BIGINT"),
    Column("account", "VARCHAR"),
    Column("api_key", "VARCHAR"),
    Column("api_key_name", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("kind", "VARCHAR"),
    Column("confidence", "VARCHAR"),
    Column("first_date", "DATE"),
    Column("last_date", "DATE"),
    Column("days", "BIGINT"),
    Column("hours", "VARCHAR"),
    Column("computed_cost", "DECIMAL(38,18)"),
    Column("expected_cost", "DECIMAL(38,18)"),
    Column("impact", "DECIMAL(38,18)"),
    Column("kind_effect", "DECIMAL(38,18)"),
    Column("previous_measure", "DOUBLE"),
    Column("measure", "DOUBLE"),
    Column("score", "DOUBLE"),
    *(Column(f"{driver}_effect", "DECIMAL(38,18)") for driver in decomposition.DRIVERS),
    Column("explanation", "VARCHAR"),
)


class Hot(NamedTuple):
    """An alert with its money: the row of the question that tells of it, and exact costs."""

    row: dict[str, Any]
    cost: Decimal
    expected: Decimal
    effects: dict[str, Decimal]
    measures: tuple[float | None, float | None]

    @property
    def impact(self) -> Decimal:
        """What the days cost more than expected, or less."""
        return EXACT.subtract(self.cost, self.expected)

    @property
    def own(self) -> Decimal:
        """The part of the impact that its kind is about."""
        drivers = OWN_DRIVERS.get(self.row["kind"])
        return sum((self.effects[driver] for driver in drivers), Decimal(0)) if drivers else self.impact

    @property
    def matters(self) -> bool:
        """Whether it is of the sign that its kind is about, and more than too little."""
        signed = -self.own if self.row["kind"] == "silent_key" else self.own
        return signed > Decimal(self.row["floor_cost"]) and signed >= self.row["minimum_cost"]


def finish(frame: Frame) -> Frame:
    """From the cells of each alert to one row per alert that matters, those of most money first; of two about one event, the better."""
    rows = list(frame.records())
    found = [_hot(row, key, effects) for row in rows for key, effects in [_bridged(row)] if _may_matter(row, effects)]
    ranked = sorted(_distinct([hot for hot in found if hot.matters]), key=_order)
    top = rows[0]["top"] if rows else 0
    return Frame(frame.name, _COLUMNS, [_row(rank, hot) for rank, hot in enumerate(ranked[:top], 1)])


def _order(hot: Hot) -> tuple[Any, ...]:
    row = hot.row
    return row["currency"], -abs(hot.own), row["account"], row["api_key"], row["kind"], row["first_date"]


def _bridged(row: dict[str, Any]) -> tuple[decomposition.KeyUsage, dict[str, int]]:
    """What an alert's key used, and its drivers, in twelfths of the last decimal."""
    cells = list(zip(*(row[name] for name in _CELLS), *(map(_units, row[name]) for name in _NUMBERS), strict=True))
    changes = tuple(decomposition.CellChange(tuple(cell[:3]), *cell[3:]) for cell in cells if cell[1] != REQUESTS)
    requests = [cell for cell in cells if cell[1] == REQUESTS]
    key = decomposition.KeyUsage(changes, sum(cell[3] for cell in requests), sum(cell[5] for cell in requests))
    return key, decomposition.effects(key, decomposition.prices_before([key]))


_CELLS, _NUMBERS = ("models", "meters", "are_peak"), ("previous_quantities", "previous_costs", "quantities", "costs")


def _units(number: str) -> int:
    """A whole number, or a cost in units of its last decimal."""
    return int(number.replace(".", ""))


def _may_matter(row: dict[str, Any], effects: dict[str, int]) -> bool:
    """Whether rounding could still lift an alert above what is too little: few of them are worth to be worked out."""
    own = sum(effects[driver] for driver in OWN_DRIVERS.get(row["kind"], decomposition.DRIVERS))
    least = DAY_WEIGHT * int(row["floor_cost"] * 10**SCALE * (1 - 1e-9))
    return (-own if row["kind"] == "silent_key" else own) > least - 1000 * DAY_WEIGHT


def _hot(row: dict[str, Any], key: decomposition.KeyUsage, effects: dict[str, int]) -> Hot:
    cost, expected = (_share(sum(getattr(change, name) for change in key.changes)) for name in ("after_cost", "before_cost"))
    return Hot(row, cost, expected, _shares(effects, EXACT.subtract(cost, expected)), _measures(row["kind"], key))


def _shares(effects: dict[str, int], impact: Decimal) -> dict[str, Decimal]:
    """The drivers, each rounded once; what rounding leaves goes to the largest, so that they add up to the impact."""
    shares = {driver: _share(units) for driver, units in effects.items()}
    left = EXACT.subtract(impact, sum(shares.values(), Decimal(0)))
    largest = max(shares, key=lambda driver: abs(shares[driver]))
    return shares | {largest: EXACT.add(shares[largest], left)}


def _measures(kind: str, key: decomposition.KeyUsage) -> tuple[float | None, float | None]:
    """What the kind is about, as expected and as it was: a ratio, or the cost of a request or of a million tokens."""
    if kind in {"cache_hit_collapse", "peak_hours"}:
        return measures(*used(key))[OWN_DRIVERS[kind][0]]
    before, after = (sum(getattr(change, name) for change in key.changes) for name in ("before_cost", "after_cost"))
    if kind == "request_cost":
        return _each(before, key.requests_before), _each(after, key.requests_after)
    if kind == "dearer_model":
        tokens = [sum(getattr(change, name) for change in key.changes) for name in ("before", "after")]
        return _each(before, tokens[0], 10**6), _each(after, tokens[1], 10**6)
    return None, None


def _each(units: int, count: int, of: int = 1) -> float | None:
    return units * of / (count * 10**SCALE) if count else None


def _distinct(alerts: list[Hot]) -> Iterator[Hot]:
    """Of alerts of one key whose days meet, those that no other tells better."""
    of_keys: defaultdict[Any, list[Hot]] = defaultdict(list)
    for hot in alerts:
        of_keys[tuple(hot.row[name] for name in ("account", "api_key", "currency"))].append(hot)
    for of_key in of_keys.values():
        yield from (hot for hot in of_key if not any(_meets(hot, other) and _explains(other, hot) for other in of_key if other is not hot))


def _meets(one: Hot, other: Hot) -> bool:
    return bool(one.row["first_date"] <= other.row["last_date"] and other.row["first_date"] <= one.row["last_date"])


_ORDER = (
    "new_key",
    "revived_key",
    "silent_key",
    "unusual_hour",
    "cache_hit_collapse",
    "dearer_model",
    "peak_hours",
    "request_cost",
    "spike",
    "sustained_rise",
)
"""The more particular a kind, the more it tells."""


def _explains(better: Hot, hot: Hot) -> bool:
    """Whether another alert tells of the same money: a more particular one at least half of it, a more general one more than twice."""
    is_particular = _ORDER.index(better.row["kind"]) < _ORDER.index(hot.row["kind"])
    return abs(better.own) * 2 >= abs(hot.own) if is_particular else abs(better.own) > abs(hot.own) * 2


def _share(units: int) -> Decimal:
    return quotient(EXACT.scaleb(Decimal(units), -SCALE), DAY_WEIGHT, SCALE)


def spans(hours: int) -> str:
    """Hours of a day, which are the bits of a number, as spans.

    >>> spans(0b1000_0000_0000_0000_0000_1100)
    '02:00-04:00, 23:00-24:00'
    """
    found = [hour for hour in range(HOURS) if hours >> hour & 1]
    starts = [hour for hour in found if hour - 1 not in found]
    ends = [hour + 1 for hour in found if hour + 1 not in found]
    return ", ".join(f"{start:02}:00-{end:02}:00" for start, end in zip(starts, ends, strict=True))


def _row(rank: int, hot: Hot) -> tuple[Any, ...]:
    row = hot.row
    values = {
        "rank": rank,
        **{name: row[name] for name in ("account", "api_key", "api_key_name", "currency", "kind", "confidence", "first_date", "last_date")},
        "days": row["days"],
        "hours": spans(row["hours"]) or None,
        "computed_cost": hot.cost,
        "expected_cost": hot.expected,
        "impact": hot.impact,
        "kind_effect": hot.own,
        "previous_measure": hot.measures[0],
        "measure": hot.measures[1],
        "score": row["score"],
        **{f"{driver}_effect": hot.effects[driver] for driver in decomposition.DRIVERS},
    }
    return (*values.values(), str(explanation(values)))
