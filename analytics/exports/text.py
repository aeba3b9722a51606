"""From a member's raw bytes to canonical CSV text on disk: encoding, line ends, quoting and header; it looks into no cell.

What is written has no header, LF line ends and quotes only where RFC 4180 needs them, so that every reader of it agrees on
its rows. Everything that costs time per byte is one call of C over a whole chunk.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from analytics.errors import ImportRefused, quoted
from analytics.exports import layouts

MAX_HEADER_BYTES = 4096
MAX_LINE_BYTES = 1 << 17
_TEXT_BYTES = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)) + b"\n"
_BOM = codecs.BOM_UTF8
_RESAVE = "import the file as it was downloaded; a spreadsheet that opened it must not save it"


@dataclass(frozen=True)
class StagedCsv:
    """A CSV file of the export as canonical text at `path`: `rows` rows below the header; row n stood in line n + 1."""

    name: str
    role: layouts.Role
    layouts: tuple[layouts.Layout, ...]
    path: Path
    rows: int

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return self.layouts[0].headers[self.role]

    def records(self) -> Iterator[list[str]]:
        """Its rows as text, parsed strictly. Raises ImportRefused at the first row that is no row of this width."""
        with self.path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            line = 1
            try:
                for line, record in enumerate(reader, start=2):
                    if len(record) != len(self.columns):
                        raise fault("csv-width", self.name, line, f"has {len(record)} cells, not {len(self.columns)}")
                    yield record
            except csv.Error:
                raise fault("csv-syntax", self.name, line + 1, "is not valid CSV") from None


def fault(code: str, name: str, line: int, what: str, column: str = "", hint: str = _RESAVE) -> ImportRefused:
    """The refusal of one place of a file: `amount-2026-5.csv, line 7, column price: …`; never with the row itself."""
    place = f"{name}, line {line}" + (f", column {column}" if column else "")
    return ImportRefused(code, f"{place}: {what}", hint)


def stage(chunks: Iterable[bytes], name: str, target: Path) -> StagedCsv:
    """Write the canonical text of `chunks` to the new file `target`. Raises ImportRefused with a `csv-…` code."""
    shown = quoted(name)[1:-1]
    with open(target, "xb", opener=_private) as file:
        lines = _Lines(chunks)
        role, alike = _header(lines.first(shown), shown)
        body = _Body(shown, len(alike[0].headers[role]), file)
        for block in lines:
            body.write(block)
    return StagedCsv(shown, role, alike, target, body.rows)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Lines:
    """The stream cut into blocks of whole lines, with CRLF as LF, after the first line was taken off."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def first(self, name: str) -> bytes:
        """The header line with its line end taken off."""
        while b"\n" not in self._rest and len(self._rest) <= MAX_HEADER_BYTES:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        if len(line) > MAX_HEADER_BYTES:
            raise fault("csv-header", name, 1, "has no header line")
        return line.removesuffix(b"\r")

    def __iter__(self) -> Iterator[bytes]:
        rest = self._rest
        for chunk in self._chunks:
            rest += chunk
            cut = rest.rfind(b"\n") + 1
            if cut or len(rest) > MAX_LINE_BYTES:
                # A line without end goes on as it is, to be refused where lines are numbered.
                yield rest[: cut or len(rest)].replace(b"\r\n", b"\n")
                rest = rest[cut:] if cut else b""
        if rest:
            yield (rest if rest.endswith(b"\n") else rest + b"\n").replace(b"\r\n", b"\n")


class _Body:
    """Checks and writes blocks of lines, and counts them."""

    def __init__(self, name: str, width: int, file: BinaryIO) -> None:
        self._name = name
        self._width = width
        self._file = file
        self.rows = 0

    def write(self, block: bytes) -> None:
        """Append a block of whole lines. Raises ImportRefused at its first fault."""
        if not block.endswith(b"\n"):
            raise fault("csv-width", self._name, self._line(block, len(block)), f"is longer than {MAX_LINE_BYTES:,} bytes")
        is_ascii = block.isascii()
        if block.translate(None, _TEXT_BYTES) or (not is_ascii and _BOM in block):
            self._refuse_characters(block)
        if block.startswith(b"\n") or b"\n\n" in block:
            at = 0 if block.startswith(b"\n") else block.index(b"\n\n") + 1
            raise fault("csv-width", self._name, self._line(block, at), "is empty", hint="delete the line or export again")
        if not is_ascii:
            self._check_utf8(block)
        if b'"' in block:
            block = self._requoted(block)
        if b",\n" in block:
            self._check_ends(block)
        self._file.write(block)
        self.rows += block.count(b"\n")

    def _line(self, block: bytes, at: int) -> int:
        return self.rows + 2 + block.count(b"\n", 0, at)

    def _refuse_characters(self, block: bytes) -> None:
        strange = set(block.translate(None, _TEXT_BYTES))
        at = min((block.index(bytes([byte])) for byte in strange), default=-1)
        if at < 0:
            raise fault("csv-text", self._name, self._line(block, block.index(_BOM)), "holds a byte order mark: two files in one?")
        if block[at] == 0:
            raise fault("csv-nul", self._name, self._line(block, at), "holds a NUL byte")
        if block[at] == 0x0D:
            raise fault("csv-text", self._name, self._line(block, at), "ends unlike the lines before it")
        raise fault("csv-text", self._name, self._line(block, at), f"holds the control character 0x{block[at]:02x}")

    def _check_utf8(self, block: bytes) -> None:
        try:
            block.decode()
        except UnicodeDecodeError as error:
            raise fault("csv-encoding", self._name, self._line(block, error.start), "is not UTF-8") from None

    def _check_ends(self, block: bytes) -> None:
        """Hold lines that end with an empty cell to their width here: DuckDB forgives one such cell too many."""
        for number, line in enumerate(block.split(b"\n"), start=self.rows + 2):
            if line.endswith(b","):
                self._requoted_line(line.decode(), number)

    def _requoted(self, block: bytes) -> bytes:
        lines = block.split(b"\n")
        for number, line in enumerate(lines):
            if b'"' in line:
                lines[number] = self._requoted_line(line.decode(), self.rows + 2 + number)
        return b"\n".join(lines)

    def _requoted_line(self, line: str, number: int) -> bytes:
        try:
            (record,) = csv.reader([line], strict=True)
        except (csv.Error, ValueError):
            raise fault("csv-syntax", self._name, number, "has a quote that does not close, or text after one") from None
        if len(record) != self._width:
            raise fault("csv-width", self._name, number, f"has {len(record)} cells, not {self._width}")
        written = io.StringIO()
        csv.writer(written, lineterminator="").writerow(record)
        return written.getvalue().encode()


def _header(line: bytes, name: str) -> tuple[layouts.Role, tuple[layouts.Layout, ...]]:
    if line[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in line:
        raise fault("csv-encoding", name, 1, "is UTF-16 or no text at all, not UTF-8", hint="saved from Excel? " + _RESAVE)
    try:
        text = line.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        raise fault("csv-encoding", name, 1, "is not UTF-8", hint="saved from Excel? " + _RESAVE) from None
    found = layouts.of_header(tuple(text.split(",")))
    if found is None:
        raise fault(
            "csv-header",
            name,
            1,
            "the header is none of the known layouts",
            hint="a column was added, lost, renamed or moved; if the vendor did it, this release cannot read the file yet",
        )
    return found
