"""A data directory with settings, an inbox and a clock, for tests of scheduled runs."""

import json
import os
import shutil
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from analytics import Keyspend
from tests.support import exports_for

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(REPOSITORY)}


MORNING = datetime(2025, 1, 4, 12, 0)
"""Noon UTC of the day after the first export's three."""
DAILY = """
[[schedule]]
name = "daily"
reports = ["spend-by-key", "summary"]
formats = ["csv", "json"]
period = "yesterday"
folder = "../out"
"""
INBOX = """
[inbox]
folders = ["../inbox"]
"""


class House:
    """A data directory, with its inbox and the folder `out` for reports in the same folder."""

    def __init__(self, folder, settings):
        self.folder = folder
        self.data, self.inbox, self.out = folder / "data", folder / "inbox", folder / "out"
        self.data.mkdir(mode=0o700)
        self.inbox.mkdir()
        self.configure(settings)

    def configure(self, settings):
        """Replace the settings."""
        (self.data / "keyspend.toml").write_text(settings, encoding="utf-8")

    def at(self, now):
        """The ledger with its clock at `now`."""
        return Keyspend(self.data, clock=lambda: now)

    def run(self, now=MORNING):
        """The result of a run at `now`."""
        return self.at(now).run()

    def arrive(self, path, now=MORNING, name=None):
        """Copy an export into the inbox, modified an hour before `now`; return its path there."""
        target = self.inbox / (name or path.name)
        shutil.copy(path, target)
        written(target, now.replace(tzinfo=UTC).timestamp() - 3600)
        return target

    def export(self, number, **arrival):
        """Write the export with this number and copy it into the inbox; return the export."""
        made = exports_for.export(self.folder, number)
        self.arrive(made.path, **arrival)
        return made

    def files(self):
        """The bytes of all files in `out`, by name."""
        return {path.name: path.read_bytes() for path in sorted(self.out.iterdir())}

    def manifest(self, name):
        """The content of a manifest in `out`."""
        return json.loads((self.out / name).read_bytes())


def written(path, instant):
    """Set the times of a file to an instant, in seconds since the epoch."""
    os.utime(path, (instant, instant))


def unreconciled(path: Path) -> Path:
    """The same export with a first bill that is higher by 0.5."""
    target = path.with_name(f"off-{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename.startswith("cost"):
                head, first, *rest = content.decode("utf-8-sig").split("\r\n")
                cells = first.split(",")
                cells[-2] = f"{Decimal(cells[-2]) + Decimal('0.5'):f}"
                content = "\r\n".join([head, ",".join(cells), *rest]).encode("utf-8-sig")
            new.writestr(info, content)
    return target
