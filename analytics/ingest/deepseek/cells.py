"""The validation of cells: the text of each kind of cell to a checked value.

A row is split into parts that repeat (a line of the price list in a bucket, a credential) and one that does not (the quantity),
so that a file of millions of rows is checked by its few distinct lines and credentials, with the same functions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from analytics.core.errors import ImportRefused, quoted
from analytics.core.usage import CURRENCIES, METERS, REQUESTS, Bucket, Charge, UsageLine
from analytics.ingest.csv_text import CsvText, fault
from analytics.ingest.deepseek import layouts

MAX_NAME = 1024
MAX_TEXT = 128
MAX_SHOWN = 32
MAX_CHARGES = 100_000
_EMBEDDED_DIRECTION = frozenset(range(0x202A, 0x202F)) | frozenset(range(0x2066, 0x206A))
_AGAIN = "export again; if the cell is the same, the vendor has changed its format"


class CellFault(Exception):
    """A cell that cannot be accepted: code, column, what is wrong and a hint; the caller adds file and line number."""

    def __init__(self, code: str, column: str, description: str, hint: str = _AGAIN) -> None:
        super().__init__(description)
        self.code, self.column, self.description, self.hint = code, column, description, hint


def account_label(user_id: str) -> str:
    """Return a stable name of an account, derived by SHA-256 so that it does not reveal the user id."""
    return "acct-" + sha256(b"keyspend account " + user_id.encode()).hexdigest()[:10]


def line(cells: Sequence[str], alike: tuple[layouts.Layout, ...]) -> UsageLine:
    """Return the UsageLine of the cells user_id, bucket…, model, type, price. Raises CellFault."""
    user_id, *bucket_cells, model, meter, price = cells
    if meter not in METERS:
        raise CellFault(
            "csv-type", "type", f"{_shown(meter)} is no meter that this release knows", "upgrade Keyspend, or report the new type"
        )
    return UsageLine(_account(user_id), bucket(bucket_cells, alike), _text("model", model), meter, _price(price, meter))


def credential(api_key: str, api_key_name: str) -> tuple[str, str]:
    """Return the masked key and the name of a key as exported. Raises CellFault, which never repeats an unmasked key."""
    if not layouts.matches(layouts.MASKED_KEY, api_key):
        raise CellFault(
            "csv-secret",
            "api_key",
            "the key is not masked; its value is withheld here and nothing was stored",
            "revoke that key in the console if the file was shared, and export again",
        )
    return api_key, _text("api_key_name", api_key_name, MAX_NAME, empty=True)


def quantity(text: str) -> int:
    """Return a count of tokens or requests. Raises CellFault for anything but 1 to 15 plain digits."""
    if not layouts.matches(layouts.QUANTITY, text):
        raise CellFault("csv-number", "amount", f"{_shown(text)} is not a whole number of 1 to 15 digits")
    return int(text)


def charge(cells: Sequence[str], alike: tuple[layouts.Layout, ...]) -> Charge:
    """Return the Charge of the cells user_id, bucket…, model, wallet_type, cost, currency. Raises CellFault."""
    user_id, *bucket_cells, model, wallet_type, cost, currency = cells
    if not layouts.matches(layouts.COST, cost):
        raise CellFault("csv-number", "cost", f"{_shown(cost)} is not a plain decimal of at most 12 and 18 digits")
    if currency not in CURRENCIES:
        raise CellFault(
            "csv-currency", "currency", f"{_shown(currency)} is neither CNY nor USD", "upgrade Keyspend, or report the new currency"
        )
    wallet = _text("wallet_type", wallet_type)
    if wallet.casefold() in ("paid", "granted"):
        wallet = wallet.capitalize()
    return Charge(_account(user_id), bucket(bucket_cells, alike), _text("model", model), wallet, currency, Decimal(cost))


def bucket(cells: Sequence[str], alike: tuple[layouts.Layout, ...]) -> Bucket:
    """Return the bucket of the date cells, in the one layout of `alike` that fits them. Raises CellFault."""
    column = alike[0].bucket_columns[0]
    fitting = [layout for layout in alike if all(layouts.matches(layout.bucket_pattern, cell) for cell in cells)]
    if not fitting:
        raise CellFault("csv-date", column, f"{' to '.join(map(_shown, cells))} is not a date of this layout")
    try:
        if len(cells) == 1:
            return _utc_day(cells[0], fitting[0])
        return _interval(cells[0], cells[1], fitting)
    except (ValueError, OverflowError):
        raise CellFault("csv-date", column, f"{' to '.join(map(_shown, cells))} is not a date") from None


def _utc_day(cell: str, layout: layouts.Layout) -> Bucket:
    start = datetime.strptime(cell.replace("-", ""), "%Y%m%d")
    return Bucket(layout.name, start.date(), start, start + timedelta(hours=layout.hours), "+00:00")


def _interval(start_cell: str, end_cell: str, fitting: list[layouts.Layout]) -> Bucket:
    start, end = datetime.fromisoformat(start_cell), datetime.fromisoformat(end_cell)
    offset, end_offset = start.utcoffset(), end.utcoffset()
    if offset is None or abs(offset) > timedelta(hours=14):
        raise CellFault("csv-date", "start_time_iso", f"{_shown(start_cell)} is at an offset from UTC that no place has")
    if offset != end_offset:
        raise CellFault("timezone-mixed", "end_time_iso", "the row starts and ends at different offsets from UTC")
    layout = next((layout for layout in fitting if end - start == timedelta(hours=layout.hours)), None)
    if layout is None or start.minute or start.second or (layout.hours == 24 and start.hour):
        raise CellFault("csv-date", "start_time_iso", f"{quoted(start_cell)} to {quoted(end_cell)} is neither a day nor an hour")
    utc_offset = start_cell[-6:] if offset else "+00:00"
    naive = start.replace(tzinfo=None) - offset
    return Bucket(layout.name, start.date(), naive, naive + (end - start), utc_offset)


def _account(user_id: str) -> str:
    if not user_id or len(user_id) > MAX_TEXT or not user_id.isprintable() or re.search(layouts.SECRET, user_id):
        raise CellFault("csv-text", "user_id", "the user id is empty, too long or unprintable")
    return account_label(user_id)


def _price(text: str, meter: str) -> Decimal | None:
    if meter == REQUESTS:
        if text:
            raise CellFault("csv-number", "price", "requests have no price, but here is one")
        return None
    if not layouts.matches(layouts.PRICE, text):
        raise CellFault("csv-number", "price", f"{_shown(text)} is not a plain decimal of at most 4 and 18 digits")
    return Decimal(text)


def _shown(cell: str) -> str:
    """Return a cell as a message may show it; a long cell only by its length, because it may contain an id or a key."""
    return quoted(cell) if len(cell) <= MAX_SHOWN else f"a text of {len(cell)} characters"


def _text(column: str, text: str, limit: int = MAX_TEXT, *, empty: bool = False) -> str:
    if re.search(layouts.SECRET, text):
        raise CellFault(
            "csv-secret",
            column,
            "the cell looks like a whole API key; its value is withheld here and nothing was stored",
            "rename the key in the console, revoke it if the file was shared, and export again",
        )
    if len(text) > limit or not (text or empty):
        raise CellFault("csv-text", column, "the cell is empty" if not text else f"the cell is longer than {limit} characters")
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or ord(character) in _EMBEDDED_DIRECTION:
            raise CellFault(
                "csv-text",
                column,
                f"the cell holds the control character U+{ord(character):04X}",
                "rename the key in the console, and export again",
            )
    return text


@dataclass
class Agreement:
    """The account, layout and UTC offset that all rows of an export must share; the first row sets them."""

    account: str | None = None
    layout: str | None = None
    utc_offset: str | None = None

    def add(self, account: str, bucket: Bucket) -> None:
        """Compare a row with those before. Raises CellFault where they differ."""
        if self.account not in (None, account):
            raise CellFault(
                "account-mixed", "user_id", "the row belongs to another account than those before", "import one export at a time"
            )
        if self.utc_offset not in (None, bucket.utc_offset):
            raise CellFault(
                "timezone-mixed",
                "",
                f"days start at {bucket.utc_offset} here and at {self.utc_offset} before",
                "take both files from one export",
            )
        if self.layout not in (None, bucket.layout):
            raise CellFault(
                "csv-date",
                "",
                f"the row is of layout {bucket.layout}, those before of layout {self.layout}",
                "take both files from one export",
            )
        self.account, self.layout, self.utc_offset = account, bucket.layout, bucket.utc_offset


def charges(file: CsvText, agreement: Agreement) -> list[Charge]:
    """Return all rows of a cost file. Raises ImportRefused at the first fault, with line and column."""
    rows: list[Charge] = []
    alike = layouts.alike(file.columns)
    for block in file.blocks:
        for number, cells in enumerate(file.records(block), start=block.line):
            try:
                row = charge(cells, alike)
                agreement.add(row.account, row.bucket)
            except CellFault as error:
                raise located(error, file, number) from None
            rows.append(row)
        if len(rows) > MAX_CHARGES:
            raise ImportRefused("csv-limit", f"{file.name} has more than {MAX_CHARGES:,} rows", "export a shorter period")
    return rows


def positive(charges: list[Charge], name: str) -> tuple[list[Charge], bool]:
    """Return the charges, and whether all signs were reversed, as for exports of old layouts with costs as negative amounts.

    Raises ImportRefused where an old layout mixes signs, because a refund is then indistinguishable from a cost. In the layouts of today
    a negative cost is a refund.
    """
    below = [row for row in charges if row.billed_cost < 0]
    if not below or not layouts.may_negate_costs(below[0].bucket.layout):
        return charges, False
    if len(below) < sum(row.billed_cost != 0 for row in charges):
        first = next(number for number, row in enumerate(charges, start=2) if row.billed_cost < 0)
        description = f"{len(below)} of {len(charges)} costs are negative, this the first"
        raise fault("csv-sign", name, first, description, "cost", "ask the vendor what they are")
    return [replace(row, billed_cost=-row.billed_cost) for row in charges], True


def located(error: CellFault, file: CsvText, line_number: int) -> ImportRefused:
    """Return the refusal of a cell, with file, line and column."""
    return fault(error.code, file.name, line_number, error.description, error.column, error.hint)
