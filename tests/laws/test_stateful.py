"""A ledger driven through long random lives, and held at every step against an oracle that knows only the active zips."""

import shutil
from contextlib import ExitStack
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from analytics import Keyspend, UsageError
from analytics.ledger.database import monthly_rollup
from analytics.reports.query import run
from tests.support.generated import NOW, cases, emptied_folder, hostile
from tests.support.oracle import REPORTS, Oracle

HOSTILE = tuple(hostile().items())
ALWAYS_COMPARED = ("spend-by-key", "tokens-by-key", "reconciliation", "coverage", "late-adjustments")
SETTINGS = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


UNEQUAL_MONTHS = """
WITH added AS (
    SELECT account, api_key, api_key_name, CAST(date_trunc('month', charge_date) AS DATE) AS month_date, model, currency,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(computed_cost) FILTER (WHERE is_reconciled), 0)::DECIMAL(38, 18) AS reconciled_cost,
        coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0)::BIGINT AS hit,
        coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_miss_tokens'), 0)::BIGINT AS miss,
        coalesce(sum(quantity) FILTER (WHERE meter = 'output_tokens'), 0)::BIGINT AS output,
        coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS requests,
        min(charge_date) AS first_date, max(charge_date) AS last_date
    FROM usage GROUP BY ALL
)
(FROM added EXCEPT FROM monthly_usage) UNION ALL (FROM monthly_usage EXCEPT FROM added)
"""
"""Where the sums by month are not those of the rows, in either direction."""


