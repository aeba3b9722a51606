"""Invented organisations, and the exports that the vendor would give them: Hypothesis strategies that write real zips.

A `World` is the true usage: which key used what, when and at which price. A `Cut` is one download of it: a layout, an offset from
UTC, a range of days and the moment of the export. Exports cut from one world agree with each other as real ones do.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, Inexact, localcontext
from pathlib import Path

from hypothesis import strategies as st

NOW = datetime(2026, 11, 1, 12, 0)
"""The clock of all ledgers in these tests."""

METERS = ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens", "request_count")
BEIJING = timedelta(hours=8)
DAY = timedelta(days=1)
SPAN = 3
EXACT = Context(prec=100, traps=[Inexact])

USER_IDS = (
    "025a0325-a844-5386-99d4-877267397b20",
    "Wechat-382de051-a993-54fe-ade0-458cbe48611c",
    "Google-fdafaa48-be1e-5ad4-961d-a88b11f3f02e",
)
MODELS = ("deepseek-chat", "deepseek-v4-flash", "deepseek-v4-pro", 'never seen, "Ω-9" 新')
NAMES = ("ops", "Ops", "nightly batch", "研究 组", "café, équipe", 'the "big" one', "=1+1", "a|b*c_d", " edge ", "0", "", "🙂 <b>")
OFFSETS = ("+08:00", "+08:00", "Z", "+00:00", "+05:30", "-07:00")
WALLETS = (("Paid",), ("Paid",), ("paid", "GRANTED"), ("Paid", "Granted", "Voucher 红包"))
FLAWS = ("row-lost", "row-wrong", "rows-lost", "row-foreign", "negative")
BASES = (date(2024, 2, 27), date(2025, 12, 29), date(2026, 8, 28), date(2026, 10, 30))


@dataclass(frozen=True)
class Tier:
    """A price list: what a million tokens of each meter cost in a currency."""

    currency: str
    hit: str
    miss: str
    output: str

    def price(self, meter: str) -> Decimal | None:
        """The price of one unit; requests have none."""
        price = dict(zip(METERS, (self.hit, self.miss, self.output), strict=False)).get(meter)
        return None if price is None else Decimal(price).scaleb(-6).normalize()


TIERS = {
    "CNY": (
        Tier("CNY", "0.02", "1", "2"),
        Tier("CNY", "0.04", "2", "4"),
        Tier("CNY", "0.025", "3", "6"),
        Tier("CNY", "1", "2", "4"),
        Tier("CNY", "0", "1", "2"),
    ),
    "USD": (
        Tier("USD", "0.0028", "0.14", "0.28"),
        Tier("USD", "0.003625", "0.435", "0.87"),
        Tier("USD", "0.02", "1", "2"),
    ),
}


@dataclass(frozen=True)
class Key:
    """An API key of one account, with the names it had and the days from which it had them."""

    account: int
    mask: str
    names: tuple[tuple[date, str], ...]

    def name_on(self, day: date) -> str:
        """Its name on a day."""
        return [name for since, name in self.names if since <= day or since == self.names[0][0]][-1]


@dataclass(frozen=True)
class Call:
    """What a key used of a model around one instant (naive UTC), at the prices of one tier."""

    key: int
    model: str
    tier: Tier
    at: datetime
    quantities: tuple[int, int, int, int]


@dataclass(frozen=True)
class Style:
    """How the bytes are written; no report depends on it."""

    bom: bool = True
    crlf: bool = True
    final_newline: bool = True
    quoted: bool = False
    padded: bool = False
    repacked: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Cut:
    """One download: the days from `first`, `days` of them, as they stood at `exported_at` (naive UTC)."""

    account: int
    first: date
    days: int
    layout: str
    offset: str
    exported_at: datetime
    with_cost: bool = True
    daily_cost: bool = False
    flaw: str | None = None
    style: Style = Style()
    packed_at: datetime | None = None
    """When a user packed it again, where that was later."""

    @property
    def shift(self) -> timedelta:
        """How far its clock is ahead of UTC."""
        if self.offset == "Z":
            return timedelta(0)
        size = timedelta(hours=int(self.offset[1:3]), minutes=int(self.offset[4:]))
        return -size if self.offset[0] == "-" else size

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + (self.days - 1) * DAY

    @property
    def member_names(self) -> tuple[str, str]:
        """The names of its cost and its amount file, as the vendor gives them in this layout."""
        if self.layout == "A":
            period = f"{self.first.year}-{self.first.month}"
        else:
            period = f"{self.first}_{self.last + DAY if self.layout == 'B' else self.last}"
        return f"cost-{period}.csv", f"amount-{period}.csv"


@dataclass(frozen=True)
class World:
    """An organisation's true use."""

    keys: tuple[Key, ...]
    calls: tuple[Call, ...]
    wallets: tuple[str, ...] = ("Paid",)
    base: date = field(default=BASES[2])

    def calls_in(self, cut: Cut) -> Iterator[tuple[Key, Call, datetime]]:
        """The calls that an export shows, each with its local time."""
        for call in self.calls:
            key, local = self.keys[call.key], call.at + cut.shift
            if key.account == cut.account and cut.first <= local.date() <= cut.last and call.at < cut.exported_at:
                yield key, call, local

    def spend(self, cut: Cut) -> dict[tuple[str, str], Decimal]:
        """The true cost of each (mask, currency) within an export."""
        with localcontext(EXACT):
            spent: Counter[tuple[str, str]] = Counter()
            for key, call, _ in self.calls_in(cut):
                for meter, quantity in zip(METERS, call.quantities, strict=True):
                    if (price := call.tier.price(meter)) is not None and quantity:
                        spent[key.mask, call.tier.currency] += price * quantity
            return dict(spent)

    def amount_rows(self, cut: Cut) -> list[list[str]]:
        """The rows of its amount file."""
        found: Counter[tuple] = Counter()
        for key, call, local in self.calls_in(cut):
            bucket = _bucket_cells(local, cut, daily=False)
            for meter, quantity in zip(METERS, call.quantities, strict=True):
                if quantity:
                    found[(*bucket, call.model, key.name_on(local.date()), key.mask, meter, call.tier.price(meter))] += quantity
        return [
            [USER_IDS[cut.account], *cells, _price_text(price, padded=cut.style.padded), str(quantity)]
            for (*cells, price), quantity in found.items()
        ]

    def cost_rows(self, cut: Cut) -> list[list[str]]:
        """The rows of its cost file: what was billed, split between the wallets, to 16 decimals."""
        with localcontext(EXACT):
            billed: Counter[tuple] = Counter()
            for _, call, local in self.calls_in(cut):
                bucket = _bucket_cells(local, cut, daily=cut.daily_cost)
                for meter, quantity in zip(METERS, call.quantities, strict=True):
                    if (price := call.tier.price(meter)) is not None and quantity:
                        billed[(*bucket, call.model, call.tier.currency)] += price * quantity
            rows = []
            for (*bucket, model, currency), cost in billed.items():
                for wallet, part in _wallet_parts(cost, self.wallets):
                    sign = "-" if cut.flaw == "negative" and part else ""
                    rows.append([USER_IDS[cut.account], *bucket, model, wallet, f"{sign}{part:.16f}", currency])
            return _flawed(rows, cut)

    def zip(self, cut: Cut) -> bytes:
        """The export as downloaded, or, in a `repacked` style, as a user's archive program packed it again."""
        cost_name, amount_name = cut.member_names
        members = {cost_name: csv_bytes(header(cut.layout, "cost"), self.cost_rows(cut), cut.style)} if cut.with_cost else {}
        members[amount_name] = csv_bytes(header(cut.layout, "amount"), self.amount_rows(cut), cut.style)
        return zip_bytes(members, cut.packed_at or cut.exported_at, repacked=cut.style.repacked)


