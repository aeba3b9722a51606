"""The laws that every number rests on, each held over generated exports, with real files and a real database.

A law runs over a few examples, the same on every machine, and over many that are drawn anew under `-m slow`.
"""

import csv
import io
import json
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet
import pytest
from hypothesis import assume
from hypothesis import strategies as st

import analytics
from analytics import Keyspend, UsageError
from analytics.reports.catalog import reports
from analytics.reports.query import run
from analytics.writers import writer
from tests.support.generated import (
    BASES,
    DAY,
    MASK,
    NOW,
    USER_IDS,
    Call,
    Cut,
    Key,
    Tier,
    World,
    cases,
    emptied_folder,
    export,
    hostile,
    names,
    quantities,
    simple_cut,
    styles,
    worlds,
)
from tests.support.laws import imported, law, ledger_of
from tests.support.oracle import METERS
from tests.support.oracle import REPORTS as BASIC
from tests.support.page_oracle import REPORTS, PageOracle


def frames(ledger, names=()):
    """The frames of reports, or of all, by name, from one opening of the database."""
    return ledger._query(lambda database: {name: run(database, name) for name in names or reports()})


def everything(ledger):
    """All that answers are made of, as the bytes of CSV files; an import is named by its evidence, for its number tells the order."""
    evidence = {row["import_id"]: row["sha256"] for row in ledger.imports().records()}
    views = ledger._query(lambda database: {view: database.query(view, f"SELECT * FROM {view}") for view in VIEWS})
    contents = {}
    for name, frame in (frames(ledger, BASIC) | views).items():
        rows = [tuple(evidence.get(v, v) if n == "import_id" else v for n, v in row.items()) for row in frame.records()]
        contents[name] = writer("csv")(replace(frame, rows=sorted(rows, key=str) if name in VIEWS else rows))
    return contents


VIEWS = ("usage", "billing", "owned_day", "api_key_name")
"""With the basic reports, these hold all that the answers of the pages read."""


def files_of(ledger):
    """What stands in a data directory, byte for byte, beside the name of who wrote last."""
    root = ledger.directory.root
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != "lock"}


def totals(frame, *columns):
    """The sums of a report's costs and quantities by some of its columns."""
    found = defaultdict(Decimal)
    for row in frame.records():
        for name in ("computed_cost", *METERS):
            if name in row:
                found[(name, *(row[column] for column in columns))] += row[name]
    return {key: value for key, value in found.items() if value}


@law(3, cases())
def test_parts_sum_to_the_whole(case):
    """By key, by model, by day and by month, every cost and every quantity adds up to the same in each currency."""
    with ledger_of(case.zips()) as ledger:
        by_key, *others = (totals(ledger.report(f"spend-by-{part}"), "account", "currency") for part in ("key", "model", "day", "month"))
        assert all(other == by_key for other in others)
        trends = [ledger.report("spend-trend", by=by, grain=grain, top=1) for by, grain in (("key", "week"), ("model", "month"))]
        cells = ledger.report("spend-by-key-and-day", top=1)
        spent = {key: value for key, value in totals(ledger.report("spend-by-key"), "currency").items() if key[0] == "computed_cost"}
        assert all({k: v for k, v in totals(t, "currency").items() if k[0] == "computed_cost"} == spent for t in (*trends, cells))
        tokens = [totals(ledger.report(f"tokens-by-{part}"), "account") for part in ("key", "day")]
        assert tokens == [{key: value for key, value in totals(ledger.report("spend-by-key"), "account").items() if key[0] in METERS}] * 2
        spent = defaultdict(Decimal)
        for row in ledger.report("price-history").records():
            spent["computed_cost", row["currency"]] += row["unit_price"] * row["quantity"]
        of_all = totals(ledger.report("spend-by-key"), "currency")
        assert {key: cost for key, cost in spent.items() if cost} == {key: of_all[key] for key in of_all if key[0] == "computed_cost"}


@law(3, cases(), st.randoms(use_true_random=False))
def test_twice_is_once(case, random):
    """The same bytes again, in any order and under any name, are duplicates and change no file."""
    zips = case.zips()
    with ledger_of(zips) as ledger:
        answers, before = everything(ledger), files_of(ledger)
        again = [*zips, *zips]
        random.shuffle(again)

        outcomes = imported(ledger, again)

        assert {outcome.status for outcome in outcomes} == {"duplicate"}
        assert files_of(ledger) == before
        assert everything(ledger) == answers


