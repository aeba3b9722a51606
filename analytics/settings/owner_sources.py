"""All rules about owners that there are: those of keyspend.toml, and those of the spreadsheet beside it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from analytics.core.errors import quoted
from analytics.settings import owners_csv
from analytics.settings.owner_rules import Rule, rules
from analytics.settings.problems import SettingsError
from analytics.settings.reader import Settings, read
from analytics.settings.sections import SECTIONS, TOP

USUAL = "owners.csv"


def owners_csv_path(settings: Settings) -> Path:
    """The spreadsheet: the one that the settings name, else owners.csv, in their folder."""
    return settings.path.parent / (settings.one(TOP)["owners"] or USUAL)


def owner_rules(settings: Settings) -> list[Rule]:
    """All rules. Raises SettingsError with what is wrong in the spreadsheet, or else in the settings."""
    path, top = owners_csv_path(settings), settings.one(TOP)
    if top["owners"] and not path.exists():
        raise SettingsError([settings.problem(top, "owners", f"there is no file {quoted(top['owners'])} beside it")])
    return rules(settings, owners_csv.read(path))


def stamp(path: Path) -> str:
    """Changes whenever a file of settings, or the spreadsheet that goes with it, is another."""
    file_stamp = _stamp(path)
    return f"{file_stamp} {_stamp(_csv_path(path, file_stamp))}"


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return "none"
    return f"{status.st_ino}:{status.st_mtime_ns}:{status.st_size}"


@lru_cache(maxsize=4)
def _csv_path(path: Path, _file_stamp: str) -> Path:
    """Where the spreadsheet is while the settings are those of that stamp."""
    try:
        return owners_csv_path(read(path, SECTIONS))
    except SettingsError:
        return path.parent / USUAL
