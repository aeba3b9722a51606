"""Keyspend: what did every API key cost, and why? This package is the library behind the command and the dashboard."""

from __future__ import annotations

from analytics.errors import (
    AnalyticsError,
    BusyError,
    EvidenceError,
    ImportRefused,
    IncompleteError,
    StoreError,
    UnreconciledError,
    UsageError,
)
from analytics.frame import Column, Frame
from analytics.keyspend import Keyspend

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
