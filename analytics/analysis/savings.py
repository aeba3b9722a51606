"""The savings of keys: the extra cost of peak use, and the cache gap to the best comparable key of the same month, model and currency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, SCALE, quotient

ENOUGH_TOKENS = 1_000_000
"""The least number of input tokens in a month for a key to be a benchmark for the cache hit ratio of others."""
MOST_ALIKE = 2
"""Two keys are comparable where the mean input tokens per request of neither are more than so many times those of the other."""
_COLUMNS = (
    Column("billing_period", "VARCHAR"),
    Column("account", "VARCHAR"),
    Column("api_key", "VARCHAR"),
    Column("api_key_name", "VARCHAR"),
    Column("model", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("computed_cost", "DECIMAL(38,18)"),
    Column("savable_cost", "DECIMAL(38,18)"),
    Column("peak_extra_cost", "DECIMAL(38,18)"),
    Column("cache_gap_cost", "DECIMAL(38,18)"),
    Column("saved_cost", "DECIMAL(38,18)"),
    Column("cache_hit_ratio", "DOUBLE"),
    Column("best_cache_hit_ratio", "DOUBLE"),
    Column("best_api_key", "VARCHAR"),
    Column("best_api_key_name", "VARCHAR"),
    Column("unvalued_tokens", "BIGINT"),
    Column("unreconciled_dates", "VARCHAR"),
    Column("partial_dates", "VARCHAR"),
)
_NOTHING = Decimal(0).scaleb(-SCALE)
Row = dict[str, Any]


class Cached(NamedTuple):
    """A key with the cache hit ratio of its input and its mean input tokens per request; None where there is no input or no request."""

    row: Row
    hit_ratio: Fraction | None
    request_tokens: Fraction | None

    def is_like(self, other: Cached) -> bool:
        """Whether the requests of both keys are of comparable length (see `MOST_ALIKE`)."""
        mine, theirs = self.request_tokens, other.request_tokens
        return mine is not None and theirs is not None and mine <= MOST_ALIKE * theirs and theirs <= MOST_ALIKE * mine


def finish(frame: Frame) -> Frame:
    """One row per month, key and model in scope, from those of all keys; by currency, the highest savable cost first.

    `cache_gap_cost` is the saving of a rise of the cache hit ratio to that of the best comparable key, at the prices of the same day
    and tier; rounded once, to 18 decimals. Savings from off-peak use and from cache hits overlap, so `savable_cost` is the larger of
    the two, and not their sum.
    """
    keys = ("billing_period", "currency", "model")
    groups = groupby(frame.records(), key=itemgetter(*keys))
    lines = [line for _, rows in groups for line in _compared([_cached(row) for row in rows])]
    lines.sort(key=_rank)
    return Frame(frame.name, _COLUMNS, [tuple(line[column.name] for column in _COLUMNS) for line in lines])


def _rank(line: Row) -> tuple[Any, ...]:
    return (line["currency"], -line["savable_cost"], line["billing_period"], line["account"], line["api_key"], line["model"])


def _cached(row: Row) -> Cached:
    hits, tokens = row["input_cache_hit_tokens"], _input(row)
    return Cached(
        row,
        Fraction(hits, tokens) if tokens else None,
        Fraction(tokens, row["request_count"]) if tokens and row["request_count"] else None,
    )


def _input(row: Row) -> int:
    return int(row["input_cache_hit_tokens"] + row["input_cache_miss_tokens"])


def _compared(group: list[Cached]) -> Iterator[Row]:
    """The rows of the keys in scope, each compared with the best comparable key of enough input tokens."""
    benchmarks = [key for key in group if _input(key.row) >= ENOUGH_TOKENS]
    benchmarks.sort(key=lambda key: (-(key.hit_ratio or 0), key.row["account"], key.row["api_key"]))
    for key in group:
        if key.row["is_selected"]:
            yield _line(key, _better(key, benchmarks))


def _better(key: Cached, benchmarks: Sequence[Cached]) -> Cached | None:
    """The comparable key with the highest cache hit ratio, or None where that is not higher than the ratio of `key`."""
    for other in benchmarks:
        if key.hit_ratio is None or other.hit_ratio is None or other.hit_ratio <= key.hit_ratio:
            return None
        if key.is_like(other):
            return other
    return None


def _line(key: Cached, best: Cached | None) -> Row:
    gap = _gap(key, best)
    return key.row | {
        "savable_cost": max(key.row["peak_extra_cost"], gap),
        "cache_gap_cost": gap,
        "cache_hit_ratio": None if key.hit_ratio is None else float(key.hit_ratio),
        "best_cache_hit_ratio": float(best.hit_ratio) if best and best.hit_ratio is not None else None,
        "best_api_key": best and best.row["api_key"],
        "best_api_key_name": best and best.row["api_key_name"],
    }


def _gap(key: Cached, best: Cached | None) -> Decimal:
    """The cost of misses beyond that of hits × the share of misses that would become hits, the same share in every tier."""
    if best is None or best.hit_ratio is None or key.hit_ratio is None:
        return _NOTHING
    share = (best.hit_ratio - key.hit_ratio) / (1 - key.hit_ratio)
    return quotient(EXACT.multiply(key.row["missed_cost"], share.numerator), share.denominator, SCALE)