class Life(RuleBasedStateMachine):
    """Imports, refusals, undos, closes, reopenings, rebuilds, losses of the database and restarts, in any order."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.folder = self.stack.enter_context(emptied_folder())
        self.zips = []
        self.active = {}
        self.undone = set()
        self.closed = {}
        self.checked = None
        self.restart()

    def teardown(self):
        """All reports are compared once at the end."""
        try:
            if self.active or self.undone:
                self.compare(REPORTS)
        finally:
            self.stack.close()

    @initialize(case=cases(min_cuts=3, max_cuts=6))
    def found(self, case):
        """The downloads that lie about."""
        self.zips = case.zips()

    def path(self, number):
        """A download as a file, under one name or another."""
        path = self.folder / f"{number}.zip"
        path.write_bytes(self.zips[number])
        return path

    @rule(choices=st.lists(st.integers(0, 5), min_size=1, max_size=3))
    def import_some(self, choices):
        """Import one export or a few at once; what is active already is a duplicate."""
        numbers = [choice % len(self.zips) for choice in choices]
        outcomes = self.ledger.import_paths([self.path(number) for number in numbers], without_cost=True)
        for number, outcome in zip(dict.fromkeys(numbers), outcomes, strict=True):
            assert outcome.status == ("duplicate" if number in self.active else "imported")
            self.active[number] = outcome.import_id

    @precondition(lambda self: self.active)
    @rule(choice=st.integers(0, 5))
    def import_again(self, choice):
        """Active evidence under another name changes no file of the ledger."""
        number = sorted(self.active)[choice % len(self.active)]
        before = self.files()
        (outcome,) = self.ledger.import_paths([self.path(number).rename(self.folder / "copy (1).zip")], without_cost=True)
        assert (outcome.status, outcome.import_id) == ("duplicate", self.active[number])
        assert self.files() == before

    @rule(hostile=st.sampled_from(HOSTILE))
    def import_hostile(self, hostile):
        """A refused file changes no file of the ledger."""
        name, content = hostile
        path = self.folder / "hostile.zip"
        path.write_bytes(content)
        before = self.files()
        (outcome,) = self.ledger.import_paths([path])
        assert outcome.error.code, name
        assert self.files() == before

    @precondition(lambda self: self.active)
    @rule(choice=st.integers(0, 5))
    def undo(self, choice):
        """Undo an active import; a second time is refused, and at all while it owns days of a closed month."""
        number = sorted(self.active)[choice % len(self.active)]
        import_id = self.active[number]
        sha = sha256(self.zips[number]).hexdigest()
        is_held = any(sha in month.day_sources.values() for month in self.closed.values())
        assert bool(self.ledger.preview_undo(import_id).closed_months) == is_held
        if not is_held:
            self.ledger.undo(import_id)
            del self.active[number]
            self.undone.add(import_id)
        with pytest.raises(UsageError):
            self.ledger.undo(import_id)

    @precondition(lambda self: self.active)
    @rule(choice=st.integers(0, 5))
    def close(self, choice):
        """Close a month of an account whatever its checks say; a second time is refused."""
        oracle = self.oracle()
        months = sorted({(account, day.replace(day=1)) for account, day in oracle.day_sources})
        if not months:
            return
        account, first = months[choice % len(months)]
        if (account, first) not in self.closed:
            self.ledger.close(f"{first:%Y-%m}", account=account, force_reason="drawn")
            self.closed[account, first] = oracle.freeze(account, first)
        with pytest.raises(UsageError):
            self.ledger.close(f"{first:%Y-%m}", account=account, force_reason="again")

    @precondition(lambda self: self.closed)
    @rule(choice=st.integers(0, 5))
    def reopen(self, choice):
        """Let go of a closed month; a second time is refused."""
        account, first = sorted(self.closed)[choice % len(self.closed)]
        del self.closed[account, first]
        self.ledger.reopen(f"{first:%Y-%m}", account=account, reason="drawn")
        with pytest.raises(UsageError):
            self.ledger.reopen(f"{first:%Y-%m}", account=account, reason="again")

    @precondition(lambda self: self.active or self.undone)
    @rule()
    def rebuild(self):
        """Build the database anew from the evidence."""
        self.ledger.rebuild()
        self.checked = None

    @precondition(lambda self: self.active or self.undone)
    @rule(whole_folder=st.booleans())
    def lose_the_database(self, whole_folder):
        """Delete every generation: they are only a cache."""
        folder = self.ledger.directory.generations
        if whole_folder:
            shutil.rmtree(folder)
        else:
            for path in folder.iterdir():
                path.unlink()
        self.checked = None

    @rule()
    def restart(self):
        """Forget the process; the ledger is what stands on the disk."""
        self.ledger = Keyspend(self.folder / "data", clock=lambda: NOW)
        self.checked = None

    @precondition(lambda self: self.active or self.undone)
    @rule(often=st.integers(0, 3))
    def verify(self, often):
        """Evidence, journal and database agree; seldom asked, because it takes long."""
        if often == 0:
            assert [check for check in self.ledger.verify() if not check.holds] == []

    @invariant()
    def answers_are_the_oracles(self):
        """After every step the reports are what the active zips and the closed months alone give."""
        state = frozenset(self.active), frozenset(self.closed)
        if (self.active or self.undone) and state != self.checked:
            self.compare(ALWAYS_COMPARED)
            self.checked = state

    def oracle(self):
        """The answers by the active zips and the closed months."""
        return Oracle([self.zips[number] for number in self.active], NOW, self.closed)

    def compare(self, reports):
        """Hold reports and the list of imports against the oracle."""
        answers = self.ledger._query(lambda database: {name: run(database, name) for name in reports})
        assert self.oracle().contradictions(answers.get, reports) == []
        assert self.ledger.sql(UNEQUAL_MONTHS).rows == []
        imports = {row["import_id"]: row["status"] for row in self.ledger.imports().records()}
        assert imports == dict.fromkeys(self.undone, "undone") | dict.fromkeys(self.active.values(), "active")

    def files(self):
        """All files of the ledger with their content, beside the name of who wrote last."""
        root = self.ledger.directory.root
        return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != "lock"}


def test_a_life_of_some_acts(monkeypatch):
    """A short life of every kind of act never contradicts the oracle, while the ledger grows to keep its sums by month."""
    monkeypatch.setattr(monthly_rollup, "LARGE_FACTS", 8)
    quick = settings(SETTINGS, max_examples=5, stateful_step_count=12, derandomize=True, phases=[Phase.explicit, Phase.generate])
    run_state_machine_as_test(Life, settings=quick)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_long_lives():
    """Many long lives, drawn anew each time, never contradict the oracle."""
    run_state_machine_as_test(Life, settings=settings(SETTINGS, max_examples=150, stateful_step_count=30))
