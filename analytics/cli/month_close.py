"""The commands of the month-end close: close, reopen, audit."""

from __future__ import annotations

from pathlib import Path

import click

from analytics.cli.options import ledger
from analytics.cli.output import output_options, show
from analytics.core.errors import UsageError


@click.command()
@click.argument("month", metavar="YYYY-MM")
@click.option("--note", default="", metavar="TEXT", help="What is kept with the close.")
@click.option("--account", metavar="A", help="Only this account [default: all that have evidence of the month].")
@click.option("--force", is_flag=True, help="Close although a check fails; needs --reason.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is forced; kept in the journal with the failed checks.")
@click.pass_context
def close(ctx: click.Context, month: str, note: str, account: str | None, force: bool, reason: str) -> None:
    """Close a month: freeze who owns its days and what it came to, after checks.

    Exits with 5 when the month is not complete, and with 4 when it does not reconcile or counts hours twice.
    """
    from analytics.operations import messages

    if reason and not force:
        raise UsageError("reason-unused", "a reason is for a close that is forced", "add --force, or say it with --note")
    for closed in ledger(ctx).close(month, note=note, account=account, force_reason=reason if force else None):
        click.echo(messages.closed(closed.closing), err=True)
        for check in closed.failed_checks:
            click.echo(f"  forced past: {check} [{check.code}]", err=True)


@click.command()
@click.argument("month", metavar="YYYY-MM")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the journal.")
@click.option("--account", metavar="A", help="Only this account [default: all whose month is closed].")
@click.pass_context
def reopen(ctx: click.Context, month: str, reason: str, account: str | None) -> None:
    """Reopen a closed month: who owns its days is decided anew, late evidence included."""
    for name in ledger(ctx).reopen(month, reason=reason, account=account):
        click.echo(f"{month} of {name} is open again", err=True)


@click.command()
@output_options
@click.pass_context
def audit(ctx: click.Context, format_name: str, output: Path | None) -> None:
    """Tell who did what when, from the journal, and prove its chain; exits with 1 where it is broken."""
    frame = ledger(ctx).audit()
    show(frame, format_name, output)
    count = len(frame.rows)
    click.echo(f"{count} {'act' if count == 1 else 'acts'}, one unbroken chain", err=True)
