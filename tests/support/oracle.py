"""An independent second implementation of the reports, from the zips alone: plain Python and pandas on exact decimals.

It shares no code with the package: it has its own reader of the CSVs, and its own rules for day sources, currencies and
reconciliation. Where it and the package differ, one of them is wrong.
"""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, Inexact, localcontext
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, ClassVar

import pandas as pd

REPORTS = (
    "coverage",
    "late-adjustments",
    "price-history",
    "reconciliation",
    "spend-by-day",
    "spend-by-key",
    "spend-by-model",
    "spend-by-month",
    "tokens-by-day",
    "tokens-by-key",
    "unit-costs",
)
"""The reports that the oracle implements."""

USAGE = [
    "account",
    "charge_date",
    "billing_period",
    "api_key",
    "api_key_name",
    "model",
    "meter",
    "unit_price",
    "quantity",
    "currency",
    "cost",
    "is_complete",
    "is_reconciled",
    "charge_start",
    "is_hourly",
    "sha",
]
"""The columns of the usage rows that count."""

CHOICES = ("grain", "by", "top")
EXACT = Context(prec=100, traps=[Inexact])
HIT, MISS, OUTPUT, REQUESTS = METERS = ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens", "request_count")
MOST_LINES = 18
"""The most prices of a day of a model that are split between two currencies."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Bucket:
    """A day or an hour, as written and in UTC."""

    day: date
    start: datetime
    end: datetime
    offset: str
    hourly: bool

    @property
    def day_start(self) -> datetime:
        """When its whole day begins, in UTC."""
        local_midnight = datetime.combine(self.day, datetime.min.time())
        sign = -1 if self.offset[0] == "-" else 1
        return local_midnight - sign * timedelta(hours=int(self.offset[1:3]), minutes=int(self.offset[4:6]))


@dataclass(frozen=True)
class Use:
    """A row of an amount file."""

    bucket: Bucket
    model: str
    name: str
    key: str
    meter: str
    price: Decimal | None
    quantity: int


@dataclass(frozen=True)
class Bill:
    """A row of a cost file."""

    bucket: Bucket
    model: str
    wallet: str
    cost: Decimal
    currency: str


@dataclass(frozen=True)
class Day:
    """The bounds and the state of a day in one export."""

    day: date
    start: datetime
    end: datetime
    proven: bool
    complete: bool
    hourly: bool


@dataclass(frozen=True)
class Export:
    """The content of a zip."""

    sha: str
    account: str | None
    exported_at: datetime
    proven_until: datetime
    has_cost: bool
    uses: tuple[Use, ...]
    bills: tuple[Bill, ...]
    named: tuple[date, date] | None

    @cached_property
    def days(self) -> dict[date, Day]:
        """The days with rows; a day has the granularity of its cost rows, where it has some."""
        found = {}
        for row in [*self.uses, *self.bills]:
            bucket = row.bucket
            end = bucket.day_start + timedelta(days=1)
            found[bucket.day] = Day(bucket.day, bucket.day_start, end, self.proven_until >= end, self.exported_at >= end, bucket.hourly)
        return found

    def rank(self, day: Day) -> tuple:
        """The rank of its claim on a day. Where the time of the export is not proven, the quantity used stands for it."""
        use = sum(use.quantity for use in self.uses if use.bucket.day == day.day)
        merits = (day.complete, self.has_cost, self.proven_until, self.exported_at, day.hourly, self.sha)
        return (1, *merits) if day.proven else (0, use, *merits)

    @cached_property
    def by_hour(self) -> bool:
        """Whether bills and usage are compared by the hour, else by the day."""
        return bool(self.bills) and all(row.bucket.hourly for row in [*self.uses, *self.bills])

    def billed_in(self, bucket: Bucket) -> datetime:
        """The start of the bucket in which usage is reconciled with its bill."""
        return bucket.start if self.by_hour else bucket.day_start

    @cached_property
    def own_currencies(self) -> dict[tuple[datetime, str, str, Decimal | None], str]:
        """The currency of (start, model, meter, price), where this export's own bills determine it."""
        bills: dict[tuple[datetime, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        lines: dict[tuple[datetime, str], dict[tuple, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        requests = set()
        with localcontext(EXACT):
            for bill in self.bills:
                bills[self.billed_in(bill.bucket), bill.model][bill.currency] += bill.cost
            for use in self.uses:
                at = self.billed_in(use.bucket), use.model
                if use.price is None:
                    requests.add((at, (use.bucket.start, use.model, use.meter, None)))
                else:
                    lines[at][use.bucket.start, use.model, use.meter, use.price] += use.price * use.quantity
            found = {}
            for at, costs in lines.items():
                found |= _shared_out(costs, bills[at]) if at in bills else {}
        found |= {line: next(iter(bills[at])) for at, line in requests if at in bills and len(bills[at]) == 1}
        return found


def _shared_out(costs: dict[tuple, Decimal], bills: dict[str, Decimal]) -> dict[tuple, str]:
    """The currency of each line, where exactly one split of the lines between the bills adds up; else empty."""
    if len(bills) == 1:
        return dict.fromkeys(costs, next(iter(bills)))
    if len(bills) != 2 or len(costs) > MOST_LINES:
        return {}
    one, other = bills
    # All sums that some of the lines have, with the first two choices that lead to each.
    sums: dict[Decimal, list[frozenset]] = {Decimal(0): [frozenset()]}
    for line, cost in costs.items():
        longer = {total + cost: [chosen | {line} for chosen in choices] for total, choices in sums.items()}
        sums = {total: (sums.get(total, []) + longer.get(total, []))[:2] for total in sums.keys() | longer.keys()}
    choices = sums.get(bills[one], [])
    if len(choices) != 1 or sum(costs.values()) - bills[one] != bills[other]:
        return {}
    return {line: one if line in choices[0] else other for line in costs}


@lru_cache(maxsize=64)
def read(content: bytes, now: datetime) -> Export:
    """Read a zip; `now` is when it was imported."""
    uses: list[Use] = []
    bills: list[Bill] = []
    users = set()
    has_cost = False
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        members = [info for info in bundle.infolist() if info.filename.endswith(".csv") and "__MACOSX" not in info.filename]
        for info in members:
            head, *rows = csv.reader(io.StringIO(bundle.read(info).decode("utf-8-sig"), newline=""))
            has_cost |= "cost" in head
            for cells in rows:
                row = dict(zip(head, cells, strict=True))
                users.add(row["user_id"])
                bucket = _bucket(row)
                if "cost" in head:
                    wallet = {"paid": "Paid", "granted": "Granted"}.get(row["wallet_type"].lower(), row["wallet_type"])
                    bills.append(Bill(bucket, row["model"], wallet, Decimal(row["cost"]), row["currency"]))
                else:
                    price = Decimal(row["price"]) if row["price"] else None
                    uses.append(Use(bucket, row["model"], row["api_key_name"], row["api_key"], row["type"], price, int(row["amount"])))
    if bills and "utc_date" in head and all(bill.cost <= 0 for bill in bills):
        bills = [Bill(bill.bucket, bill.model, bill.wallet, -bill.cost, bill.currency) for bill in bills]
    written = max(datetime(*info.date_time) for info in members)
    like_vendor = [info.compress_type == 0 and info.external_attr >> 16 & 0o777 == 0o600 and "/" not in info.filename for info in members]
    vendors = like_vendor == [True, True]
    written -= timedelta(hours=8 if vendors else 14)
    exported_at = min(now, max([written, *(row.bucket.start for row in [*uses, *bills])]))
    last = [max((row.bucket.start for row in rows), default=datetime(1, 1, 1)) for rows in ([uses, bills] if has_cost else [uses])]
    return Export(
        sha256(content).hexdigest(),
        "acct-" + sha256(b"keyspend account " + users.pop().encode()).hexdigest()[:10] if users else None,
        exported_at,
        exported_at if vendors else min(exported_at, *last, now),
        has_cost,
        tuple(uses),
        tuple(bills),
        next((_named_days(info.filename) for info in members if "amount" in info.filename), None),
    )


def _named_days(member: str) -> tuple[date, date] | None:
    """The first day that a file's name guarantees, and the day after the last; the last day of a range is not guaranteed."""
    first, *rest = member.removesuffix(".csv").rpartition("amount-")[2].split("_")
    if rest:
        days = date.fromisoformat(first), date.fromisoformat(rest[0])
        return days if days[0] < days[1] else None
    year, month = map(int, first.split("-"))
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def _bucket(row: dict[str, str]) -> Bucket:
    if "utc_date" in row:
        day = date.fromisoformat(row["utc_date"])
        start = datetime.combine(day, datetime.min.time())
        return Bucket(day, start, start + timedelta(days=1), "+00:00", hourly=False)
    cells = [row[name].replace("Z", "+00:00") for name in ("start_time_iso", "end_time_iso")]
    start, end = (datetime.fromisoformat(cell).astimezone(UTC).replace(tzinfo=None) for cell in cells)
    return Bucket(date.fromisoformat(cells[0][:10]), start, end, cells[0][19:], end - start == timedelta(hours=1))


@dataclass(frozen=True)
class Frozen:
    """A month of an account as it was when it was closed: the source of each day (SHA-256), and the currency of each line of these."""

    day_sources: dict[date, str]
    currencies: dict[tuple[str, tuple], str]


class Oracle:
    """All reports of a set of zips, some of whose months were closed before the other zips were imported."""

    REPORTS: ClassVar[tuple[str, ...]] = REPORTS
    OPEN: ClassVar[dict[str, set[str]]] = {}
    """The options of each report."""

    def __init__(self, zips: Iterable[bytes], now: datetime, closed: dict[tuple[str, date], Frozen] | None = None) -> None:
        self.zips, self.now, self.closed = list(zips), now, closed or {}
        self.exports = {export.sha: export for export in (read(content, now) for content in self.zips)}
        with localcontext(EXACT):
            self.day_sources = self._day_sources()
            self.currencies = {sha: self._currencies(export) for sha, export in self.exports.items()}
            self.labels = self._labels()
            self.buckets = self._reconciled()
            self.usage = self._usage()

    def _day_sources(self) -> dict[tuple[str, date], str]:
        """The source of each day of each account, as the SHA-256 of an export."""
        claims: dict[tuple[str, date], list[tuple]] = defaultdict(list)
        for export in self.exports.values():
            for day in export.days.values():
                claims[export.account, day.day].append(export.rank(day))
        strongest = {day: max(ranks)[-1] for day, ranks in claims.items()}
        kept = {(account, day): sha for (account, _), frozen in self.closed.items() for day, sha in frozen.day_sources.items()}
        return {(account, day): sha for (account, day), sha in strongest.items() if (account, day.replace(day=1)) not in self.closed} | kept

    def freeze(self, account: str, month: date) -> Frozen:
        """The month that begins on this day, as it is now."""
        day_sources = {day: sha for (name, day), sha in self.day_sources.items() if name == account and day.replace(day=1) == month}
        lines = {
            (sha, (use.bucket.start, use.model, use.meter, use.price))
            for day, sha in day_sources.items()
            for use in self.exports[sha].uses
            if use.bucket.day == day
        }
        return Frozen(day_sources, {(sha, line): self.currencies[sha][line] for sha, line in lines})

    @cached_property
    def _seen(self) -> dict[tuple, set[str]]:
        """The currencies in which any export billed a price of a model's meter."""
        seen: dict[tuple, set[str]] = defaultdict(set)
        for export in self.exports.values():
            for (_, model, meter, price), currency in export.own_currencies.items():
                seen[model, meter, price].add(currency)
        return seen

    def _currencies(self, export: Export) -> dict[tuple, str]:
        """The currency of every line of an export."""
        found: dict[tuple, str] = {}
        bucket_currencies: dict[tuple, set[str]] = defaultdict(set)
        lines = {(use.bucket.start, use.model, use.meter, use.price) for use in export.uses}
        for line in sorted(lines, key=lambda line: line[3] is None):
            start, model, meter, price = line
            seen = self._seen[model, meter, price] if price is not None else bucket_currencies[start, model]
            currency = export.own_currencies.get(line) or (next(iter(seen)) if len(seen) == 1 else "unknown")
            found[line] = currency
            if price is not None:
                bucket_currencies[start, model].add(currency)
        kept = {
            line: currency for frozen in self.closed.values() for (sha, line), currency in frozen.currencies.items() if sha == export.sha
        }
        return found | kept

    def _labels(self) -> dict[tuple[str, str], str]:
        """The newest name of every key."""
        last: dict[tuple, date] = {}
        for export in self.exports.values():
            for use in export.uses:
                named = (export.account, use.key, use.name, export.sha)
                last[named] = max(last.get(named, date.min), use.bucket.day)
        newest: dict[tuple[str, str], tuple] = {}
        for (account, key, name, sha), day in last.items():
            rank = (day, self.exports[sha].proven_until, self.exports[sha].exported_at, sha, name)
            newest[account, key] = max(newest.get((account, key), rank), rank)
        return {key: rank[-1] for key, rank in newest.items()}

    def _reconciled(self) -> dict[tuple, dict[str, Any]]:
        """Billed and computed cost, variance and reason of every (export, day, bucket, model, currency)."""
        found: dict[tuple, dict[str, Any]] = {}
        for sha, export in self.exports.items():
            rows: dict[tuple, dict[str, Any]] = defaultdict(lambda: {"billed": None, "computed": None, "refunded": None})
            for use in export.uses:
                if use.price is not None:
                    currency = self.currencies[sha][use.bucket.start, use.model, use.meter, use.price]
                    row = rows[sha, use.bucket.day, export.billed_in(use.bucket), use.model, currency]
                    row["computed"] = (row["computed"] or 0) + use.price * use.quantity
            for bill in export.bills:
                row = rows[sha, bill.bucket.day, export.billed_in(bill.bucket), bill.model, bill.currency]
                row["billed"] = (row["billed"] or 0) + bill.cost
                if bill.cost < 0:
                    row["refunded"] = (row["refunded"] or 0) + bill.cost
            for (_, day, _, _, currency), row in rows.items():
                row["variance"] = (row["billed"] or 0) - (row["computed"] or 0) if export.has_cost else None
                row["reason"] = _reason(row, export, day, currency)
            found |= rows
        return found

    def _usage(self) -> pd.DataFrame:
        """One row for each row of an amount file whose export is the source of its day."""
        agreeing: dict[tuple, bool] = {}
        for (sha, _, at, model, _), row in self.buckets.items():
            agreeing[sha, at, model] = agreeing.get((sha, at, model), True) and row["reason"] is None
        records = []
        for (account, day), sha in self.day_sources.items():
            export = self.exports[sha]
            for use in export.uses:
                if use.bucket.day != day:
                    continue
                records.append(
                    {
                        "account": account,
                        "charge_date": day,
                        "billing_period": f"{day:%Y-%m}",
                        "api_key": use.key,
                        "api_key_name": self.labels[account, use.key],
                        "model": use.model,
                        "meter": use.meter,
                        "unit_price": use.price,
                        "quantity": use.quantity,
                        "currency": self.currencies[sha][use.bucket.start, use.model, use.meter, use.price],
                        "cost": use.quantity * use.price if use.price is not None else Decimal(0),
                        "is_complete": export.days[day].complete,
                        "is_reconciled": agreeing.get((sha, export.billed_in(use.bucket), use.model), export.has_cost),
                        "charge_start": use.bucket.start,
                        "is_hourly": use.bucket.hourly,
                        "sha": sha,
                    }
                )
        return pd.DataFrame(records, columns=USAGE, dtype=object)

    def scoped(self, **scope: Any) -> pd.DataFrame:
        """The usage rows from day `start` to before `end`, of an `account`, a `currency`, `keys` (masks or any names) and `models`."""
        rows = self.usage
        for name in ("account", "currency"):
            if scope.get(name) is not None:
                rows = rows[rows[name] == scope[name]]
        if scope.get("models"):
            rows = rows[rows["model"].isin(scope["models"])]
        if scope.get("keys"):
            meant = {(account, key) for account, key, name in self.names() if {key, name} & set(scope["keys"])}
            rows = rows[pd.Series([*zip(rows["account"], rows["api_key"], strict=True)], index=rows.index, dtype=object).isin(meant)]
        return rows[pd.Series([_within(day, scope) for day in rows["charge_date"]], index=rows.index, dtype=bool)]

    def report(self, name: str, **scope: Any) -> list[Record]:
        """The rows that a report must have, in its order, with the columns that the oracle implements."""
        with localcontext(EXACT):
            return list(getattr(self, "_" + name.replace("-", "_"))(scope))

    def _spend_by_key(self, scope: Record) -> list[Record]:
        return self._spend(["account", "api_key", "api_key_name", "currency"], scope, ["currency", "-computed_cost", "account", "api_key"])

    def _spend_by_model(self, scope: Record) -> list[Record]:
        return self._spend(["account", "model", "currency"], scope, ["currency", "-computed_cost", "account", "model"])

    def _spend_by_month(self, scope: Record) -> list[Record]:
        return self._spend(["billing_period", "account", "currency"], scope, ["billing_period", "account", "currency"])

    def _spend_by_day(self, scope: Record) -> list[Record]:
        columns = ["charge_date", "account", "currency"]
        return [_flags_of_day(row) for row in self._spend(columns, scope, columns)]

    def _tokens_by_key(self, scope: Record) -> list[Record]:
        rows = self._spend(["account", "api_key", "api_key_name"], scope, ["-total_tokens", "account", "api_key"], tokens=True)
        return [{name: value for name, value in row.items() if name != "computed_cost"} for row in rows]

    def _tokens_by_day(self, scope: Record) -> list[Record]:
        rows = self._spend(["charge_date", "account"], scope, ["charge_date", "account"], tokens=True)
        return [{name: row[name] for name in row if name not in ("computed_cost", "is_reconciled")} for row in map(_flags_of_day, rows)]

    def _unit_costs(self, scope: Record) -> list[Record]:
        columns = ["account", "api_key", "api_key_name", "model", "currency"]
        rows = self._spend(columns, scope, ["currency", "-computed_cost", "account", "api_key", "model"], tokens=True)
        found = []
        for row in rows:
            cost, requests, tokens = row["computed_cost"], row[REQUESTS], row["total_tokens"]
            row |= {
                "cost_per_request": float(cost) / requests if requests else None,
                "cost_per_million_tokens": float(cost) * 1e6 / tokens if tokens else None,
                "tokens_per_request": tokens / requests if requests else None,
            }
            found.append({name: value for name, value in row.items() if name not in (HIT, MISS, OUTPUT)})
        return found

    def _spend(self, columns: list[str], scope: Record, order: list[str], *, tokens: bool = False) -> list[Record]:
        found = []
        for values, rows in self.scoped(**scope).groupby(columns, sort=False, dropna=False):
            used = {meter: sum(rows.loc[rows["meter"] == meter, "quantity"]) for meter in METERS}
            record = dict(zip(columns, values, strict=True)) | {"computed_cost": rows["cost"].sum()} | used
            if tokens:
                read_tokens = used[HIT] + used[MISS]
                record["total_tokens"] = read_tokens + used[OUTPUT]
                record["cache_hit_ratio"] = used[HIT] / read_tokens if read_tokens else None
            record["unreconciled_dates"] = _dates(rows, "is_reconciled")
            record["partial_dates"] = _dates(rows, "is_complete")
            found.append(record)
        return _ordered(found, order)

    def _price_history(self, scope: Record) -> list[Record]:
        columns = ["model", "meter", "currency", "unit_price"]
        rows = self.scoped(**scope)
        rows = rows[rows["meter"] != REQUESTS]
        totals = rows.groupby(columns[:3])["quantity"].sum().to_dict() if len(rows) else {}
        found = []
        for values, part in rows.groupby(columns, sort=False):
            quantity = sum(part["quantity"])
            record = dict(zip(columns, values, strict=True)) | {
                "million_tokens_price": values[3] * 1_000_000,
                "first_date": min(part["charge_date"]),
                "last_date": max(part["charge_date"]),
                "day_count": len(set(part["charge_date"])),
                "quantity": quantity,
                "quantity_ratio": quantity / totals[values[:3]] if totals[values[:3]] else None,
            }
            found.append(record)
        return _ordered(found, ["model", "meter", "currency", "first_date", "unit_price"])

    def _reconciliation(self, scope: Record) -> list[Record]:
        found: dict[tuple, list[dict[str, Any]]] = defaultdict(list)
        for (sha, day, _, model, currency), row in self.buckets.items():
            account = self.exports[sha].account or ""
            in_scope = scope.get("account") in {None, account} and scope.get("currency") in {None, currency} and _within(day, scope)
            in_scope = in_scope and (not scope.get("models") or model in scope["models"])
            if in_scope and self.day_sources.get((account, day)) == sha:
                found[account, day, model, currency].append(row)
        records = []
        for (account, day, model, currency), rows in found.items():
            reasons = sorted({row["reason"] for row in rows if row["reason"]})
            records.append(
                {
                    "account": account,
                    "charge_date": day,
                    "model": model,
                    "currency": currency,
                    "billed_cost": _total(row["billed"] for row in rows),
                    "computed_cost": _total(row["computed"] for row in rows) or Decimal(0),
                    "variance": _total(row["variance"] for row in rows),
                    "status": "unreconciled" if reasons else "reconciled",
                    "reason": "; ".join(reasons) or None,
                }
            )
        return _ordered(records, ["account", "charge_date", "model", "currency"])

    def _late_adjustments(self, scope: Record) -> list[Record]:
        """The cost of days of closed months if these were open, where another export would be the source of the day."""
        today = Oracle(self.zips, self.now) if self.closed else self
        found = []
        for (account, day), sha in today.day_sources.items():
            own = self.day_sources.get((account, day))
            if sha == own or scope.get("account") not in (None, account) or not _within(day, scope):
                continue
            closed, late = self._costs(day, own), today._costs(day, sha)
            for section, model, currency, key in closed.keys() | late.keys():
                part = (section, model, currency, key)
                then, now = closed.get(part, self._no_cost(section, own)), late.get(part, today._no_cost(section, sha))
                in_scope = scope.get("currency") in (None, currency) and (not scope.get("models") or model in scope["models"])
                if in_scope and then != now:
                    found.append(_adjustment(account, day, part, then, now))
        sections = ["model", "key"]
        found.sort(key=lambda row: (row["model"], row["currency"], row["api_key"] or ""))
        return sorted(found, key=lambda row: (row["account"], row["charge_date"], sections.index(row["section"])))

    def _costs(self, day: date, sha: str | None) -> dict[tuple, tuple]:
        """Billed and computed of a day by an export: by model and currency, and computed by key."""
        found: dict[tuple, tuple] = {}
        for (other, when, _, model, currency), row in self.buckets.items():
            if (other, when) == (sha, day):
                billed, computed = found.get(("model", model, currency, ""), self._no_cost("model", sha))
                billed = None if billed is None else billed + (row["billed"] or 0)
                found["model", model, currency, ""] = billed, computed + (row["computed"] or 0)
        for use in self.exports[sha].uses if sha else ():
            if use.bucket.day == day and use.price is not None:
                part = "key", use.model, self.currencies[sha][use.bucket.start, use.model, use.meter, use.price], use.key
                found[part] = None, found.get(part, (None, Decimal(0)))[1] + use.price * use.quantity
        return found

    def _no_cost(self, section: str, sha: str | None) -> tuple:
        """Billed and computed cost where there is no row: a cost file bills zero, and so does a day that was closed without usage."""
        unknown = section == "key" or (sha is not None and not self.exports[sha].has_cost)
        return None if unknown else Decimal(0), Decimal(0)

    def _coverage(self, scope: Record) -> list[Record]:
        """The days that have a source."""
        found = []
        for (account, day), sha in self.day_sources.items():
            if scope.get("account") not in (None, account) or not _within(day, scope):
                continue
            mine = self.exports[sha].days[day]
            shared = timedelta(0)
            for (other_account, other_day), other_sha in self.day_sources.items():
                if other_account == account and other_day != day:
                    other = self.exports[other_sha].days[other_day]
                    shared += max(timedelta(0), min(mine.end, other.end) - max(mine.start, other.start))
            before = self.day_sources.get((account, day - timedelta(days=1)))
            gap = mine.start - self.exports[before].days[day - timedelta(days=1)].end if before else timedelta(0)
            known = "present" if mine.complete else "partial"
            found.append(
                {
                    "account": account,
                    "charge_date": day,
                    "status": "overlap" if shared else known,
                    "row_count": sum(use.bucket.day == day for use in self.exports[sha].uses),
                    "utc_offset": next(row.bucket.offset for row in [*self.exports[sha].uses, *self.exports[sha].bills]),
                    "overlap_hours": shared / timedelta(hours=1),
                    "gap_hours": max(gap, timedelta(0)) / timedelta(hours=1),
                    "is_complete": mine.complete,
                }
            )
        return _ordered(found, ["account", "charge_date"])

    def contradictions(self, frame_of: Callable[..., Any], reports: Iterable[str] = (), **scope: Any) -> list[str]:
        """The differences between the frames of `frame_of(report, …)` and the oracle, in the columns that the oracle implements."""
        found = []
        for report in reports or self.REPORTS:
            arguments = {name: value for name, value in scope.items() if name not in CHOICES or name in self.OPEN.get(report, ())}
            texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in arguments.items()}
            rows = list(frame_of(report, **texts).records())
            if report == "coverage":
                rows = [row for row in rows if row["utc_offset"] is not None]
            expected = self.report(report, **arguments)
            if len(rows) != len(expected):
                found.append(f"{report}: {len(rows)} rows, not {len(expected)}: {rows}, not {expected}")
            for row, wanted in zip(rows, expected, strict=False):
                found += [f"{report}.{name}: {row} should have {wanted[name]!r}" for name in wanted if not _same(row[name], wanted[name])]
        return found

    def billed(self) -> dict[tuple[str, str, str], Decimal]:
        """The billed cost of each (account, currency, wallet)."""
        found: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        with localcontext(EXACT):
            for (account, day), sha in self.day_sources.items():
                for bill in self.exports[sha].bills:
                    if bill.bucket.day == day:
                        found[account, bill.currency, bill.wallet] += bill.cost
        return dict(found)

    def names(self) -> set[tuple[str, str, str]]:
        """Every name that a key has had: account, key, name."""
        return {(export.account or "", use.key, use.name) for export in self.exports.values() for use in export.uses}


def _same(value: Any, wanted: Any) -> bool:
    """Whether two values are exactly equal; ratios may differ in the last bits, which depend on the order of the division."""
    if isinstance(wanted, float) and value is not None:
        return math.isclose(value, wanted, rel_tol=1e-12)
    return value == wanted


def _reason(row: dict[str, Any], export: Export, day: date, currency: str) -> str | None:
    """Why a bill and its use do not agree, or None where they do."""
    if row["variance"] == 0 and currency != "unknown":
        return None
    causes = {
        "the export has no cost file": not export.has_cost,
        "the currency is unknown": currency == "unknown",
        "the day was in progress when exported": not export.days[day].complete,
        "the bill has a refund of this amount": row["variance"] == row["refunded"],
        "the cost file has no row": row["billed"] is None,
        "the amount file has no row": row["computed"] is None,
        "the two files differ": True,
    }
    return next(cause for cause, applies in causes.items() if applies)


def _within(day: date, scope: Record) -> bool:
    start, end = scope.get("start"), scope.get("end")
    return (start is None or day >= start) and (end is None or day < end)


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _dates(rows: pd.DataFrame, flag: str) -> str | None:
    found = sorted({day.isoformat() for day, holds in zip(rows["charge_date"], rows[flag], strict=True) if not holds})
    return " ".join(found) or None


def _adjustment(account: str, day: date, part: tuple, then: tuple, now: tuple) -> Record:
    section, model, currency, key = part
    return {
        "account": account,
        "billing_period": f"{day:%Y-%m}",
        "section": section,
        "charge_date": day,
        "model": model,
        "currency": currency,
        "api_key": key or None,
        "closed_billed_cost": then[0],
        "billed_cost": now[0],
        "billed_change_cost": None if None in (then[0], now[0]) else now[0] - then[0],
        "closed_computed_cost": then[1],
        "computed_cost": now[1],
        "computed_change_cost": now[1] - then[1],
        "charge_class": "Correction",
    }


def _flags_of_day(row: Record) -> Record:
    kept = {name: value for name, value in row.items() if name not in ("unreconciled_dates", "partial_dates")}
    return kept | {"is_reconciled": row["unreconciled_dates"] is None, "is_complete": row["partial_dates"] is None}


def _ordered(records: list[Record], order: list[str]) -> list[Record]:
    def rank(record: Record) -> list[Any]:
        return [-record[name[1:]] if name.startswith("-") else record[name] for name in order]

    return sorted(records, key=rank)
