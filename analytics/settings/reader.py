"""The strict reader of keyspend.toml: every table is checked against its declaration, and all problems are reported at once."""

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
    """The tables of a settings file by section, in the order of the file; empty without a file.

    `digest` is the SHA-256 of the file, so that results of other settings are not reused; empty without a file.
    """

    path: Path
    digest: str
    entries: Mapping[str, Sequence[Entry]]

    def every(self, section: Section) -> Sequence[Entry]:
        """The tables of a section, in the order of the file."""
        return self.entries.get(section.name, ())

    def one(self, section: Section) -> Entry:
        """The table of a section that is not repeated; the defaults of the section where the file has no such table."""
        tables = self.every(section)
        return tables[0] if tables else Entry(section, {field.name: field.default for field in section.fields}, 1, {})

    def section_counts(self) -> dict[str, int]:
        """The number of tables by section, in the order of the file."""
        return {name: len(entries) for name, entries in self.entries.items() if name}

    def problem(self, entry: Entry, field: str, what: str) -> Problem:
        """A problem with a field of a table, for checks across several fields or tables."""
        return Problem(self.path.name, entry.line_of(field), entry.section.place(field), what)


def read(path: Path, sections: Iterable[Section]) -> Settings:
    """The settings of a file; empty settings where the file does not exist.

    Raises SettingsError with all problems: a file that cannot be read, TOML that does not parse, undeclared sections and fields,
    values of the wrong kind, and missing required fields.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Settings(path, "", {})
    except OSError as error:
        raise SettingsError([Problem(path.name, 1, "", f"it cannot be read: {error.strerror}")]) from None
    return _Reading(path, {section.name: section for section in sections}).settings(content)


class _Reading:
    """The reading of one file, which collects its problems."""

    def __init__(self, path: Path, sections: Mapping[str, Section]) -> None:
        self._path = path
        self._top = sections.get("", Section("", "", ()))
        self._sections = {name: section for name, section in sections.items() if name}
        self._problems: list[Problem] = []

    def settings(self, content: bytes) -> Settings:
        """The settings in `content`. Raises SettingsError with all problems."""
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
            line = re.match(r"line (\d+)", position)
            raise self._no_toml(int(line[1]) if line else text.count("\n") + 1, what) from None
        except ValueError:
            # Python refuses to parse whole numbers of more than 4300 digits, without a position.
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
    """An exact decimal; NaN where it is out of range, which the check of the field then refuses with its line."""
    try:
        return Decimal(number)
    except InvalidOperation:
        return Decimal("NaN")
