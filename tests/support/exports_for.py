"""Small exports of one invented account, acts on a ledger with them, and the cost of each key after each act.

The sums here are made with Python's integers and decimals alone, from the numbers that the exports were written from.
"""

import io
import random
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from analytics import Keyspend, UsageError

FIRST_DAY = date(2025, 1, 1)
DAYS = 3
PRICES = {
    "input_cache_hit_tokens": Decimal("0.000000003625"),
    "input_cache_miss_tokens": Decimal("0.000000435"),
    "output_tokens": Decimal("0.00000087"),
}
KEYS = {"ops": "sk-aaaaa***********************aaaa", "nightly": "sk-bbbbb***********************bbbb"}
USER = "025a0325-a844-5386-99d4-877267397b20"
MODEL = "deepseek-v4-pro"

Spend = dict[str, Decimal]


@dataclass(frozen=True)
class Export:
    """A zip of three days; the last is the first of the next export, which is newer and has other numbers for it."""

    path: Path
    number: int
    quantities: dict[date, dict[tuple[str, str], int]]

    def spend(self, day: date) -> Spend:
        """The cost of each key on one of its days, in USD."""
        costs = dict.fromkeys(KEYS, Decimal(0))
        for (key, meter), quantity in self.quantities[day].items():
            costs[key] += PRICES.get(meter, 0) * quantity
        return costs


@dataclass(frozen=True)
class Act:
    """One act on a ledger, and the cost of each key after it, in USD."""

    export: Export | None
    undone: int
    spend: Spend
    closed: str = ""

    def apply(self, ledger: Keyspend) -> None:
        """Perform the act on a ledger."""
        if self.export:
            ledger.import_paths([self.export.path])
        elif self.closed:
            ledger.close(self.closed, force_reason="a test")
        else:
            ledger.undo(self.undone)

    @property
    def text(self) -> str:
        """The act as an argument of another process: a path, the number of an import to undo, or a month to close."""
        return str(self.export.path) if self.export else self.closed or str(self.undone)


def export(folder: Path, number: int) -> Export:
    """Write the export with this number; the same number is the same zip."""
    chance = random.Random(number)
    days = [FIRST_DAY + timedelta(days=number * (DAYS - 1) + day) for day in range(DAYS)]
    meters = [*PRICES, "request_count"]
    quantities = {day: {(key, meter): chance.randrange(1, 10**9) for key in KEYS for meter in meters} for day in days}
    made = Export(folder / f"usage_data_{days[0]}_{days[-1]}.zip", number, quantities)
    _write(made, days)
    return made


def _write(made: Export, days: list[date]) -> None:
    span = f"{days[0]}_{days[-1]}"
    exported = datetime.combine(days[-1], datetime.min.time()) + timedelta(days=1, hours=9)
    amount, cost = ["user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount"], []
    cost.append("user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency")
    for day in days:
        bucket = f"{USER},{day}T00:00:00+08:00,{day + timedelta(days=1)}T00:00:00+08:00,{MODEL}"
        for (key, meter), quantity in made.quantities[day].items():
            price = f"{PRICES[meter]:f}" if meter in PRICES else ""
            amount.append(f"{bucket},{key},{KEYS[key]},{meter},{price},{quantity}")
        cost.append(f"{bucket},Paid,{sum(made.spend(day).values()):.16f},USD")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        for role, lines in (("cost", cost), ("amount", amount)):
            info = zipfile.ZipInfo(f"{role}-{span}.csv", exported.timetuple()[:6])
            info.external_attr = 0o600 << 16
            bundle.writestr(info, "\ufeff" + "".join(f"{line}\r\n" for line in lines))
    made.path.write_bytes(packed.getvalue())


def spend(exports: list[Export]) -> Spend:
    """The cost of each key by these exports, in USD: of two that have a day, the newer counts."""
    newest = {day: found for found in sorted(exports, key=lambda found: found.number) for day in found.quantities}
    total = dict.fromkeys(KEYS, Decimal(0))
    for day, found in newest.items():
        for key, cost in found.spend(day).items():
            total[key] += cost
    return total if exports else {}


def imports(folder: Path, count: int) -> list[Act]:
    """`count` imports, one after the other."""
    exports = [export(folder, number) for number in range(count)]
    return [Act(made, 0, spend(exports[: index + 1])) for index, made in enumerate(exports)]


