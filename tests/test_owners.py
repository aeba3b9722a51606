"""Who bears what keys cost: rules, their weight and time, splits to the last digit, and the way to a spreadsheet and back."""

import csv
import io
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analytics.analysis.allocation import split_cost, split_count
from analytics.cli import main
from analytics.owners import file
from analytics.settings.problems import SettingsError
from tests.generated import NAMES, cases
from tests.test_laws import law, ledger_of
from tests.test_what_if import HIGH, LOW, bought

A, B = "sk-aaaaa**********************aaaa", "sk-bbbbb**********************bbbb"
CALLS = [(0, "m", HIGH, 0, (0, 10, 0)), (0, "m", HIGH, 2, (0, 30, 0)), (1, "m", LOW, 1, (0, 7, 0))]
"""`a` costs 20 on the first day and 60 on the third, `b` 7."""


def told(ledger, by="owner", **scope):
    """What each bears, by name; None is nobody."""
    return {row[by]: row["computed_cost"] for row in ledger.report("spend-by-owner", by=by, **scope).records()}


def settled(ledger, text):
    """The ledger with these settings."""
    ledger.directory.settings.write_text(text, encoding="utf-8")
    return ledger


@pytest.mark.parametrize(
    ("settings", "bears"),
    [
        ("", {None: 87}),
        ("[[owner]]\nkeys = 'a'\nowner = 'x'\n", {"x": 80, None: 7}),
        # A later rule replaces what held before it.
        (
            "[[owner]]\nkeys = 'a'\nowner = 'x'\n[[owner]]\nkeys = 'a'\nowner = 'y'\nfrom = 2026-08-02\n",
            {"x": 20, "y": 60, None: 7},
        ),
        # Before the first rule a key is nobody's.
        ("[[owner]]\nkeys = 'a'\nowner = 'y'\nfrom = 2026-08-02\n", {"y": 60, None: 27}),
        # A mask beats a name, whichever is the later.
        (
            f"[[owner]]\nkeys = '{A}'\nowner = 'x'\n[[owner]]\nkeys = ['a', 'b']\nowner = 'y'\nfrom = 2026-08-02\n",
            {"x": 80, "y": 7, None: 0},
        ),
        ("[[owner]]\nkeys = 'a'\nowner = 'x'\naccount = 'acct-other'\n", {None: 87}),
        ("[[shared]]\nkeys = 'a'\nshares = { x = 0.25, y = 0.75 }\n", {"x": 20, "y": 60, None: 7}),
        # In proportion to what their own keys cost.
        (
            "[[owner]]\nkeys = 'b'\nowner = 'x'\n[[shared]]\nkeys = 'a'\nby = 'spend'\nowners = ['x']\n",
            {"x": 87, None: 0},
        ),
    ],
)
def test_rules_by_hand(settings, bears):
    """Names, masks, days, accounts, shares and proportions give what a person works out; nobody's spend is always a line."""
    with bought(*CALLS) as ledger:
        assert told(settled(ledger, settings)) == bears


def test_nobody_spent_yet_then_all_bear_alike():
    """Where those who share by spend have none, each bears as much; a digit that cannot be halved goes to the first."""
    settings = """[[owner]]
keys = "b"
owner = "x"
[[owner]]
keys = "b"
owner = "y"
from = 2030-01-01
[[shared]]
keys = "a"
by = "spend"
owners = ["y", "x"]
"""
    with bought(*CALLS) as ledger:
        assert told(settled(ledger, settings), end="2026-08-02") == {"x": 10, "y": 10, None: 0}
        assert told(ledger) == {"x": 87, "y": 0, None: 0}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[[owner]]\nkeys = 'a'\nowner = 'x'\n[[owner]]\nkeys = 'a'\nowner = 'y'\n", "line 2: [[owner]] keys: and keyspend.toml, line 5"),
        ("[[shared]]\nkeys = 'a'\nshares = { x = 0.3, y = 0.6 }\n", "line 3: [[shared]] shares: must be given"),
        ("[[shared]]\nkeys = 'a'\n", "line 1: [[shared]] shares: must be given"),
        ("[[shared]]\nkeys = 'a'\nby = 'spend'\nowners = ['x']\n", "line 4: [[shared]] owners: 'x' owns no key"),
    ],
)
def test_rules_that_contradict_are_refused(settings, words):
    """Rules of equal right, shares that are no whole, and proportions of nothing are told with their lines; no figure is given."""
    with bought(*CALLS) as ledger, pytest.raises(SettingsError) as caught:
        told(settled(ledger, settings))
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
def settings_about(draw, names=NAMES):
    """Some rules that do not contradict each other: at most one of each name and day."""
    text = ["[[owner]]\nkeys = ['no such key']\nowner = 'x'\n[[owner]]\nkeys = ['nor this']\nowner = 'y'\n"]
    for name in draw(st.lists(st.sampled_from([name for name in names if name.strip()]), unique=True, max_size=5)):
        rule = draw(st.sampled_from(["own", "shares", "spend"]))
        quoted = '"' + name.replace('"', '\\"') + '"'
        start = draw(st.sampled_from(["", "from = 2025-12-30\n", "from = 2026-08-30\n"]))
        owner = draw(st.sampled_from("xyz"))
        text.append(
            {
                "own": f"[[owner]]\nkeys = [{quoted}]\nowner = '{owner}'\nteam = '{owner * 2}'\n{start}",
                "shares": f"[[shared]]\nkeys = [{quoted}]\nshares = {{ x = 0.333, y = 0.667 }}\n{start}",
                "spend": f"[[shared]]\nkeys = [{quoted}]\nby = 'spend'\nowners = ['x', 'y']\n{start}",
            }[rule]
        )
    return "".join(text)


