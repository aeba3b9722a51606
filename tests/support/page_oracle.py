"""An independent second implementation of the reports of the dashboard's pages, from the zips alone as in `oracle.py`."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import pandas as pd

from tests.support import oracle
from tests.support.bridge_oracle import bridge
from tests.support.oracle import HIT, METERS, MISS, OUTPUT, REQUESTS, Oracle, Record

DAY = timedelta(days=1)
REPORTS = (
    "api-key-names",
    "cache-savings",
    "forecast",
    "key-leaderboard",
    "key-movers",
    "price-trend",
    "savings",
    "spend-by-key-and-day",
    "spend-by-meter",
    "spend-trend",
    "statement",
    "summary",
    "tokens-trend",
    "variance",
)


class PageOracle(Oracle):
    """All reports of a set of zips, with those of the pages."""

    REPORTS: ClassVar[tuple[str, ...]] = (*oracle.REPORTS, *REPORTS)
    OPEN: ClassVar[dict[str, set[str]]] = {
        "spend-trend": {"grain", "by", "top"},
        "tokens-trend": {"grain", "by", "top"},
        "spend-by-key-and-day": {"top"},
        "key-leaderboard": {"top"},
        "key-movers": {"top"},
    }

    # Known days, and the period to compare with.

    def _spans(self, account: str | None) -> dict[str, list[tuple[date, date]]]:
        """The days that each export covers, by account, as (first, end)."""
        found: dict[str, list[tuple[date, date]]] = defaultdict(list)
        for export in self.exports.values():
            if export.account and account in {None, export.account}:
                found[export.account].append(self._span(export))
        return found

    @staticmethod
    def _span(export: oracle.Export) -> tuple[date, date]:
        rows = min(export.days), max(export.days) + DAY
        return (min(export.named[0], rows[0]), max(export.named[1], rows[1])) if export.named else rows

    def _complete_days(self, account: str | None) -> set[tuple[str, date]]:
        """The complete days: over when their source was exported, or without rows in an export that was made after them."""
        states = {at: self.exports[sha].days[at[1]].complete for at, sha in self.day_sources.items() if account in {None, at[0]}}
        found = {at for at, complete in states.items() if complete}
        for export in self.exports.values():
            if not export.account or account not in {None, export.account}:
                continue
            first, end = self._span(export)
            ahead = min(day.start - pd.Timestamp(day.day) for day in export.days.values())
            for number in range((end - first).days):
                day = first + number * DAY
                if (export.account, day) not in states and export.proven_until >= pd.Timestamp(day + DAY) + ahead:
                    found.add((export.account, day))
        return found

    def _before(self, scope: Record) -> tuple[date, date] | None:
        """The period to compare with as (first, end): `against`, or the like period before; None where no export covers it."""
        if scope.get("against"):
            return scope["against"]
        account = scope.get("account")
        spans = [span for of_account in self._spans(account).values() for span in of_account]
        if not spans:
            return None
        earliest = min(first for first, _ in spans)
        days = {day for of_account, day in self.day_sources if account in {None, of_account}}
        latest = max(days | {day for _, day in self._complete_days(account)})
        end = scope.get("end") or max(latest, scope.get("start") or latest) + DAY
        start = scope.get("start") or min(earliest, end - DAY)
        all_days = [start + number * DAY for number in range((end - start).days)]
        known_days = [day for day in all_days if day <= latest] or all_days
        if start.day == 1 and end == (start + 31 * DAY).replace(day=1) and scope.get("start") and scope.get("end"):
            first = (start - DAY).replace(day=1)
            before = start if known_days == all_days else min(start, first + len(known_days) * DAY)
        else:
            first, before = start - len(known_days) * DAY, start
        return (first, before) if first >= earliest else None

    def _compared(self, scope: Record) -> tuple[pd.DataFrame, pd.DataFrame, set[str]]:
        """The rows of the period, those of the one before, and the accounts that have evidence of it."""
        now, before = self.scoped(**scope), self._before(scope)
        if before is None:
            return now, now.iloc[:0], set()
        rows = self.scoped(**scope | {"start": before[0], "end": before[1]})
        spans = self._spans(None)
        return now, rows, {account for account in spans if self._reaches(spans[account], before)}

    @staticmethod
    def _reaches(spans: list[tuple[date, date]], before: tuple[date, date]) -> bool:
        return min(first for first, _ in spans) <= before[0] and any(first < before[1] and end > before[0] for first, end in spans)

    def _bills(self, scope: Record) -> list[tuple[str, oracle.Bill]]:
        """The bills of a scope, as (account, bill); none for a scope of keys."""
        return [
            (account, bill)
            for (account, day), sha in self.day_sources.items()
            if scope.get("account") in {None, account} and oracle._within(day, scope) and not scope.get("keys")
            for bill in self.exports[sha].bills
            if bill.bucket.day == day
            and scope.get("currency") in {None, bill.currency}
            and (not scope.get("models") or bill.model in scope["models"])
        ]

    # The reports.

    def _summary(self, scope: Record) -> list[Record]:
        now, before, comparable = self._compared(scope)
        billed: dict[str, Decimal] = defaultdict(Decimal)
        for _, bill in self._bills(scope):
            billed[bill.currency] += bill.cost
        found = []
        for currency in sorted({*now["currency"], *before["currency"], *billed}):
            rows, old = now[now["currency"] == currency], before[before["currency"] == currency]
            accounts = {*rows["account"], *old["account"]}
            cost, was = _sum(rows), _sum(old) if accounts and accounts <= comparable else None
            used = _used(rows)
            tokens = used[HIT] + used[MISS] + used[OUTPUT]
            found.append(
                {
                    "currency": currency,
                    "billed_cost": billed.get(currency),
                    "computed_cost": cost,
                    "previous_computed_cost": was,
                    "change_cost": None if was is None else cost - was,
                    **used,
                    "total_tokens": tokens,
                    "api_key_count": len({*zip(rows["account"], rows["api_key"], strict=True)}),
                    "change_ratio": _ratio(cost - was, was) if was is not None else None,
                    "reconciled_ratio": _ratio(_sum(rows[rows["is_reconciled"].astype(bool)]), cost),
                    "cache_hit_ratio": _ratio(used[HIT], used[HIT] + used[MISS]),
                    "cost_per_request": _ratio(cost, used[REQUESTS]),
                    "cost_per_million_tokens": _ratio(cost * 1_000_000, tokens),
                    **_caveats(rows, old),
                }
            )
        return found

    def _key_leaderboard(self, scope: Record) -> list[Record]:
        now, before, comparable = self._compared(scope)
        found = []
        for values, rows in now.groupby(["account", "api_key", "api_key_name", "currency"], sort=False):
            account, key, name, currency = values
            old = _of(before, account=account, api_key=key, currency=currency)
            cost, was, used = _sum(rows), _sum(old) if account in comparable else None, _used(rows)
            found.append(
                {
                    "account": account,
                    "api_key": key,
                    "api_key_name": name,
                    "currency": currency,
                    "computed_cost": cost,
                    "previous_computed_cost": was,
                    "change_cost": None if was is None else cost - was,
                    **used,
                    "total_tokens": used[HIT] + used[MISS] + used[OUTPUT],
                    "last_date": max(rows["charge_date"]),
                    "change_ratio": _ratio(cost - was, was) if was is not None else None,
                    "cache_hit_ratio": _ratio(used[HIT], used[HIT] + used[MISS]),
                    "cost_per_request": _ratio(cost, used[REQUESTS]),
                    **_caveats(rows, old),
                }
            )
        found = oracle._ordered(found, ["currency", "-computed_cost", "account", "api_key"])
        for place, row in enumerate(found):
            fellows = [other for other in found if other["currency"] == row["currency"]]
            total = sum((other["computed_cost"] for other in fellows), Decimal(0))
            until = [other for other in found[: place + 1] if other["currency"] == row["currency"]]
            row["rank"] = len(until)
            row["cost_ratio"] = _ratio(row["computed_cost"], total)
            row["cumulative_cost_ratio"] = _ratio(sum(other["computed_cost"] for other in until), total)
        return [row for row in found if not scope.get("top") or row["rank"] <= scope["top"]]

    def _key_movers(self, scope: Record) -> list[Record]:
        now, before, comparable = self._compared(scope)
        both = pd.concat([now, before])
        both = both[both["account"].isin(comparable)]
        groups: dict[str, dict[str, list[tuple]]] = defaultdict(lambda: {"up": [], "down": [], "": []})
        for (account, key, name, currency), rows in both.groupby(["account", "api_key", "api_key_name", "currency"], sort=False):
            cost, was = (_sum(_of(part, account=account, api_key=key, currency=currency)) for part in (now, before))
            direction = "up" if cost > was else "down" if cost < was else ""
            groups[currency][direction].append((-abs(cost - was), account, key, name, cost, was, rows))
        found = []
        for currency in sorted(groups):
            rest = []
            for direction, keys in groups[currency].items():
                shown = scope.get("top") or 5 if direction else 0
                keys.sort(key=lambda one: one[:3])
                rest += keys[shown:]
                for rank, (_, account, key, name, cost, was, rows) in enumerate(keys[:shown], start=1):
                    place = {"direction": direction, "rank": rank, "account": account, "api_key": key, "api_key_name": name}
                    found.append(place | _moved(currency, cost, was, rows) | {"is_other": False})
            if rest:
                cost, was = (sum((one[at] for one in rest), Decimal(0)) for at in (4, 5))
                rest_labels = {"direction": None, "rank": None, "account": None, "api_key": None, "api_key_name": "other"}
                found.append(rest_labels | _moved(currency, cost, was, pd.concat([one[6] for one in rest])) | {"is_other": True})
        return found

    def _spend_trend(self, scope: Record) -> list[Record]:
        rows = self._bucketed(scope)
        found = []
        for currency in sorted(set(rows["currency"])):
            parts = _series(rows[rows["currency"] == currency], scope.get("top") or 7, _sum)
            found += [
                row | {"currency": currency, "computed_cost": _sum(part), "is_reconciled": all(part["is_reconciled"])}
                for row, part in parts
            ]
        return sorted(found, key=lambda row: (row["charge_date"], str(row["charge_start"]), row["currency"]))

    def _tokens_trend(self, scope: Record) -> list[Record]:
        parts = _series(self._bucketed(scope), scope.get("top") or 7, _tokens)
        found = [
            row
            | _used(part)
            | {
                "total_tokens": _tokens(part),
                "cache_hit_ratio": _ratio(_used(part)[HIT], _used(part)[HIT] + _used(part)[MISS]),
                "tokens_per_request": _ratio(_tokens(part), _used(part)[REQUESTS]),
            }
            for row, part in parts
        ]
        return sorted(found, key=lambda row: (row["charge_date"], str(row["charge_start"])))

    def _bucketed(self, scope: Record) -> pd.DataFrame:
        """The rows of a scope with their bucket and the name of their series."""
        rows, grain, by = self.scoped(**scope).copy(), scope.get("grain") or "day", scope.get("by") or "key"
        if grain == "hour":
            rows = rows[rows["is_hourly"].astype(bool)].copy()
        starts = {"week": lambda day: day - day.weekday() * DAY, "month": lambda day: day.replace(day=1)}
        rows["bucket"] = [
            (starts.get(grain, lambda day: day)(day), start.to_pydatetime() if grain == "hour" else None)
            for day, start in zip(rows["charge_date"], map(pd.Timestamp, rows["charge_start"]), strict=True)
        ]
        rows["series"] = [
            {"key": (account, key, name), "model": (None, None, model), "total": (None, None, "total")}[by]
            for account, key, name, model in zip(*(rows[column] for column in ("account", "api_key", "api_key_name", "model")), strict=True)
        ]
        return rows

    def _spend_by_key_and_day(self, scope: Record) -> list[Record]:
        rows = self.scoped(**scope)
        found = []
        for currency in sorted(set(rows["currency"])):
            mine = rows[rows["currency"] == currency]
            costs = {key: _sum(part) for key, part in mine.groupby(["account", "api_key"], sort=False)}
            ranks = {key: rank for rank, key in enumerate(sorted(costs, key=lambda key: (-costs[key], key)), start=1)}
            cells = defaultdict(list)
            for at, (account, key, day) in enumerate(zip(mine["account"], mine["api_key"], mine["charge_date"], strict=True)):
                rank = ranks[account, key] if ranks[account, key] <= (scope.get("top") or 20) else None
                cells[rank or len(ranks) + 1, rank, day].append(at)
            for _, rank, day in sorted(cells, key=lambda cell: (cell[0], cell[2])):
                part = mine.iloc[cells[rank or len(ranks) + 1, rank, day]]
                found.append(
                    {
                        "rank": rank,
                        "account": part["account"].iloc[0] if rank else None,
                        "api_key": part["api_key"].iloc[0] if rank else None,
                        "api_key_name": part["api_key_name"].iloc[0] if rank else "other",
                        "is_other": rank is None,
                        "charge_date": day,
                        "currency": currency,
                        "computed_cost": _sum(part),
                        "request_count": _used(part)[REQUESTS],
                        "total_tokens": _tokens(part),
                        "is_reconciled": all(part["is_reconciled"]),
                        "is_complete": all(part["is_complete"]),
                    }
                )
        return found

    def _spend_by_meter(self, scope: Record) -> list[Record]:
        rows = self.scoped(**scope)
        found = []
        for (model, meter, currency), part in rows.groupby(["model", "meter", "currency"], sort=False):
            cost, quantity = None if meter == REQUESTS else _sum(part), sum(part["quantity"])
            found.append(
                {
                    "model": model,
                    "meter": meter,
                    "currency": currency,
                    "quantity": quantity,
                    "computed_cost": cost,
                    "cost_per_million_tokens": None if cost is None else _ratio(cost * 1_000_000, quantity),
                    "cost_ratio": None if cost is None else _ratio(cost, _sum(_of(rows, currency=currency))),
                    **_caveats(part),
                }
            )
        return oracle._ordered(found, ["currency", "model", "meter"])

    def _price_trend(self, scope: Record) -> list[Record]:
        rows = self.scoped(**scope)
        found = []
        columns = ["charge_date", "model", "meter", "currency"]
        for values, part in rows[rows["meter"] != REQUESTS].groupby(columns, sort=False):
            quantity = sum(part["quantity"])
            found.append(
                dict(zip(columns, values, strict=True))
                | {
                    "lowest_million_tokens_price": min(part["unit_price"]) * 1_000_000,
                    "highest_million_tokens_price": max(part["unit_price"]) * 1_000_000,
                    "quantity": quantity,
                    "computed_cost": _sum(part),
                    "cost_per_million_tokens": _ratio(_sum(part) * 1_000_000, quantity),
                    "is_reconciled": all(part["is_reconciled"]),
                    "is_complete": all(part["is_complete"]),
                }
            )
        return oracle._ordered(found, ["model", "meter", "currency", "charge_date"])

    def _api_key_names(self, scope: Record) -> list[Record]:
        used: dict[tuple, list[date]] = defaultdict(list)
        for export in self.exports.values():
            for use in export.uses:
                used[export.account, use.key, use.name].append(use.bucket.day)
        keys = {(account, key) for account, key, name in used if not scope.get("keys") or {key, name} & set(scope["keys"])}
        found = [
            {
                "account": account,
                "api_key": key,
                "api_key_name": name,
                "first_date": min(days),
                "last_date": max(days),
                "is_newest": self.labels[account, key] == name,
            }
            for (account, key, name), days in used.items()
            if (account, key) in keys
            and scope.get("account") in {None, account}
            and (scope.get("start") is None or max(days) >= scope["start"])
            and (scope.get("end") is None or min(days) < scope["end"])
        ]
        return oracle._ordered(found, ["account", "api_key", "first_date", "last_date", "api_key_name"])

    @cached_property
    def _pairs(self) -> tuple[dict[tuple, Decimal], dict[tuple, set[Decimal]]]:
        """The price of a miss by the price of a hit: in a bucket of an export, and all that were ever paid together with that price."""
        pairs: dict[tuple, Decimal] = {}
        usual: dict[tuple, set[Decimal]] = defaultdict(set)
        met: dict[tuple, dict[str, set[tuple[date, Decimal]]]] = defaultdict(lambda: {HIT: set(), MISS: set()})
        columns = ["sha", "charge_start", "model", "currency", "meter", "unit_price", "charge_date"]
        for *bucket, meter, price, day in self.usage[columns].itertuples(index=False):
            if meter in {HIT, MISS}:
                first, tier = self._tiers[bucket[2], meter, bucket[3], price, day]
                met[*bucket, tier][meter].add((first, price))
        for (*bucket, _), prices in met.items():
            if len(prices[HIT]) == len(prices[MISS]):
                for (_, hit), (_, miss) in zip(sorted(prices[HIT]), sorted(prices[MISS]), strict=True):
                    pairs[*bucket, hit] = miss
                    usual[*bucket[2:], hit].add(miss)
        return pairs, usual

    def _cache_savings(self, scope: Record) -> list[Record]:
        pairs, usual = self._pairs
        found = []
        rows = self.scoped(**scope)
        columns = ["account", "api_key", "api_key_name", "model", "currency"]
        for values, part in rows[rows["meter"] == HIT].groupby(columns, sort=False):
            saved, unvalued = [], 0
            for sha, start, quantity, price in part[["sha", "charge_start", "quantity", "unit_price"]].itertuples(index=False):
                known = usual.get((*values[3:], price), ())
                miss = pairs.get((sha, start, *values[3:], price), next(iter(known)) if len(known) == 1 else None)
                if miss is None:
                    unvalued += quantity
                else:
                    saved.append(quantity * (miss - price))
            total = sum(saved, Decimal(0)) if saved else None
            record = dict(zip(columns, values, strict=True)) | {
                "input_cache_hit_tokens": sum(part["quantity"]),
                "unvalued_tokens": unvalued,
                "input_cache_hit_cost": _sum(part),
                "saved_cost": total,
                "saved_ratio": None if total is None else _ratio(total, total + _sum(part)),
                **_caveats(_of(rows, account=values[0], api_key=values[1], model=values[3], currency=values[4])),
            }
            found.append(record)
        return sorted(
            found,
            key=lambda row: (
                row["currency"],
                row["saved_cost"] is None,
                -(row["saved_cost"] or 0),
                row["account"],
                row["api_key"],
                row["model"],
            ),
        )

    @cached_property
    def _in_force(self) -> dict[tuple, list[tuple[Decimal, date, date, str]]]:
        """The prices of each (model, meter, currency), as (price, first day, last day, tier)."""
        paid: dict[tuple, dict[Decimal, set[date]]] = defaultdict(lambda: defaultdict(set))
        for *about, price, day in self.usage[["model", "meter", "currency", "unit_price", "charge_date"]].itertuples(index=False):
            if price is not None:
                paid[tuple(about)][price].add(day)
        found = {}
        for about, prices in paid.items():
            spans = [(price, *span) for price, days in prices.items() for span in _runs(days)]
            found[about] = [(price, first, last, _tier(price, first, last, spans)) for price, first, last in spans]
        return found

    @cached_property
    def _tiers(self) -> dict[tuple, tuple[date, str]]:
        """The first day and the tier of each (model, meter, currency, price, day) that was paid."""
        days = self.usage[["model", "meter", "currency", "unit_price", "charge_date"]].drop_duplicates()
        return {
            (*about, price, day): (first, tier)
            for *about, price, day in days.itertuples(index=False)
            if price is not None
            for other, first, last, tier in self._in_force[tuple(about)]
            if other == price and first <= day <= last
        }

    def _savings(self, scope: Record) -> list[Record]:
        all_keys = scope | {"account": None, "currency": None, "keys": None, "models": None}
        rows = self.scoped(**all_keys)
        in_scope = set(self.scoped(**scope).index)
        months = pd.Series([f"{day:%Y-%m}" for day in rows["charge_date"]], index=rows.index, dtype=object)
        columns = ["billing_period", "account", "api_key", "api_key_name", "model", "currency"]
        found = [
            (dict(zip(columns, values, strict=True)) | self._worth(part), bool(in_scope & set(part.index)))
            for values, part in rows.assign(billing_period=months).groupby(columns, sort=False)
        ]
        savings = [_with_cache_gap([row for row, _ in found], row) for row, is_in_scope in found if is_in_scope]
        order = ("billing_period", "account", "api_key", "model")
        return sorted(savings, key=lambda row: (row["currency"], -row["savable_cost"], *(row[name] for name in order)))

    def _worth(self, part: pd.DataFrame) -> Record:
        """The sums of the rows of a key and a model: cost saved by hits, extra cost at peak, and cost of misses."""
        pairs, usual = self._pairs
        hits = {(*bucket, miss): hit for (*bucket, hit), miss in pairs.items()}
        usual_hits: dict[tuple, set[Decimal]] = defaultdict(set)
        for (*about, hit), misses in usual.items():
            for miss in misses:
                usual_hits[*about, miss].add(hit)
        sums = dict.fromkeys(("saved_cost", "peak_extra_cost", "missed_cost"), Decimal(0)) | {"unvalued_tokens": 0}
        columns = ["sha", "charge_start", "model", "currency", "meter", "unit_price", "charge_date", "quantity"]
        for sha, start, model, currency, meter, price, day, quantity in part[columns].itertuples(index=False):
            differences: dict[str, Decimal | None] = {}
            if price is not None and self._tiers[model, meter, currency, price, day][1] == "peak":
                below = [
                    other
                    for other, first, last, tier in self._in_force[model, meter, currency]
                    if tier == "off-peak" and other < price and first <= day <= last
                ]
                differences["peak_extra_cost"] = price - max(below) if below else None
            for kind, name, sign, exact, ever in ((HIT, "saved_cost", 1, pairs, usual), (MISS, "missed_cost", -1, hits, usual_hits)):
                if meter == kind:
                    known = ever.get((model, currency, price), ())
                    other = exact.get((sha, start, model, currency, price), next(iter(known)) if len(known) == 1 else None)
                    differences[name] = None if other is None else sign * (other - price)
            for name, difference in differences.items():
                sums[name] += quantity * (difference or 0)
            sums["unvalued_tokens"] += quantity if None in differences.values() else 0
        return sums | _used(part) | {"computed_cost": _sum(part), **_caveats(part)}

    def _variance(self, scope: Record) -> list[Record]:
        now, before, comparable = self._compared(scope)
        tiered = []
        for period in (now, before):
            rows = period[period["account"].isin(comparable)]
            columns = ["model", "meter", "currency", "unit_price", "charge_date"]
            peak = [at[3] is not None and self._tiers[at][1] == "peak" for at in rows[columns].itertuples(index=False, name=None)]
            tiered.append(rows.assign(is_peak=pd.Series(peak, index=rows.index, dtype=object)))
        span = self._before(scope)
        old = self._bills(scope | {"start": span[0], "end": span[1]}) if span else []
        bills: dict[tuple, list[Fraction | None]] = defaultdict(lambda: [None] * 4)
        for at, chosen in ((0, old), (2, self._bills(scope))):
            for account, bill in chosen:
                if account in comparable:
                    amounts = bills[account, bill.currency]
                    amounts[at : at + 2] = [amounts[at] or Fraction(0), amounts[at + 1] or Fraction(0)]
                    amounts[at + (bill.wallet.lower() == "granted")] += Fraction(bill.cost)
        return bridge(*tiered, bills)

    def _statement(self, scope: Record) -> list[Record]:
        now, before, comparable = self._compared(scope)
        period = self._before(scope)
        bills, old = self._bills(scope), self._bills(scope | {"start": period[0], "end": period[1]}) if period else []
        lines: dict[tuple, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for column, rows in (("computed_cost", now), ("previous_computed_cost", before)):
            names = ["account", "currency", "model", "api_key", "api_key_name", "cost"]
            for account, currency, model, key, name, cost in rows[names].itertuples(index=False):
                for part in ((1, None, None), (3, model, None), (4, name, key)):
                    lines[account, currency, *part][column] += cost
        for column, chosen in (("billed_cost", bills), ("previous_billed_cost", old)):
            for account, bill in chosen:
                for part in ((1, None, None), (2, bill.wallet, None), (3, bill.model, None)):
                    lines[account, bill.currency, *part][column] += bill.cost
        found = []
        for (account, currency, place, item, key), cost in lines.items():
            known = {
                "billed_cost": place != 4 and account in {of for of, _ in bills},
                "computed_cost": place != 2,
                "previous_billed_cost": place != 4 and account in comparable & {of for of, _ in old},
                "previous_computed_cost": place != 2 and account in comparable,
            }
            costs = {column: cost[column] if holds else None for column, holds in known.items()}
            changes = [_less(costs[f"{kind}_cost"], costs[f"previous_{kind}_cost"]) for kind in ("billed", "computed")]
            record = {"account": account, "currency": currency, "section": ("", "total", "wallet", "model", "key")[place], "item": item}
            record |= costs | {"api_key": key, "variance": _less(costs["billed_cost"], costs["computed_cost"])}
            record["change_cost"] = next((change for change in changes if change is not None), None)
            found.append((place, record | self._statement_caveats(record, now, scope)))
        found.sort(key=lambda at: (at[1]["account"], at[1]["currency"], at[0], *_cost(at[1]), at[1]["item"] or "", at[1]["api_key"] or ""))
        records = [record for _, record in found]
        self._add_grants(records, now, bills)
        return records

    def _add_grants(self, records: list[Record], now: pd.DataFrame, bills: list[tuple[str, oracle.Bill]]) -> None:
        """Add the granted cost by model and by key: in proportion on each day, and the rest in proportion to the cost of the keys."""
        of_day: dict[tuple, Decimal] = defaultdict(Decimal)
        for account, bill in bills:
            if bill.wallet == "Granted":
                of_day[account, bill.currency, bill.bucket.day, bill.model] += bill.cost
        of_model: dict[tuple, Decimal] = defaultdict(Decimal)
        of_key: dict[tuple, Fraction] = defaultdict(Fraction)
        for (account, currency, day, model), granted in of_day.items():
            of_model[account, currency, model] += granted
            used = _of(now, account=account, currency=currency, charge_date=day, model=model)
            costs = {key: int(sum(rows["cost"]) * 10**10) for key, rows in used.groupby("api_key")}
            for key, part in _parts(int(granted * 10**10), granted, {key: cost for key, cost in costs.items() if cost}).items():
                of_key[account, currency, key] += part
        for record in records:
            place = record["account"], record["currency"]
            amount = {
                "total": sum((cost for key, cost in of_model.items() if key[:2] == place), Decimal(0)),
                "model": of_model.get((*place, record["item"]), Decimal(0)),
                "key": of_key.get((*place, record["api_key"]), Fraction(0)),
            }.get(record["section"])
            record["granted_cost"] = amount if record["account"] in {account for account, _ in bills} else None
        for total in [record for record in records if record["section"] == "total" and record["granted_cost"]]:
            keys = [row for row in records if row["section"] == "key" and all(row[name] == total[name] for name in ("account", "currency"))]
            left = Fraction(total["granted_cost"]) - sum(Fraction(row["granted_cost"]) for row in keys)
            parts = _parts(int(left * 10**18), left, {at: int(row["computed_cost"] * 10**18) or 0 for at, row in enumerate(keys)}, 18)
            for at, part in parts.items():
                keys[at]["granted_cost"] += part
        for record in records:
            if isinstance(record["granted_cost"], Fraction):
                record["granted_cost"] = Decimal(int(record["granted_cost"] * 10**18)).scaleb(-18, Context(prec=60))

    def _statement_caveats(self, line: Record, rows: pd.DataFrame, scope: Record) -> Record:
        """The unreconciled and partial days of a line, those billed without usage included, and its status."""
        if line["section"] == "wallet":
            return {"status": None, "unreconciled_dates": None, "partial_dates": None}
        wanted = {"account": line["account"], "currency": line["currency"]}
        wanted |= {"model": line["item"]} if line["section"] == "model" else {"api_key": line["api_key"]} if line["api_key"] else {}
        caveats = _caveats(_of(rows, **wanted))
        if line["section"] != "key" and not scope.get("keys"):
            billed = [row for row in self._reconciliation(scope) if row["status"] == "unreconciled"]
            days = {row["charge_date"].isoformat() for row in billed if all(row[name] == wanted[name] for name in wanted)}
            caveats["unreconciled_dates"] = " ".join(sorted(days | set((caveats["unreconciled_dates"] or "").split()))) or None
        return caveats | {"status": "unreconciled" if caveats["unreconciled_dates"] else "reconciled"}

    def _forecast(self, scope: Record) -> list[Record]:
        """The month to date and the run rate of each account, without the columns of the forecast, which tests of the forecast check."""
        complete = {at for at in self._complete_days(scope.get("account")) if scope.get("end") is None or at[1] < scope["end"]}
        rows = self.scoped(**scope | {"start": None})
        labels = {*zip(rows["account"], rows["currency"], strict=True)}
        found = []
        for currency in sorted({currency for _, currency in labels}):
            accounts = sorted(account for account, of in labels if of == currency)
            days = {day for account, day in complete if account in accounts and (scope.get("start") is None or day >= scope["start"])}
            if not days:
                continue
            first = max(days).replace(day=1)
            end = (first + 31 * DAY).replace(day=1)
            month = _of(self.scoped(**scope | {"start": first, "end": end}), currency=currency)
            found += sorted(
                (self._month_end(account, currency, month, first, end, complete) for account in accounts),
                key=lambda row: -row["month_to_date_cost"],
            )
        return [row for row in found if row["complete_days"]]

    @staticmethod
    def _month_end(account: str, currency: str, month: pd.DataFrame, first: date, end: date, complete: set[tuple[str, date]]) -> Record:
        known = sorted(day for of, day in complete if of == account and first <= day < end)
        rows = _of(month, account=account)
        rows = rows[rows["charge_date"].isin(known)]
        spent, count, length = _sum(rows), len(known), (end - first).days
        with localcontext(Context(prec=200)):
            rest = (spent * (length - count) / (count or 1)).quantize(Decimal(1).scaleb(-18), rounding=ROUND_HALF_UP)
        return {
            "billing_period": f"{first:%Y-%m}",
            "account": account,
            "currency": currency,
            "as_of_date": known[-1] if known else None,
            "complete_days": count,
            "days_left": length - count,
            "month_to_date_cost": spent,
            "run_rate_cost": spent + rest,
            "unreconciled_dates": oracle._dates(rows, "is_reconciled"),
        }


def _tier(price: Decimal, first: date, last: date, spans: list[tuple[Decimal, date, date]]) -> str:
    overlapping = [
        other
        for other, begin, end in spans
        if begin <= last and end >= first and not (end == first > begin) and not (last == begin > first)
    ]
    return "peak" if min(overlapping) < price else "off-peak" if max(overlapping) > price else "standard"


def _with_cache_gap(rows: list[Record], row: Record) -> Record:
    """The row with its gap to the best key of its month, model and currency with a million input tokens and requests of like length."""

    def tokens(one: Record) -> int:
        return one[HIT] + one[MISS]

    def length(one: Record) -> Fraction:
        return Fraction(tokens(one), one[REQUESTS]) if one[REQUESTS] else Fraction(0)

    def ratio(one: Record) -> Fraction:
        return Fraction(one[HIT], tokens(one))

    same = ("billing_period", "model", "currency")
    better = [
        one
        for one in rows
        if all(one[name] == row[name] for name in same) and tokens(one) >= 10**6 and tokens(row) and ratio(one) > ratio(row)
        if length(row) and Fraction(1, 2) <= length(one) / length(row) <= 2
    ]
    best = min(better, key=lambda one: (-ratio(one), one["account"], one["api_key"]), default=None)
    gap = Fraction(0)
    if best:
        gap = Fraction(row["missed_cost"]) * (ratio(best) - ratio(row)) / (1 - ratio(row))
    units = abs(gap) * 10**18
    rounded = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    cost = Decimal(rounded if gap > 0 else -rounded).scaleb(-18)
    return {name: value for name, value in row.items() if name not in {"missed_cost", HIT, MISS, OUTPUT, REQUESTS}} | {
        "cache_gap_cost": cost,
        "savable_cost": max(cost, row["peak_extra_cost"]),
        "cache_hit_ratio": float(ratio(row)) if tokens(row) else None,
        "best_cache_hit_ratio": float(ratio(best)) if best else None,
        "best_api_key": best and best["api_key"],
        "best_api_key_name": best and best["api_key_name"],
    }


def _series(rows: pd.DataFrame, top: int, weight: Any) -> list[tuple[Record, pd.DataFrame]]:
    """Each bucket's largest series, in rank order, and the others as one, with the rows of each."""
    weights = {series: weight(rows.iloc[places]) for series, places in _places(rows["series"]).items()}
    order = sorted(weights, key=lambda series: (-weights[series], [text or "" for text in series]))
    ranks = {series: min(top, rank) for rank, series in enumerate(order)}
    found = []
    keyed = [(bucket, ranks[series]) for bucket, series in zip(rows["bucket"], rows["series"], strict=True)]
    for (bucket, rank), places in sorted(_places(keyed).items(), key=lambda item: (str(item[0][0]), item[0][1])):
        account, key, name = order[rank] if rank < top else (None, None, "other")
        part = rows.iloc[places]
        record = {"charge_date": bucket[0], "charge_start": bucket[1], "series": name, "account": account, "api_key": key}
        found.append((record | {"is_other": rank == top, "is_complete": all(part["is_complete"])}, part))
    return found


