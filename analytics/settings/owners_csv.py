"""owners.csv: owner rules like [[owner]] and [[shared]] as a spreadsheet, one line for each key and owner."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from analytics.core.allocation import OWNER_LEVELS
from analytics.core.errors import quoted
from analytics.core.spreadsheet_text import escape_formula, unescape_formula
from analytics.settings.owner_rules import Part, Rule, is_whole
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.sections import owner_name
from analytics.settings.value_types import Kind, day, share, text

COLUMNS = ("account", "api_key", "api_key_name", *OWNER_LEVELS, "share", "from")
_NEEDED = ("account", "api_key", "owner")
_DELIMITERS = ",;\t"
BY_SPEND = "spend"
"""The share of an owner whose part follows from the cost of its own keys."""


_KINDS: Mapping[str, Kind] = dict.fromkeys(COLUMNS, text) | {
    "owner": owner_name,
    "share": lambda cell: share(cell.replace(",", ".")),
    "from": day,
}


def read(path: Path) -> Sequence[Rule]:
    """The owner rules of the file; none where it does not exist. Lines without an owner are ignored.

    The file may have a byte order mark, semicolons or tabs, and decimal commas, as spreadsheets write them. Raises SettingsError
    with all problems, by line.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SettingsError([Problem(path.name, 1, "", f"it cannot be read: {error.strerror}")]) from None
    return parsed(path.name, content)


@lru_cache(maxsize=2)
def parsed(name: str, content: bytes) -> Sequence[Rule]:
    """The owner rules in the bytes of a file of this name, cached for servers. Raises SettingsError with all problems, by line."""
    problems: list[Problem] = []
    grouped: dict[tuple[Any, ...], list[tuple[int, Part]]] = defaultdict(list)
    for line, row in _rows(name, content):
        if row.get("owner"):
            values = _values(name, line, row, problems)
            part = Part(values["owner"], values["team"], values["project"], values["cost_center"], values["share"])
            grouped[values["account"], values["api_key"], values["from"]].append((line, part))
    rules = [_rule(name, key, parts, problems) for key, parts in grouped.items()]
    if problems:
        raise SettingsError(problems)
    return rules


def _rows(name: str, content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError([Problem(name, 1, "", "it is not UTF-8: save it as CSV UTF-8")]) from None
    heading = decoded.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    rows = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True)
    try:
        places = _places(name, next(rows, []))
        for row in rows:
            if len(row) > len(places.header):
                raise SettingsError([Problem(name, rows.line_num, "", "it has more cells than the header")])
            if row:
                yield rows.line_num, {column: unescape_formula(row[at].strip()) for column, at in places.known.items() if at < len(row)}
    except csv.Error as error:
        raise SettingsError([Problem(name, rows.line_num, "", f"it is no CSV: {error}")]) from None


class _Places(NamedTuple):
    header: list[str]
    known: dict[str, int]


def _places(name: str, header: list[str]) -> _Places:
    """The header, and the places of the columns in it; other columns of the spreadsheet are ignored."""
    known = {column: header.index(column) for column in COLUMNS if column in header}
    if missing := [column for column in _NEEDED if column not in known]:
        raise SettingsError([Problem(name, 1, "", f"it has no column {', '.join(missing)}; its columns are {', '.join(COLUMNS)}")])
    return _Places(header, known)


def _values(name: str, line: int, row: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    """The cells of a line as values; an empty cell is None, and an empty share 1. Problems are added to `problems`."""
    values: dict[str, Any] = dict.fromkeys(COLUMNS) | {"share": Decimal(1)}
    for column, cell in row.items():
        if column == "share" and cell == BY_SPEND:
            values[column] = None
        elif cell:
            try:
                values[column] = _KINDS[column](cell)
            except ValueError as error:
                problems.append(Problem(name, line, column, f"{quoted(cell)} {error}"))
    problems += [Problem(name, line, column, "is empty") for column in _NEEDED if not row.get(column)]
    return values


def _rule(name: str, key: tuple[Any, ...], parts: Sequence[tuple[int, Part]], problems: list[Problem]) -> Rule:
    account, api_key, start = key
    source = Problem(name, parts[0][0], "api_key", "")
    shares = [part.share for _, part in parts]
    fixed = [share for share in shares if share is not None]
    if not (is_whole(shares) if len(fixed) == len(shares) else not fixed):
        message = f"the shares of a key must add up to 1, all be whole numbers, or all be {BY_SPEND!r}"
        problems.append(source._replace(where="share", what=message))
    if len({part.owner for _, part in parts}) != len(parts):
        problems.append(source._replace(where="owner", what="is given twice for one key and day"))
    return Rule((api_key,), account, start, tuple(sorted((part for _, part in parts), key=lambda part: part.owner)), source)


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """The bytes of a file with these rows, each with the cells of COLUMNS, escaped against formulas in spreadsheets."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([COLUMNS, *([escape_formula(cell) for cell in row] for row in rows)])
    return text.getvalue().encode("utf-8-sig")


def cells(account: str, api_key: str, api_key_name: str, part: Part | None, start: date | None) -> tuple[str, ...]:
    """The cells of one row, for a key and one of its owners, or without an owner where `part` is None."""
    if part is None:
        return (account, api_key, api_key_name, *("",) * 6)
    share = BY_SPEND if part.share is None else f"{part.share.normalize():f}"
    levels = (part.owner, part.team or "", part.project or "", part.cost_center or "")
    return (account, api_key, api_key_name, *levels, share, str(start or ""))