@law(3, cases(min_cuts=2), st.randoms(use_true_random=False))
def test_order_does_not_matter(case, random):
    """Every answer is the same to the last byte after any order of imports, at once or one by one."""
    zips = case.zips()
    shuffled = random.sample(zips, len(zips))
    with ledger_of(zips) as at_once, ledger_of(*([content] for content in shuffled)) as one_by_one:
        assert everything(one_by_one) == everything(at_once)


@law(3, cases(min_cuts=2), st.integers(0, 3))
def test_undo_restores_the_digits(case, chosen):
    """An import that was undone might never have been, and imported again it is back."""
    zips = case.zips()
    taken = zips.pop(chosen % len(zips))
    with ledger_of(zips) as without, ledger_of([taken], zips) as ledger:
        answers = everything(ledger)
        ledger.undo(1)
        if zips:
            assert everything(ledger) == everything(without)
        else:
            assert not ledger.report("spend-by-key").rows

        imported(ledger, [taken])

        assert everything(ledger) == answers


@law(2, cases(max_cuts=2))
def test_a_failed_import_changes_nothing(case):
    """Refused files leave every file of the ledger as it was, and harm no good one that comes with them."""
    *zips, last = case.zips()
    wrong = list(hostile().values())
    with emptied_folder() as folder:
        ledger = Keyspend(folder / "data", clock=lambda: NOW)
        if zips:
            imported(ledger, zips)
        before = files_of(ledger)
        refused = []
        for number, content in enumerate(wrong):
            (folder / f"{number}.zip").write_bytes(content)
            refused += ledger.import_paths([folder / f"{number}.zip"])
        assert all(hasattr(outcome, "error") for outcome in refused)
        assert files_of(ledger) == before

        outcomes = imported(ledger, [wrong[3], last, wrong[5]])

        assert [hasattr(outcome, "error") for outcome in outcomes] == [True, False, True]
        with ledger_of([*zips, last]) as clean:
            assert everything(ledger) == everything(clean)


@law(3, cases())
def test_rebuilt_is_incremental(case):
    """A database built from the evidence alone answers as the one that grew import by import; verify says the same."""
    zips = case.zips()
    with ledger_of(*([content] for content in zips)) as ledger:
        if len(zips) > 1:
            ledger.undo(1)
        answers = everything(ledger)
        assert [check.name for check in ledger.verify() if not check.holds] == []

        ledger.rebuild()

        assert everything(ledger) == answers


@law(4, cases(), st.data())
def test_sql_equals_the_oracle(case, data):
    """Every report, of any scope and broken down in any way, is what plain Python makes of the zips themselves."""
    zips = case.zips()
    oracle = PageOracle(zips, NOW)
    with ledger_of(zips) as ledger:
        assert oracle.contradictions(frames(ledger).get) == []
        if len(oracle.usage):
            assert oracle.contradictions(ledger.report, REPORTS, **data.draw(periods(oracle.usage)), **data.draw(CHOICES)) == []
            names = data.draw(st.lists(st.sampled_from(oracle.REPORTS), min_size=1, max_size=4, unique=True))
            scope = data.draw(periods(oracle.usage)) | data.draw(limits(oracle.usage))
            assert oracle.contradictions(ledger.report, names, **scope) == []
        billed = ledger.sql("SELECT account, currency, wallet_type, sum(billed_cost) FROM billing GROUP BY ALL")
        assert {tuple(row[:3]): row[3] for row in billed.rows} == oracle.billed()
        named = ledger.sql("SELECT account, api_key, api_key_name FROM api_key_name")
        assert sorted(named.rows) == sorted(oracle.names())


def a_choice(**choices):
    """One value for each name, or none."""
    return st.fixed_dictionaries({name: st.none() | st.sampled_from(values) for name, values in choices.items()})


CHOICES = a_choice(grain=("hour", "day", "week", "month"), by=("key", "model", "total"), top=(1, 2))


def periods(usage):
    """Months and ranges that have rows, and open ones."""
    days = sorted({*usage["charge_date"], *(day + DAY for day in usage["charge_date"])})
    months = sorted({(day.replace(day=1), (day.replace(day=1) + 31 * DAY).replace(day=1)) for day in days})
    ranges = st.tuples(*[st.none() | st.sampled_from(days)] * 2).filter(lambda ends: None in ends or ends[0] < ends[1])
    return st.builds(lambda ends: dict(zip(("start", "end"), ends, strict=True)), ranges | st.sampled_from(months))