def acts(folder: Path, count: int, seed: int = 0) -> list[Act]:
    """`count` imports and undos in any order, of which no two in a row leave the same costs."""
    chance = random.Random(seed)
    exports = [export(folder, number) for number in range(count)]
    active: dict[int, Export] = {}
    done = []
    for seq in range(1, count + 1):
        if len(active) > 1 and chance.random() < 0.3:
            undone = chance.choice(list(active))
            del active[undone]
            done.append(Act(None, undone, spend(list(active.values()))))
        else:
            active[seq] = chance.choice([made for made in exports if made not in active.values()])
            done.append(Act(active[seq], 0, spend(list(active.values()))))
    return done


def cost_by_key(ledger: Keyspend) -> Spend:
    """The computed cost of each key by the report `spend-by-key`; empty before the first import."""
    try:
        report = ledger.report("spend-by-key")
    except UsageError as error:
        if error.code != "no-data":
            raise
        return {}
    return {row["api_key_name"]: row["computed_cost"] for row in report.records()}


def assert_whole(ledger: Keyspend) -> None:
    """Evidence, journal and database agree, and nothing is left of what was never finished."""
    assert [check for check in ledger.verify() if not check.holds] == []
    assert list(ledger.directory.staging.iterdir()) == []


def by_the_hour(path: Path, used: dict[datetime, int]) -> Path:
    """Write an export of hours, in USD, in which one key, ops, used so many tokens from these hours on."""
    price = PRICES["output_tokens"]
    amount = ["user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount"]
    cost = ["user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency"]
    for hour, tokens in sorted(used.items()):
        bucket = f"{USER},{hour:%Y-%m-%dT%H:00:00}+08:00,{hour + timedelta(hours=1):%Y-%m-%dT%H:00:00}+08:00,{MODEL}"
        amount.append(f"{bucket},ops,{KEYS['ops']},output_tokens,{price:f},{tokens}")
        amount.append(f"{bucket},ops,{KEYS['ops']},request_count,,{tokens // 1000}")
        cost.append(f"{bucket},Paid,{price * tokens:.16f},USD")
    span = f"{min(used).date()}_{max(used).date()}"
    with zipfile.ZipFile(path, "w") as bundle:
        for role, lines in (("cost", cost), ("amount", amount)):
            info = zipfile.ZipInfo(f"{role}-{span}.csv", (max(used) + timedelta(days=2)).timetuple()[:6])
            info.external_attr = 0o600 << 16
            bundle.writestr(info, "\ufeff" + "".join(f"{line}\r\n" for line in lines))
    return path


HOSTILE_NAMES = (
    "<img src=x onerror=alert(1)>",
    "**b** :red[x] $x$ [l](javascript:alert(1)) ![i](http://192.0.2.1/i.png)",
    "</script><script>alert(1)</script>",
    "=HYPERLINK(1) www.example.org a@example.org -> <b>bold</b>",
    "%{y} <extra></extra> <a href='https://192.0.2.1'>link</a>",
    "long " * 60,
    "مفتاح \U0001f511 密钥",
)
"""Names that anybody may give a key."""


def hostile_names(path: Path) -> Path:
    """Write an export of two days, in USD, of an account of its own, with a key for every hostile name."""
    prices = {"input_cache_miss_tokens": Decimal("0.000000435"), "request_count": None}
    user = "0d5f2c1a-0000-4000-8000-00000000aaaa"
    amount = ["user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount"]
    cost = ["user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency"]
    for day in (date(2026, 8, 1), date(2026, 8, 2)):
        bucket = f"{user},{day}T00:00:00+08:00,{day + timedelta(days=1)}T00:00:00+08:00,{MODEL}"
        total = Decimal(0)
        for number, name in enumerate(HOSTILE_NAMES):
            quoted = '"' + name.replace('"', '""') + '"'
            key = f"sk-h{number:04d}***********************h{number:03d}"
            for meter, price in prices.items():
                quantity = (len(HOSTILE_NAMES) - number) * 100_000_000 if price else 1000
                amount.append(f"{bucket},{quoted},{key},{meter},{f'{price:f}' if price else ''},{quantity}")
                total += (price or 0) * quantity
        cost.append(f"{bucket},Paid,{total:.16f},USD")
    span = "2026-08-01_2026-08-02"
    with zipfile.ZipFile(path, "w") as bundle:
        for role, lines in (("cost", cost), ("amount", amount)):
            info = zipfile.ZipInfo(f"{role}-{span}.csv", (2026, 8, 10, 9, 0, 0))
            info.external_attr = 0o600 << 16
            bundle.writestr(info, "\ufeff" + "".join(f"{line}\r\n" for line in lines))
    return path
