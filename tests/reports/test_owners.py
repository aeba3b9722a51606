"""Who bears what keys cost: rules, their weight and time, splits to the last digit, and the way to a spreadsheet and back."""

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analytics import Keyspend
from analytics.analysis.allocation.spend_by_owner import EVENLY
from analytics.analysis.allocation.split import split_cost, split_count
from analytics.cli.main import main
from analytics.core.data_directory import DataDirectory
from analytics.settings import owners_csv
from analytics.settings.problems import SettingsError
from analytics.writers import writer
from tests.conftest import SAMPLES
from tests.support.generated import NAMES, cases
from tests.support.laws import law, ledger_of
from tests.support.worlds import HIGH, LOW, bought, settled

A, B = "sk-aaaaa**********************aaaa", "sk-bbbbb**********************bbbb"
CALLS = [(0, "m", HIGH, 0, (0, 10, 0)), (0, "m", HIGH, 2, (0, 30, 0)), (1, "m", LOW, 1, (0, 7, 0))]
"""`a` costs 20 on the first day and 60 on the third, `b` 7 on the second."""
A_IS_X, B_IS_X = "[[owner]]\nkeys = 'a'\nowner = 'x'\n", "[[owner]]\nkeys = 'b'\nowner = 'x'\n"
A_BY_SPEND = "[[shared]]\nkeys = 'a'\nby = 'spend'\nowners = ['y', 'x']\n"


@pytest.fixture(scope="module")
def imported():
    """A ledger of those calls."""
    with bought(*CALLS) as ledger:
        yield ledger


@pytest.fixture
def two(imported):
    """The same, without settings."""
    yield imported
    for name in ("keyspend.toml", "owners.csv", "mine.csv"):
        imported.directory.root.joinpath(name).unlink(missing_ok=True)


def told(ledger, by="owner", **scope):
    """What each bears, by name; None is nobody."""
    return {row[by]: row["computed_cost"] for row in ledger.report("spend-by-owner", by=by, **scope).records()}


@pytest.mark.parametrize(
    ("settings", "bears"),
    [
        ("", {None: 87}),
        (A_IS_X, {"x": 80, None: 7}),
        # A later rule replaces what held before it.
        (A_IS_X + "[[owner]]\nkeys = 'a'\nowner = 'y'\nfrom = 2026-08-02\n", {"x": 20, "y": 60, None: 7}),
        # Before the first rule a key is nobody's.
        ("[[owner]]\nkeys = 'a'\nowner = 'y'\nfrom = 2026-08-02\n", {"y": 60, None: 27}),
        # A mask beats a name, whichever is the later, and a name beats a pattern.
        (
            f"[[owner]]\nkeys = '{A}'\nowner = 'x'\n[[owner]]\nkeys = ['a', 'b']\nowner = 'y'\nfrom = 2026-08-02\n",
            {"x": 80, "y": 7, None: 0},
        ),
        (A_IS_X + "[[owner]]\nkeys = '*'\nowner = 'y'\nfrom = 2026-08-02\n", {"x": 80, "y": 7, None: 0}),
        ("[[owner]]\nkeys = ['*b', 'a?', '.']\nowner = 'y'\n", {"y": 7, None: 80}),
        (A_IS_X + "account = 'acct-other'\n", {None: 87}),
        ("[[shared]]\nkeys = 'a'\nshares = { x = 0.25, y = 0.75 }\n", {"x": 20, "y": 60, None: 7}),
        # Whole numbers weigh against each other; the digit that is left goes to the largest remainder.
        (
            "[[shared]]\nkeys = 'a'\nshares = { x = 1, y = 2 }\n",
            {"x": Decimal("26.666666666666666667"), "y": Decimal("53.333333333333333333"), None: 7},
        ),
        # In proportion to what their own keys cost.
        (B_IS_X + "[[owner]]\nkeys = 'c'\nowner = 'y'\n" + A_BY_SPEND, {"x": 87, "y": 0, None: 0}),
    ],
)
def test_rules_by_hand(two, settings, bears):
    """Names, masks, patterns, days, accounts, shares and proportions give what a person works out; nobody's spend is always a line."""
    assert told(settled(two, settings)) == bears