def limits(usage):
    """Limits that each occur in some row."""

    def found(*columns):
        return sorted({value for column in columns for value in usage[column]})

    def some_of(values):
        return st.lists(st.sampled_from(values), max_size=2, unique=True)

    several = st.fixed_dictionaries({"keys": some_of(found("api_key", "api_key_name")), "models": some_of(found("model"))})
    single = a_choice(account=found("account"), currency=found("currency"))
    return st.builds(lambda one, many: one | many, single, several)


@law(6, cases(whole=True, currencies=("CNY", "USD")))
def test_billed_is_computed_where_the_evidence_is_whole(case):
    """Complete exports with both files reconcile on every day, model and currency, to the last digit."""
    with ledger_of(case.zips()) as ledger:
        for row in ledger.report("reconciliation").records():
            assert (row["status"], row["variance"], row["billed_cost"]) == ("reconciled", 0, row["computed_cost"]), row
        assert all(row["is_reconciled"] and row["is_complete"] for row in ledger.report("spend-by-day").records())


@law(6, cases(whole=True, max_cuts=1, currencies=("CNY", "USD")))
def test_the_cost_of_each_key_is_the_true_one(case):
    """The cost of each key by one whole export is its true cost."""
    reported = defaultdict(Decimal)
    with ledger_of(case.zips()) as ledger:
        for row in ledger.report("spend-by-key").records():
            reported[row["api_key"], row["currency"]] += row["computed_cost"]
    assert {key: cost for key, cost in reported.items() if cost} == {
        key: cost for key, cost in case.world.spend(case.cuts[0]).items() if cost
    }


def prices_by_currency(world):
    """The currencies in which each price of each model's meter was truly paid."""
    paid = defaultdict(set)
    for call in world.calls:
        for meter in METERS:
            paid[call.model, meter, call.tier.price(meter)].add(call.tier.currency)
    return paid


@law(6, cases(whole=True, accounts=1, currencies=("both",)))
def test_a_currency_is_the_true_one_or_unknown(case):
    """Where two currencies meet and no price is one of both, a line's currency is never the wrong one."""
    paid = prices_by_currency(case.world)
    assume(all(len(currencies) == 1 for (_, meter, _), currencies in paid.items() if meter != "request_count"))
    with ledger_of(case.zips()) as ledger:
        priced = ledger.sql("SELECT model, meter, unit_price, currency FROM usage WHERE unit_price IS NOT NULL").rows
    for model, meter, price, currency in priced:
        assert currency in {*paid[model, meter, price.normalize()], "unknown"}


@law(3, cases(whole=True, min_cuts=2, currencies=("CNY", "USD")))
def test_currencies_leave_each_other_alone(case):
    """What is told in one currency is the same whether or not another was imported beside it."""
    currencies = {USER_IDS[case.world.keys[call.key].account]: call.tier.currency for call in case.world.calls}
    apart = defaultdict(list)
    for cut, content in zip(case.cuts, map(case.world.zip, case.cuts), strict=True):
        apart[currencies[USER_IDS[cut.account]]].append(content)
    assume(len(apart) == 2)
    with ledger_of(case.zips()) as both:
        together = frames(both)
        for currency, zips in apart.items():
            with ledger_of(zips) as one:
                alone = frames(one)
            for name in alone:
                if "currency" in alone[name].names:
                    assert without_imports(together[name], currency) == without_imports(alone[name], currency)


def without_imports(frame, currency):
    """The rows of one currency, but for the numbers of imports."""
    return [{n: v for n, v in row.items() if not n.endswith("import_id")} for row in frame.records() if row["currency"] == currency]


STATEMENTS = {
    path.name: re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
    for folder in ("reports/sql", "ledger/database")
    for path in (Path(analytics.__file__).parent / folder).rglob("*.sql")
}
MONEY_SUM = re.compile(r"\bsum\(\s*(?:\w+\.)?(?:\w*(?:cost|price|variance)\w*)\b[^)]*\)(?P<over>[^,]*?\bOVER\s*\([^)]*\))?")


