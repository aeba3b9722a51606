"""Budgets: figures by hand, days of crossing, what they share with other reports, and what is refused."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner

from analytics.cli.main import main
from analytics.settings.problems import SettingsError
from tests.support.generated import DAY, Call, Key, World, simple_cut
from tests.support.laws import ledger_of
from tests.support.worlds import FIRST, HIGH, LOW, bought, settled

# 1 yuan a day of `b`, 2 of `a`, on the first ten days of August, and a last day that was in progress when exported.
SPENT = [(key, "m", tier, day, (0, 1, 0)) for day in range(10) for key, tier in ((0, HIGH), (1, LOW))]


def use(ledger, settings, **scope):
    """Each budget's status, used and projected cost, highest threshold, and day of crossing by its number in August."""
    settled(ledger, settings)
    rows = ledger.report("budgets", **scope).records()
    return {
        row["budget"]: (
            row["status"],
            row["used_cost"],
            row["projected_cost"] and round(row["projected_cost"], 6),
            row["crossed_threshold"] and float(row["crossed_threshold"]),
            row["crossing_date"] and (row["crossing_date"] - FIRST + DAY).days,
        )
        for row in rows
    }


OWNED = '[[owner]]\nkeys = "a"\nowner = "x"\nteam = "t"\n'
SHARED = '[[shared]]\nkeys = "b"\nshares = { x = 0.5, y = 0.5 }\n'


def budget(amount, *lines, name="n", currency="CNY"):
    """The settings of a budget."""
    return "\n".join(["[[budget]]", f'name = "{name}"', f"amount = {amount}", f'currency = "{currency}"', *lines, ""])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # 30 yuan in ten days of 31 come to 93.
        (budget(100), ("within", 30, 93, None, None)),
        (budget(93), ("within", 30, 93, None, None)),
        # One fen less, and the last day of the month crosses it.
        (budget(92.99), ("at-risk", 30, 93, None, 31)),
        (budget(32), ("at-risk", 30, 93, 0.8, 11)),
        # What is used up is not crossed before something more is spent.
        (budget(30), ("at-risk", 30, 93, 1, 11)),
        (budget(12), ("crossed", 30, 93, 1, 5)),
        (budget(31, 'key = "b"', "thresholds = [0.1, 0.3]"), ("warned", 10, 31, 0.3, None)),
        (budget(31, currency="USD"), ("within", 0, 0, None, None)),
        # Ten days of the 92 of a quarter, of which no day of July is known: what is known goes on.
        (budget(300, 'period = "quarterly"'), ("within", 30, 276, None, None)),
        (
            OWNED + budget(62, 'owner = "x"'),
            ("within", 20, 62, None, None),
        ),
        (
            OWNED + SHARED + budget(24, 'team = "t"'),
            ("crossed", 25, Decimal("77.5"), 1, 10),
        ),
    ],
)
def test_budgets_by_hand(settings, expected):
    """What was used, what it comes to, which threshold was crossed and on which day the budget is, as worked out on paper."""
    with bought(*SPENT, days=10) as ledger:
        assert use(ledger, settings) == {"n": (expected[0], expected[1], expected[2], *expected[3:])}


def test_few_days_go_on_at_their_pace():
    """Six days are no history: what they come to is the run rate, and so is the day of crossing."""
    with bought(*(use for use in SPENT if use[3] < 6), days=6) as ledger:
        assert use(ledger, budget(90)) == {"n": ("at-risk", 18, 93, None, 31)}
        assert ledger.report("budgets").values("confidence") == ["none"]


def test_a_budget_knows_weekends():
    """Of a key that rests at weekends no budget is crossed on one, whatever the pace; what it comes to is what the forecast says."""
    used = [(0, "m", LOW, day, (0, 10, 0)) for day in range(70) if (FIRST + day * DAY).weekday() < 5]
    with bought(*used, days=70) as ledger:
        (foreseen,) = ledger.report("forecast").records()
        last = foreseen["as_of_date"]
        settled(ledger, budget(foreseen["month_to_date_cost"] + 20))
        (row,) = ledger.report("budgets").records()

    assert (row["projected_cost"], row["run_rate_cost"]) == (foreseen["forecast_cost"], foreseen["run_rate_cost"])
    assert (last.weekday(), row["crossing_date"].weekday()) == (4, 1)