def test_nobody_spent_yet_then_all_bear_alike(two):
    """Where those who share by spend have none, each bears as much, and their rows say so."""
    settled(two, B_IS_X + "[[owner]]\nkeys = 'c'\nowner = 'y'\n" + A_BY_SPEND)

    first = two.report("spend-by-owner", end="2026-08-02")
    assert dict(zip(first.values("owner"), first.values("computed_cost"), strict=True)) == {"x": 10, "y": 10, None: 0}
    assert first.values("reason") == [None, EVENLY, EVENLY]
    assert set(two.report("spend-by-owner").values("reason")) == {None}


def test_a_part_is_shared_out_as_the_whole_is(two):
    """What the owners of a shared key spend does not depend on the keys and models that are asked about."""
    settled(two, B_IS_X + "[[owner]]\nkeys = 'c'\nowner = 'y'\n" + A_BY_SPEND)

    assert told(two, keys="a") == {"x": 80, "y": 0, None: 0}
    assert told(two, keys="b") == {"x": 7, None: 0}


def test_keys_and_shares_are_counted(two):
    """A key counts once for each who bears it, however often it changed hands; what is shared is told apart."""
    settled(
        two,
        "[[owner]]\nkeys = ['a', 'b']\nowner = 'x'\nteam = 't'\n"
        "[[owner]]\nkeys = 'a'\nowner = 'y'\nteam = 't'\nfrom = 2026-08-01\n"
        "[[shared]]\nkeys = 'a'\nshares = { x = 1, y = 1 }\nfrom = 2026-08-03\n",
    )

    rows = {row["owner"]: (row["key_count"], row["shared_cost"]) for row in two.report("spend-by-owner").records()}
    assert rows == {"x": (2, 30), "y": (1, 30), None: (0, 0)}
    (team,) = (row for row in two.report("spend-by-owner", by="team").records() if row["team"])
    assert (team["key_count"], team["computed_cost"], team["request_count"]) == (2, 87, 3)


def test_a_statement_charges_owners(two):
    """A statement has the lines of spend-by-owner for the month and the one before, and none where no rule is given."""
    scope = {"start": "2026-08-03", "end": "2026-08-04"}
    assert "owner" not in two.report("statement", **scope).values("section")

    settled(two, A_IS_X + "[[owner]]\nkeys = 'b'\nowner = 'y'\nfrom = 2026-08-03\n")
    lines = [row for row in two.report("statement", **scope).records() if row["section"] == "owner"]
    told = {row["item"]: (row["computed_cost"], row["previous_computed_cost"], row["change_cost"], row["status"]) for row in lines}
    assert told == {"x": (60, 0, 60, "reconciled"), "unassigned": (0, 7, -7, "reconciled")}


def test_the_leaderboard_names_owners(two):
    """Who bore a key in the period is named beside it, one or several; the others are empty."""
    settled(two, A_IS_X + "[[owner]]\nkeys = 'a'\nowner = 'z'\nfrom = 2026-08-02\n")

    assert two.report("key-leaderboard").values("owner") == ["x, z", None]
    assert two.report("key-leaderboard", end="2026-08-02").values("owner")[0] == "x"
    assert two.report("key-leaderboard", start="2026-08-02").values("owner") == ["z", None]


def test_the_month_pack_knows_the_owners(two):
    """The sheet by owner of a month pack is the report."""
    pack = settled(two, A_IS_X).document("month-pack", month="2026-07")

    (section,) = (section for section in pack.sections if section.title == "By owner")
    assert section.frame.values("owner") == two.report("spend-by-owner", month="2026-07").values("owner")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (A_IS_X + "[[owner]]\nkeys = 'a'\nowner = 'y'\n", "line 2: [[owner]] keys: and keyspend.toml, line 5"),
        (
            "[[owner]]\nkeys = 'a*'\nowner = 'x'\n[[owner]]\nkeys = '*a'\nowner = 'y'\n",
            "line 2: [[owner]] keys: and keyspend.toml, line 5",
        ),
        ("[[shared]]\nkeys = 'a'\nshares = { x = 0.3, y = 0.6 }\n", "line 3: [[shared]] shares: must be given"),
        ("[[shared]]\nkeys = 'a'\nshares = { x = 0, y = 0 }\n", "line 3: [[shared]] shares: must be given"),
        ("[[shared]]\nkeys = 'a'\n", "line 1: [[shared]] shares: must be given"),
        ("[[shared]]\nkeys = 'a'\nby = 'spend'\nowners = ['x']\n", "line 4: [[shared]] owners: 'x' owns no key"),
        ("owners = 'mine.csv'\n", "line 1: owners: there is no file 'mine.csv'"),
    ],
)
def test_rules_that_contradict_are_refused(two, settings, words):
    """Rules of equal right, shares that are no whole, and proportions of nothing are told with their lines; no figure is given."""
    with pytest.raises(SettingsError) as caught:
        told(settled(two, settings))
    assert words in caught.value.message