@pytest.mark.parametrize("name", sorted(name for name, text in STATEMENTS.items() if MONEY_SUM.search(text)))
def test_no_query_adds_two_currencies(name):
    """Every sum of money is grouped, or partitioned, by currency."""
    text = STATEMENTS[name]
    for found in MONEY_SUM.finditer(text):
        over = found["over"] or re.search(r"GROUP BY([^;)]*?)(?:HAVING|ORDER BY|\)|;|$)", text[found.end() :])[1]
        assert re.search(r"\bcurrency\b", over), f"{found[0]} is added up by {over.strip()}"


def test_every_amount_has_its_currency():
    """Every report that shows money shows the currency of each amount."""
    world = World((Key(0, MASK, ((BASES[2], "n"),)),), (Call(0, "m", Tier("USD", "1", "2", "3"), datetime(2026, 8, 28, 5), (1, 2, 3, 4)),))
    with ledger_of([world.zip(simple_cut())]) as ledger:
        for name in reports():
            frame = ledger.report(name)
            if any(column.is_decimal for column in frame.columns):
                assert set(frame.values("currency")) <= {"USD"}, name


one_account = {"accounts": 1, "currencies": ("CNY", "USD"), "bases": BASES[:-1]}


@law(3, worlds(**one_account), st.integers(1, 71), st.booleans(), styles)
def test_a_complete_day_replaces_a_partial_one_and_never_the_reverse(world, hours, partial_first, style):
    """An export made while days were running adds nothing once they were exported whole, whichever comes first."""
    whole = simple_cut(world.base - DAY, 5)
    start = datetime.combine(world.base, datetime.min.time())
    running = replace(whole, exported_at=start + timedelta(hours=hours), style=replace(style, repacked=False))
    zips = [world.zip(running), world.zip(whole)]
    with ledger_of(*([content] for content in (zips if partial_first else reversed(zips)))) as both, ledger_of([zips[1]]) as complete:
        answers, expected = everything(both), everything(complete)
        assert answers == expected
        assert all(row["is_complete"] for row in both.sql("SELECT is_complete FROM owned_day").records())


def packed_again(cut, at):
    """The same download, unpacked by a user and packed again at another time."""
    return replace(cut, style=replace(cut.style, repacked=True), packed_at=at)


@law(3, worlds(**one_account), st.integers(1, 71), st.booleans())
def test_a_partial_day_packed_again_later_replaces_no_complete_one(world, hours, partial_first):
    """A partial export that somebody packs again long after is still partial, whichever comes first."""
    whole = simple_cut(world.base - DAY, 5)
    running = replace(whole, exported_at=datetime.combine(world.base, datetime.min.time()) + timedelta(hours=hours))
    zips = [world.zip(packed_again(running, running.exported_at + 40 * DAY)), world.zip(whole)]
    with ledger_of(*([content] for content in (zips if partial_first else reversed(zips)))) as both, ledger_of([zips[1]]) as complete:
        assert everything(both) == everything(complete)


