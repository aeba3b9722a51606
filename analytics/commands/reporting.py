"""The commands that ask: report, reports, sql."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analytics.commands.answering import ledger, output_options, scope_options, show
from analytics.errors import ExitCode


def _report_names(_ctx: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    from analytics.packs import answerable

    return [name for name in answerable() if name.startswith(typed)]


@click.command()
@click.argument("name", shell_complete=_report_names)
@scope_options
@click.option("--grain", metavar="hour|day|week|month", help="The length of a step, in reports that go by time.")
@click.option("--by", metavar="key|model|total", help="What is told apart, in reports that leave it open.")
@click.option("--top", metavar="N", type=int, help="Tell only the N largest apart, in reports that rank.")
@click.option("--against", metavar="YYYY-MM|DATE..DATE", help="What reports that compare compare with [default: the like period before].")
@click.option("--strict", is_flag=True, help="Exit with 4 when a day in it does not reconcile.")
@click.option("--require-complete", is_flag=True, help="Exit with 5 when a day in it is partial.")
@output_options
@click.pass_context
def report(
    ctx: click.Context, /, name: str, format_name: str, output: Path | None, strict: bool, require_complete: bool, **arguments: Any
) -> None:
    """Answer the report NAME; `keyspend reports` lists them."""
    answer = ledger(ctx).document(name, **arguments)
    show(answer, format_name, output)
    for note in answer.notes:
        click.echo(f"note: {note}", err=True)
    if strict and answer.unreconciled_dates:
        ctx.exit(ExitCode.UNRECONCILED)
    if require_complete and answer.partial_dates:
        ctx.exit(ExitCode.INCOMPLETE)


@click.command()
def reports() -> None:
    """List the reports."""
    from analytics.packs import answerable

    known = answerable()
    width = max(map(len, known))
    for name, title in known.items():
        click.echo(f"{name:<{width}} {title}")


@click.command()
@click.argument("statement")
@output_options
@click.pass_context
def sql(ctx: click.Context, statement: str, format_name: str, output: Path | None) -> None:
    """Ask a SELECT over the views: usage, billing, reconciliation, owned_day, api_key_name, imports."""
    show(ledger(ctx).sql(statement), format_name, output)
