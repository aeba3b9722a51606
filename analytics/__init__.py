"""Keyspend: what did every API key cost, and why? This package is the library behind the command and the dashboard."""

from __future__ import annotations

from analytics.api import Keyspend
from analytics.core.errors import (
    AnalyticsError,
    BusyError,
    EvidenceError,
    ImportRefused,
    IncompleteError,
    StoreError,
    UnreconciledError,
    UsageError,
)
from analytics.core.frame import Column, Frame

__version__ = "0.1.0"
__all__ = [
    "AnalyticsError",
    "BusyError",
    "Column",
    "EvidenceError",
    "Frame",
    "ImportRefused",
    "IncompleteError",
    "Keyspend",
    "StoreError",
    "UnreconciledError",
    "UsageError",
]