@law(3, worlds(**one_account), st.lists(st.integers(1, 120), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_packing_again_changes_no_figure(world, hours, random):
    """Copies of exports that a user packed again at any later time, and imports among them in any order, cost nothing and hide nothing."""
    start = datetime.combine(world.base, datetime.min.time())
    cuts = [simple_cut(world.base - DAY, 5, exported_at=start + timedelta(hours=hour)) for hour in hours]
    vendors = [world.zip(cut) for cut in cuts]
    copies = [world.zip(packed_again(cut, cut.exported_at + random.randrange(60) * DAY)) for cut in cuts]
    mixed = random.sample(vendors + copies, 2 * len(cuts))
    with ledger_of(list(dict.fromkeys(vendors))) as alone, ledger_of(*([content] for content in mixed)) as together:
        for name, columns in {"spend-by-key": ["api_key", "currency"], "spend-by-day": ["charge_date", "currency"]}.items():
            assert totals(together.report(name), *columns) == totals(alone.report(name), *columns)


@law(3, worlds(**one_account), st.sampled_from(["Z", "+08:00", "+05:30", "-07:00"]), st.booleans())
def test_an_hourly_and_a_daily_export_of_one_day_do_not_add_up(world, offset, daily_first):
    """A day exported by the day and by the hour costs what either says, once."""
    day = (world.calls[0].at + Cut(0, world.base, 1, "C", offset, NOW).shift).date()
    daily = simple_cut(day, offset=offset)
    zips = [world.zip(daily), world.zip(replace(daily, layout="C-hour"))]
    with ledger_of(*([content] for content in (zips if daily_first else zips[::-1]))) as both, ledger_of([zips[0]]) as alone:
        for name in ("spend-by-key", "spend-by-model", "spend-by-day", "tokens-by-key", "price-history"):
            assert both.report(name).rows == alone.report(name).rows
        assert [row["is_hourly"] for row in both.sql("SELECT is_hourly FROM owned_day").records()] == [True]


@law(3, names, quantities, quantities)
def test_two_accounts_that_name_a_key_alike_stay_two(name, ours, theirs):
    """The same name, even on the same mask, is another key in another account."""
    keys = tuple(Key(account, MASK, ((BASES[2], name),)) for account in (0, 1))
    at, tier = datetime(2026, 8, 28, 5), Tier("CNY", "1", "2", "3")
    world = World(keys, tuple(Call(number, "m", tier, at, (0, 0, used, 1)) for number, used in enumerate((ours, theirs))))
    with ledger_of([world.zip(simple_cut()), world.zip(simple_cut(account=1))]) as ledger:
        found = ledger.report("spend-by-key")
        assert sorted(found.values("computed_cost")) == sorted(Decimal(used) * 3 / 10**6 for used in (ours, theirs))
        assert len(set(found.values("account"))) == 2
        assert found.values("api_key_name") == [name, name]


@law(3, names, names, st.booleans())
def test_a_renamed_key_stays_one(old, new, newest_first):
    """A key with two names is one key under the newest, with both on record, in whatever order its exports come."""
    assume(old != new)
    first = BASES[2]
    key = Key(0, MASK, ((first, old), (first + DAY, new)))
    at, tier = datetime(2026, 8, 28, 5), Tier("CNY", "1", "2", "3")
    world = World((key,), tuple(Call(0, "m", tier, at + day * DAY, (0, 0, 10**6, 1)) for day in (0, 1)))
    zips = [world.zip(simple_cut(first)), world.zip(simple_cut(first + DAY))]
    with ledger_of(*([content] for content in (zips[::-1] if newest_first else zips))) as ledger:
        (row,) = ledger.report("spend-by-key").records()
        assert (row["api_key"], row["api_key_name"], row["computed_cost"]) == (MASK, new, 6)
        on_record = ledger.sql("SELECT api_key_name, first_date, last_date FROM api_key_name").rows
        assert sorted(on_record) == sorted([(old, first, first), (new, first + DAY, first + DAY)])
        assert ledger.report("spend-by-key", keys=new).rows == ledger.report("spend-by-key", keys=MASK).rows


prices = st.integers(1, 10**12)
amounts = st.integers(1, 10**9)


@law(3, st.tuples(prices, prices), st.tuples(amounts, amounts), st.sampled_from(METERS[:3]))
def test_two_prices_are_two_facts(prices, used, meter):
    """One key, day, model and meter at two prices costs both, and both prices are told."""
    assume(len(set(prices)) == 2)
    texts = [f"{Decimal(price).scaleb(-12):f}" for price in prices]
    cost = sum(Decimal(price).scaleb(-12) * quantity for price, quantity in zip(prices, used, strict=True))
    bucket = ["2026-08-28T00:00:00+08:00", "2026-08-29T00:00:00+08:00", "m"]
    rows = [[*bucket, "n", MASK, meter, text, str(quantity)] for text, quantity in zip(texts, used, strict=True)]
    with ledger_of([export(rows, [[*bucket, "Paid", f"{cost:.16f}", "USD"]])]) as ledger:
        assert ledger.report("spend-by-key").values("computed_cost") == [cost]
        assert sorted(ledger.sql("SELECT unit_price, quantity FROM usage").rows) == sorted(zip(map(Decimal, texts), used, strict=True))
        assert set(ledger.report("price-history").values("unit_price")) == set(map(Decimal, texts))
        assert ledger.report("reconciliation").values("status") == ["reconciled"]


# Old defects, each with the smallest export that shows it.


def steady_world(*starts, names=((BASES[2], "n"),)):
    """One key that uses the same each time; `starts` are hours after midnight UTC of the first day."""
    at = datetime.combine(BASES[2], datetime.min.time())
    tier = Tier("CNY", "1", "2", "4")
    return World((Key(0, MASK, names),), tuple(Call(0, "m", tier, at + timedelta(hours=hours), (0, 0, 10**6, 1)) for hours in starts))


def test_an_undone_name_is_forgotten():
    """A name that only an undone import knew is as unknown as after a rebuild."""
    world = steady_world(1, 25, names=((BASES[2], "old"), (BASES[2] + DAY, "new")))
    with ledger_of([world.zip(simple_cut())], [world.zip(simple_cut(BASES[2] + DAY))]) as ledger:
        assert ledger.report("spend-by-key", keys="old").rows
        ledger.undo(1)
        with pytest.raises(UsageError):
            ledger.report("spend-by-key", keys="old")


def test_a_day_that_still_runs_is_not_idle():
    """West of UTC, a day without rows yet is no day without use while it runs."""
    running = Cut(0, BASES[2], 3, "C", "-07:00", datetime(2026, 8, 30, 1))
    with ledger_of([steady_world(12).zip(running)]) as ledger:
        status = dict(ledger.sql("SELECT charge_date, is_complete FROM owned_day").rows)
        assert status == {BASES[2]: True}
        statuses = {row["charge_date"]: row["status"] for row in ledger.report("coverage").records()}
        assert statuses.get(BASES[2] + DAY) != "present"


def test_reports_cover_what_was_only_billed():
    """An account and a model that only a cost file names are known to the reports that show them."""
    bill = ["2026-08-28T00:00:00+08:00", "2026-08-29T00:00:00+08:00", "m", "Paid", "1.0000000000000000", "CNY"]
    with ledger_of([export([], [bill])]) as ledger:
        (row,) = ledger.report("reconciliation").records()
        assert ledger.report("reconciliation", account=row["account"], models="m").rows == ledger.report("reconciliation").rows


# Writers: what was written is read again to the digit.


def from_text(text, column):
    """A cell of a text format read again by its column's type; an empty one is missing."""
    if text == "":
        return None
    if column.is_decimal:
        return Decimal(text)
    if column.type in {"BIGINT", "HUGEINT", "INTEGER"}:
        return int(text)
    simple = {"DOUBLE": float, "DATE": date.fromisoformat, "BOOLEAN": lambda text: {"true": True, "false": False}[text]}
    if column.type == "TIMESTAMP":
        return datetime.fromisoformat(text.removesuffix("Z"))
    return simple.get(column.type, str)(text)


def read_csv(content, frame):
    """The rows of a CSV file."""
    head, *rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    assert head == frame.names
    return [tuple(map(from_text, row, frame.columns)) for row in rows]


def read_json(content, frame):
    """The rows of a JSON file; texts of money and days are read by their column's type."""
    rows = json.loads(content)
    assert all(list(row) == frame.names for row in rows)
    by_name = {column.name: column for column in frame.columns if column.type != "VARCHAR"}
    return [tuple(from_text(v, by_name[n]) if isinstance(v, str) and n in by_name else v for n, v in row.items()) for row in rows]


def read_markdown(content, frame):
    """The rows of a Markdown table, escapes taken off."""
    head, _, *rows = [
        [re.sub(r"\\(.)", r"\1", cell[1:-1]) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in content.decode().split("\n")[:-1]
    ]
    assert head == frame.names
    return [tuple(map(from_text, row, frame.columns)) for row in rows]


def read_parquet(content, frame):
    """The rows of a Parquet file."""
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    assert table.column_names == frame.names
    return [tuple(row.values()) for row in table.to_pylist()]


READERS = {"csv": read_csv, "json": read_json, "markdown": read_markdown, "parquet": read_parquet}


def plain(rows):
    """Rows without the difference between an empty name and a missing one, which text formats do not know."""
    return [tuple(None if value == "" else value for value in row) for row in rows]


@law(3, cases(max_cuts=2))
def test_what_is_written_is_read_again_to_the_digit(case):
    """Every report comes back from CSV, JSON, Markdown and Parquet with every digit and every character."""
    with ledger_of(case.zips()) as ledger:
        for name in reports():
            frame = ledger.report(name)
            for format_name, read in READERS.items():
                again = read(writer(format_name)(frame), frame)
                assert plain(again) == plain(frame.rows), (name, format_name)
                for column, values, expected in zip(frame.columns, zip(*again, strict=True), zip(*frame.rows, strict=True), strict=False):
                    if column.is_decimal:
                        assert list(map(str, values)) == list(map(str, expected))