@law(6, cases(), settings_about())
def test_owners_bear_what_keys_cost(case, settings):
    """Whatever the rules say, what owners, teams and cost centres bear adds up to what keys cost, tokens and requests too."""
    with ledger_of(case.zips()) as ledger:
        settled(ledger, settings)
        spent = sums(ledger.report("spend-by-key"))
        try:
            ledger.owners()
        except SettingsError:
            return  # two names of one key with rules of equal right
        for by in ("owner", "team", "project", "cost_center"):
            assert sums(ledger.report("spend-by-owner", by=by)) == spent


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


def test_a_spreadsheet_and_back(tmp_path):
    """Owners go to a CSV and back unchanged; semicolons and decimal commas do no harm, and keys left empty stay nobody's."""
    with bought(*CALLS) as ledger:
        (account,) = set(ledger.report("spend-by-key").values("account"))
        sheet = tmp_path / "sheet.csv"
        sheet.write_text(SPREADSHEET.format(account=account, a=A, b=B), encoding="utf-8-sig")

        assert ledger.import_owners(sheet) == (1, ledger.directory.root / "owners.csv")
        assert told(ledger) == {"x": 20, "=y": 60, None: 7}
        assert told(ledger, by="cost_center") == {"CC-1": 20, None: 67}

        again = tmp_path / "again.csv"
        ledger.export_owners(again)
        ledger.import_owners(again)
        assert told(ledger) == {"x": 20, "=y": 60, None: 7}
        assert b",'=y," in again.read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("account,owner\n", "line 1: it has no column api_key"),
        ("account,api_key,owner\n{account},sk-unknown,x\n", "line 2: api_key: is no key of this account"),
        ("account,api_key,owner,share\n{account},{a},x,0.5\n", "line 2: share: the shares of a key must add up to 1"),
        ("account,api_key,owner,share\n{account},{a},x,0.5\n{account},{a},x,0.5\n", "line 2: owner: is given twice"),
        ("account,api_key,owner,share\n{account},{a},x,half\n", "line 2: share: 'half' must be a number"),
        ("account,api_key,owner,from\n{account},{a},x,30.06.2026\n", "line 2: from: '30.06.2026' must be a day"),
        ("account,api_key,owner\n,{a},x\n", "line 2: account: is empty"),
        ("account,api_key,owner\n{account},{a},x,y,z\n", "line 2: it has more cells than the header"),
        ('account,api_key,owner\n"{account},{a},x\n', "it is no CSV"),
    ],
)
def test_a_wrong_spreadsheet_changes_nothing(tmp_path, text, words):
    """What cannot be meant is refused with its line, and the owners stay as they were."""
    with bought(*CALLS) as ledger:
        (account,) = set(ledger.report("spend-by-key").values("account"))
        sheet = tmp_path / "sheet.csv"
        sheet.write_text(text.format(account=account, a=A), encoding="utf-8")

        with pytest.raises(SettingsError) as caught:
            ledger.import_owners(sheet)

        assert words in caught.value.message
        assert not ledger.directory.root.joinpath("owners.csv").exists()


def test_the_command_lists_and_carries(samples, tmp_path):
    """`keyspend owners` lists every key, those that nobody owns first; --export writes the same keys."""
    settings, target = tmp_path / "keyspend.toml", tmp_path / "owners-out.csv"
    settings.write_text("[[owner]]\nkeys = ['checkout-api']\nowner = 'shop'\n", encoding="utf-8")

    def run(*arguments):
        return CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), "--config", str(settings), *arguments])

    listed = csv.DictReader(io.StringIO(run("owners", "--format", "csv").stdout))
    assert [row["assignment"] for row in listed] == ["unassigned"] * 12 + ["assigned"] * 2
    assert run("owners", "--export", str(target)).exit_code == 0
    assert len(file.read(target)) == 2
    assert run("owners", "--export", str(target), "--import", str(target)).exit_code == 2