@given(st.integers(-(10**30), 10**30), st.lists(st.integers(0, 10**20), min_size=1, max_size=9))
def test_parts_add_up_and_are_fair(total, weights):
    """The parts are the whole; none is a unit or more from its exact share, and the heavier never gets less."""
    parts = split_count(total, weights)

    assert sum(parts) == total
    shares = weights if any(weights) else [1] * len(weights)
    assert all(abs(Fraction(total * share, sum(shares)) - part) < 1 for part, share in zip(parts, shares, strict=True))
    by_weight = [abs(part) for _, part in sorted(zip(shares, parts, strict=True), key=lambda pair: (pair[0], abs(pair[1])))]
    assert by_weight == sorted(by_weight)


def test_a_third_of_a_fen_is_not_lost():
    """Money is split to the last of 18 decimals, and the rest goes to those with the largest remainder."""
    assert split_cost(Decimal("0.01"), [1, 1, 1]) == [Decimal(f"0.00333333333333333{end}") for end in ("4", "3", "3")]


@st.composite
def rules(draw):
    """Some rules as (keys, parts by owner, first day); a share of None follows from spend. x, y and z own a key that nobody has."""
    told = [((f"none of {owner}",), {owner: Fraction(1)}, date.min) for owner in "xyz"]
    for name in draw(st.lists(st.sampled_from([name for name in NAMES if name.strip()]), unique=True, max_size=6)):
        parts = draw(
            st.sampled_from([{"x": 1}, {"y": 1}, {"x": Fraction(1, 4), "y": Fraction(3, 4)}, {"y": 1, "z": 2}, dict.fromkeys("xz")])
        )
        told.append(((name,), parts, draw(st.sampled_from([date.min, date(2025, 12, 30), date(2026, 8, 30)]))))
    return told


def written(told):
    """Rules as keyspend.toml."""
    text = []
    for keys, parts, start in told:
        shares = {owner: share if share is None else float(share) if share < 1 else int(share) for owner, share in parts.items()}
        line = "keys = [" + ", ".join('"' + key.replace('"', '\\"') + '"' for key in keys) + "]\n"
        line += f"from = {start}\n" if start > date.min else ""
        if len(parts) == 1:
            (owner,) = parts
            text.append(f"[[owner]]\n{line}owner = '{owner}'\nteam = 'team of {owner}'\n")
        elif None in shares.values():
            text.append(f"[[shared]]\n{line}by = 'spend'\nowners = {list(parts)}\n")
        else:
            text.append(f"[[shared]]\n{line}shares = {{ {', '.join(f'{owner} = {share}' for owner, share in shares.items())} }}\n")
    return "".join(text)


def borne(ledger, told):
    """An oracle: what each bears by account and currency, exactly, worked out row by row from the usage."""
    names, masks = defaultdict(set), set()
    for account, api_key, name in ledger.sql("SELECT account, api_key, api_key_name FROM api_key_name").rows:
        names[account, api_key].add(name)
        masks.add(api_key)
    by_parts, own = defaultdict(Fraction), defaultdict(Fraction)
    usage = ledger.sql("SELECT account, api_key, charge_date, currency, sum(computed_cost) FROM usage GROUP BY ALL").rows
    for account, api_key, day, currency, cost in usage:
        known = names[account, api_key] - masks
        held = [(start, parts) for keys, parts, start in told if known & set(keys) and start <= day]
        parts = max(held, key=lambda rule: rule[0])[1] if held else {None: 1}
        by_parts[account, currency, tuple(parts.items())] += Fraction(cost)
        if len(parts) == 1:
            own[currency, *parts] += Fraction(cost)
    found = defaultdict(Fraction)
    for (account, currency, parts), cost in by_parts.items():
        weights = {owner: own[currency, owner] if share is None else share for owner, share in parts}
        weights = weights if any(weights.values()) else dict.fromkeys(weights, 1)
        for owner, weight in weights.items():
            found[account, currency, owner] += cost * weight / sum(weights.values())
    return found


