"""The declarations of sections of keyspend.toml: fields with their kinds, examples and descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from analytics.settings.value_types import Kind


class Field(NamedTuple):
    """A setting. `example` is TOML, as `keyspend config init` writes it; `default` is the value where the field is missing.

    A field that `is_instead` of another cannot be combined with it, and stays a comment where the example is uncommented.
    """

    name: str
    kind: Kind
    example: str
    what: str
    is_required: bool = False
    default: Any = None
    is_instead: bool = False


class Section(NamedTuple):
    """A table of settings, written [[name]] where it is repeated, else [name]; the section without a name is the top of the file."""

    name: str
    what: str
    fields: tuple[Field, ...]
    is_repeated: bool = False

    @property
    def header(self) -> str:
        """The header of the table in the file; empty for the top of the file."""
        return f"[[{self.name}]]" if self.is_repeated else f"[{self.name}]" if self.name else ""

    def default(self, field: str) -> Any:
        """The default of one of its fields."""
        return next(one.default for one in self.fields if one.name == field)

    def place(self, field: str) -> str:
        """The name of one of its fields in messages: header and field."""
        return f"{self.header} {field}".lstrip()


@dataclass(frozen=True)
class Entry:
    """A table of the file: the value of every field of its section, the line of the table, and the lines of its fields."""

    section: Section
    values: Mapping[str, Any]
    line: int
    lines: Mapping[str, int]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def line_of(self, name: str) -> int:
        """The line of a field, or that of its table where the field is missing."""
        return self.lines.get(name, self.line)
