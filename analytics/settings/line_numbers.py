"""On which line of a TOML file a table or a field stands: Python's reader tells no positions; it reads no values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

_OPAQUE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # texts over several lines, which may end in quotes of their own
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*",
    re.DOTALL,
)
_HEADER = re.compile(r"\[{1,2}[ \t]*([^\s.\]]+)(?:[ \t]*\.[ \t]*([^\s.\]]+))?[^\n]*\]")
_FIELD = re.compile(r"([^\s.=\[\]{},]+)[ \t]*[.=]")
_WRITTEN_OUT = re.compile(r"[\w-]+")


class Lines:
    """The lines of a text that is TOML, by table (the first of a name is number 0) and field."""

    def __init__(self, text: str) -> None:
        self._tables: defaultdict[str, list[int]] = defaultdict(list)
        self._fields: defaultdict[tuple[str, int], dict[str, int]] = defaultdict(dict)
        table = ("", 0)
        for number, line, raw in _statements(text):
            if found := _HEADER.match(line):
                name = _name(raw, found, 1)
                if (line.startswith("[[") and not found[2]) or not self._tables[name]:
                    self._tables[name].append(number)
                table = (name, len(self._tables[name]) - 1)
                if found[2]:
                    self._fields[table].setdefault(_name(raw, found, 2), number)
            elif found := _FIELD.match(line):
                self._fields[table].setdefault(_name(raw, found, 1), number)

    def of_table(self, name: str, index: int = 0) -> int:
        """Where a table begins; one that is written inline stands where its name does."""
        lines = self._tables.get(name, [])
        return lines[index] if index < len(lines) else self._fields["", 0].get(name, 1)

    def of_fields(self, name: str, index: int = 0) -> dict[str, int]:
        """Where the fields of a table stand."""
        return self._fields[name, index]


def _statements(text: str) -> Iterator[tuple[int, str, str]]:
    """The lines that begin a table or a field, with their numbers: first with texts and remarks made blank, then as they are."""
    blank = _OPAQUE.sub(lambda found: re.sub(r"[^\n]", "#" if found[0].startswith("#") else "_", found[0]), text)
    depth = 0
    for number, (line, raw) in enumerate(zip(blank.split("\n"), text.split("\n"), strict=True), start=1):
        code = line.partition("#")[0]
        if depth == 0 and code.strip():
            yield number, code.strip(), raw.strip()
        if depth or not code.lstrip().startswith("["):
            depth += sum(map(code.count, "[{")) - sum(map(code.count, "]}"))


def _name(raw: str, found: re.Match[str], group: int) -> str:
    """A name as it is meant: that of a table or field without its quotes."""
    written = raw[found.start(group) : found.end(group)]
    return written if _WRITTEN_OUT.fullmatch(written) else written.strip("\"'")
