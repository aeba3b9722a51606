"""Exports with problems, made from the samples: partial, absent and unreconciled days for the Month and Data pages."""

import re
import zipfile
from decimal import Decimal

from tests.conftest import SAMPLES

PARTIAL = SAMPLES / "main-account" / "usage_data_2026-07-01_2026-07-30.zip"
"""Its last day was in progress when it was exported."""
WRONG_DATE = "2026-08-05"
WRONG_BY = Decimal("1.5")


def wrong_bill(path):
    """Write the samples' August export of the main account with one day billed 1.5 too much."""
    with zipfile.ZipFile(SAMPLES / "main-account" / "usage_data_2026-08-04_2026-08-31.zip") as source, zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            text = source.read(info).decode()
            target.writestr(info, _dearer(text) if "cost" in info.filename else text)
    return path


def _dearer(text):
    lines = text.split("\r\n")
    column = lines[0].lstrip("\ufeff").split(",").index("cost")
    position = next(number for number, line in enumerate(lines) if re.match(rf"[^,]*,{WRONG_DATE}T", line))
    cells = lines[position].split(",")
    cells[column] = str(Decimal(cells[column]) + WRONG_BY)
    lines[position] = ",".join(cells)
    return "\r\n".join(lines)


def troubled(ledger, folder):
    """Fill a ledger with a partial day, absent days, a day that does not reconcile, and hours that no export covers."""
    main = SAMPLES / "main-account"
    ledger.import_paths([main / "usage_data_2026_5.zip", PARTIAL, wrong_bill(folder / "usage_data_2026-08-04_2026-08-31.zip")])
    return ledger
