"""The commands that query the ledger: report, reports, sql."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.analysis.budgets.status import STATUSES
from analytics.cli import focus
from analytics.cli.options import ledger, scope_options
from analytics.cli.output import output_options, show
from analytics.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from analytics.core.document import Document
    from analytics.reports.focus.export import Export


def _report_names(_ctx: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    from analytics.reports.registry import available_reports

    return [name for name in available_reports() if name.startswith(typed)]


def _shown(name: str, ctx: click.Context, format_name: str, output: Path | None, arguments: dict[str, Any]) -> Document:
    document = ledger(ctx).document(name, **arguments)
    show(document, format_name, output)
    return document


_WRITTEN = {"focus": focus.focus}
"""Writers of the reports that have a format of their own, by name."""


@click.command()
@click.argument("name", shell_complete=_report_names)
@scope_options
@click.option("--grain", metavar="hour|day|week|month", help="The length of a step, in reports that go by time.")
@click.option("--by", metavar="key|model|total", help="What is told apart, in reports that leave it open.")
@click.option("--top", metavar="N", type=int, help="Tell only the N largest apart, in reports that rank.")
@click.option(
    "--against", metavar="YYYY-MM|DATE..DATE|previous", help="What reports that compare compare with [default: the like period before]."
)
@click.option("--strict", is_flag=True, help="Exit with 4 when a day in it does not reconcile.")
@click.option("--require-complete", is_flag=True, help="Exit with 5 when a day in it is partial.")
@click.option("--fail-on", type=click.Choice(STATUSES[2:]), help="Exit with 6 when a budget is at least this.")
@output_options
@click.pass_context
def report(
    ctx: click.Context,
    /,
    name: str,
    format_name: str,
    output: Path | None,
    strict: bool,
    require_complete: bool,
    fail_on: str | None,
    **arguments: Any,
) -> None:
    """Answer the report NAME; `keyspend reports` lists them."""
    result = _WRITTEN.get(name, partial(_shown, name))(ctx, format_name, output, arguments)
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    if fail_on and _is_breached(result, fail_on):
        ctx.exit(ExitCode.BREACHED)
    if strict and result.unreconciled_dates:
        ctx.exit(ExitCode.UNRECONCILED)
    if require_complete and not result.is_complete:
        ctx.exit(ExitCode.INCOMPLETE)


def _is_breached(result: Document | Export, fail_on: str) -> bool:
    """Whether any budget has the status `fail_on` or a worse one. Raises UsageError for another report than budgets."""
    if result.subject != "budgets" or not hasattr(result, "sections"):
        raise UsageError("fail-on-unused", f"{result.subject} has no --fail-on", "reports that have one: budgets")
    worst = max((STATUSES.index(status) for status in result.sections[0].frame.values("status")), default=0)
    return worst >= STATUSES.index(fail_on)


@click.command()
def reports() -> None:
    """List the reports."""
    from analytics.reports.registry import available_reports

    known = available_reports()
    width = max(map(len, known))
    for name, title in known.items():
        click.echo(f"{name:<{width}} {title}")


@click.command()
@click.argument("statement")
@output_options
@click.pass_context
def sql(ctx: click.Context, statement: str, format_name: str, output: Path | None) -> None:
    """Ask a SELECT over the views: usage, billing, reconciliation, owned_day, api_key_name, imports, closing, late_adjustment."""
    show(ledger(ctx).sql(statement), format_name, output)