def header(layout: str, role: str) -> list[str]:
    """The vendor's header of a file."""
    bucket = ["utc_date"] if layout in ("A", "B") else ["start_time_iso", "end_time_iso"]
    rest = "model,api_key_name,api_key,type,price,amount" if role == "amount" else "model,wallet_type,cost,currency"
    return ["user_id", *bucket, *rest.split(",")]


def _bucket_cells(local: datetime, cut: Cut, *, daily: bool) -> tuple[str, ...]:
    if cut.layout == "A":
        return (f"{local:%Y-%m-%d}",)
    if cut.layout == "B":
        return (f"{local:%Y%m%d}",)
    start = local.replace(minute=0)
    length = timedelta(hours=1)
    if cut.layout == "C" or daily:
        start, length = start.replace(hour=0), DAY
    return f"{start:%Y-%m-%dT%H:%M:%S}{cut.offset}", f"{start + length:%Y-%m-%dT%H:%M:%S}{cut.offset}"


def _price_text(price: Decimal | None, *, padded: bool) -> str:
    if price is None:
        return ""
    return f"{price:.14f}" if padded else f"{price:f}"


def _wallet_parts(cost: Decimal, wallets: tuple[str, ...]) -> Iterator[tuple[str, Decimal]]:
    """`cost` split between wallets: the last ones give what an even share rounds down to, the first one pays the rest."""
    unit = Decimal("1e-16")
    share = (cost / unit).to_integral_value() // len(wallets) * unit
    for wallet in wallets[1:]:
        if share:
            yield wallet, share
    yield wallets[0], cost - share * (len(wallets) - 1)


