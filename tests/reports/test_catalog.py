"""What the catalogue says of a report is what its SQL says, and every statement can be put to another engine."""

from pathlib import Path

import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

import analytics
from analytics.reports import comparison, query, statements, statistics, what_if
from analytics.reports.catalog import ALERT_FLOORS, BUDGETS, OWNERS, REPORTS, SERIES
from analytics.reports.definitions import DEFINITIONS
from analytics.reports.focus import export
from analytics.reports.statements import Statement, sql_text, with_definitions

MODULES = (comparison, export, query, statements, statistics, what_if)
PACKAGE = Path(analytics.__file__).parent
SQL = PACKAGE / "reports" / "sql"
SETTINGS = {"key_rule": OWNERS, "budget_period": BUDGETS, "alert_floor": ALERT_FLOORS}
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
        whole = parsed(spec.sql(by or SERIES[0]))

        assert {name for name in ("grain", "by", "top") if name in parameters(whole)} == set(spec.choices()) - {"against"}
        assert spec.compares is any(name.startswith("compared_") for name in tables(own))
        assert {SETTINGS[name] for name in tables(whole) & set(SETTINGS)} == spec.settings_for(by)


def text_of(name):
    """The SQL of a shared definition."""
    return sql_text(f"definitions/{DEFINITIONS[name].topic}/{name}.sql")


STATEMENTS = {
    **{f"{name} by {by}": spec.sql(by) for name, spec in REPORTS.items() for by in spec.by or SERIES[:1]},
    **{f"definition {name}": text_of(name) for name in DEFINITIONS},
    "focus": with_definitions(export.charges()),
}
FURTHER = {
    "focus": export.charges(),
    **{f"{module.__name__}.{name}": value for module in MODULES for name, value in vars(module).items() if isinstance(value, Statement)},
}
"""The statements of other modules than the catalogue."""


def shared(text):
    """The shared definitions that a text reads, those that depend on the breakdown by their common name."""
    statement = parsed(text)
    names = {name.split("_of_")[0] for name in DEFINITIONS} | set(DEFINITIONS)
    return (tables(statement) - {table.alias for table in statement.find_all(exp.CTE)}) & names


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_needs_what_its_sql_reads(name):
    """The registry names the definitions that the SQL reads and no others, each before it; the SQL begins with what its rows are."""
    definition, text = DEFINITIONS[name], text_of(name)

    assert set(definition.needs) == shared(text)
    assert text.startswith("-- ")
    before = list(DEFINITIONS)[: list(DEFINITIONS).index(name)]
    assert {need for need in definition.needs if need in DEFINITIONS} <= set(before)


def test_every_definition_has_its_file_and_every_file_its_definition():
    """Registry and folder name the same definitions."""
    files = {(path.parent.name, path.stem) for path in (SQL / "definitions").rglob("*.sql")}
    assert {(definition.topic, name) for name, definition in DEFINITIONS.items()} == files


@pytest.mark.parametrize("spec", REPORTS.values(), ids=lambda spec: spec.name)
def test_a_report_needs_what_its_sql_reads(spec):
    """The catalogue names the shared definitions that the SQL of a report reads, and no others."""
    assert set(spec.needs) == shared((SQL / f"{spec.name}.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FURTHER)
def test_a_statement_needs_what_it_reads(name):
    """The same holds of the statements of other modules."""
    assert set(FURTHER[name].needs) == shared(FURTHER[name].body)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_table_goes_in_as_one_parameter(name):
    """A parameter is a value, or a list that is read as a table: a table of several columns is one list of structs."""
    for call in parsed(STATEMENTS[name]).find_all(exp.Explode, exp.Unnest):
        if call.find(exp.Parameter, exp.Placeholder):
            assert isinstance(call.parent, exp.From), call.sql()


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
