"""Feedback on days of keys: what each verdict changes and what it leaves, how it is kept, and how it is withdrawn."""

from datetime import timedelta

import numpy
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import Keyspend, UsageError
from analytics.analysis.anomalies import detection
from analytics.cli.main import main
from tests.conftest import NOW, SAMPLES
from tests.support.alerts import alerts_of, flagged, uneven, usual

SPIKE = {"cost": 40, "requests": 400}


def used(*spikes):
    """120 usual days, some of which cost four times as much."""
    return {day: usual(day, **(SPIKE if day in spikes else {})) for day in range(120)}


@pytest.mark.parametrize(
    ("verdict", "alerts"),
    [("yes", [("spike", 80, 81)]), ("no", []), ("planned", []), ("withdrawn", [("spike", 80, 81)])],
)
def test_feedback_decides_which_days_alert(verdict, alerts):
    """Days that were usual or planned raise no alert; those that were unusual still do; and nothing else changes."""
    assert alerts_of(used(80, 81), feedback=[(80, verdict), (81, verdict)]) == alerts


def test_days_that_are_partly_planned_alert_about_the_others():
    """Of a spike of three days of which two were planned, the third alerts."""
    assert alerts_of(used(80, 81, 82), feedback=[(80, "planned"), (81, "planned")]) == [("spike", 82, 82)]


def test_planned_days_are_no_usual_days():
    """Four weeks of a planned campaign do not make the next burst usual; with feedback that they were usual, they do."""
    campaign = range(50, 78)
    use = used(*campaign, 90)

    assert alerts_of(use, feedback=[(day, "planned") for day in campaign]) == [("spike", 90, 90)]
    assert alerts_of(use, feedback=[(day, "no") for day in campaign]) == []


def test_planned_silence_is_no_silence():
    """A key that is unused for planned weeks is not silent, nor revived when it is used again; unplanned, it is both."""
    use = {day: usual(day) for day in [*range(60), *range(90, 120)]}
    pause = [(day, "planned") for day in range(60, 90)]

    assert [kind for kind, *_ in alerts_of(use)] == ["revived_key"]
    assert alerts_of(use, feedback=pause) == []
    assert alerts_of({day: usual(day) for day in range(60)}, known=90, feedback=pause) == []
    assert alerts_of({day: usual(day) for day in range(60)}, known=100, feedback=pause) == [("silent_key", 90, 99)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.1, 100), min_size=30, max_size=90), st.integers(0, 89), st.integers(1, 20))
def test_feedback_changes_nothing_before_its_days(costs, first, length):
    """What is left out of history changes no flag of the days before it, and of another series none at all."""
    grid = numpy.array([costs, uneven(len(costs))])
    left_out = grid.copy()
    left_out[0, first : first + length] = numpy.nan
    found = detection.spikes(grid, 0, numpy.zeros(2), left_out)

    assert [day for day in found.column[found.row == 0] if day <= first] == [day for day in flagged(costs) if day <= first]
    assert found.column[found.row == 1].tolist() == flagged(uneven(len(costs)))


def run(ledger, *arguments):
    """The command on a ledger."""
    return CliRunner().invoke(main, ["--data-dir", str(ledger.directory.root), *arguments])


def test_feedback_is_an_act(ledger):
    """The journal has it with its note, without secrets; hot keys follow it; a rebuild and `verify` agree; it can be withdrawn."""
    ledger.import_paths([SAMPLES / "main-account"])
    before = ledger.report("hot-keys")
    spike = next(row for row in before.records() if row["kind"] == "spike")
    days = ("--from", str(spike["first_date"]), "--to", str(spike["last_date"] + timedelta(days=1)))

    done = run(ledger, "feedback", spike["api_key_name"], "planned", *days, "--note", f"a test with sk-{'0a' * 16}")
    assert done.exit_code == 0
    assert "planned; nothing alerts about them" in done.stderr
    silenced = ledger.report("hot-keys").rows
    assert [row[1:] for row in silenced] == [row[1:] for row in before.rows if row[3] != spike["api_key_name"]]
    act = list(ledger.audit().records())[-1]
    assert act["act"] == "feedback"
    assert act["details"].endswith("; a test with sk-(withheld)")

    ledger.rebuild()
    assert ledger.report("hot-keys").rows == silenced
    assert all(check.holds for check in ledger.verify())

    ledger.feedback(spike["api_key"], "withdrawn", start=days[1], end=days[3])
    assert ledger.report("hot-keys") == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"key": "nobody"}, "key-unknown"),
        ({"key": "eval runs", "account": "acct-nobody"}, "account-unknown"),
        ({"key": "sandbox", "verdict": "perhaps"}, "verdict-unknown"),
        ({"key": "sandbox", "end": "2026-06-01"}, "period-empty"),
    ],
)
def test_wrong_feedback_changes_nothing(samples, arguments, code):
    """Feedback without a known key, day or verdict is refused before anything is written."""
    journal = samples.directory.journal.read_bytes()
    with pytest.raises(UsageError) as caught:
        samples.feedback(**{"verdict": "no", "start": "2026-06-01", "end": "2026-06-02", **arguments})
    assert caught.value.code == code
    assert samples.directory.journal.read_bytes() == journal


def test_a_name_of_two_keys_is_no_key(samples, tmp_path):
    """A name that keys of two accounts have needs the account; the refusal names the keys that match."""
    names = samples.sql("SELECT api_key_name FROM api_key_name GROUP BY ALL HAVING count(DISTINCT account || api_key) > 1").rows
    ledger = Keyspend(samples.directory.root, clock=lambda: NOW)
    for (name,) in names:
        with pytest.raises(UsageError) as caught:
            ledger.feedback(name, "no", start="2026-06-01", end="2026-06-02")
        assert caught.value.code == "key-ambiguous"
    assert names
