"""What a consumer must know of a FOCUS file before reading it: generator, schema, completeness, totals and hash, as JSON.

The names are those of FOCUS where it has one; ours begin with x_. Nothing in it depends on when it was written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.core.frame import Column
from analytics.core.money import plain

if TYPE_CHECKING:
    from analytics.reports.focus.export import Export

FOCUS_VERSION = "1.2"
SCHEMA_ID = "keyspend-focus-1.2-1"
"""Changes with every change of the columns."""
SCHEMA_CREATED = "2026-11-25T00:00:00Z"

_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")
_TYPES = {"TIMESTAMP": "DATETIME", "DATE": "DATE", "JSON": "JSON"}


def sidecar(export: Export, target: Path) -> bytes:
    """The metadata of a file that was written."""
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    content = {
        "DataGenerator": {"DataGenerator": "Keyspend"},
        "Schema": {
            "SchemaId": SCHEMA_ID,
            "CreationDate": SCHEMA_CREATED,
            "FocusVersion": FOCUS_VERSION,
            "DataGeneratorVersion": version("keyspend"),
            "ColumnDefinition": [_definition(column) for column in export.report.frame.columns],
        },
        "Recency": _recency(export),
        "x_File": {
            "Name": target.name,
            "Format": export.format_name,
            "Period": str(export.report.scope.period),
            "RowCount": export.written.rows,
            "Sha256": digest,
        },
        "x_Totals": list(_totals(export)),
        "x_GuardedCells": export.written.guarded,
        "x_Notes": export.notes,
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _definition(column: Column) -> dict[str, Any]:
    if found := _DECIMAL.fullmatch(column.type):
        return {"ColumnName": column.name, "DataType": "DECIMAL", "NumericPrecision": int(found[1]), "NumberScale": int(found[2])}
    data_type = _TYPES.get(column.type, "STRING")
    sidecar: dict[str, Any] = {"ColumnName": column.name, "DataType": data_type}
    return sidecar | {"StringEncoding": "UTF-8"} if data_type in ("STRING", "JSON") else sidecar


def _recency(export: Export) -> dict[str, Any]:
    """Day by day whether it was over when it was exported; days without evidence are missing."""
    sources = {row["import_id"]: row for row in export.sources.records()}
    return {
        "DatasetInstanceComplete": bool(export.found) and all(account.is_complete for account in export.found),
        "TimeSectors": [_sector(row, sources[row["import_id"]]) for row in export.coverage.records() if row["import_id"] in sources],
        "x_MissingDates": {account.account: [day.isoformat() for day in account.absent_dates] for account in export.found},
        "x_UnreconciledDates": {account.account: [day.isoformat() for day in account.unreconciled_dates] for account in export.found},
    }


def _sector(day: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    """A day of an account. Of one that nothing was used on, the export that proves it gives the offset."""
    start = datetime.combine(day["charge_date"], time()) + source["day_shift"]
    return {
        "x_BillingAccountId": day["account"],
        "x_UsageDate": day["charge_date"].isoformat(),
        "TimeSectorStart": f"{start.isoformat()}Z",
        "TimeSectorEnd": f"{(start + timedelta(days=1)).isoformat()}Z",
        "TimeSectorComplete": day["is_complete"] is not False,
        "TimeSectorLastUpdated": f"{source['exported_at'].isoformat()}Z",
    }


def _totals(export: Export) -> Iterator[dict[str, Any]]:
    for row in export.totals.records():
        yield {
            "BillingCurrency": row["currency"],
            "ChargeCategory": row["category"],
            "x_CostBasis": row["cost_basis"],
            "BilledCost": plain(row["billed_cost"]),
            "RowCount": row["row_count"],
        }