def _flawed(rows: list[list[str]], cut: Cut) -> list[list[str]]:
    if cut.flaw == "rows-lost":
        return []
    if not rows or cut.flaw in (None, "negative"):
        return rows
    first, *rest = sorted(rows)
    if cut.flaw == "row-lost":
        return rest
    if cut.flaw == "row-foreign":
        return [*rows, [*first[:-4], "billed alone", "Paid", "0.5000000000000000", first[-1]]]
    wrong = Decimal(first[-2]) + Decimal("1e-16")
    return [[*first[:-2], f"{wrong:.16f}", first[-1]], *rest]


def csv_bytes(head: list[str], rows: list[list[str]], style: Style = Style()) -> bytes:
    """A CSV file; the order of its rows follows the style's seed."""
    rows = sorted(rows)
    random.Random(style.seed).shuffle(rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if style.quoted else csv.QUOTE_MINIMAL)
    writer.writerows(rows)
    body = ",".join(head) + "\n" + text.getvalue()
    if rows and not style.final_newline:
        body = body[:-1]
    if style.crlf:
        body = body.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if style.bom else b"") + body.encode()


def zip_bytes(members: dict[str, bytes], exported_at: datetime, *, repacked: bool = False) -> bytes:
    """A zip as the vendor writes it: stored, mode 0600, Beijing time; repacked: deflated, in a folder, with junk files."""
    clock = exported_at + BEIJING
    if repacked:
        junk = {"__MACOSX/._usage.csv": b"\0junk", "usage/.DS_Store": b"\0junk"}
        members = {f"usage/{name}": content for name, content in members.items()} | junk
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as bundle:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, clock.timetuple()[:6])
            info.create_system = 3
            info.external_attr = (0o644 if repacked else 0o600) << 16
            info.compress_type = zipfile.ZIP_DEFLATED if repacked else zipfile.ZIP_STORED
            bundle.writestr(info, content)
    return target.getvalue()


# Strategies

FORBIDDEN = "\ufeff" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))

names = st.sampled_from(NAMES) | st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters=FORBIDDEN),
    max_size=10,
)
"""Names of keys: free text without control characters."""

