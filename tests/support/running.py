"""A data directory with settings, an inbox and a clock, for tests of what Keyspend does by itself."""

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
    """One data directory, its inbox beside it and the folder `out` for reports."""

    def __init__(self, folder, settings):
        self.folder = folder
        self.data, self.inbox, self.out = folder / "data", folder / "inbox", folder / "out"
        self.data.mkdir(mode=0o700)
        self.inbox.mkdir()
        self.configure(settings)

    def configure(self, settings):
        """Give it other settings."""
        (self.data / "keyspend.toml").write_text(settings, encoding="utf-8")

    def at(self, now):
        """The ledger at that time."""
        return Keyspend(self.data, clock=lambda: now)

    def run(self, now=MORNING):
        """Run at that time."""
        return self.at(now).run()

    def arrive(self, path, now=MORNING, name=None):
        """Let an export arrive in the inbox an hour before `now`."""
        target = self.inbox / (name or path.name)
        shutil.copy(path, target)
        written(target, now.replace(tzinfo=UTC).timestamp() - 3600)
        return target

    def export(self, number, **arrival):
        """Let the export with this number arrive."""
        made = exports_for.export(self.folder, number)
        self.arrive(made.path, **arrival)
        return made

    def files(self):
        """The bytes of all files of reports, by name."""
        return {path.name: path.read_bytes() for path in sorted(self.out.iterdir())}

    def manifest(self, name):
        """A manifest of the folder of reports."""
        return json.loads((self.out / name).read_bytes())


def written(path, instant):
    """Say of a file that it was written then."""
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
