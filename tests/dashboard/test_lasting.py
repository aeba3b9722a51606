"""What a server keeps until it ends is no work for the collector of garbage."""

import gc
import sys
from types import ModuleType

import pytest

from analytics.dashboard.data import lasting


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """Nothing was spared before, and nothing is afterwards."""
    monkeypatch.setattr(lasting, "_spared", 0)
    yield
    gc.unfreeze()


def test_what_is_loaded_is_passed_over_until_more_is(monkeypatch):
    """The collector passes over what is loaded; what comes later is its own until more modules are there."""
    lasting.spare()
    spared = gc.get_freeze_count()
    later = [[number] for number in range(1000)]

    lasting.spare()
    assert spared > 1000
    assert _watched(later)

    monkeypatch.setitem(sys.modules, "loaded_later", ModuleType("loaded_later"))
    lasting.spare()
    assert not _watched(later)


def _watched(found):
    """Whether the collector looks at an object; what it passes over is in no generation."""
    return any(one is found for one in gc.get_objects())
