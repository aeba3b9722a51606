"""The manifest of a set of files: its scope, content and evidence as JSON, the same for the same evidence at any time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from analytics.analysis.totals import totals
from analytics.automation.schedules.period_evidence import Evidence
from analytics.automation.schedules.schedule import Schedule
from analytics.core.document import Document
from analytics.core.frame import Frame
from analytics.core.money import plain
from analytics.core.period import Period


@dataclass(frozen=True)
class Part:
    """One file of a set: a document in one format."""

    name: str
    format_name: str
    document: Document
    content: bytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal."""
        return sha256(self.content).hexdigest()


def manifest(
    schedule: Schedule, period: Period, evidence: Evidence, reconciliation: Frame, parts: list[Part], *, status: str, revision: int
) -> bytes:
    """The manifest as JSON in UTF-8; money is text with all its digits, `end` of the period is exclusive."""
    content = {
        "schedule": schedule.name,
        "period": {"rule": schedule.period, "start": period.start, "end": period.end},
        "account": schedule.account,
        "currency": schedule.currency,
        "utc_offsets": evidence.utc_offsets,
        "status": status,
        "revision": revision,
        "is_complete": evidence.is_complete,
        "missing_dates": evidence.missing,
        "is_reconciled": not evidence.unreconciled,
        "unreconciled_dates": evidence.unreconciled,
        "totals": totals(reconciliation),
        "files": [_file(part) for part in parts],
        "sources": [{"sha256": one} for one in evidence.sources],
        "evidence": evidence.digest,
        "tool": {"name": "keyspend", "version": version("keyspend")},
    }
    return (json.dumps(content, ensure_ascii=False, indent=2, default=_plain) + "\n").encode()


def _file(part: Part) -> dict[str, Any]:
    sections = part.document.sections
    return {
        "name": part.name,
        "report": part.document.subject,
        "format": part.format_name,
        "rows": sum(len(section.frame.rows) for section in sections),
        "totals": totals(sections[0].frame) if part.document.is_single else dict(part.document.controls),
        "notes": list(part.document.notes),
        "bytes": len(part.content),
        "sha256": part.sha256,
    }


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value))
