"""The catalog of columns has every column of every report, with its kind and unit."""

import csv
import io

import pytest

from analytics.core.columns import COLUMNS, FOCUS_COLUMNS, spec
from analytics.core.frame import Column
from analytics.reports.registry import available_reports
from tests.support.golden_files import FOLDER

CATALOG = {**COLUMNS, **FOCUS_COLUMNS}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda path: path.stem)
def test_every_column_of_a_golden_file_is_in_the_catalog(path):
    """A new column needs an entry before its report can be golden."""
    header = next(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert path.stem.startswith("awkward") or set(header) <= set(CATALOG)


@pytest.mark.parametrize("name", [name for name in available_reports() if name != "month-pack"])
def test_kinds_fit_types(name, samples):
    """The columns with a kind of number are those with a type of number; only exact numbers and counts add up."""
    for column in samples.report(name, month="2026-07").columns:
        column_spec = spec(column)
        assert column_spec == CATALOG[column.name]._replace(adds_up=column_spec.adds_up)
        assert column.is_number is (column_spec.kind in ("money", "price", "ratio", "count", "number", "identifier")), column
        assert not column_spec.adds_up or column.is_decimal or column.type in ("BIGINT", "INTEGER", "HUGEINT"), column


@pytest.mark.parametrize(
    ("name", "type_", "kind", "adds_up"),
    [
        ("team_cost", "DECIMAL(38,18)", "money", True),
        ("my_ratio", "DOUBLE", "ratio", False),
        ("average_cost", "DOUBLE", "money", False),
        ("his_variance", "DECIMAL(38,18)", "money", True),
        ("idle_days", "BIGINT", "count", False),
        ("newest_api_key", "VARCHAR", "mask", False),
        ("answer", "BIGINT", "number", False),
        ("account", "BIGINT", "number", False),
        ("computed_cost", "VARCHAR", "text", False),
    ],
)
def test_a_column_of_a_users_query_goes_by_its_name_and_type(name, type_, kind, adds_up):
    """`keyspend sql` may name columns as it likes; a name from the catalog with another type is not the column of the catalog."""
    column_spec = spec(Column(name, type_))
    assert (column_spec.kind, column_spec.adds_up) == (kind, adds_up)
