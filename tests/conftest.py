"""Shared by all tests: a ledger in an empty folder, on a clock that stands still."""

from datetime import datetime

import pytest

from analytics import Keyspend

NOW = datetime(2026, 11, 1, 12, 0)


@pytest.fixture
def ledger(tmp_path):
    """A ledger without data, on 2026-11-01 at noon UTC."""
    return Keyspend(tmp_path / "data", clock=lambda: NOW)