def test_only_complete_days_count():
    """A day that was in progress when exported is no part of what was used."""
    at = datetime.combine(FIRST, datetime.min.time()) + timedelta(hours=4)
    world = World(
        (Key(0, "sk-aaaaa**********************aaaa", ((FIRST, "a"),)),),
        tuple(Call(0, "m", LOW, at + n * DAY, (0, 10**6, 0, 1)) for n in range(3)),
    )
    cut = replace(simple_cut(FIRST, 3, exported_at=at + 2 * DAY + timedelta(hours=5)), offset="+00:00")
    with ledger_of([world.zip(cut)]) as ledger:
        assert ledger.report("spend-by-key").values("computed_cost") == [3]
        settled(ledger, budget(100))
        (row,) = ledger.report("budgets").records()
        assert (row["used_cost"], row["complete_days"], row["last_date"]) == (2, 2, FIRST + DAY)


def test_the_budget_usage_of_an_owner_is_its_spend(samples, tmp_path, monkeypatch):
    """Budgets of a whole month show to the last digit what spend-by-owner, spend-by-key and spend-by-model show."""
    path = tmp_path / "keyspend.toml"
    path.write_text(
        """[[owner]]
keys = ["checkout-api", "nightly batch"]
owner = "shop"
cost_center = "CC-1"
[[owner]]
keys = ["nightly batch"]
owner = "batch"
from = 2026-09-11
[[shared]]
keys = ["客服助手"]
shares = { shop = 0.333, batch = 0.667 }
[[shared]]
keys = ["translator"]
by = "spend"
owners = ["shop", "batch"]
"""
        + "".join(
            budget(500, *about, name=name)
            for name, about in {
                "shop": ['owner = "shop"'],
                "batch": ['owner = "batch"'],
                "CC-1": ['cost_center = "CC-1"'],
                "key": ['key = "translator"'],
                "all": [],
            }.items()
        ),
        encoding="utf-8",
    )
    monkeypatch.setenv("KEYSPEND_CONFIG", str(path))
    ledger = type(samples)(samples.directory.root)
    used = dict(zip(*(ledger.report("budgets", month="2026-09").values(name) for name in ("budget", "used_cost")), strict=True))
    scope = {"month": "2026-09", "currency": "CNY"}
    owners, centres = (ledger.report("spend-by-owner", **scope, by=by) for by in ("owner", "cost_center"))

    assert {row["owner"]: row["computed_cost"] for row in owners.records() if row["owner"]} == {
        name: used[name] for name in ("shop", "batch")
    }
    assert {row["computed_cost"] for row in centres.records() if row["cost_center"]} == {used["CC-1"]}
    assert sum(ledger.report("spend-by-key", **scope, keys="translator").values("computed_cost")) == used["key"]
    assert sum(ledger.report("spend-by-key", **scope).values("computed_cost")) == used["all"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('owner = "x"\nteam = "t"\n', "line 6: [[budget]] team: cannot be given beside owner"),
        ('name = "m"\n', "it is no TOML"),
        ("thresholds = []\n", "line 5: [[budget]] thresholds: must hold"),
        ('period = "yearly"\n', "line 5: [[budget]] period: must be one of"),
        (budget(2), "line 2: [[budget]] name: is that of another"),
    ],
)
def test_budgets_that_make_no_sense_are_refused(lines, words):
    """A budget is about one thing, and its name is its own."""
    with bought(*SPENT[:2]) as ledger, pytest.raises(SettingsError) as caught:
        use(ledger, budget(1) + lines)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 0),
        (["--fail-on", "warned"], 6),
        (["--fail-on", "at-risk"], 6),
        (["--fail-on", "crossed"], 0),
    ],
)
def test_the_exit_code_shows_a_crossed_budget(samples, tmp_path, options, code):
    """--fail-on ends with 6 when a budget stands at least so; the report is written all the same."""
    settings = tmp_path / "keyspend.toml"
    settings.write_text(budget(3700), encoding="utf-8")
    arguments = ["--data-dir", str(samples.directory.root), "--config", str(settings), "report", "budgets", "--to", "2026-09-28"]

    result = CliRunner().invoke(main, [*arguments, "--format", "csv", *options])

    assert (result.exit_code, result.stdout.splitlines()[1].split(",")[7]) == (code, "at-risk")
    assert CliRunner().invoke(main, [*arguments[:4], "report", "spend-by-key", "--fail-on", "crossed"]).exit_code == 2


def test_a_ledger_without_budgets_has_an_empty_report(samples):
    """No budget is no error; the day is that of the data, and of no clock."""
    assert samples.report("budgets").rows == []
    assert samples.report("budgets", month="2026-06").rows == []
    assert date(2026, 9, 30) == samples.sql("SELECT max(charge_date) FROM owned_day").rows[0][0]
