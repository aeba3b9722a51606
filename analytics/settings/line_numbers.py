"""The line numbers of tables and fields in a TOML file, which Python's `tomllib` does not report."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

_OPAQUE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # multi-line strings, which may end in quotes of their own
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
    """The line numbers of a TOML text, from 1, by table and field; the first table of a name has index 0."""

    def __init__(self, text: str) -> None:
        self._tables: defaultdict[str, list[int]] = defaultdict(list)
        self._fields: defaultdict[tuple[str, int], dict[str, int]] = defaultdict(dict)
        table = ("", 0)
        for number, line, raw in _statements(text):
            if match := _HEADER.match(line):
                name = _name(raw, match, 1)
                if (line.startswith("[[") and not match[2]) or not self._tables[name]:
                    self._tables[name].append(number)
                table = (name, len(self._tables[name]) - 1)
                if match[2]:
                    self._fields[table].setdefault(_name(raw, match, 2), number)
            elif match := _FIELD.match(line):
                self._fields[table].setdefault(_name(raw, match, 1), number)

    def of_table(self, name: str, index: int = 0) -> int:
        """The line on which a table begins; of an inline table the line of its name; 1 where there is no such table."""
        lines = self._tables.get(name, [])
        return lines[index] if index < len(lines) else self._fields["", 0].get(name, 1)

    def of_fields(self, name: str, index: int = 0) -> dict[str, int]:
        """The lines of the fields of a table, by field."""
        return self._fields[name, index]


def _statements(text: str) -> Iterator[tuple[int, str, str]]:
    """The lines that begin a table or a field: number, text with strings and comments blanked out, and original text."""
    blank = _OPAQUE.sub(lambda match: re.sub(r"[^\n]", "#" if match[0].startswith("#") else "_", match[0]), text)
    depth = 0
    for number, (line, raw) in enumerate(zip(blank.split("\n"), text.split("\n"), strict=True), start=1):
        code = line.partition("#")[0]
        if depth == 0 and code.strip():
            yield number, code.strip(), raw.strip()
        if depth or not code.lstrip().startswith("["):
            depth += sum(map(code.count, "[{")) - sum(map(code.count, "]}"))


def _name(raw: str, match: re.Match[str], group: int) -> str:
    """The name of a table or field, without quotes."""
    written = raw[match.start(group) : match.end(group)]
    return written if _WRITTEN_OUT.fullmatch(written) else written.strip("\"'")
