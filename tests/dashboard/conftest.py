"""Shared by the tests of pages: the dashboard of the samples."""

import pytest

from tests.support.pages import opener


@pytest.fixture
def visit(samples, monkeypatch):
    """Opens the dashboard of the samples with a query."""
    return opener(samples, monkeypatch)
