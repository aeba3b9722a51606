"""What the numbers of a column stand for, in words for programs: its kind and its unit, told by its name and type alone."""

from __future__ import annotations

import re
from typing import NamedTuple

from analytics.core.frame import Column

CURRENCIES = ("currency", "BillingCurrency")
"""The columns that say which currency the money of a row is in."""


class Meaning(NamedTuple):
    """A kind (`money`, `price`, `ratio`, `count`, `number`, `date`, `instant`, `boolean` or `text`), and a unit where it has one."""

    kind: str
    unit: str | None = None


_BY_TYPE = {
    "BOOLEAN": Meaning("boolean"),
    "DATE": Meaning("date", "day, at the offset of its export"),
    "TIMESTAMP": Meaning("instant", "UTC"),
}
_BY_NAME = (
    (r".*million_tokens_price", Meaning("price", "currency of the row per million tokens")),
    (r".*(_price|Price)", Meaning("price", "currency of the row per token")),
    (r"cost_per_million_tokens", Meaning("price", "currency of the row per million tokens")),
    (r"cost_per_request", Meaning("price", "currency of the row per request")),
    (r".*_ratio", Meaning("ratio", "1 is the whole")),
    (r"crossed_threshold", Meaning("ratio", "1 is the whole")),
    (r"(.*_)?(cost|effect|impact|variance)|.*Cost|forecast_(low|high)", Meaning("money", "currency of the row")),
    (r".*_tokens", Meaning("count", "tokens")),
    (r"request_count", Meaning("count", "requests")),
    (r"quantity", Meaning("count", "tokens or requests, by the meter of the row")),
    (r"(.*_)?days(_left)?|day_count", Meaning("count", "days")),
    (r".*_hours", Meaning("number", "hours")),
)
_NUMBER, _TEXT = Meaning("number"), Meaning("text")


def meaning(column: Column) -> Meaning:
    """The kind and unit of a column; a number of which its name says nothing is a `number` without a unit.

    >>> meaning(Column("computed_cost", "DECIMAL(38,18)"))
    Meaning(kind='money', unit='currency of the row')
    """
    if column.type in _BY_TYPE:
        return _BY_TYPE[column.type]
    if not column.is_number:
        return _TEXT
    return next((told for pattern, told in _BY_NAME if re.fullmatch(pattern, column.name)), _NUMBER)