quantities = st.sampled_from((1, 0, 2, 1000, 123_456, 10**9)) | st.integers(0, 10**6)
per_million = st.integers(1, 10**7).map(lambda number: str(Decimal(number).scaleb(-6)))
styles = st.builds(
    Style,
    bom=st.booleans(),
    crlf=st.booleans(),
    final_newline=st.booleans(),
    quoted=st.sampled_from((False, False, True)),
    padded=st.sampled_from((False, False, True)),
    repacked=st.sampled_from((False, False, False, True)),
    seed=st.integers(0, 9),
)


def tiers(currency: str) -> st.SearchStrategy[Tier]:
    """Price lists of one currency: mostly a few real ones, so that prices meet again, and some never seen."""
    return st.sampled_from(TIERS[currency]) | st.builds(Tier, st.just(currency), per_million, per_million, per_million)


@st.composite
def keys(draw, account: int, base: date) -> Key:
    """A key of an account, renamed once in a while; masks repeat across accounts."""
    number = draw(st.integers(0, 2))
    named = [(base - DAY, draw(names))]
    if draw(st.integers(0, 3)) == 0:
        named.append((base + draw(st.integers(0, SPAN - 1)) * DAY, draw(names)))
    return Key(account, f"sk-{number:05x}{'*' * 23}{number:04x}", tuple(named))


@st.composite
def worlds(
    draw, *, accounts: int = 2, currencies: tuple[str, ...] = ("CNY", "USD", "both"), max_calls: int = 9, bases: tuple[date, ...] = BASES
) -> World:
    """A few days of a small organisation; with `both`, an account pays in two currencies, even for one model on one day."""
    base = draw(st.sampled_from(bases))
    count = draw(st.integers(1, accounts))
    found: dict[tuple[int, str], Key] = {}
    paying = []
    for account in range(count):
        paying.append(draw(st.sampled_from(currencies)))
        for key in draw(st.lists(keys(account, base), min_size=1, max_size=2)):
            found.setdefault((account, key.mask), key)
    all_keys = tuple(found.values())
    models = draw(st.lists(st.sampled_from(MODELS), min_size=1, max_size=2, unique=True))
    calls = []
    for _ in range(draw(st.integers(2, max_calls))):
        number = draw(st.integers(0, len(all_keys) - 1))
        pays = paying[all_keys[number].account]
        tier = draw(tiers("CNY") | tiers("USD") if pays == "both" else tiers(pays))
        day, hour, half = draw(st.integers(0, SPAN - 1)), draw(st.integers(0, 23)), draw(st.booleans())
        at = datetime.combine(base, datetime.min.time()) + timedelta(days=day, hours=hour, minutes=45 if half else 15)
        used = draw(st.tuples(quantities, quantities, quantities, quantities))
        calls.append(Call(number, draw(st.sampled_from(models)), tier, at, used))
    return World(all_keys, tuple(calls), draw(st.sampled_from(WALLETS)), base)


@st.composite
def cuts(draw, world: World, *, whole: bool = False) -> Cut:
    """A download of `world`; a `whole` one is complete, with its cost file, without flaws, and packed by the vendor."""
    layout = draw(st.sampled_from(("A", "B", "C", "C", "C", "C-hour")))
    offset = "+00:00" if layout in ("A", "B") else draw(st.sampled_from(OFFSETS))
    busy = sorted({call.at.date() for call in world.calls})
    first = draw(st.sampled_from(busy)) - draw(st.sampled_from((0, 0, 0, 1))) * DAY
    days = 1 if layout == "C-hour" else draw(st.integers(1, SPAN + 1))
    if layout == "A":
        first = first.replace(day=1)
        days = ((first + timedelta(days=32)).replace(day=1) - first).days
    start = datetime.combine(world.base, datetime.min.time())
    late = start + timedelta(days=60)
    hour = timedelta(hours=1)
    exported_at = late if whole else draw(st.just(late) | st.integers(12, 24 * (SPAN + 2)).map(lambda hours: start + hours * hour))
    using = sorted({world.keys[call.key].account for call in world.calls})
    cut = Cut(draw(st.sampled_from(using)), first, days, layout, offset, exported_at)
    style = draw(styles)
    if whole:
        return replace(cut, style=replace(style, repacked=False))
    return replace(
        cut,
        with_cost=draw(st.integers(0, 5)) > 0,
        daily_cost=layout == "C-hour" and draw(st.integers(0, 4)) == 0,
        flaw=draw(st.sampled_from(FLAWS)) if draw(st.integers(0, 5)) == 0 else None,
        style=style,
        packed_at=late if style.repacked and draw(st.booleans()) else None,
    )


