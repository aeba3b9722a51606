"""Shared by all tests: a ledger in an empty folder, on a clock that stands still, and golden files."""

from datetime import datetime
from pathlib import Path

import pytest

from analytics import Keyspend
from tests.support.golden_files import Golden

SAMPLES = Path(__file__).parents[1] / "sample_exports"
NOW = datetime(2026, 11, 1, 12, 0)


def pytest_addoption(parser):
    """`--update-golden` writes the golden files instead of comparing them."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/ anew")


@pytest.fixture
def ledger(tmp_path):
    """A ledger without data, on 2026-11-01 at noon UTC."""
    return Keyspend(tmp_path / "data", clock=lambda: NOW)


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """A ledger with all of sample_exports/, to be read and never changed."""
    ledger = Keyspend(tmp_path_factory.mktemp("samples") / "data", clock=lambda: NOW)
    ledger.import_paths([SAMPLES])
    return ledger


@pytest.fixture(scope="session")
def closed(tmp_path_factory):
    """A ledger with two closed months, of which the second was forced and then had late evidence, to be read and never changed."""
    ledger = Keyspend(tmp_path_factory.mktemp("closed") / "data", clock=lambda: NOW)
    main = SAMPLES / "main-account"
    ledger.import_paths([main / "usage_data_2026_6.zip", main / "usage_data_2026-07-01_2026-07-30.zip"])
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOGNAME", "finance")
        ledger.close("2026-06", note="agreed with the bill")
        ledger.close("2026-07", force_reason="the books close today", note="30 July to follow")
    ledger.import_paths([main / "usage_data_2026-07-30_2026-08-03.zip"])
    return ledger


@pytest.fixture(scope="session")
def golden(request):
    """Compares bytes with a file in tests/golden/."""
    return Golden(request.config.getoption("--update-golden"))