@law(4, cases(), rules())
def test_owners_bear_what_keys_cost(case, told):
    """Whatever the rules say, owners, teams and cost centres add up to what keys cost, and each bears what an oracle works out."""
    with ledger_of(case.zips()) as ledger:
        settled(ledger, written(told))
        spent = sums(ledger.report("spend-by-key"))
        try:
            ledger.owners()
        except SettingsError:
            return  # two names of one key with rules of equal right
        for by in ("owner", "team", "project", "cost_center"):
            assert sums(ledger.report("spend-by-owner", by=by)) == spent
        whole, exact = ledger.report("spend-by-owner"), borne(ledger, told)
        for row in whole.records():
            share = exact.pop((row["account"], row["currency"], row["owner"]), 0)
            assert abs(Fraction(row["computed_cost"]) - share) < Fraction(row["key_count"] + 1, 10**18)
        assert not any(exact.values())
        lines = [row for row in ledger.report("statement").records() if row["section"] in {"owner", "total"}]
        assert sums_of(lines, "owner") == sums_of(lines, "total")
        for account in set(whole.values("account")):
            assert ledger.report("spend-by-owner", account=account).rows == [row for row in whole.rows if row[0] == account]


def sums_of(lines, section):
    """What the lines of a section of a statement come to, where anything was computed: where nothing was, no owner bears it."""
    found = defaultdict(Decimal)
    for row in lines:
        if row["section"] == section and row["computed_cost"]:
            found[row["account"], row["currency"]] += row["computed_cost"]
    return found


def sums(frame):
    """The sums of a frame by account and currency."""
    found = defaultdict(Decimal)
    for row in frame.records():
        for name in ("computed_cost", "input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens", "request_count"):
            found[row["account"], row["currency"], name] += row[name]
    return {about: value for about, value in found.items() if value}


SPREADSHEET = """account;api_key;api_key_name;owner;cost_center;share;from
{account};{a};a;x;CC-1;0,25;
{account};{a};a;'=y;;0,75;
{account};{b};b;;;;
"""


def test_a_spreadsheet_and_back(two, tmp_path):
    """Owners go to a CSV and back unchanged; semicolons and decimal commas do no harm, and keys left empty stay nobody's."""
    (account,) = set(two.report("spend-by-key").values("account"))
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(SPREADSHEET.format(account=account, a=A, b=B), encoding="utf-8-sig", newline="\r\n")

    assert two.import_owners(sheet) == (1, two.directory.root / "owners.csv")
    assert told(two) == {"x": 20, "=y": 60, None: 7}
    assert told(two, by="cost_center") == {"CC-1": 20, None: 67}

    again = tmp_path / "again.csv"
    two.export_owners(again)
    two.import_owners(again)
    assert told(two) == {"x": 20, "=y": 60, None: 7}
    assert b",'=y," in again.read_bytes()
    two.export_owners(tmp_path / "once more.csv")
    assert (tmp_path / "once more.csv").read_bytes() == again.read_bytes()


