"""The results of reports and queries, cached for all visitors until the database or the settings change.

A generation of the database never changes, so a result is cached under its generation, and the stamp of the settings where it depends
on them, and is never stale. `watch_for_changes` checks every two seconds for a newer generation or changed settings, and then runs the
page again with the same filters.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import Lock, current_thread
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from analytics.api import Keyspend
from analytics.core import runtime
from analytics.core.errors import AnalyticsError, StoreError
from analytics.core.frame import Frame
from analytics.operations import audit
from analytics.operations.audit import Entry
from analytics.reports import catalog
from analytics.reports.report import Report

CACHED_REPORTS = 512
CHECK_EVERY_SECONDS = 2

_threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="keyspend-report")


def ledger() -> Keyspend:
    """Return the ledger that this server shows: that of `--data-dir`, KEYSPEND_DATA_DIR or the platform's folder."""
    return Keyspend()


def generation() -> str | None:
    """Return the identity of the newest database, and keep that open; None where nothing was imported."""
    newest = ledger().generation()
    if newest:
        _open_generation.switch_to(newest)
    return newest


def cache_key(name: str, by: str | None = None) -> str:
    """Return what the result of a report depends on: the newest generation and, for reports that read the settings, their stamp."""
    return f"{generation()} {settings_stamp()}" if catalog.depends_on_settings(name, by) else f"{generation()}"


def settings_stamp() -> str:
    """Return a text that changes with keyspend.toml and with owners.csv."""
    return ledger().settings_stamp()


def has_budgets() -> bool:
    """Return whether the settings have any budget. Raises SettingsError where they are wrong."""
    return _has_budgets(settings_stamp())


@st.cache_resource(max_entries=2, show_spinner=False)
def _has_budgets(stamp: str) -> bool:  # noqa: ARG001 - the cache's key
    return bool(ledger().settings_snapshot().budgets)


class _OpenGeneration:
    """Keeps the newest generation open: DuckDB then opens it for each report in a millisecond instead of thirty."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._name = ""
        self._database = ExitStack()

    def switch_to(self, name: str) -> None:
        """Close the open generation, and open the newest, `name`. A StoreError is suppressed here; the report that reads it raises it."""
        with self._lock:
            if name == self._name:
                return
            # Closed first: while one is open, DuckDB takes another file of the same name for it.
            self._database.close()
            self._name = name
            with suppress(StoreError):
                self._database.enter_context(ledger().keep_open())


_open_generation = _OpenGeneration()


def report(name: str, /, **scope: Any) -> Report:
    """Return the report `name` of a scope, from the cache where it is there; the value is shared, so never change it.

    Raises UsageError as `Keyspend.answer` does.
    """
    arguments = tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in scope.items()))
    return _report(cache_key(name, scope.get("by")), name, arguments)


def prefetch(*reports: tuple[str, dict[str, Any]]) -> None:
    """Begin to run the reports that a page is about to show, as name and scope, on every core.

    `report` then finds each in the cache, or waits for it, and raises its error.
    """
    context = get_script_run_ctx()

    def run(name: str, scope: dict[str, Any]) -> None:
        add_script_run_ctx(current_thread(), context)
        with suppress(AnalyticsError):
            report(name, **scope)

    for name, scope in reports:
        _threads.submit(run, name, scope)


def sql(statement: str) -> Frame:
    """Return the rows of a SELECT over the views, from the cache where it is there: the options of filters, and lists."""
    return _sql(generation(), statement)


@st.cache_resource(max_entries=CACHED_REPORTS, show_spinner=False)
def _report(cache_key: str, name: str, scope: tuple[tuple[str, Any], ...]) -> Report:  # noqa: ARG001 - the cache's key
    return ledger().answer(name, **dict(scope))


@st.cache_resource(max_entries=32, show_spinner=False)
def _sql(generation: str | None, statement: str) -> Frame:  # noqa: ARG001 - the cache's key
    return ledger().sql(statement)


def what_if(**arguments: Any) -> Frame:
    """Return what each key would have cost; arguments as `Keyspend.what_if`, its mappings as tuples of pairs. Never change the value.

    Raises UsageError as `Keyspend.what_if` does.
    """
    return _what_if(generation(), tuple(sorted(arguments.items())))


@st.cache_resource(max_entries=CACHED_REPORTS, show_spinner=False)
def _what_if(generation: str | None, arguments: tuple[tuple[str, Any], ...]) -> Frame:  # noqa: ARG001 - the cache's key
    mapped: dict[str, Any] = {name: dict(value) if name in ("as_models", "traffic") else value for name, value in arguments}
    return ledger().what_if(**mapped).frame


def journal_entries() -> list[Entry]:
    """Return the acts of the journal, oldest first. Raises EvidenceError where its chain is broken."""
    return _journal_entries(generation())


@st.cache_resource(max_entries=2, show_spinner=False)
def _journal_entries(generation: str | None) -> list[Entry]:  # noqa: ARG001 - the cache's key
    return audit.entries(ledger().directory)


def watch_for_changes() -> None:
    """Run the page again when another generation is published, or the settings change."""
    # A whole run shows the newest as it is; to run it again would lose the click that it answers.
    st.session_state["_newest"] = _versions()
    _rerun_if_changed()


def _versions() -> tuple[str | None, str]:
    return generation(), settings_stamp()


@st.fragment(run_every=CHECK_EVERY_SECONDS)
def _rerun_if_changed() -> None:
    runtime.freeze_objects()
    newest = _versions()
    if st.session_state["_newest"] != newest:
        st.session_state["_newest"] = newest
        st.rerun(scope="app")
