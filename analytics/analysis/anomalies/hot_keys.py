"""The report of hot keys: alerts with their exact cost, expected cost, impact and drivers.

The days of an alert are compared with the same weekdays of the four weeks before it. The difference is its impact, and the effects of
its drivers add up to it exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from analytics.analysis.anomalies.explanations import explanation
from analytics.analysis.variance import decomposition
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
"""The drivers that an alert of a kind is about; for other kinds it is the whole impact."""
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
    """An alert with its row of the query, its exact costs, the effects of its drivers, and its measures before and now."""

    row: dict[str, Any]
    cost: Decimal
    expected: Decimal
    effects: dict[str, Decimal]
    measures: tuple[float | None, float | None]

    @property
    def impact(self) -> Decimal:
        """The cost of the days less their expected cost; negative where they cost less."""
        return EXACT.subtract(self.cost, self.expected)

    @property
    def own(self) -> Decimal:
        """The part of the impact that the kind of the alert is about."""
        drivers = OWN_DRIVERS.get(self.row["kind"])
        return sum((self.effects[driver] for driver in drivers), Decimal(0)) if drivers else self.impact

    @property
    def matters(self) -> bool:
        """Whether `own` has the sign of its kind, is above the floor of the account, and is not below that of the settings."""
        signed = -self.own if self.row["kind"] == "silent_key" else self.own
        return signed > Decimal(self.row["floor_cost"]) and signed >= self.row["minimum_cost"]


def finish(frame: Frame) -> Frame:
    """One row per material alert, from its cells, the largest effect first by currency; of alerts about one event, the most specific."""
    rows = list(frame.records())
    alerts = [_hot(row, key, effects) for row in rows for key, effects in [_bridged(row)] if _may_matter(row, effects)]
    ranked = sorted(_distinct([hot for hot in alerts if hot.matters]), key=_order)
    top = rows[0]["top"] if rows else 0
    return Frame(frame.name, _COLUMNS, [_row(rank, hot) for rank, hot in enumerate(ranked[:top], 1)])


def _order(hot: Hot) -> tuple[Any, ...]:
    row = hot.row
    return row["currency"], -abs(hot.own), row["account"], row["api_key"], row["kind"], row["first_date"]


def _bridged(row: dict[str, Any]) -> tuple[decomposition.KeyUsage, dict[str, int]]:
    """The usage of the key of an alert, and the effects of the drivers, in twelfths of the last decimal."""
    cells = list(zip(*(row[name] for name in _CELLS), *(map(_units, row[name]) for name in _NUMBERS), strict=True))
    key = decomposition.key_usage(decomposition.CellChange(tuple(cell[:3]), *cell[3:]) for cell in cells)
    return key, decomposition.effects(key, decomposition.prices_before([key]))


_CELLS, _NUMBERS = ("models", "meters", "are_peak"), ("previous_quantities", "previous_costs", "quantities", "costs")


def _units(number: str) -> int:
    """A whole number, or a decimal cost in units of its last decimal, from text."""
    return int(number.replace(".", ""))


def _may_matter(row: dict[str, Any], effects: dict[str, int]) -> bool:
    """Whether the alert may exceed its floor after rounding; the exact costs of the others need not be computed."""
    own = sum(effects[driver] for driver in OWN_DRIVERS.get(row["kind"], decomposition.DRIVERS))
    least = DAY_WEIGHT * int(row["floor_cost"] * 10**SCALE * (1 - 1e-9))
    return (-own if row["kind"] == "silent_key" else own) > least - 1000 * DAY_WEIGHT


def _hot(row: dict[str, Any], key: decomposition.KeyUsage, effects: dict[str, int]) -> Hot:
    cost, expected = (_share(sum(getattr(change, name) for change in key.changes)) for name in ("after_cost", "before_cost"))
    return Hot(row, cost, expected, _shares(effects, EXACT.subtract(cost, expected)), _measures(row["kind"], key))


def _shares(effects: dict[str, int], impact: Decimal) -> dict[str, Decimal]:
    """The effects of the drivers, each rounded once; the rounding difference goes to the largest, so that they add up to the impact."""
    shares = {driver: _share(units) for driver, units in effects.items()}
    left = EXACT.subtract(impact, sum(shares.values(), Decimal(0)))
    largest = max(shares, key=lambda driver: abs(shares[driver]))
    return shares | {largest: EXACT.add(shares[largest], left)}


def _measures(kind: str, key: decomposition.KeyUsage) -> tuple[float | None, float | None]:
    """The measure of the kind, expected and actual: a ratio, or the cost of a request or of a million tokens; None for other kinds."""
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
    """The alerts of each key that no overlapping alert of the same key explains better (see `_explains`)."""
    of_keys: defaultdict[Any, list[Hot]] = defaultdict(list)
    for hot in alerts:
        of_keys[tuple(hot.row[name] for name in ("account", "api_key", "currency"))].append(hot)
    for of_key in of_keys.values():
        yield from (
            hot for hot in of_key if not any(_overlap(hot, other) and _explains(other, hot) for other in of_key if other is not hot)
        )


def _overlap(one: Hot, other: Hot) -> bool:
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
"""The kinds of alert, the most specific first."""


def _explains(better: Hot, hot: Hot) -> bool:
    """Whether `better` covers the effect of `hot`: at least half of it for a more specific kind, more than twice for a more general one."""
    is_more_specific = _ORDER.index(better.row["kind"]) < _ORDER.index(hot.row["kind"])
    return abs(better.own) * 2 >= abs(hot.own) if is_more_specific else abs(better.own) > abs(hot.own) * 2


def _share(units: int) -> Decimal:
    return quotient(EXACT.scaleb(Decimal(units), -SCALE), DAY_WEIGHT, SCALE)


def spans(hours: int) -> str:
    """Hours of a day, given as the bits of a number, as text of spans.

    >>> spans(0b1000_0000_0000_0000_0000_1100)
    '02:00-04:00, 23:00-24:00'
    """
    hour_list = [hour for hour in range(HOURS) if hours >> hour & 1]
    starts = [hour for hour in hour_list if hour - 1 not in hour_list]
    ends = [hour + 1 for hour in hour_list if hour + 1 not in hour_list]
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