@dataclass(frozen=True)
class Case:
    """A world and some downloads of it."""

    world: World
    cuts: tuple[Cut, ...]

    def zips(self) -> list[bytes]:
        """The downloads, each different bytes, in the order of the cuts."""
        return list(dict.fromkeys(self.world.zip(cut) for cut in self.cuts))


@st.composite
def cases(draw, *, min_cuts: int = 1, max_cuts: int = 4, whole: bool = False, **world) -> Case:
    """A world, and downloads of it that overlap, repeat and contradict each other's state of the day."""
    if whole:
        world = {"bases": BASES[:-1]} | world  # At NOW the last one is not over.
    truth = draw(worlds(**world))
    return Case(truth, tuple(draw(st.lists(cuts(truth, whole=whole), min_size=min_cuts, max_size=max_cuts))))


# Builders for examples

MASK = f"sk-0000a{'*' * 23}000a"


def simple_cut(first: date = BASES[2], days: int = 1, **changed) -> Cut:
    """A complete export of layout C at +08:00."""
    late = datetime.combine(first, datetime.min.time()) + timedelta(days=days + 2)
    return replace(Cut(0, first, days, "C", "+08:00", late), **changed)


def export(amount: list[list[str]], cost: list[list[str]] | None, *, layout: str = "C", exported_at: datetime = NOW - 9 * DAY) -> bytes:
    """A zip with these rows, each without its user id."""
    members = {}
    if cost is not None:
        members["cost-x.csv"] = csv_bytes(header(layout, "cost"), [[USER_IDS[0], *row] for row in cost])
    members["amount-x.csv"] = csv_bytes(header(layout, "amount"), [[USER_IDS[0], *row] for row in amount])
    return zip_bytes(members, exported_at)


def hostile() -> dict[str, bytes]:
    """Files that must be refused, by what is wrong with them."""
    row = ["2026-05-01", "m", "n", MASK, "output_tokens", "0.000002", "5"]
    bill = ["2026-05-01", "m", "Paid", "0.0000100000000000", "CNY"]

    def changed(place: int, text: str) -> list[str]:
        return [*row[:place], text, *row[place + 1 :]]

    good = export([row], [bill], layout="A")
    return {
        "error page": b'{"code":40003,"biz_msg":"INVALID_PARAM"}',
        "cut short": good[:-30],
        "no cost file": export([row], None, layout="A"),
        "unmasked key": export([row, changed(3, "sk-" + "a1" * 16)], [bill], layout="A"),
        "unknown type": export([row, changed(4, "thoughts")], [bill], layout="A"),
        "decimal amount": export([row, changed(6, "1.5")], [bill], layout="A"),
        "missing cell": export([row, row[:-1]], [bill], layout="A"),
        "foreign currency": export([row], [[*bill[:-1], "EUR"]], layout="A"),
        "no such day": export([changed(0, "2026-02-30")], [bill], layout="A"),
        "two layouts": export([row, changed(0, "20260501")], [bill], layout="A"),
        "signs mixed": export([row], [bill, [*bill[:1], "o", "Paid", "-1.0000000000000000", "CNY"]], layout="A"),
    }


@contextmanager
def emptied_folder() -> Iterator[Path]:
    """A folder in memory, where the platform has such a place, that is gone afterwards."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="invented-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
