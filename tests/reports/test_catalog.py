"""What the catalogue says of a report is what its SQL says, and every statement can be put to another engine."""

from pathlib import Path

import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

import analytics
from analytics.reports.catalog import ALERT_FLOORS, BUDGETS, OWNERS, REPORTS, SERIES
from analytics.reports.focus import export
from analytics.reports.statements import sql, with_definitions

PACKAGE = Path(analytics.__file__).parent
SQL = PACKAGE / "reports" / "sql"
SETTINGS = {"key_rule": OWNERS, "decided_budget": BUDGETS, "decided_floor": ALERT_FLOORS}
"""The definition that reads each part of the settings."""


def parsed(text):
    """The one statement of a text, as DuckDB understands it."""
    (statement,) = sqlglot.parse(text, read="duckdb")
    return statement


def tables(statement):
    """The names of all tables and definitions that a statement reads."""
    return {table.name for table in statement.find_all(exp.Table)}


def parameters(statement):
    """The names of the parameters of a statement."""
    return {parameter.name for kind in (exp.Parameter, exp.Placeholder) for parameter in statement.find_all(kind)}


def test_every_report_has_its_sql_and_every_sql_its_report():
    """The catalogue and the folder name the same reports."""
    assert set(REPORTS) == {path.stem for path in SQL.glob("*.sql")}


@pytest.mark.parametrize("spec", REPORTS.values(), ids=lambda spec: spec.name)
def test_a_spec_is_what_its_sql_takes(spec):
    """What can be chosen, whether it compares, and what it takes from the settings: all of it is in the SQL, and nothing else."""
    own = parsed((SQL / f"{spec.name}.sql").read_text(encoding="utf-8"))
    for by in spec.by or (None,):
        whole = parsed(sql(spec.name, by or SERIES[0]))

        assert {name for name in ("grain", "by", "top") if name in parameters(whole)} == set(spec.choices()) - {"against"}
        assert spec.compares is any(name.startswith("compared_") for name in tables(own))
        assert {SETTINGS[name] for name in tables(whole) & set(SETTINGS)} == spec.settings_for(by)


STATEMENTS = {
    **{f"{name} by {by}": sql(name, by) for name, spec in REPORTS.items() for by in spec.by or SERIES[:1]},
    "focus": with_definitions(export._charges().strip().rstrip(";")),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_can_be_written_for_spark(name):
    """No statement has a construct that Spark's dialect lacks, and none is passed on as text that was not understood."""
    assert not parsed(STATEMENTS[name]).find(exp.Command)
    assert sqlglot.transpile(STATEMENTS[name], read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)


@pytest.mark.parametrize("path", sorted((PACKAGE / "ledger" / "database").glob("*.sql")), ids=lambda path: path.stem)
def test_the_schema_and_views_can_be_written_for_spark(path):
    """The same holds of the tables and views of the database."""
    text = path.read_text(encoding="utf-8")
    assert not any(statement.find(exp.Command) for statement in sqlglot.parse(text, read="duckdb") if statement)
    assert sqlglot.transpile(text, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
