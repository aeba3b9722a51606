"""The plan of a run from settings, with checks across fields and tables; messages never contain a notification address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analytics import writers
from analytics.automation.notifications.event import Detail
from analytics.automation.schedules import file_names
from analytics.automation.schedules.schedule import Inbox, Notices, Plan, Schedule
from analytics.core.errors import UsageError, quoted
from analytics.reports import registry
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.reader import Settings
from analytics.settings.schema import Entry
from analytics.settings.sections import INBOX, NOTICES, SCHEDULE
from analytics.settings.snapshot import NO_SETTINGS, SettingsSnapshot

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}", re.ASCII)


def plan(settings: Settings, environment: Mapping[str, str], snapshot: SettingsSnapshot = NO_SETTINGS) -> Plan:
    """The plan of the settings; `snapshot` is their settings snapshot, `environment` the environment variables for addresses.

    Raises UsageError where there is no settings file, and SettingsError with all problems of schedules, inbox and notifications.
    """
    if not settings.digest:
        raise UsageError("settings-none", f"there is no {settings.path} that says what to do", "`keyspend config init` begins one")
    schedules = [_schedule(entry, settings.path.parent, snapshot) for entry in settings.every(SCHEDULE)]
    problems = [
        problem
        for schedule, entry in zip(schedules, settings.every(SCHEDULE), strict=True)
        for problem in _wrong(settings, entry, schedule)
    ]
    problems += _collisions(settings, schedules)
    inbox, notices = settings.one(INBOX), settings.one(NOTICES)
    urls = list(_urls(settings, notices, environment, problems))
    if problems:
        raise SettingsError(problems)
    folders = tuple(_folder(settings.path.parent, name) for name in inbox.values["folders"] or ())
    return Plan(
        tuple(schedules), Inbox(folders, inbox.values["settle_seconds"]), Notices(tuple(urls), Detail(notices.values["detail"])), snapshot
    )


def _schedule(entry: Entry, settings_folder: Path, snapshot: SettingsSnapshot) -> Schedule:
    arguments = {name: value for name, value in entry.values.items() if value is not None}
    return Schedule(**{**arguments, "folder": _folder(settings_folder, entry.values["folder"])}, settings=snapshot)


def _folder(settings_folder: Path, name: str) -> Path:
    """The absolute path of a folder, relative to the folder of the settings, with ~ expanded."""
    return (settings_folder / Path(name).expanduser()).resolve()


def _wrong(settings: Settings, entry: Entry, schedule: Schedule) -> Iterator[Problem]:
    if not _NAME.fullmatch(schedule.name):
        yield settings.problem(entry, "name", "must have letters, digits and - alone, and at most 40 of them")
    for report in schedule.reports:
        if report not in registry.available_reports():
            yield settings.problem(entry, "reports", f"there is no report {quoted(report)}; `keyspend reports` lists them")
    yield from _wrong_formats(settings, entry, schedule)
    try:
        file_names.check(schedule.file)
    except UsageError as error:
        yield settings.problem(entry, "file", f"{error.message}; {error.hint}")
        return
    if len(schedule.reports) > 1 and not file_names.has(schedule.file, "report"):
        yield settings.problem(entry, "file", "needs {report}: its reports would overwrite each other")


def _wrong_formats(settings: Settings, entry: Entry, schedule: Schedule) -> Iterator[Problem]:
    for name in schedule.formats:
        if name not in writers.FORMATS:
            yield settings.problem(entry, "formats", f"there is no format {quoted(name)}; known: {', '.join(sorted(writers.FORMATS))}")
    if not set(schedule.reports) & registry.PACKS.keys():
        return
    if singles := [name for name in schedule.formats if name in writers.TABLE_FORMATS]:
        documents = ", ".join(sorted(writers.DOCUMENT_FORMATS))
        yield settings.problem(
            entry, "formats", f"a month pack has several tables, and {singles[0]} holds one; it is written as {documents}"
        )
    if schedule.period != "previous_month":
        yield settings.problem(entry, "period", "a month pack is of previous_month alone")


def _collisions(settings: Settings, schedules: list[Schedule]) -> Iterator[Problem]:
    """Problems of schedules with equal names, or with equal file names in one folder, which would overwrite each other."""
    seen: dict[Any, str] = {}
    for entry, schedule in zip(settings.every(SCHEDULE), schedules, strict=True):
        if schedule.name in seen:
            yield settings.problem(entry, "name", f"there is another schedule {quoted(schedule.name)}")
        seen[schedule.name] = schedule.name
        for place in {(schedule.folder, name) for name in _names(schedule)}:
            if place in seen:
                yield settings.problem(entry, "file", f"the schedule {quoted(seen[place])} writes to the same name in the same folder")
            seen[place] = schedule.name


def _names(schedule: Schedule) -> Iterator[str]:
    """The names of the files of a schedule, with the period rule in the place of the period."""
    try:
        file_names.check(schedule.file)
    except UsageError:
        return
    for report in schedule.reports:
        name = file_names.stem(schedule.file, report=report, account=schedule.account, period=schedule.period, currency=schedule.currency)
        yield from (file_names.file_name(name, format_name) for format_name in schedule.formats if format_name in writers.FORMATS)


def _urls(settings: Settings, entry: Entry, environment: Mapping[str, str], problems: list[Problem]) -> Iterator[str]:
    def of_environment(name: str, field: str) -> str:
        if name not in environment:
            problems.append(settings.problem(entry, field, f"there is no environment variable {name}"))
        return environment.get(name, "")

    for url in entry.values["urls"]:
        yield _VARIABLE.sub(lambda match: of_environment(match[1], "urls"), url)
    if entry.values["url_env"]:
        yield from of_environment(entry.values["url_env"], "url_env").split()
