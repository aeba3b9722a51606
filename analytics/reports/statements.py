"""The SQL of reports: each statement with the shared definitions that it needs before it."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from analytics.reports.definitions import DEFINITIONS

_SERIES = {"key": "key", "account": "account", "total": "account"}
"""What series are of, by how a report is broken down; else of owners."""


class Statement(NamedTuple):
    """A query, and the shared definitions that it reads."""

    body: str
    needs: tuple[str, ...]


SELECTED_KEYS = Statement("SELECT DISTINCT account, api_key FROM selected_credential ORDER BY ALL", ("selected_credential",))
"""The keys of a scope."""


def relation(name: str, order: str | None = None) -> Statement:
    """All rows of a shared definition, in the order of the columns `order` where they are named."""
    return Statement(f"FROM {name} ORDER BY {order}" if order else f"FROM {name}", (name,))


@cache
def sql_text(path: str) -> str:
    """The text of a file in the folder `sql`."""
    return files("analytics.reports").joinpath("sql", *path.split("/")).read_text(encoding="utf-8").strip()


@lru_cache(maxsize=256)
def with_definitions(statement: Statement, by: str | None = None) -> str:
    """The SQL of a statement that follows the definitions that it needs, itself or through each other.

    Of those that depend on what series are of, it has the ones for `by`: to plan the others takes longer than to run the statement.
    """
    series = _SERIES.get(by or "", "owner")
    needed: set[str] = set()
    missing = list(statement.needs)
    while missing:
        name = _variant(missing.pop(), series)
        if name not in needed:
            needed.add(name)
            missing += DEFINITIONS[name].needs
    body = statement.body.strip().removesuffix(";")
    if not needed:
        return body
    opening = "WITH " + ",\n\n".join(_definition(name, series) for name in DEFINITIONS if name in needed)
    return f"{opening},\n\n{body.removeprefix('WITH ')}" if body.startswith("WITH ") else f"{opening}\n{body}"


def _variant(name: str, series: str) -> str:
    return name if name in DEFINITIONS else f"{name}_of_{series}"


@cache
def _definition(name: str, series: str) -> str:
    topic, _, computed = DEFINITIONS[name]
    opening = f"AS {computed}".rstrip()
    return f"{name.removesuffix(f'_of_{series}')} {opening} (\n{sql_text(f'definitions/{topic}/{name}.sql')}\n)"
