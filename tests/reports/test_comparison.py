"""Two keys or two periods side by side: parts that add up, a key beside itself, and what is refused."""

from decimal import Decimal
from itertools import groupby

import pytest
from click.testing import CliRunner

from analytics.cli.main import main
from analytics.writers import writer

NIGHTLY, REVIEW = "nightly batch", "🤖 code-review"


def differences(frame):
    """Of each key and currency the difference of its cost, and its drivers."""
    found = {}
    for about, rows in groupby(frame.rows, key=lambda row: row[:6]):
        lines = {(row[6], row[7]): row[10] for row in rows}
        found[about] = lines["cost", "computed_cost"], {item: value for (section, item), value in lines.items() if section == "driver"}
    return found


@pytest.mark.parametrize(
    ("pair", "asked"),
    [((NIGHTLY, REVIEW), {"month": "2026-09"}), ((), {"month": "2026-09", "against": "2026-08"})],
)
def test_parts_add_up(samples, pair, asked):
    """The drivers of every key add up to the difference of its cost, to the last digit."""
    told = differences(samples.compare(*pair, **asked))

    assert told
    assert all(sum(drivers.values(), Decimal(0)) == difference for difference, drivers in told.values())


def test_a_key_beside_itself_is_no_difference(samples):
    """Every difference is nothing, and no driver is told."""
    frame = samples.compare(NIGHTLY, NIGHTLY, month="2026-09")

    assert set(frame.values("difference")) == {0}
    assert "driver" not in frame.values("section")


def test_two_periods_have_the_bridge_of_variance(samples):
    """The drivers of each key are those that the report variance tells."""
    variance = samples.report("variance", month="2026-09", against="2026-08")
    wanted = {(row["api_key"], row["currency"], row["driver"]): row["effect_cost"] for row in variance.records() if row["section"] == "key"}
    told = differences(samples.compare(month="2026-09", against="2026-08"))

    assert {(about[3], about[5], item): value for about, (_, drivers) in told.items() for item, value in drivers.items()} == wanted


def test_sides_are_the_costs_of_reports(samples):
    """Each side is what spend-by-key says of that key, to the digit."""
    frame = samples.compare(NIGHTLY, REVIEW, month="2026-09")
    costs = dict(
        zip(*(samples.report("spend-by-key", month="2026-09").values(name) for name in ("api_key_name", "computed_cost")), strict=True)
    )
    row = next(frame.records())

    assert (row["previous_value"], row["value"]) == (costs[NIGHTLY], costs[REVIEW])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], "compare-what"),
        ([NIGHTLY], "compare-what"),
        ([NIGHTLY, REVIEW, "--month", "2026-09", "--against", "2026-08"], "compare-what"),
        ([NIGHTLY, "checkout-api", "--month", "2026-09"], "compare-several"),
        ([NIGHTLY, "nobody"], "key-unknown"),
        ([NIGHTLY, REVIEW, "--month", "2025-01"], "compare-unused"),
        (["--month", "2026-09", "--against", "2026-10"], "against-later"),
    ],
)
def test_what_cannot_be_compared_is_refused(samples, arguments, code):
    """It ends with exit code 2 and its stable code, and prints no figure."""
    result = CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), "compare", *arguments])

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"[{code}]" in result.stderr


def test_the_command_prints_what_the_library_answers(samples):
    """The bytes on stdout are the frame of the library."""
    arguments = ["compare", NIGHTLY, REVIEW, "--month", "2026-09", "--format", "csv"]
    result = CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), *arguments])

    assert result.stdout_bytes == writer("csv")(samples.compare(NIGHTLY, REVIEW, month="2026-09"))


def test_people_get_a_table_that_they_can_read(samples):
    """Quantities are whole, amounts have six decimals, and all points of a column stand below each other."""
    arguments = ["compare", NIGHTLY, REVIEW, "--month", "2026-09", "--format", "table"]
    lines = CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), *arguments]).stdout.splitlines()

    (cost,) = [line for line in lines if "computed_cost" in line]
    (requests,) = [line for line in lines if "request_count" in line]
    assert "1,544.863284 " in cost
    assert " 52,700 " in requests
    assert requests.index("52,700") + len("52,700") == cost.index("1,544.863284") + len("1,544")
