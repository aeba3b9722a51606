"""Half a year of usage exports of an invented organisation, in every layout of the vendor and with something to find in them.

Usage is drawn hour by hour and only then added up into the days of a layout. So the days at the joint of two layouts really
share their hours, an unfinished day is really a part of the finished one, and the hours of a day add up to its rows.

Only `Random.random` is drawn from, which is the same in every release of Python, and zips are written here, not by a library.
"""

from __future__ import annotations

import csv
import io
import struct
import sys
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FOLDER = Path(__file__).parent
BEIJING = timezone(timedelta(hours=8))
BERLIN = timezone(timedelta(hours=2))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

FIRST_DAY, LAST_DAY = date(2026, 4, 1), date(2026, 9, 30)
LAST_UTC_DAY = date(2026, 8, 3)
"""The last day that was exported as a UTC day; all later ones begin at midnight in Beijing, eight hours before UTC's."""

# --- prices -----------------------------------------------------------------------------------------------------------------

V4_FLASH, V4_PRO, FLASH = "deepseek-v4-flash", "deepseek-v4-pro", "deepseek-flash"
METERS = ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens", "request_count")
PEAK_PRICES_BEGIN = datetime(2026, 8, 17, tzinfo=BEIJING)
FLASH_OPENS = datetime(2026, 9, 10, 12, tzinfo=BEIJING)
PEAK_HOURS = (1, 2, 3, 6, 7, 8, 9)
"""Hours of UTC at twice the price, from Monday to Friday, but not on a Chinese public holiday."""
MID_AUTUMN = date(2026, 9, 25)

Prices = tuple[str, str, str]
PRICES: dict[tuple[str, str], tuple[Prices, Prices]] = {
    ("CNY", V4_FLASH): (("0.02", "1", "2"), ("0.05", "1.5", "4.5")),
    ("CNY", V4_PRO): (("0.025", "3", "6"), ("0.15", "4.5", "13.5")),
    ("CNY", FLASH): (("0.02", "1", "4"), ("0.02", "1", "4")),
    ("USD", V4_FLASH): (("0.0028", "0.14", "0.28"), ("0.007", "0.22", "0.66")),
    ("USD", V4_PRO): (("0.003625", "0.435", "0.87"), ("0.022", "0.66", "1.98")),
}
"""Per million tokens (hit, miss, output), before 2026-08-17 and off-peak since then."""

# --- the organisation -------------------------------------------------------------------------------------------------------

Hours = tuple[float, ...]
Week = tuple[float, ...]


def from_hour(first: int, *percents: int) -> Hours:
    """Shares of a day's requests by the hour of the account's own clock, none before `first` and after the last given."""
    return tuple(percent / 100 for percent in ((0,) * first + percents + (0,) * 24)[:24])


ROUND_THE_CLOCK = from_hour(0, 1, 1, 1, 1, 1, 1, 2, 3, 5, *(7,) * 9, 5, 5, 5, 3, 2, 1)
DAYTIME = from_hour(8, 4, 6, 8, 9, *(8,) * 6, 7, 6, 5, 4, 3)
OFFICE = from_hour(9, 11, 13, 11, 4, 9, 14, 14, 12, 8, 4)
AFTERNOON = from_hour(14, 20, 35, 30, 15)
EVENING = from_hour(18, 15, 25, 30, 20, 10)
NIGHT = from_hour(0, *(20,) * 5)
RUNAWAY = from_hour(0, *(20,) * 20)
EARLY = from_hour(5, 30, 40, 30)

# Shares of an ordinary day's requests, Monday to Sunday.
EVERY_DAY: Week = (1.0,) * 7
LESS_AT_WEEKENDS: Week = (1.0, 1.02, 1.03, 1.0, 0.96, 0.62, 0.58)
WEEKDAYS: Week = (1.0, 1.05, 1.04, 1.02, 0.94, 0.0, 0.0)


def on(*weekdays: int) -> Week:
    """A week with requests on these weekdays only; Monday is 0."""
    return tuple(float(day in weekdays) for day in range(7))


