"""Modules that a server keeps until it ends are exempt from garbage collection."""

import gc
import sys
from types import ModuleType

import pytest

from analytics.core import runtime


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """No object is exempt before a test, and none afterwards."""
    monkeypatch.setattr(runtime, "_frozen_module_count", 0)
    yield
    gc.unfreeze()


def test_loaded_objects_are_exempt(monkeypatch):
    """Existing objects are exempt; later ones are collected until more modules are loaded."""
    runtime.freeze_objects()
    frozen_count = gc.get_freeze_count()
    later = [[number] for number in range(1000)]

    runtime.freeze_objects()
    assert frozen_count > 1000
    assert _watched(later)

    monkeypatch.setitem(sys.modules, "loaded_later", ModuleType("loaded_later"))
    runtime.freeze_objects()
    assert not _watched(later)


def _watched(found):
    """Whether an object is subject to garbage collection; exempt objects are in no generation."""
    return any(one is found for one in gc.get_objects())