def _places(values: Any) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        found[value].append(place)
    return found


def _moved(currency: str, cost: Decimal, was: Decimal, rows: pd.DataFrame) -> Record:
    change = {"change_cost": cost - was, "change_ratio": _ratio(cost - was, was)}
    return {"currency": currency, "computed_cost": cost, "previous_computed_cost": was, **change, **_caveats(rows)}


def _parts(units: int, amount: Any, weights: dict, scale: int = 10) -> dict[Any, Fraction]:
    """`amount`, of `units` whole units, split by weight: units by the largest remainder, and what is less than a unit to the first."""
    whole = sum(weights.values())
    if not whole:
        return {}
    ranked = sorted(weights, key=lambda key: (-(units * weights[key] % whole), key))
    left = units - sum(units * weight // whole for weight in weights.values())
    parts = {key: Fraction(units * weights[key] // whole + (at < left), 10**scale) for at, key in enumerate(ranked)}
    parts[ranked[0]] += Fraction(amount) - Fraction(units, 10**scale)
    return parts


def _of(rows: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return rows


def _runs(days: set[date]) -> list[tuple[date, date]]:
    """The runs of days as (first, last); a run ends before a gap of more than ten days."""
    ordered = sorted(days)
    breaks = [(end, begin) for end, begin in pairwise(ordered) if end + 10 * DAY < begin]
    return [*zip([ordered[0], *(begin for _, begin in breaks)], [*(end for end, _ in breaks), ordered[-1]], strict=True)]


def _sum(rows: pd.DataFrame) -> Decimal:
    return sum(rows["cost"], Decimal(0))


def _used(rows: pd.DataFrame) -> dict[str, int]:
    return {meter: sum(rows.loc[rows["meter"] == meter, "quantity"]) for meter in METERS}


def _tokens(rows: pd.DataFrame) -> int:
    return sum(rows.loc[rows["meter"] != REQUESTS, "quantity"])


def _ratio(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if whole else None


def _less(value: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if value is None or other is None else value - other


def _caveats(*parts: pd.DataFrame) -> Record:
    """The unreconciled and the partial days of some rows."""
    rows = pd.concat(parts)
    return {"unreconciled_dates": oracle._dates(rows, "is_reconciled"), "partial_dates": oracle._dates(rows, "is_complete")}


def _cost(record: Record) -> tuple[bool, Decimal]:
    """The sort key of a line of a statement: by billed cost, else by computed cost, the highest first, else last."""
    cost = record["computed_cost"] if record["billed_cost"] is None else record["billed_cost"]
    return cost is None, -(cost or Decimal(0))
