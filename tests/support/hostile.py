"""Builders of hostile exports: a small valid one, cell by cell replaceable, and zips written byte by byte."""

import gzip
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from decimal import Decimal

USER = "Wechat-7c9e6679-7425-40de-944b-e07fc1f90ae7"
KEYS = ("sk-5e11a***********************w4t7", "sk-0dd5b***********************k9m2")
NAMES = ("harbour-lights", "copper kettle")
UNMASKED = "sk-1f6b0c92ad7e4358b9c04417de82f6a3"
SECRETS = (USER, USER[7:20], *KEYS, *NAMES, UNMASKED, UNMASKED[3:15], "0.0000045,90127", "1.9321")
"""Text that no message may contain: ids, keys whole or masked, names of keys, and parts of rows."""

AMOUNT_NAME, COST_NAME = "amount-2026-08-28_2026-08-29.csv", "cost-2026-08-28_2026-08-29.csv"
AMOUNT_COLUMNS = ("user_id", "start_time_iso", "end_time_iso", "model", "api_key_name", "api_key", "type", "price", "amount")
COST_COLUMNS = ("user_id", "start_time_iso", "end_time_iso", "model", "wallet_type", "cost", "currency")
DAYS = tuple(f"2026-08-{day}T00:00:00+08:00" for day in (28, 29, 30))
_USE = (
    (0, "deepseek-v4-flash", 0, "input_cache_hit_tokens", "0.00000005", 814203),
    (0, "deepseek-v4-flash", 0, "input_cache_miss_tokens", "0.0000015", 274391),
    (0, "deepseek-v4-flash", 0, "output_tokens", "0.0000045", 90127),
    (0, "deepseek-v4-flash", 0, "request_count", "", 731),
    (1, "deepseek-v4-flash", 1, "output_tokens", "0.0000045", 55001),
    (1, "deepseek-v4-pro", 1, "output_tokens", "0.0000135", 143119),
)


def rows_of_amount():
    """The rows of the valid amount file, lines 2 to 7."""
    for day, model, key, meter, price, amount in _USE:
        yield [USER, DAYS[day], DAYS[day + 1], model, NAMES[key], KEYS[key], meter, price, str(amount)]


def rows_of_cost():
    """The rows of the valid cost file, lines 2 to 4."""
    for (day, model), cost in billed().items():
        yield [USER, DAYS[day], DAYS[day + 1], model, "Paid", f"{cost:.16f}", "CNY"]


def billed():
    """The billed cost of the valid export by (day, model), in CNY."""
    costs = {}
    for day, model, _, _, price, amount in _USE:
        costs[day, model] = costs.get((day, model), 0) + Decimal(price or 0) * amount
    return costs


TOTAL = sum(billed().values())
LAST_AMOUNT_LINE, LAST_COST_LINE = 7, 4


def csv_text(columns, rows, newline="\r\n"):
    """A CSV file of plain cells, without a byte order mark."""
    return "".join(",".join(row) + newline for row in (columns, *rows)).encode()


AMOUNT, COST = csv_text(AMOUNT_COLUMNS, rows_of_amount()), csv_text(COST_COLUMNS, rows_of_cost())


def with_line(text, number, raw):
    """The file with line `number`, counted from 1, replaced by `raw`; None takes it out."""
    lines = text.split(b"\r\n")
    lines[number - 1 : number] = [] if raw is None else [raw]
    return b"\r\n".join(lines)


def with_cell(text, number, column, value):
    """The file with one cell replaced; `value` is text or bytes, as it stands in the file."""
    columns = text.split(b"\r\n")[0].decode().split(",")
    cells = text.split(b"\r\n")[number - 1].split(b",")
    cells[columns.index(column)] = value if isinstance(value, bytes) else value.encode()
    return with_line(text, number, b",".join(cells))


def line_of(text, number):
    """Line `number` as it stands in the file."""
    return text.split(b"\r\n")[number - 1]


@dataclass(frozen=True)
class Member:
    """One member of a zip; `local` and `central` override fields of its two headers, so that they can be wrong."""

    name: bytes = AMOUNT_NAME.encode()
    data: bytes = AMOUNT
    deflate: bool = False
    raw: bytes | None = None
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    descriptor: bytes = b""

    def packed(self):
        """Its bytes in the zip."""
        if self.raw is not None:
            return self.raw
        return deflated(self.data) if self.deflate else self.data

    def fields(self):
        """The fields that both headers share, as an honest writer sets them."""
        return {
            "version": 20,
            "flags": 0,
            "method": 8 if self.deflate else 0,
            "time": 10 << 11,
            "date": (2026 - 1980) << 9 | 9 << 5 | 1,
            "crc": zlib.crc32(self.data),
            "packed": len(self.packed()),
            "size": len(self.data),
            "name": self.name,
            "extra": b"",
        }

    def local_part(self):
        """Its local header, content and descriptor."""
        header = {"magic": b"PK\3\4", **self.fields(), **self.local}
        head = struct.pack("<4s5H3L2H", *(header[name] for name in _LOCAL_FIELDS), len(header["name"]), len(header["extra"]))
        return head + header["name"] + header["extra"] + self.packed() + self.descriptor

    def central_part(self, offset):
        """Its entry in the directory."""
        entry = {
            "made_by": 0x0314,
            "volume": 0,
            "attributes": 0o100600 << 16,
            "offset": offset,
            "comment": b"",
            **self.fields(),
            **self.central,
        }
        head = struct.pack("<4s6H3L", b"PK\1\2", *(entry[name] for name in ("made_by", *_LOCAL_FIELDS[1:])))
        sizes = struct.pack(
            "<5H2L",
            *(len(entry[name]) for name in ("name", "extra", "comment")),
            entry["volume"],
            0,
            entry["attributes"],
            entry["offset"],
        )
        return head + sizes + entry["name"] + entry["extra"] + entry["comment"]


