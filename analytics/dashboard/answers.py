"""Answers to pages: asked once per generation and kept for every visitor; it draws nothing and opens no ledger for writing.

A generation never changes, so an answer is kept under its name and is never stale. `watch` looks every two seconds whether
another process has published a newer one, and runs the page again with its filters as they are.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics import Frame, Keyspend
from analytics.reports import Report
from analytics.store import generations

KEPT_ANSWERS = 512
LOOK_EVERY_SECONDS = 2


def ledger() -> Keyspend:
    """The ledger that this server shows: that of `--data-dir`, KEYSPEND_DATA_DIR or the platform's folder."""
    return Keyspend()


def generation() -> str | None:
    """Where the newest published generation lies, or None where nothing was imported."""
    directory = ledger().directory
    newest = generations.current(directory)
    if newest is None and directory.journal.exists():
        # The first import was stored and not yet published when something stopped it; asking publishes it.
        ledger().imports()
        newest = generations.current(directory)
    return str(newest) if newest else None


def answer(name: str, /, **scope: Any) -> Report:
    """The report `name` about a scope, as `Keyspend.answer` gives it; lists become tuples. Never change what it returns.

    Raises UsageError as `Keyspend.answer` does.
    """
    told = tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in scope.items()))
    return _answer(generation(), name, told)


def sql(statement: str) -> Frame:
    """The answer to a SELECT over the views, for what filters offer; what pages show comes from reports."""
    return _sql(generation(), statement)


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def _answer(generation: str | None, name: str, scope: tuple[tuple[str, Any], ...]) -> Report:  # noqa: ARG001 - the cache's key
    return ledger().answer(name, **dict(scope))


@st.cache_resource(max_entries=32, show_spinner=False)
def _sql(generation: str | None, statement: str) -> Frame:  # noqa: ARG001 - the cache's key
    return ledger().sql(statement)


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def watch() -> None:
    """Run the page again when another generation is published."""
    newest = generation()
    if st.session_state.setdefault("_generation", newest) != newest:
        st.session_state["_generation"] = newest
        st.rerun(scope="app")
