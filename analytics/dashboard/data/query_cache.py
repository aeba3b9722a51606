"""Answers to pages: asked once per generation and kept for every visitor; it draws nothing and opens no ledger for writing.

A generation never changes, so an answer is kept under its name, and that of the settings where it depends on them, and is never stale.
`watch` looks every two seconds whether another process has published a newer one, or somebody changed the settings, and runs the page
again with its filters as they are.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock, current_thread
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from analytics import Frame, Keyspend
from analytics.core.errors import AnalyticsError, StoreError
from analytics.dashboard.data import lasting
from analytics.ledger.database import generations
from analytics.ledger.database.connection import Database
from analytics.operations import audit
from analytics.operations.audit import Entry
from analytics.reports import query
from analytics.reports.report import Report

KEPT_ANSWERS = 512
LOOK_EVERY_SECONDS = 2

_askers = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="keyspend-ask")


def ledger() -> Keyspend:
    """The ledger that this server shows: that of `--data-dir`, KEYSPEND_DATA_DIR or the platform's folder."""
    return Keyspend()


def generation() -> str | None:
    """What tells the newest published generation from all others, or None where nothing was imported."""
    directory = ledger().directory
    newest = generations.current(directory)
    if newest is None and directory.journal.exists():
        # The first import was stored and not yet published when something stopped it; asking publishes it.
        ledger().imports()
        newest = generations.current(directory)
    if newest is None:
        return None
    # A ledger that was rebuilt from nothing uses its names again.
    told = newest.stat()
    name = f"{newest}:{told.st_ino}:{told.st_mtime_ns}"
    _held.hold(name, newest)
    return name


def basis(name: str, by: str | None = None) -> str:
    """What the answer to a question, broken down so, stands on: the newest generation and, where they matter, the settings as they are."""
    return f"{generation()} {settled()}" if query.depends_on_settings_of(name, by) else f"{generation()}"


def settled() -> str:
    """What tells the settings, and the spreadsheet beside them, from what they were before."""
    return ledger().settings_stamp()


def has_budgets() -> bool:
    """Whether the settings have any budget. Raises SettingsError where they are wrong."""
    return _has_budgets(settled())


@st.cache_resource(max_entries=2, show_spinner=False)
def _has_budgets(settled: str) -> bool:  # noqa: ARG001 - the cache's key
    return bool(ledger().settings_snapshot().budgets)


class _Held:
    """The newest generation, kept open: DuckDB then opens it again, for each question, in a millisecond instead of thirty."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._name = ""
        self._database: Database | None = None

    def hold(self, name: str, path: Path) -> None:
        """Hold this generation and no other. One that cannot be opened is left to who asks it."""
        with self._lock:
            if name == self._name:
                return
            # First let go: while it is held, DuckDB takes another file of the same name for it.
            if self._database:
                self._database.close()
            self._name, self._database = name, None
            with suppress(StoreError):
                self._database = Database(path)


_held = _Held()


def answer(name: str, /, **scope: Any) -> Report:
    """The report `name` about a scope, as `Keyspend.answer` gives it; lists become tuples. Never change what it returns.

    Raises UsageError as `Keyspend.answer` does.
    """
    told = tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in scope.items()))
    return _answer(basis(name, scope.get("by")), name, told)


def ahead(*questions: tuple[str, dict[str, Any]]) -> None:
    """Begin to ask what a page is about to show, on every core, while it is drawn.

    Each `answer` then finds its own there, or waits for it; what is refused is refused there.
    """
    context = get_script_run_ctx()

    def ask(name: str, scope: dict[str, Any]) -> None:
        add_script_run_ctx(current_thread(), context)
        with suppress(AnalyticsError):
            answer(name, **scope)

    for name, scope in questions:
        _askers.submit(ask, name, scope)


def sql(statement: str) -> Frame:
    """The answer to a SELECT over the views, for what filters offer; what pages show comes from reports."""
    return _sql(generation(), statement)


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def _answer(basis: str, name: str, scope: tuple[tuple[str, Any], ...]) -> Report:  # noqa: ARG001 - the cache's key
    return ledger().answer(name, **dict(scope))


@st.cache_resource(max_entries=32, show_spinner=False)
def _sql(generation: str | None, statement: str) -> Frame:  # noqa: ARG001 - the cache's key
    return ledger().sql(statement)


def what_if(**asked: Any) -> Frame:
    """What each key would have cost, as `Keyspend.what_if` tells; its mappings come as tuples of pairs. Never change what it returns.

    Raises UsageError as `Keyspend.what_if` does.
    """
    return _what_if(generation(), tuple(sorted(asked.items())))


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def _what_if(generation: str | None, asked: tuple[tuple[str, Any], ...]) -> Frame:  # noqa: ARG001 - the cache's key
    told: dict[str, Any] = {name: dict(value) if name in ("as_models", "traffic") else value for name, value in asked}
    return ledger().what_if(**told).frame


def acts() -> list[Entry]:
    """The acts of the journal. Raises EvidenceError where its chain is broken."""
    return _acts(generation())


@st.cache_resource(max_entries=2, show_spinner=False)
def _acts(generation: str | None) -> list[Entry]:  # noqa: ARG001 - the cache's key
    return audit.entries(ledger().directory)


def watch() -> None:
    """Run the page again when another generation is published, or the settings are others."""
    # A whole run shows the newest as it is; to run it again would lose the click that it answers.
    st.session_state["_newest"] = _newest()
    _look()


def _newest() -> tuple[str | None, str]:
    return generation(), settled()


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _look() -> None:
    lasting.spare()
    newest = _newest()
    if st.session_state["_newest"] != newest:
        st.session_state["_newest"] = newest
        st.rerun(scope="app")
