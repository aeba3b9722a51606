"""Every report on the sample organisation, byte for byte, and what reports say besides their rows."""

from decimal import Decimal

import pytest

from analytics import UsageError
from analytics.reports.catalog import reports
from analytics.writers import table, writer
from tests.support.scopes import SCOPES

OF_CLOSED_MONTHS = ("months", "late-adjustments")


@pytest.mark.parametrize("name", reports())
def test_reports_answer_this(samples, closed, golden, name):
    """Each report on the samples equals its golden file; the second half of the year has every trap in it."""
    frame = (closed if name in OF_CLOSED_MONTHS else samples).report(name, **SCOPES.get(name, {"month": "2026-08"}))

    golden.check(f"{name}.csv", writer("csv")(frame))


@pytest.mark.parametrize("name", ["spend-by-key", "unit-costs"])
def test_people_see_this_table(samples, golden, name):
    """The tables that people read are worth reading."""
    golden.check(f"{name}.table", table.table(samples.report(name, month="2026-08")).encode())


def test_the_whole_is_the_sum_of_its_parts(samples):
    """Keys, models, days and months add up to the same computed cost and to the same bill, per currency, exactly."""
    billed = dict(samples.sql("SELECT currency, sum(billed_cost) FROM billing GROUP BY currency").rows)

    for name in ("spend-by-key", "spend-by-model", "spend-by-day", "spend-by-month", "unit-costs", "reconciliation"):
        totals = dict.fromkeys(billed, Decimal(0))
        for record in samples.report(name).records():
            totals[record["currency"]] += record["computed_cost"]
        assert totals == billed, name


def test_a_scope_narrows_every_report(samples):
    """Account, key (by mask or name), model and period each narrow the answer to their own rows."""
    everything = samples.report("spend-by-key", month="2026-08")
    row = next(everything.records())

    by_mask = samples.report("spend-by-key", month="2026-08", account=row["account"], keys=row["api_key"])
    by_name = samples.report("spend-by-key", month="2026-08", account=row["account"], keys=[row["api_key_name"]])

    assert by_mask.rows == by_name.rows == [everything.rows[0]]
    days = samples.report("spend-by-day", start="2026-08-10", end="2026-08-12")
    assert {str(day) for day in days.values("charge_date")} == {"2026-08-10", "2026-08-11"}
    models = samples.report("spend-by-model", models="deepseek-v4-pro")
    assert set(models.values("model")) == {"deepseek-v4-pro"}


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"account": "acct-nobody"}, "account-unknown"),
        ({"keys": "no such key"}, "key-unknown"),
        ({"models": ["gpt"]}, "model-unknown"),
        ({"month": "2026-99"}, "period-month"),
        ({"month": "2026-08", "start": "2026-08-01"}, "period-both"),
        ({"start": "2026-08-02", "end": "2026-08-01"}, "period-empty"),
    ],
)
def test_a_wrong_scope_is_refused(samples, scope, code):
    """A typo never looks like a quiet month."""
    with pytest.raises(UsageError) as caught:
        samples.report("spend-by-key", **scope)
    assert caught.value.code == code


def test_a_month_without_data_is_an_empty_frame(samples):
    """A period before the first export has columns and no rows, and says from when on something is known."""
    report = samples.answer("spend-by-key", month="2025-01")
    assert report.frame.rows == []
    assert report.notes == ["no export tells of any day of 2025-01; known are 2026-04-01 to 2026-09-30"]


def test_a_report_says_what_is_partial_and_what_does_not_reconcile(ledger, tmp_path):
    """Days that were in progress or do not reconcile are named in the rows and beside them."""
    from tests.conftest import SAMPLES

    ledger.import_paths([SAMPLES / "main-account" / "usage_data_2026-07-01_2026-07-30.zip"])

    report = ledger.answer("spend-by-key", month="2026-07")

    assert [str(day) for day in report.partial_dates] == ["2026-07-30"]
    assert set(report.frame.values("partial_dates")) <= {"2026-07-30", None}
    assert "2026-07-30" in report.notes[0]
    assert report.unreconciled_dates == []


def test_nothing_imported_is_said_with_what_to_do(ledger):
    """A report before the first import says so."""
    with pytest.raises(UsageError, match="nothing was imported") as caught:
        ledger.report("spend-by-key")
    assert "keyspend import" in caught.value.hint


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY usage TO '/tmp/keyspend-leak.csv'",
        "ATTACH '/tmp/keyspend-other.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "DELETE FROM fact",
        "DROP VIEW usage",
        "SELECT getenv('HOME')",
        "SELECT * FROM nothing",
        "SELEC 1",
        "",
    ],
)
def test_sql_reads_the_views_and_nothing_else(samples, statement):
    """SQL can neither reach a file, nor change a setting, nor change a row; a mistake is told as one."""
    before = samples.report("spend-by-month").rows
    with pytest.raises(UsageError):
        samples.sql(statement)
    assert samples.report("spend-by-month").rows == before