_LOCAL_FIELDS = ("magic", "version", "flags", "method", "time", "date", "crc", "packed", "size")
COST_MEMBER = Member(COST_NAME.encode(), COST)
AMOUNT_MEMBER = Member()


def deflated(data, level=9):
    """Raw deflate, as zips hold it."""
    squeezer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return squeezer.compress(data) + squeezer.flush()


def zip_of(*members, gap=b"", tail=b"", after=b"", comment=b"", **end):
    """A zip of these members: `gap` after each, `tail` before the directory, `after` behind it; `end` overrides its end record."""
    body, starts = bytearray(), []
    for member in members:
        starts.append(len(body))
        body += member.local_part() + gap
    body += tail
    directory = b"".join(member.central_part(start) for member, start in zip(members, starts, strict=True))
    count = len(members) & 0xFFFF
    end_record = {"disk": 0, "first_disk": 0, "here": count, "entries": count, "length": len(directory), "start": len(body), **end}
    return bytes(body) + directory + after + struct.pack("<4s4H2LH", b"PK\5\6", *end_record.values(), len(comment)) + comment


def export(amount=AMOUNT, cost=COST, amount_name=AMOUNT_NAME, cost_name=COST_NAME):
    """The two files as the vendor packs them; None leaves one out."""
    named = ((cost_name, cost), (amount_name, amount))
    return zip_of(*(Member(name.encode(), data) for name, data in named if data is not None))


def with_amount(**changes):
    """An export whose amount member is not as it should be."""
    return zip_of(COST_MEMBER, Member(**changes))


def streamed(member=AMOUNT_MEMBER, *, known=(), signature=b"PK\7\x08"):
    """The member as a streaming program writes it, before it has the size: flag bit 3, zeros, and a descriptor behind."""
    fields = member.fields()
    descriptor = signature + struct.pack("<3L", fields["crc"], fields["packed"], fields["size"])
    flags = fields["flags"] | 8
    unknown = {name: 0 for name in ("crc", "packed", "size") if name not in known}
    return Member(member.name, member.data, member.deflate, None, {"flags": flags, **unknown}, {"flags": flags}, descriptor)


def overlapping_at_one_start():
    """Two entries of the directory that name the same bytes: the full overlap of 2019's zip bombs."""
    body = COST_MEMBER.local_part() + AMOUNT_MEMBER.local_part()
    start = len(COST_MEMBER.local_part())
    twin = Member(b"amount-twin.csv")
    directory = COST_MEMBER.central_part(0) + AMOUNT_MEMBER.central_part(start) + twin.central_part(start)
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(directory), len(body), 0)


def overlapping_by_quoting():
    """A member whose deflate stream quotes the next member's header as a stored block and goes on into its data."""
    inner = Member(b"cost-2026-08-28_2026-08-29.csv", AMOUNT, deflate=True)
    head = inner.local_part()[: -len(inner.packed())]
    quote = struct.pack("<BHH", 0, len(head), len(head) ^ 0xFFFF)
    outer = Member(AMOUNT_NAME.encode(), head + AMOUNT, deflate=True, raw=quote + head + inner.packed())
    body = outer.local_part()
    directory = outer.central_part(0) + inner.central_part(len(body) - len(inner.local_part()))
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, len(directory), len(body), 0)


def zip64_end(directory_length, start, entries=2):
    """A zip64 end record and its locator, to stand between a directory and the end."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, directory_length, start)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, start + directory_length, 1)


def zip64_extra(*numbers):
    """The extra field that holds sizes of 64 bits."""
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def by_python(members, mode="w", **options):
    """A zip written by Python's own module; `mode` x streams it."""
    target = io.BytesIO()
    with zipfile.ZipFile(_Pipe(target) if mode == "x" else target, "w", **options) as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
    return target.getvalue()


class _Pipe(io.RawIOBase):
    """A target that cannot go back."""

    def __init__(self, target):
        self._target = target

    def writable(self):
        return True

    def write(self, data):
        return self._target.write(data)


def gzipped(data):
    """The same bytes in another kind of archive."""
    return gzip.compress(data, mtime=0)


def prefixes(data, step):
    """The file cut short after every `step`-th byte."""
    return [data[:length] for length in range(0, len(data), step)]
