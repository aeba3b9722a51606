"""What no export covers is not zero: it is named, and nothing is said to have changed."""

from datetime import date, datetime

import pytest
from click.testing import CliRunner

from analytics.cli.main import main
from analytics.core.errors import ExitCode
from tests.support.generated import DAY, Call, Cut, Key, World
from tests.support.laws import ledger_of
from tests.support.small_exports import OFF_PEAK, masked

FIRST = date(2026, 8, 1)
COMPARING = ("summary", "statement", "variance", "key-movers", "key-leaderboard")
ALL = (*COMPARING, "spend-by-key", "spend-by-day", "tokens-by-key", "unit-costs", "hot-keys", "budgets", "focus", "month-pack")


def world(*accounts):
    """Accounts of one key each that cost 1.00 a day from the first day on, for so many days."""
    keys = tuple(Key(account, masked(account + 1), ((FIRST, f"key {account}"),)) for account, _ in enumerate(accounts))
    calls = tuple(
        Call(account, "m", OFF_PEAK, datetime.combine(FIRST + day * DAY, datetime.min.time()), (0, 0, 10**6, 1))
        for account, days in enumerate(accounts)
        for day in range(days)
    )
    return World(keys, calls)


def cut(account, first, days):
    """A complete export of so many days."""
    return Cut(account, first, days, "C", "Z", datetime(2026, 10, 20))


@pytest.fixture(scope="module")
def partly():
    """A ledger in which one account is known in all of August and on three days of September, another in August alone."""
    both = world(34, 31)
    with ledger_of([both.zip(cut(0, FIRST, 34)), both.zip(cut(1, FIRST, 31))]) as ledger:
        ledger.directory.settings.write_text('[[budget]]\nname = "b"\namount = "40"\ncurrency = "CNY"\nkey = "key 1"\n', encoding="utf-8")
        yield ledger


def accounts(ledger):
    """The names of the accounts by the name of their key."""
    return {name: account for account, name in ledger.sql("SELECT DISTINCT account, api_key_name FROM api_key_name").rows}


def run(ledger, *arguments):
    """The result of a command."""
    return CliRunner().invoke(main, ["--data-dir", str(ledger.directory.root), *arguments])


@pytest.mark.parametrize("name", ALL)
def test_a_month_without_evidence_is_no_month_of_zero(partly, tmp_path, name):
    """No report of October has a figure, and each says that no export covers it and ends with 5 where that is asked for."""
    arguments = [
        name,
        "--month",
        "2026-10",
        "--require-complete",
        "-o",
        str(tmp_path / ("pack.xlsx" if name == "month-pack" else "file.csv")),
    ]
    result = run(partly, "report", *arguments)

    assert result.exit_code == ExitCode.INCOMPLETE, result.output
    assert "no export tells of any day of 2026-10" in result.stderr
    assert name in ("month-pack", "budgets") or partly.report(name, month="2026-10").rows == []


@pytest.mark.parametrize("name", ALL)
def test_a_month_of_which_days_are_absent_says_how_many(partly, tmp_path, name):
    """September counts three of thirty days of one account and none of the other, in every report, and is not complete."""
    arguments = [
        name,
        "--month",
        "2026-09",
        "--require-complete",
        "-o",
        str(tmp_path / ("pack.xlsx" if name == "month-pack" else "file.csv")),
    ]
    result = run(partly, "report", *arguments)
    names = accounts(partly)

    assert result.exit_code == ExitCode.INCOMPLETE, result.output
    assert f"no export of {names['key 0']} covers 2026-09-04 to 2026-09-30: 3 of 30 days" in result.stderr
    assert f"no export of {names['key 1']} covers 2026-09-01 to 2026-09-30: 0 of 30 days" in result.stderr


@pytest.mark.parametrize("name", COMPARING)
def test_an_account_without_data_is_not_said_to_have_stopped(partly, name):
    """Of the account that September lacks no report that compares has a row, be it of zero."""
    rows = list(partly.report(name, month="2026-09").records())

    assert {row.get("account") for row in rows} - {None} <= {accounts(partly)["key 0"]}
    assert not any(row["effect_cost"] for row in rows if row.get("driver") == "retired_key")


def test_a_budget_of_a_period_without_a_complete_day_is_unknown(partly):
    """The budget of August is known; that of October has the status `unknown` and no figures, and alarms nobody."""
    (august,) = partly.report("budgets", month="2026-08").records()
    (october,) = partly.report("budgets", month="2026-10").records()

    assert (august["status"], august["used_cost"]) == ("within", 31)
    assert (october["status"], october["used_cost"], october["projected_cost"], october["complete_days"]) == ("unknown", None, None, 0)
    assert run(partly, "report", "budgets", "--month", "2026-10", "--fail-on", "warned").exit_code == ExitCode.DONE


@pytest.mark.parametrize("arguments", [["--month", "2026-08"], ["--from", "2026-08-05", "--to", "2026-08-20"], []])
def test_a_period_that_is_covered_is_complete(partly, arguments):
    """Where every day is known nothing is missing, and of all days those between the first and the last count."""
    result = run(partly, "report", "spend-by-day", *arguments, "--format", "csv", "--require-complete")

    assert result.exit_code == ExitCode.DONE
    assert "no export" not in result.stderr


def test_a_gap_between_exports_is_absent():
    """Days between two exports that neither covers are missing, in a report of all days too."""
    one = world(31)
    with ledger_of([one.zip(cut(0, FIRST, 3)), one.zip(cut(0, FIRST + 10 * DAY, 3))]) as ledger:
        answer = ledger.answer("spend-by-day")

    assert list(answer.absent_dates.values()) == [[FIRST + number * DAY for number in range(3, 10)]]
    assert not answer.is_complete