@dataclass(frozen=True)
class Stream:
    """What a key asks of one model on an ordinary day; `prompt` and `output` are tokens per request, `cached` a share of the prompt."""

    model: str
    requests: int
    prompt: int
    output: int
    cached: float
    hours: Hours
    week: Week
    chance: float = 1.0
    moves: datetime | None = None
    """When it moves to deepseek-flash."""


@dataclass(frozen=True)
class Key:
    """An API key. `renamed` says when it got its name and what it was called before."""

    mask: str
    name: str
    streams: tuple[Stream, ...]
    renamed: tuple[datetime, str] | None = None

    def name_at(self, moment: datetime) -> str:
        """The name that an export of that moment gives to all rows of the key, old and new."""
        return self.renamed[1] if self.renamed and moment < self.renamed[0] else self.name


Layout = Literal["A", "B", "C", "C-hour"]


@dataclass(frozen=True)
class Export:
    """A download of the days `first` to `last` at a moment in Beijing; `repacked` by a user who had unpacked it."""

    layout: Layout
    first: date
    last: date
    at: datetime
    repacked: bool = False

    @property
    def stem(self) -> str:
        """The name of the zip."""
        period = f"{self.first.year}_{self.first.month}" if self.layout == "A" else f"{self.first}_{self.last}"
        return f"usage_data_{period}"

    def member(self, role: str) -> str:
        """The name of a file in it; only layout B names another last day there than in the zip."""
        if self.layout == "A":
            return f"{role}-{self.first.year}-{self.first.month}.csv"
        return f"{role}-{self.first}_{self.last + DAY if self.layout == 'B' else self.last}.csv"


@dataclass(frozen=True)
class Account:
    """An account, its keys, the balances that it was granted, and the exports of it that were kept."""

    folder: str
    user_id: str
    currency: str
    clock: timezone
    keys: tuple[Key, ...]
    grants: tuple[tuple[datetime, str], ...]
    exports: tuple[Export, ...]


@dataclass(frozen=True)
class Planted:
    """Something to be found: what happens to a key from its `first` day to its `last`."""

    key: str
    first: date
    last: date

    def covers(self, key: Key, day: date) -> bool:
        """Whether it happens to this key on this day."""
        return key.name == self.key and self.first <= day <= self.last


CACHE_COLLAPSE = Planted("résumé-parser", date(2026, 6, 10), date(2026, 6, 23))
NEW_KEY = Planted("meeting-notes", date(2026, 7, 14), LAST_DAY)
SILENT_KEY = Planted("translator", date(2026, 9, 9), LAST_DAY)
SPIKE = Planted("nightly batch", date(2026, 9, 15), date(2026, 9, 17))


def mask(head: str, tail: str) -> str:
    """A key as the vendor shows it."""
    return f"sk-{head}{'*' * 23}{tail}"


