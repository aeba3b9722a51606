"""keyspend.toml read strictly: every table against its declaration, all that is wrong told at once; it looks up no key or account."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Any

from analytics.core.errors import quoted
from analytics.settings.line_numbers import Lines
from analytics.settings.problems import Problem, SettingsError, near
from analytics.settings.schema import Entry, Field, Section


@dataclass(frozen=True)
class Settings:
    """The tables of a file by section, each as often as it was given; without a file there are none.

    `digest` changes whenever the file does: what was worked out under other settings is not shown.
    """

    path: Path
    digest: str
    entries: Mapping[str, Sequence[Entry]]

    def every(self, section: Section) -> Sequence[Entry]:
        """The tables of a section, in the order of the file."""
        return self.entries.get(section.name, ())

    def one(self, section: Section) -> Entry:
        """The table of a section that is not repeated, with its defaults where it is not given."""
        given = self.every(section)
        return given[0] if given else Entry(section, {field.name: field.default for field in section.fields}, 1, {})

    def section_counts(self) -> dict[str, int]:
        """How many tables of each section there are, in the order of the file."""
        return {name: len(entries) for name, entries in self.entries.items() if name}

    def problem(self, entry: Entry, field: str, what: str) -> Problem:
        """Something wrong with a field of a table, for a check that needs more than the field itself."""
        return Problem(self.path.name, entry.line_of(field), entry.section.place(field), what)


def read(path: Path, sections: Iterable[Section]) -> Settings:
    """The settings of a file; of one that is not there, none.

    Raises SettingsError with everything that is wrong: TOML that does not parse, sections and fields that are not declared,
    values of another kind, and what is required and not given.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Settings(path, "", {})
    except OSError as error:
        raise SettingsError([Problem(path.name, 1, "", f"it cannot be read: {error.strerror}")]) from None
    return _Reading(path, {section.name: section for section in sections}).settings(content)


class _Reading:
    """One reading of one file, which gathers what is wrong."""

    def __init__(self, path: Path, sections: Mapping[str, Section]) -> None:
        self._path = path
        self._top = sections.get("", Section("", "", ()))
        self._sections = {name: section for name, section in sections.items() if name}
        self._problems: list[Problem] = []

    def settings(self, content: bytes) -> Settings:
        """All that the file holds. Raises SettingsError."""
        text = self._decoded(content)
        tables = self._parsed(text)
        self._lines = Lines(text)
        plain = {field.name: tables.pop(field.name) for field in self._top.fields if field.name in tables}
        entries = {"": [self._entry(self._top, 0, plain)]} | {name: list(self._entries(name, value)) for name, value in tables.items()}
        if self._problems:
            raise SettingsError(self._problems)
        return Settings(self._path, sha256(content).hexdigest(), entries)

    def _decoded(self, content: bytes) -> str:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise SettingsError([Problem(self._path.name, line, "", "it is not UTF-8")]) from None

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text, parse_float=_decimal)
        except RecursionError:
            raise self._no_toml(1, "it is too deep") from None
        except tomllib.TOMLDecodeError as error:
            what, _, position = str(error).partition(" (at ")
            found = re.match(r"line (\d+)", position)
            raise self._no_toml(int(found[1]) if found else text.count("\n") + 1, what) from None
        except ValueError:
            # Python's reader of whole numbers gives up without a position.
            before = re.split(r"\d{4300}", text, maxsplit=1)[0]
            raise self._no_toml(before.count("\n") + 1, "a number is too long") from None

    def _no_toml(self, line: int, what: str) -> SettingsError:
        return SettingsError([Problem(self._path.name, line, "", f"it is no TOML: {what}")])

    def _entries(self, name: str, value: Any) -> Iterator[Entry]:
        section = self._sections.get(name)
        line = self._lines.of_table(name)
        if section is None:
            self._add_problem(
                line,
                "",
                f"there is no section {quoted(name)}; {near(name, [*self._sections, *(field.name for field in self._top.fields)])}",
            )
            return
        tables = value if section.is_repeated and isinstance(value, list) else [value]
        if not all(isinstance(table, dict) for table in tables) or (section.is_repeated and not isinstance(value, list)):
            self._add_problem(line, "", f"{name!r} is a section and is written {section.header}")
            return
        for index, table in enumerate(tables):
            yield self._entry(section, index, table)

    def _entry(self, section: Section, index: int, table: Mapping[str, Any]) -> Entry:
        entry = Entry(section, {}, self._lines.of_table(section.name, index), self._lines.of_fields(section.name, index))
        fields = {field.name: field for field in section.fields}
        for name in table.keys() - fields.keys():
            self._add_problem(entry.line_of(name), section.header, f"it has no {quoted(name)}; {near(name, fields)}")
        return replace(entry, values={field.name: self._value(entry, field, table) for field in section.fields})

    def _value(self, entry: Entry, field: Field, table: Mapping[str, Any]) -> Any:
        if field.name not in table:
            if field.is_required:
                self._add_problem(entry.line, entry.section.header, f"{field.name!r} is missing: {field.what}")
            return field.default
        try:
            return field.kind(table[field.name])
        except ValueError as error:
            self._add_problem(entry.line_of(field.name), entry.section.place(field.name), str(error))
            return None

    def _add_problem(self, line: int, where: str, what: str) -> None:
        self._problems.append(Problem(self._path.name, line, where, what))


def _decimal(number: str) -> Decimal:
    """An exact number; one beyond what decimals hold is none, which its kind refuses where it stands."""
    try:
        return Decimal(number)
    except InvalidOperation:
        return Decimal("NaN")
