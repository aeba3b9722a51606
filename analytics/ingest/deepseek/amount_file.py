"""The reader of an amount file: its rows as columns of integers, the number of the line, of the credential, and the quantity.

The strict reader takes a block row by row, and every refusal comes from it, with its place. A large block is first read by Arrow,
of which only the distinct cells are checked; a block with anything uncertain goes to the strict reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analytics.core.errors import ImportRefused
from analytics.core.usage import Batch, UsageLine
from analytics.ingest.csv_text import Block, CsvText
from analytics.ingest.deepseek import cells, layouts

if TYPE_CHECKING:
    import pyarrow

MAX_LINES = 100_000
MAX_CREDENTIALS = 250_000
LARGE_BYTES = 1 << 23
"""Below this, loading Arrow takes longer than it saves."""
_ARROW_BYTES = 1 << 22
_CREDENTIAL = ("api_key", "api_key_name")


class AmountReader:
    """A reader of an amount file, for one pass; it checks every distinct line and credential at its first row.

    Lines and credentials are numbered by their position in `lines` and `credentials`. All rows must satisfy the `agreement`.
    """

    def __init__(self, file: CsvText, agreement: cells.Agreement) -> None:
        self.file = file
        self.layouts = layouts.alike(file.columns)
        self._agreement = agreement
        self._line_columns = (*file.columns[:-6], "model", "type", "price")
        self._line_numbers: dict[tuple[str, ...], int] = {}
        self._credential_numbers: dict[tuple[str, ...], int] = {}
        self.lines: list[UsageLine] = []
        self.credentials: list[tuple[str, str]] = []
        self.row_count = 0

    def batches(self) -> Iterator[Batch]:
        """Yield the rows, block by block. Raises ImportRefused at the first fault, with file, line and column."""
        for block in _read_ahead(self.file.blocks):
            batch = (self._from_arrow(block) if len(block.text) >= LARGE_BYTES else None) or self._strict(block)
            self.row_count += len(batch.quantities)
            if len(self.lines) > MAX_LINES or len(self.credentials) > MAX_CREDENTIALS:
                description = f"{self.file.name} holds more than {MAX_LINES:,} prices or {MAX_CREDENTIALS:,} keys"
                raise ImportRefused("csv-limit", description, "export a shorter period")
            yield batch

    def _line(self, row: tuple[str, ...]) -> int:
        number = self._line_numbers.get(row)
        if number is None:
            line = cells.line(row, self.layouts)
            self._agreement.add(line.account, line.bucket)
            number = self._line_numbers[row] = len(self.lines)
            self.lines.append(line)
        return number

    def _credential(self, row: tuple[str, ...]) -> int:
        number = self._credential_numbers.get(row)
        if number is None:
            credential = cells.credential(*row)
            number = self._credential_numbers[row] = len(self.credentials)
            self.credentials.append(credential)
        return number

    def _strict(self, block: Block) -> Batch:
        batch: tuple[list[int], list[int], list[int]] = ([], [], [])
        for number, row in enumerate(self.file.records(block), start=block.line):
            *bucket, model, api_key_name, api_key, meter, price, amount = row
            try:
                quantity = cells.quantity(amount)
                batch[0].append(self._line((*bucket, model, meter, price)))
                batch[1].append(self._credential((api_key, api_key_name)))
                batch[2].append(quantity)
            except cells.CellFault as error:
                raise cells.located(error, self.file, number) from None
        return Batch(*batch)

    def _from_arrow(self, block: Block) -> Batch | None:
        """Return the batch of a large block, or None where anything in it is uncertain."""
        import pyarrow

        try:
            table = _arrow_table(self.file.columns, block)
            return Batch(
                _numbered(table, self._line_columns, self._line),
                _numbered(table, _CREDENTIAL, self._credential),
                _quantities(table["amount"]),
            )
        except (_NotCertain, cells.CellFault, pyarrow.ArrowInvalid):
            return None


class _NotCertain(Exception):
    """A block whose text Arrow may have read differently."""


def _read_ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield the same blocks; large ones are read one ahead, by another thread, while the caller works on the block before."""
    block = next(blocks, None)
    if block is None or len(block.text) < LARGE_BYTES:
        if block:
            yield block
        yield from blocks
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        while block:
            following = pool.submit(next, blocks, None)
            yield block
            block = following.result()


def _arrow_table(columns: tuple[str, ...], block: Block) -> pyarrow.Table:
    """Return the block as a table, each column but the quantity dictionary-encoded. Raises _NotCertain for another number of rows."""
    import pyarrow
    from pyarrow import csv

    distinct = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    types = dict.fromkeys(columns, distinct) | {"amount": pyarrow.string()}
    table = csv.read_csv(
        pyarrow.py_buffer(block.text),
        csv.ReadOptions(column_names=columns, block_size=_ARROW_BYTES),
        csv.ParseOptions(ignore_empty_lines=False),
        csv.ConvertOptions(column_types=types, strings_can_be_null=False),
    )
    if table.num_rows != block.line_count:
        raise _NotCertain
    return table.unify_dictionaries().combine_chunks()


def _numbered(table: pyarrow.Table, columns: tuple[str, ...], number_of: Any) -> pyarrow.Array:
    """Return for every row the number that `number_of` gives its cells in `columns`; each distinct combination is passed to it once."""
    import numpy
    import pyarrow

    parts = [table[name].chunk(0) for name in columns]
    codes, combinations = numpy.zeros(len(table), numpy.int64), 1
    for part in parts:
        combinations *= len(part.dictionary)
        if combinations >= 1 << 62:
            raise _NotCertain
        codes = codes * len(part.dictionary) + part.indices.to_numpy()
    distinct = pyarrow.array(codes).dictionary_encode()
    places = distinct.indices.to_numpy()
    first = numpy.empty(len(distinct.dictionary), numpy.int64)
    first[places[::-1]] = numpy.arange(len(places) - 1, -1, -1)
    row = zip(*(part.take(pyarrow.array(first)).cast(pyarrow.string()).to_pylist() for part in parts), strict=True)
    return pyarrow.array(numpy.array([number_of(combination) for combination in row])[places])


def _quantities(amounts: pyarrow.ChunkedArray) -> pyarrow.Array:
    from pyarrow import compute, int64

    if not compute.all(compute.match_substring_regex(amounts, f"^({layouts.QUANTITY})$")).as_py():
        raise _NotCertain
    return amounts.cast(int64()).combine_chunks()
