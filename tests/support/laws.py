"""Properties as tests, and ledgers that hold generated exports."""

from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from analytics import Keyspend
from tests.support.generated import NOW, emptied_folder

ROUNDS = 30
"""The factor of examples in a long campaign."""


SLOW = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


QUICK = settings(SLOW, derandomize=True, phases=[Phase.explicit, Phase.generate])


def law(quick, *strategies):
    """Make a property a test over `quick` examples, and over many more, which shrink, under `-m slow`."""

    def decorate(holds):
        @pytest.mark.parametrize("examples", [quick, pytest.param(quick * ROUNDS, marks=[pytest.mark.slow, pytest.mark.timeout(0)])])
        def test(examples):
            chosen = QUICK if examples == quick else SLOW
            settings(chosen, max_examples=examples)(given(*strategies)(holds))()

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return decorate


@contextmanager
def ledger_of(*batches):
    """A ledger into which each batch of zips was imported at once, with none refused."""
    with emptied_folder() as folder:
        ledger = Keyspend(folder / "data", clock=lambda: NOW)
        for zips in batches:
            for outcome in imported(ledger, zips):
                assert outcome.status in {"imported", "duplicate"}
        yield ledger


def imported(ledger, zips):
    """Import zips in this order; return the outcomes."""
    with emptied_folder() as folder:
        paths = [folder / f"{number:03}.zip" for number in range(len(zips))]
        for path, content in zip(paths, zips, strict=True):
            path.write_bytes(content)
        return ledger.import_paths(paths, without_cost=True)
