"""The commands of the ledger of imports: import, imports, undo, verify, rebuild."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from analytics.cli.options import ledger
from analytics.cli.output import complain, output_options, show
from analytics.core.errors import ExitCode


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--without-cost", is_flag=True, help="Accept an amount file without its cost file; it stays unreconciled.")
@click.option("--strict", is_flag=True, help="Exit with 4 when something imported does not reconcile.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipts as JSON.")
@click.pass_context
def import_(ctx: click.Context, paths: tuple[Path, ...], without_cost: bool, strict: bool, as_json: bool) -> None:
    """Import exports: zips, folders, or an amount and a cost CSV; several at once."""
    with _progress() as progress:
        outcomes = ledger(ctx).import_paths(paths, without_cost=without_cost, progress=progress)
    refusals = [outcome for outcome in outcomes if hasattr(outcome, "error")]
    receipts = [outcome for outcome in outcomes if not hasattr(outcome, "error")]
    if as_json:
        import json

        content = [receipt.to_json() for receipt in receipts]
        content += [
            {"source_name": r.source_name, "status": "refused", "code": r.error.code, "message": r.error.message, "hint": r.error.hint}
            for r in refusals
        ]
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        from analytics.cli.receipts import receipt_text

        for receipt in receipts:
            click.echo(receipt_text(receipt), nl=False)
    for refusal in refusals:
        complain(refusal.error, refusal.source_name)
    if refusals:
        ctx.exit(ExitCode.REFUSED)
    if strict and not all(receipt.is_reconciled for receipt in receipts):
        ctx.exit(ExitCode.UNRECONCILED)


@contextmanager
def _progress() -> Iterator[Callable[[int], None] | None]:
    """Yield a function that adds to the bytes unpacked so far, shown as a bar on stderr; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("reading"), BarColumn(), DownloadColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda count: bar.advance(task, count)


@click.command()
@output_options
@click.pass_context
def imports(ctx: click.Context, format_name: str, output: Path | None) -> None:
    """List the imports, and the days that each owns now."""
    show(ledger(ctx).imports(), format_name, output)


@click.command()
@click.argument("number", type=int)
@click.pass_context
def undo(ctx: click.Context, number: int) -> None:
    """Undo import NUMBER, as if it had never been; its evidence is kept."""
    from analytics.operations import messages

    click.echo(messages.undone(ledger(ctx).undo(number)), err=True)


@click.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Check evidence, journal and database against each other, digit for digit."""
    checks = ledger(ctx).verify()
    for check in checks:
        click.echo(f"{'ok ' if check.holds else 'BAD'} {check.name:<9} {check.detail}")
    if not all(check.holds for check in checks):
        ctx.exit(ExitCode.UNEXPECTED)


@click.command()
@click.pass_context
def rebuild(ctx: click.Context) -> None:
    """Build the database again from the evidence."""
    path = ledger(ctx).rebuild()
    click.echo(f"built {path.name} from the evidence", err=True)
