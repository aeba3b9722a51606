"""The tools of the MCP server: each is one call of the library, and its docstring is its description for clients."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from analytics.mcp_server import ledger_state as state
from analytics.mcp_server.tables import PAGE_ROWS, DescribedColumn, Table, columns, table, without_folders
from analytics.mcp_server.tool_arguments import (
    Account,
    Against,
    By,
    Currency,
    End,
    Factor,
    Grain,
    Keys,
    Limit,
    Models,
    Month,
    Offset,
    Ratio,
    Start,
    Top,
)
from analytics.reports import catalog, focus

if TYPE_CHECKING:
    from analytics.api import Keyspend
    from analytics.reports.report import Report

QUERY_SECONDS = 20.0
"""The time limit of an SQL query, which the client itself cannot cancel."""


class DescribedReport(TypedDict):
    """A report: what it answers, which arguments it has with their values (nothing: any), and its columns, where they were asked for."""

    name: str
    title: str
    choices: dict[str, list[str]]
    columns: list[DescribedColumn] | None


class Reports(TypedDict):
    """The reports."""

    reports: list[DescribedReport]


class Answer(TypedDict):
    """The answer of a report, with what must be told beside it."""

    report: str
    period: str
    table: Table
    notes: list[str]
    unreconciled_dates: list[str]
    partial_dates: list[str]


class Priced(TypedDict):
    """What each key would have cost; the notes name the assumptions and what they left out."""

    table: Table
    notes: list[str]


class Found(TypedDict):
    """The answer to a question in SQL."""

    table: Table


class Tools:
    """The tools of one data directory; every call opens the latest generation of the database and closes it."""

    def __init__(self, ledger: Keyspend) -> None:
        self._ledger = ledger

    def list_reports(self, with_columns_of: list[str] | None = None) -> Reports:
        """List the reports that `report` answers: name, title, and the arguments that each has beside period and scope.

        Name some in `with_columns_of` to be told their columns with kinds and units too.
        """
        wanted = {name: columns(self._ledger.report(name, month="latest").columns) for name in with_columns_of or ()}
        titles = {**catalog.reports(), focus.NAME: focus.TITLE}
        return {"reports": [_described(name, title, wanted.get(name)) for name, title in sorted(titles.items())]}

    def report(
        self,
        name: str,
        month: Month = None,
        start: Start = None,
        end: End = None,
        account: Account = None,
        currency: Currency = None,
        keys: Keys = [],  # noqa: B006 - never changed; the schema says what it is
        models: Models = [],  # noqa: B006 - as above
        grain: Grain = None,
        by: By = None,
        top: Top = None,
        against: Against = None,
        limit: Limit = PAGE_ROWS,
        offset: Offset = 0,
    ) -> Answer:
        """Answer a report of `list_reports` for a month, for days, or for all days: spend, tokens, prices, forecast and more.

        The notes and the dates that are not reconciled or partial belong to the answer: tell them with it.
        """
        answer = self._ledger.answer(
            name,
            month=month,
            start=start,
            end=end,
            account=account,
            currency=currency,
            keys=keys,
            models=models,
            grain=grain,
            by=by,
            top=top,
            against=against,
        )
        return _answer(answer, limit, offset)

    def hot_keys(
        self,
        month: Month = None,
        start: Start = None,
        end: End = None,
        account: Account = None,
        currency: Currency = None,
        keys: Keys = [],  # noqa: B006 - as above
        models: Models = [],  # noqa: B006 - as above
        top: Top = None,
        limit: Limit = PAGE_ROWS,
        offset: Offset = 0,
    ) -> Answer:
        """List the keys that need attention, ranked by money: what changed, when, how sure, what it cost, and the drivers of it."""
        narrowed: dict[str, Any] = {"account": account, "currency": currency, "keys": keys, "models": models}
        answer = self._ledger.answer("hot-keys", month=month, start=start, end=end, top=top, **narrowed)
        return _answer(answer, limit, offset)

    def what_if(
        self,
        off_peak_ratio: Ratio = None,
        cache_hit_ratio: Ratio = None,
        as_models: dict[str, str] = {},  # noqa: B006 - as above
        traffic: dict[str, Factor] = {},  # noqa: B006 - as above
        other_traffic: Factor = Decimal(1),
        month: Month = None,
        start: Start = None,
        end: End = None,
        account: Account = None,
        currency: Currency = None,
        keys: Keys = [],  # noqa: B006 - as above
        models: Models = [],  # noqa: B006 - as above
        limit: Limit = PAGE_ROWS,
        offset: Offset = 0,
    ) -> Priced:
        """Price a period again under assumptions, exactly, per key; one of the first five arguments at least must assume something.

        `off_peak_ratio`: this share of what was bought at peak moves to off-peak. `cache_hit_ratio`: this share of all input tokens
        are cache hits. `as_models`: a model, and the one whose prices it gets. `traffic`: a factor per key, by mask or name;
        `other_traffic`: that of all other keys.
        """
        general: dict[str | None, Decimal] = {} if other_traffic == 1 else {None: other_traffic}
        narrowed: dict[str, Any] = {"account": account, "currency": currency, "keys": keys, "models": models}
        answer = self._ledger.what_if(
            off_peak_ratio=off_peak_ratio,
            cache_hit_ratio=cache_hit_ratio,
            as_models=as_models,
            traffic=dict((*traffic.items(), *general.items())),
            month=month,
            start=start,
            end=end,
            **narrowed,
        )
        return {"table": table(answer.frame, limit, offset), "notes": answer.notes}

    def sql(self, statement: str, limit: Limit = PAGE_ROWS, offset: Offset = 0) -> Found:
        """Ask one SELECT of DuckDB over the views, read-only: SHOW TABLES lists them, DESCRIBE usage tells the columns of one.

        `usage` (a bucket, model, key, meter and price; `computed_cost` beside its `currency`), `monthly_usage` (quick), `billing`,
        `reconciliation`, `owned_day`, `api_key_name`, `imports`, `closing`, `late_adjustment`. Group by currency wherever you sum
        money, and say ORDER BY where you read on by pages. `row_count` is null where there are more rows than were looked at.
        """
        wanted = offset + limit
        frame = self._ledger.sql(statement, most_rows=wanted + 1, seconds=QUERY_SECONDS)
        found = table(frame, limit, offset, is_whole=len(frame.rows) <= wanted)
        return {"table": {**found, "rows": without_folders(found["rows"], self._ledger.directory.root)}}

    def ledger_state(self) -> state.State:
        """Tell what is known and how far it can be trusted: accounts with their newest days, months, and days that do not reconcile."""
        return state.state(self._ledger)


def _described(name: str, title: str, columns: list[DescribedColumn] | None) -> DescribedReport:
    return {"name": name, "title": title, "choices": {} if name == focus.NAME else catalog.choices(name), "columns": columns}


def _answer(answer: Report, limit: int, offset: int) -> Answer:
    return {
        "report": answer.frame.name,
        "period": str(answer.scope.period),
        "table": table(answer.frame, limit, offset),
        "notes": answer.notes,
        "unreconciled_dates": [day.isoformat() for day in answer.unreconciled_dates],
        "partial_dates": [day.isoformat() for day in answer.partial_dates],
    }
