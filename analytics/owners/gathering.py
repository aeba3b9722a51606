"""All rules about owners that there are: those of keyspend.toml, and those of the spreadsheet beside it."""

from __future__ import annotations

from pathlib import Path

from analytics.errors import quoted
from analytics.owners import file
from analytics.owners.rules import Rule, rules
from analytics.settings.problems import SettingsError
from analytics.settings.reading import Settings
from analytics.settings.sections import TOP

USUAL = "owners.csv"


def beside(settings: Settings) -> Path:
    """The spreadsheet: the one that the settings name, else owners.csv, in their folder."""
    return settings.path.parent / (settings.one(TOP)["owners"] or USUAL)


def gathered(settings: Settings) -> list[Rule]:
    """All rules. Raises SettingsError with what is wrong in the spreadsheet, or else in the settings."""
    path, top = beside(settings), settings.one(TOP)
    if top["owners"] and not path.exists():
        raise SettingsError([settings.problem(top, "owners", f"there is no file {quoted(top['owners'])} beside it")])
    return rules(settings, file.read(path))
