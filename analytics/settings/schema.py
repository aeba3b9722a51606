"""How a section of keyspend.toml is declared: its fields with their kinds, and what each is for; it reads no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from analytics.settings.value_types import Kind


class Field(NamedTuple):
    """One setting. `example` is TOML, as `keyspend config init` writes it; `default` holds where it is not given.

    One that `is_instead` of another cannot stand beside it, and is a remark even where the example is uncommented.
    """

    name: str
    kind: Kind
    example: str
    what: str
    is_required: bool = False
    default: Any = None
    is_instead: bool = False


class Section(NamedTuple):
    """A table of settings; one that is repeated is written [[name]], once for each. One without a name is what stands before all."""

    name: str
    what: str
    fields: tuple[Field, ...]
    is_repeated: bool = False

    @property
    def header(self) -> str:
        """How it begins in the file."""
        return f"[[{self.name}]]" if self.is_repeated else f"[{self.name}]" if self.name else ""

    def default(self, field: str) -> Any:
        """What holds where one of its fields is not given."""
        return next(one.default for one in self.fields if one.name == field)

    def place(self, field: str) -> str:
        """What a message calls one of its fields."""
        return f"{self.header} {field}".lstrip()


@dataclass(frozen=True)
class Entry:
    """One table as it was read: the value of every field that its section declares, and where each stands."""

    section: Section
    values: Mapping[str, Any]
    line: int
    lines: Mapping[str, int]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def line_of(self, name: str) -> int:
        """The line of a field, or that of its table where the field is not given."""
        return self.lines.get(name, self.line)