def at(month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    """A moment of 2026 on the clock in Beijing."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=BEIJING)


MAIN = Account(
    folder="main-account",
    user_id="7d4f0a52-61c9-4e0b-9a3e-2c85d1b7f640",
    currency="CNY",
    clock=BEIJING,
    keys=(
        Key(
            mask("1c9e4", "b07a"),
            "客服助手",
            (Stream(V4_FLASH, 9000, 2600, 260, 0.72, ROUND_THE_CLOCK, LESS_AT_WEEKENDS, moves=FLASH_OPENS),),
        ),
        Key(
            mask("83fa0", "5d21"),
            "checkout-api",
            (Stream(V4_FLASH, 14000, 900, 90, 0.55, DAYTIME, WEEKDAYS, moves=datetime(2026, 9, 14, 10, tzinfo=BEIJING)),),
        ),
        Key(mask("e27b6", "90c4"), "nightly batch", (Stream(V4_PRO, 1100, 9000, 700, 0.6, NIGHT, EVERY_DAY),)),
        Key(mask("40d18", "ee3f"), "résumé-parser", (Stream(V4_FLASH, 1500, 6000, 500, 0.86, EVENING, WEEKDAYS),)),
        Key(mask("b95c3", "17a8"), "🤖 code-review", (Stream(V4_PRO, 600, 11000, 900, 0.78, OFFICE, on(0, 3)),)),
        Key(
            mask("05e7d", "c6b2"),
            "数据平台",
            (
                Stream(V4_FLASH, 800, 7000, 350, 0.35, EARLY, on(0)),
                Stream(V4_PRO, 300, 9000, 1100, 0.3, EARLY, on(3)),
            ),
        ),
        Key(mask("f6a29", "0e95"), "search, staging", (Stream(V4_FLASH, 300, 1200, 60, 0.2, OFFICE, WEEKDAYS, chance=0.2),)),
        Key(
            mask("2b8d0", "a41c"),
            "月报生成",
            (Stream(V4_PRO, 90, 24000, 2600, 0.15, EARLY, on(4)),),
            renamed=(datetime(2026, 8, 17, 10, tzinfo=BEIJING), "report-bot"),
        ),
        Key(mask("9ac51", "38fd"), "translator", (Stream(V4_FLASH, 2200, 1400, 1300, 0.25, EVENING, on(0, 2, 4)),)),
        Key(mask("d3170", "62be"), "meeting-notes", (Stream(V4_FLASH, 400, 8000, 1200, 0.1, AFTERNOON, on(1, 3)),)),
        Key(mask("6e0b4", "f18a"), "sandbox", (Stream(V4_FLASH, 40, 70, 120, 0.12, OFFICE, WEEKDAYS, chance=0.15),)),
    ),
    grants=((at(5, 12, 0, 0, 0), "90"), (at(7, 20, 0, 0, 0), "60"), (at(9, 15, 14, 0, 0), "300")),
    exports=(
        Export("A", date(2026, 4, 1), date(2026, 4, 30), at(5, 6, 10, 12, 44)),
        Export("A", date(2026, 5, 1), date(2026, 5, 31), at(6, 2, 9, 31, 8), repacked=True),
        Export("A", date(2026, 6, 1), date(2026, 6, 30), at(7, 2, 9, 27, 50)),
        Export("B", date(2026, 7, 1), date(2026, 7, 30), at(7, 30, 16, 5, 26)),
        Export("B", date(2026, 7, 30), LAST_UTC_DAY, at(8, 4, 9, 2, 14)),
        Export("C", date(2026, 8, 4), date(2026, 8, 31), at(9, 2, 9, 40, 36)),
        Export("C", date(2026, 9, 1), date(2026, 9, 30), at(10, 8, 9, 18, 2)),
        Export("C-hour", date(2026, 9, 16), date(2026, 9, 16), at(10, 8, 9, 55, 20)),
    ),
)
SECOND = Account(
    folder="europe-account",
    user_id="Wechat-c3f1b0e8-97d2-4a65-8f4b-60e2a9d7135c",
    currency="USD",
    clock=BERLIN,
    keys=(
        Key(mask("a70f2", "4bd9"), "checkout-api", (Stream(V4_FLASH, 31000, 950, 95, 0.5, DAYTIME, WEEKDAYS),)),
        Key(mask("58c6e", "d230"), "Zürich desk", (Stream(V4_PRO, 2600, 5200, 640, 0.66, OFFICE, on(2)),)),
        Key(mask("cb419", "7f06"), "eval runs", (Stream(V4_PRO, 450, 3000, 1500, 0.05, NIGHT, on(5), chance=0.6),)),
    ),
    grants=((at(4, 20, 12, 0, 0), "5"),),
    exports=(
        Export("A", date(2026, 4, 1), date(2026, 4, 30), at(5, 6, 10, 20, 12)),
        Export("A", date(2026, 5, 1), date(2026, 5, 31), at(6, 2, 9, 36, 54)),
        Export("A", date(2026, 6, 1), date(2026, 6, 30), at(7, 2, 9, 33, 18)),
        Export("B", date(2026, 7, 1), date(2026, 7, 30), at(7, 31, 9, 10, 40)),
        Export("B", date(2026, 7, 31), LAST_UTC_DAY, at(8, 4, 9, 7, 32)),
        Export("C", date(2026, 8, 4), date(2026, 8, 31), at(9, 2, 9, 44, 6)),
        Export("C", date(2026, 9, 1), date(2026, 9, 30), at(10, 8, 9, 23, 28)),
    ),
)
ACCOUNTS = (MAIN, SECOND)

# --- what it used, hour by hour ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Usage:
    """What a key used of a model in the hour that begins at `hour` in UTC; quantities in the order of METERS."""

    hour: datetime
    key: Key
    model: str
    quantities: tuple[int, int, int, int]


@cache
def usages(account: Account) -> tuple[Usage, ...]:
    """All that an account used, by hour. Every stream has its own generator, so that a change of one moves no other."""
    found: list[Usage] = []
    for number, key in enumerate(account.keys):
        for part, stream in enumerate(key.streams):
            rng = Random(20260401 + 1000 * ACCOUNTS.index(account) + 10 * number + part)
            for day in _days(FIRST_DAY, LAST_DAY):
                found += _day(rng, account.clock, key, stream, day)
    return tuple(sorted(found, key=lambda usage: usage.hour))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + DAY * number for number in range((last - first).days + 1))


def _day(rng: Random, clock: timezone, key: Key, stream: Stream, day: date) -> Iterator[Usage]:
    """A day of the account's clock: its weekday, a quarter more over the half year, and some noise."""
    growth = 1 + 0.0014 * (day - FIRST_DAY).days
    requests = stream.requests * stream.week[day.weekday()] * growth * _noise(rng, 0.1)
    used = rng.random() < stream.chance
    if not requests or not used or SILENT_KEY.covers(key, day) or (key.name == NEW_KEY.key and day < NEW_KEY.first):
        return
    for hour, share in enumerate(RUNAWAY if SPIKE.covers(key, day) else stream.hours):
        count = int(requests * share * _noise(rng, 0.25) + rng.random())
        if count:
            start = datetime(day.year, day.month, day.day, hour, tzinfo=clock).astimezone(UTC)
            model = FLASH if stream.moves and start >= stream.moves else stream.model
            cached = stream.cached * (0.08 if CACHE_COLLAPSE.covers(key, day) else 1)
            yield Usage(start, key, model, _quantities(rng, stream, count, cached))


def _quantities(rng: Random, stream: Stream, count: int, cached: float) -> tuple[int, int, int, int]:
    """The vendor caches prompts in blocks of 64 tokens."""
    prompt = int(count * stream.prompt * _noise(rng, 0.08))
    hit = int(prompt * min(cached * _noise(rng, 0.06), 1)) // 64 * 64
    return hit, prompt - hit, int(count * stream.output * _noise(rng, 0.1)), count


def _noise(rng: Random, width: float) -> float:
    """A factor of 1 on average, mostly within `width` of it."""
    return 1 + width * (rng.random() + rng.random() + rng.random() - 1.5)


# --- what it cost -----------------------------------------------------------------------------------------------------------


def is_peak(hour: datetime) -> bool:
    """Whether the hour that begins then in UTC has twice the price."""
    working_day = hour.weekday() < 5 and hour.date() != MID_AUTUMN
    return hour >= PEAK_PRICES_BEGIN and working_day and hour.hour in PEAK_HOURS


@cache
def unit_prices(currency: str, model: str, hour: datetime) -> tuple[Decimal, Decimal, Decimal]:
    """The prices of one token (hit, miss, output)."""
    per_million = PRICES[currency, model][hour >= PEAK_PRICES_BEGIN]
    hit, miss, output = (Decimal(price).scaleb(-6) * (2 if is_peak(hour) else 1) for price in per_million)
    return hit, miss, output


def cost(usage: Usage, currency: str) -> Decimal:
    """The exact cost of an hour of a key and model."""
    prices = unit_prices(currency, usage.model, usage.hour)
    return sum((price * quantity for price, quantity in zip(prices, usage.quantities, strict=False)), Decimal(0))


@cache
def granted_costs(account: Account) -> dict[tuple[datetime, str], Decimal]:
    """What granted balance paid of each hour and model: it is used up first."""
    costs: dict[tuple[datetime, str], Decimal] = defaultdict(Decimal)
    for usage in usages(account):
        costs[usage.hour, usage.model] += cost(usage, account.currency)
    waiting, balance, paid = list(account.grants), Decimal(0), {}
    for (hour, model), total in sorted(costs.items()):
        while waiting and waiting[0][0] <= hour:
            balance += Decimal(waiting.pop(0)[1])
        paid[hour, model] = min(balance, total)
        balance -= paid[hour, model]
    return paid


def expected_totals() -> dict[tuple[str, str, str], Decimal]:
    """What each (user id, masked key, currency) cost by all exports together, from the hours alone.

    The eight hours that the last UTC day shares with the first day in Beijing are in two exported days, and so counted twice.
    """
    totals: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for account in ACCOUNTS:
        for usage in usages(account):
            in_utc_days = FIRST_DAY <= usage.hour.date() <= LAST_UTC_DAY
            in_beijing_days = LAST_UTC_DAY < usage.hour.astimezone(BEIJING).date() <= LAST_DAY
            times = in_utc_days + in_beijing_days
            if times:
                totals[account.user_id, usage.key.mask, account.currency] += times * cost(usage, account.currency)
    return dict(totals)


# --- the exports ------------------------------------------------------------------------------------------------------------

Row = tuple[str, ...]
HEADERS = {
    "amount": ("model", "api_key_name", "api_key", "type", "price", "amount"),
    "cost": ("model", "wallet_type", "cost", "currency"),
}


def bucket(layout: Layout, hour: datetime) -> tuple[date, Row]:
    """The day to which a layout charges an hour, and its cells for it."""
    if layout in ("A", "B"):
        day = hour.date()
        return day, (day.isoformat() if layout == "A" else f"{day:%Y%m%d}",)
    start = hour.astimezone(BEIJING)
    if layout == "C":
        start = start.replace(hour=0)
    return start.date(), (start.isoformat(), (start + (DAY if layout == "C" else HOUR)).isoformat())


def exported(account: Account, export: Export) -> Iterator[tuple[Row, Usage]]:
    """The hours that were over when the export was made, with the cells of their bucket."""
    for usage in usages(account):
        day, cells = bucket(export.layout, usage.hour)
        if export.first <= day <= export.last and usage.hour + HOUR <= export.at:
            yield (account.user_id, *cells), usage


def amount_rows(account: Account, export: Export) -> list[Row]:
    """One row per bucket, model, key, meter and price; what is zero has none."""
    amounts: dict[Row, int] = defaultdict(int)
    for cells, usage in exported(account, export):
        prices = [f"{price.normalize():f}" for price in unit_prices(account.currency, usage.model, usage.hour)]
        for meter, price, quantity in zip(METERS, [*prices, ""], usage.quantities, strict=True):
            amounts[*cells, usage.model, usage.key.name_at(export.at), usage.key.mask, meter, price] += quantity
    return [(*cells, str(amount)) for cells, amount in amounts.items() if amount]


def cost_rows(account: Account, export: Export) -> list[Row]:
    """One row per bucket, model and wallet, with 16 decimals."""
    costs: dict[Row, Decimal] = defaultdict(Decimal)
    seen: set[tuple[datetime, str]] = set()
    for cells, usage in exported(account, export):
        costs[*cells, usage.model, "Paid"] += cost(usage, account.currency)
        if (usage.hour, usage.model) not in seen:
            seen.add((usage.hour, usage.model))
            granted = granted_costs(account)[usage.hour, usage.model]
            costs[*cells, usage.model, "Granted"] += granted
            costs[*cells, usage.model, "Paid"] -= granted
    return [(*cells, f"{total:.16f}", account.currency) for cells, total in costs.items() if total]


def shuffled(rows: Iterable[Row], rng: Random) -> list[Row]:
    """Day by day, and within a day in another order in every download, but never a key of a model apart."""
    ranks: dict[Row, float] = {}
    return sorted(rows, key=lambda row: (row[1], ranks.setdefault(row[:-3], rng.random()), rng.random()))


def file_text(role: str, export: Export, rows: Sequence[Row]) -> bytes:
    """A CSV file as the vendor writes it: with a byte order mark and CRLF."""
    bucket_columns = ("utc_date",) if export.layout in ("A", "B") else ("start_time_iso", "end_time_iso")
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(("user_id", *bucket_columns, *HEADERS[role]))
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def export_zip(account: Account, export: Export) -> bytes:
    """The zip of one export."""
    rng = Random(int(f"{export.at:%m%d%H%M%S}"))
    rows = {"cost": cost_rows(account, export), "amount": amount_rows(account, export)}
    files = {export.member(role): file_text(role, export, shuffled(found, rng)) for role, found in rows.items()}
    return repacked_zip(export, files) if export.repacked else zipped(files, export.at, 0o600, deflate=False)


def repacked_zip(export: Export, files: dict[str, bytes]) -> bytes:
    """What a Mac makes of the unpacked folder: packed again, with a shadow of every file."""
    shadow = struct.pack(">2L16sH", 0x00051607, 0x00020000, b"Mac OS X", 0)
    packed = {f"{export.stem}/": b""}
    for name, text in files.items():
        packed[f"{export.stem}/{name}"] = text
        packed[f"__MACOSX/{export.stem}/._{name}"] = shadow
    return zipped(packed, export.at, 0o100644, deflate=True)


# --- zips -------------------------------------------------------------------------------------------------------------------


def zipped(files: dict[str, bytes], moment: datetime, mode: int, *, deflate: bool) -> bytes:
    """A zip of these files and folders, as PKWARE's APPNOTE 6.3 (4.3.7, 4.3.12, 4.3.16) lays it out."""
    day = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    clock = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    body, directory = b"", b""
    for name, text in files.items():
        is_folder = name.endswith("/")
        packed = deflated(text) if deflate and not is_folder else text
        method, unix_mode = (8 if packed is not text else 0), (0o40755 if is_folder else mode)
        shared = struct.pack("<5H3L2H", 20, 0, method, clock, day, zlib.crc32(text), len(packed), len(text), len(name), 0)
        directory += b"PK\x01\x02\x14\x03" + shared + struct.pack("<3H2L", 0, 0, 0, unix_mode << 16, len(body)) + name.encode()
        body += b"PK\x03\x04" + shared + name.encode() + packed
    return body + directory + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, len(files), len(files), len(directory), len(body), 0)


