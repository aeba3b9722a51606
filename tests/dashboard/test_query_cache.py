"""The cache of reports: a result is shared until the database or the settings change."""

import pytest

from analytics.core.data_directory import ENVIRONMENT_VARIABLE
from analytics.dashboard.data import query_cache
from tests.conftest import SAMPLES

JUNE = SAMPLES / "main-account" / "usage_data_2026_6.zip"
JULY = SAMPLES / "main-account" / "usage_data_2026-07-01_2026-07-30.zip"


@pytest.fixture
def shown(ledger, monkeypatch):
    """The ledger as the one that the dashboard shows."""
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(ledger.directory.root))
    return ledger


def test_a_result_is_shared_until_the_next_import(shown):
    """The same report of the same generation is the same object; an import makes another generation and another result."""
    assert query_cache.generation() is None
    shown.import_paths([JUNE])
    before, generation = query_cache.report("summary"), query_cache.generation()
    assert query_cache.report("summary") is before

    shown.import_paths([JULY])
    assert query_cache.generation() != generation
    assert query_cache.report("summary").frame.rows == shown.report("summary").rows != before.frame.rows


def test_a_generation_is_the_same_from_any_object(shown):
    """Its identity comes from the data directory alone, so that every visitor shares the cache; an undo changes it."""
    shown.import_paths([JUNE])
    generation = shown.generation()
    assert query_cache.ledger().generation() == generation

    shown.undo(1)
    assert shown.generation() not in (None, generation)


def test_a_database_that_is_kept_open_can_be_read_and_replaced(shown):
    """Reports read a generation that is kept open, and an import publishes the next one meanwhile; without data nothing is open."""
    with shown.keep_open():
        shown.import_paths([JUNE])
    with shown.keep_open():
        before = shown.report("summary").rows
        shown.import_paths([JULY])
        assert shown.report("summary").rows != before