def test_settings_and_spreadsheet_hold_together(two, tmp_path):
    """The spreadsheet is the one that the settings name; who owns keys there can share those of the settings by spend."""
    (account,) = set(two.report("spend-by-key").values("account"))
    two.directory.root.joinpath("mine.csv").write_text(f"account,api_key,owner,team\n{account},{B},x,t\n", encoding="utf-8")
    settled(two, "owners = 'mine.csv'\n[[shared]]\nkeys = 'a'\nby = 'spend'\nowners = ['x']\n")
    assert told(two, by="team") == {"t": 87, None: 0}

    against = tmp_path / "sheet.csv"
    against.write_text(f"account,api_key,owner\n{account},{A},x\n", encoding="utf-8")
    assert two.import_owners(against) == (1, two.directory.root / "mine.csv")
    assert told(two) == {"x": 80, None: 7}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("account,owner\n", "line 1: it has no column api_key"),
        ("account,api_key,owner\n{account},sk-unknown,x\n", "line 2: api_key: is no key of this account"),
        ("account,api_key,owner,share\n{account},{a},x,0.5\n", "line 2: share: the shares of a key must add up to 1"),
        ("account,api_key,owner,share\n{account},{a},x,0.5\n{account},{a},x,0.5\n", "line 2: owner: is given twice"),
        ("account,api_key,owner,share\n{account},{a},x,half\n", "line 2: share: 'half' must be a number"),
        ("account,api_key,owner,share\n{account},{a},x,spend\n{account},{a},y,spend\n", "line 2: owner: 'x' owns no key"),
        ("account,api_key,owner,from\n{account},{a},x,30.06.2026\n", "line 2: from: '30.06.2026' must be a day"),
        ("account,api_key,owner\n,{a},x\n", "line 2: account: is empty"),
        ("account,api_key,owner\n{account},{a},unassigned\n", "line 2: owner: 'unassigned' must be another word"),
        ("account,api_key,owner\n{account},{a},x,y,z\n", "line 2: it has more cells than the header"),
        ('account,api_key,owner\n"{account},{a},x\n', "it is no CSV"),
        ("", "line 1: it has no column account, api_key, owner"),
    ],
)
def test_a_wrong_spreadsheet_changes_nothing(two, tmp_path, text, words):
    """What cannot be meant is refused with its line, and the owners stay as they were."""
    (account,) = set(two.report("spend-by-key").values("account"))
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(text.format(account=account, a=A), encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        two.import_owners(sheet)

    assert words in caught.value.message
    assert not two.directory.root.joinpath("owners.csv").exists()


def test_the_command_lists_and_carries(samples, tmp_path):
    """`keyspend owners` lists every key, those that nobody owns first; --export writes the same keys."""
    settings, target = tmp_path / "keyspend.toml", tmp_path / "owners-out.csv"
    settings.write_text("[[owner]]\nkeys = ['checkout-api']\nowner = 'shop'\n", encoding="utf-8")

    def run(*arguments):
        return CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), "--config", str(settings), *arguments])

    listed = csv.DictReader(io.StringIO(run("owners", "--format", "csv").stdout))
    assert [row["assignment"] for row in listed] == ["unassigned"] * 12 + ["assigned"] * 2
    assert run("owners", "--export", str(target)).exit_code == 0
    assert len(owners_csv.read(target)) == 2
    assert run("owners", "--export", str(target), "--import", str(target)).exit_code == 2


def test_the_check_tells_what_is_understood(two, tmp_path):
    """`config check` counts the keys with an owner, names those that are nowhere, and says no to rules that contradict each other."""

    def check(text, *arguments):
        settled(two, text)
        return CliRunner().invoke(main, ["--data-dir", str(two.directory.root), *arguments, "config", "check"])

    right = check(A_IS_X + "[[owner]]\nkeys = ['abx', 'b*']\nowner = 'x'\n")
    assert right.stdout.splitlines()[1].startswith("2 of 2 keys have an owner")
    assert right.stderr.splitlines() == ["note: keyspend.toml, line 5: [[owner]] keys: 'abx' is no key so far"]
    wrong = check(A_IS_X + "[[owner]]\nkeys = 'a'\nowner = 'y'\n")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "line 2" in wrong.stderr
    assert "line 5" in wrong.stderr
    missing = check("", "--config", str(tmp_path / "none.toml"))
    assert (missing.exit_code, "[settings-missing]" in missing.stderr) == (2, True)


def test_the_owners_of_the_samples(samples, golden):
    """The settings that come with the samples charge them to this, byte for byte, and leave three keys to nobody."""
    ledger = Keyspend(DataDirectory(samples.directory.root, SAMPLES / "keyspend.toml"))

    golden.check("spend-by-owner-settled.csv", writer("csv")(ledger.report("spend-by-owner", month="2026-08")))
    golden.check("owners.csv", writer("csv")(ledger.owners()))
    assert ledger.assignment_coverage() == (11, 14, [])
