"""All owner rules in force: those of keyspend.toml, and those of the owners spreadsheet in its folder."""

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
    """The path of the owners spreadsheet: the one named in the settings, else owners.csv, in their folder; it may not exist."""
    return settings.path.parent / (settings.one(TOP)["owners"] or USUAL)


def owner_rules(settings: Settings) -> list[Rule]:
    """All owner rules. Raises SettingsError with the problems of the spreadsheet, or else those of the settings."""
    path, top = owners_csv_path(settings), settings.one(TOP)
    if top["owners"] and not path.exists():
        raise SettingsError([settings.problem(top, "owners", f"there is no file {quoted(top['owners'])} beside it")])
    return rules(settings, owners_csv.read(path))


def stamp(path: Path) -> str:
    """A stamp (inode, modification time and size) of the settings file and its owners spreadsheet, which changes whenever they do."""
    file_stamp = _stamp(path)
    return f"{file_stamp} {_stamp(_csv_path(path, file_stamp))}"


def _stamp(path: Path) -> str:
    try:
        file_stat = path.stat()
    except OSError:
        return "none"
    return f"{file_stat.st_ino}:{file_stat.st_mtime_ns}:{file_stat.st_size}"


@lru_cache(maxsize=4)
def _csv_path(path: Path, _file_stamp: str) -> Path:
    """The path of the owners spreadsheet for settings of that stamp, cached by it."""
    try:
        return owners_csv_path(read(path, SECTIONS))
    except SettingsError:
        return path.parent / USUAL
