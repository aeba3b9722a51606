"""On which line of a TOML file a table or a field stands: Python's reader tells no positions; it reads no values."""

from __future__ import annotations

import re
from collections import defaultdict

_HEADER = re.compile(r"""\s*\[{1,2}\s*["']?([\w-]+)["']?\s*\]{1,2}""")
_FIELD = re.compile(r"""\s*["']?([\w-]+)["']?\s*[.=]""")


class Lines:
    """The lines of a text, by table (the first of a name is number 0) and field."""

    def __init__(self, text: str) -> None:
        self._tables: defaultdict[str, list[int]] = defaultdict(list)
        self._fields: defaultdict[tuple[str, int], dict[str, int]] = defaultdict(dict)
        table = ("", 0)
        for number, line in enumerate(text.splitlines(), start=1):
            if found := _HEADER.match(line):
                table = (found[1], len(self._tables[found[1]]))
                self._tables[found[1]].append(number)
            elif found := _FIELD.match(line):
                self._fields[table].setdefault(found[1], number)

    def of_table(self, name: str, index: int = 0) -> int:
        """Where a table begins; one that is written inline stands where its name does."""
        lines = self._tables.get(name, [])
        return lines[index] if index < len(lines) else self._fields["", 0].get(name, 1)

    def of_fields(self, name: str, index: int = 0) -> dict[str, int]:
        """Where the fields of a table stand."""
        return self._fields[name, index]