def deflated(text: bytes) -> bytes:
    """Deflate without compression (RFC 1951, 3.2.4): what zlib would make of it differs between its builds."""
    blocks = ((start + 0xFFFF >= len(text), text[start : start + 0xFFFF]) for start in range(0, len(text), 0xFFFF))
    return b"".join(struct.pack("<B2H", is_last, len(block), len(block) ^ 0xFFFF) + block for is_last, block in blocks)


def sample_zips() -> dict[str, bytes]:
    """Every zip, by its path below this folder."""
    return {f"{account.folder}/{export.stem}.zip": export_zip(account, export) for account in ACCOUNTS for export in account.exports}


def differing(zips: dict[str, bytes]) -> list[str]:
    """The paths below this folder whose zip is missing, differs or is none of ours."""
    found = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.zip")}
    return sorted(name for name in zips.keys() | found.keys() if zips.get(name) != found.get(name))


def main(arguments: Sequence[str]) -> int:
    """Write the zips, or with --check compare them; return the exit code."""
    zips = sample_zips()
    if list(arguments) == ["--check"]:
        names = differing(zips)
        for name in names:
            print(f"differs: {name}")
        return 1 if names else 0
    if arguments:
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    for name, content in zips.items():
        (FOLDER / name).parent.mkdir(exist_ok=True)
        (FOLDER / name).write_bytes(content)
        print(f"{len(content):>9,} bytes  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
