"""The reader of CSV text: raw bytes of a file to blocks of canonical text, with encoding, header, quoting and line ends checked.

A block has whole lines, and quotes only where RFC 4180 needs them. Work per byte is done in C, one call for a whole chunk, and
at most a few blocks are in memory.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from analytics.core.errors import ImportRefused, quoted

MAX_HEADER_BYTES = 4096
MAX_LINE_BYTES = 1 << 17
BLOCK_BYTES = 1 << 24
_TEXT_BYTES = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)) + b"\r\n"
_BOM = codecs.BOM_UTF8
_RESAVE = "import the file as it was downloaded; a spreadsheet that opened it must not save it"


class Block(NamedTuple):
    """Whole lines of a file: the number of the first in the file, how many, and their text, with LF or CRLF line ends."""

    line: int
    line_count: int
    text: bytes


@dataclass(frozen=True)
class CsvText:
    """A CSV file with a known header: the names of its `columns` in order, and `blocks`, an iterator over the lines below the header."""

    name: str
    columns: tuple[str, ...]
    blocks: Iterator[Block]

    def records(self, block: Block) -> Iterator[list[str]]:
        """Yield the rows of a block as lists of text. Raises ImportRefused at the first row that is invalid CSV or of another width."""
        reader = csv.reader(io.StringIO(_decoded(self.name, block), newline=""), strict=True)
        line = block.line - 1
        try:
            for line, record in enumerate(reader, start=block.line):
                if not record:
                    raise fault("csv-width", self.name, line, "is empty", hint="delete the line or export again")
                if len(record) != len(self.columns):
                    raise fault("csv-width", self.name, line, f"has {len(record)} cells, not {len(self.columns)}")
                yield record
        except csv.Error:
            raise fault("csv-syntax", self.name, line + 1, "is not valid CSV") from None


def fault(code: str, name: str, line: int, description: str, column: str = "", hint: str = _RESAVE) -> ImportRefused:
    """Return the refusal of one place of a file: `amount-2026-5.csv, line 7, column price: …`; it never repeats the row."""
    place = f"{name}, line {line}" + (f", column {column}" if column else "")
    return ImportRefused(code, f"{place}: {description}", hint)


def open_csv(chunks: Iterable[bytes], name: str, headers: Collection[tuple[str, ...]]) -> CsvText:
    """Return the CSV file whose bytes are `chunks`.

    Raises ImportRefused with a `csv-…` code where its header is none of `headers`, and, while its blocks are read, at the first fault.
    """
    shown = quoted(name)[1:-1]
    lines = _Lines(chunks, shown)
    columns = _columns(lines.first(), shown, headers)
    return CsvText(shown, columns, (_canonical(shown, len(columns), block) for block in lines))


class _Lines:
    """A stream of bytes as its first line and then blocks of whole lines."""

    def __init__(self, chunks: Iterable[bytes], name: str) -> None:
        self._chunks = iter(chunks)
        self._name = name
        self._rest = b""

    def first(self) -> bytes:
        """Return the first line without its line end. Raises ImportRefused where it is longer than MAX_HEADER_BYTES."""
        while b"\n" not in self._rest and len(self._rest) <= MAX_HEADER_BYTES:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        if len(line) > MAX_HEADER_BYTES:
            raise fault("csv-header", self._name, 1, "has no header line")
        return line.removesuffix(b"\r")

    def __iter__(self) -> Iterator[Block]:
        line = 2
        for text in filter(None, self._whole_lines()):
            block = Block(line, text.count(b"\n"), text)
            yield block
            line += block.line_count

    def _whole_lines(self) -> Iterator[bytes]:
        """Yield whole lines joined to blocks; a last line without a line end gets one."""
        cut = self._rest.rfind(b"\n") + 1
        lines, rest = [self._rest[:cut]], self._rest[cut:]
        size = cut
        for chunk in self._chunks:
            cut = chunk.rfind(b"\n") + 1
            if cut:
                lines += [rest, chunk[:cut]]
                size += len(rest) + cut
                rest = chunk[cut:]
            else:
                rest += chunk
            if size >= BLOCK_BYTES or len(rest) > MAX_LINE_BYTES:
                yield b"".join(lines)
                lines, size = [], 0
            if len(rest) > MAX_LINE_BYTES:
                # It is passed on as it is and refused by `_canonical`, which has the number of the line.
                yield rest
                rest = b""
        yield b"".join([*lines, rest, b"\n"] if rest else lines)


def _canonical(name: str, width: int, block: Block) -> Block:
    """Return the block with its text checked and quotes only where they are needed. Raises ImportRefused at the first fault."""
    text = block.text
    if not text.endswith(b"\n"):
        raise fault("csv-width", name, block.line, f"is longer than {MAX_LINE_BYTES:,} bytes")
    # The search for one byte is much faster, so the whole mark is searched only where its first byte occurs.
    if _strange_bytes(text) or (_BOM[:1] in text and _BOM in text):
        _refuse_characters(name, block)
    return block._replace(text=_requoted(name, width, block)) if b'"' in text else block


def _strange_bytes(text: bytes) -> set[int]:
    """Return the bytes that are not text. By the megabyte, because `translate` allocates as much memory as its input has."""
    return {byte for at in range(0, len(text), 1 << 20) for byte in text[at : at + (1 << 20)].translate(None, _TEXT_BYTES)}


def _line_at(block: Block, at: int) -> int:
    return block.line + block.text.count(b"\n", 0, at)


def _decoded(name: str, block: Block) -> str:
    """Return the text with LF line ends. Raises ImportRefused where it is not UTF-8 or has a CR without LF."""
    try:
        text = block.text.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise fault("csv-encoding", name, _line_at(block, error.start), "is not UTF-8") from None
    if "\r" in text:
        raise fault("csv-text", name, block.line + text.count("\n", 0, text.index("\r")), "ends unlike the lines before it")
    return text


def _refuse_characters(name: str, block: Block) -> None:
    strange = _strange_bytes(block.text)
    at = min((block.text.index(bytes([byte])) for byte in strange), default=-1)
    if at < 0:
        raise fault("csv-text", name, _line_at(block, block.text.index(_BOM)), "holds a byte order mark: two files in one?")
    if block.text[at] == 0:
        raise fault("csv-nul", name, _line_at(block, at), "holds a NUL byte")
    raise fault("csv-text", name, _line_at(block, at), f"holds the control character 0x{block.text[at]:02x}")


class _LineFault(Exception):
    """A fault of a line: its code and description; the caller adds file and line number."""


def _requoted(name: str, width: int, block: Block) -> bytes:
    """Return the text with every line that has a quote parsed strictly and written again. Raises ImportRefused at the first fault."""
    text, done, parts = block.text, 0, []
    while (quote := text.find(b'"', done)) >= 0:
        start, end = text.rfind(b"\n", done, quote) + 1 or done, text.index(b"\n", quote)
        try:
            parts += [text[done:start], _requoted_line(text[start:end], width)]
        except _LineFault as error:
            code, description = error.args
            raise fault(code, name, _line_at(block, start), description) from None
        done = end
    return b"".join([*parts, text[done:]])


def _requoted_line(line: bytes, width: int) -> bytes:
    content = line.removesuffix(b"\r")
    if b"\r" in content:
        raise _LineFault("csv-text", "ends unlike the lines before it")
    try:
        (record,) = csv.reader([content.decode()], strict=True)
    except UnicodeDecodeError:
        raise _LineFault("csv-encoding", "is not UTF-8") from None
    except (csv.Error, ValueError):
        raise _LineFault("csv-syntax", "has a quote that does not close, or text after one") from None
    if len(record) != width:
        raise _LineFault("csv-width", f"has {len(record)} cells, not {width}")
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(record)
    return written.getvalue().encode() + line[len(content) :]


def _columns(line: bytes, name: str, headers: Collection[tuple[str, ...]]) -> tuple[str, ...]:
    if line[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in line:
        raise fault("csv-encoding", name, 1, "is UTF-16 or no text at all, not UTF-8", hint="saved from Excel? " + _RESAVE)
    try:
        text = line.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        raise fault("csv-encoding", name, 1, "is not UTF-8", hint="saved from Excel? " + _RESAVE) from None
    columns = tuple(text.split(","))
    if columns not in headers:
        raise fault(
            "csv-header",
            name,
            1,
            "the header is none of the known layouts",
            hint="a column was added, lost, renamed or moved; if the vendor did it, this release cannot read the file yet",
        )
    return columns
