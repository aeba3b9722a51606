"""The `keyspend` command: it parses, calls the library and shows; data goes to stdout, all else to stderr."""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.errors import AnalyticsError, ExitCode

if TYPE_CHECKING:
    from analytics.frame import Frame
    from analytics.keyspend import Keyspend

FORMATS = ("table", "csv", "json", "markdown", "parquet")


class Command(click.Group):
    """The one boundary where errors become a line on stderr and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted([*super().list_commands(ctx), "dashboard"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; the dashboard's lives in its own room."""
        if cmd_name != "dashboard":
            return super().get_command(ctx, cmd_name)
        from analytics.dashboard.command import dashboard

        return dashboard

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an AnalyticsError ends it with its own exit code."""
        try:
            return super().invoke(ctx)
        except AnalyticsError as error:
            complain(error)
            ctx.exit(error.exit_code)


def complain(error: AnalyticsError, subject: str = "") -> None:
    """Say on stderr what is wrong and what to do."""
    prefix = f"{subject}: " if subject else "keyspend: "
    click.echo(f"{prefix}{error.message} [{error.code}]", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data-dir", metavar="DIR", help="Where everything is kept [default: KEYSPEND_DATA_DIR, or the platform's folder].")
@click.version_option(package_name="keyspend")
@click.pass_context
def main(ctx: click.Context, data_dir: str | None) -> None:
    """Tell what every API key cost, and why."""
    ctx.obj = data_dir


def _ledger(ctx: click.Context) -> Keyspend:
    from analytics.keyspend import Keyspend

    return Keyspend(ctx.find_root().obj)


def _output(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that answers with a frame."""
    command = click.option(
        "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, whole or not at all."
    )(command)
    return click.option("--format", "format_name", type=click.Choice(FORMATS), default="table", show_default=True)(command)


def _show(frame: Frame, format_name: str, output: Path | None) -> None:
    if format_name == "table":
        from analytics import terminal

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() and output is None else None
        content = terminal.table(frame, width).encode()
    else:
        from analytics.writers import writer

        content = writer(format_name)(frame)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    from analytics.durable import replace

    replace(output, content)
    click.echo(f"{len(frame.rows)} rows in {output}", err=True)


@main.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--without-cost", is_flag=True, help="Accept an amount file without its cost file; it stays unreconciled.")
@click.option("--strict", is_flag=True, help="Exit with 4 when something imported does not reconcile.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipts as JSON.")
@click.pass_context
def import_(ctx: click.Context, paths: tuple[Path, ...], without_cost: bool, strict: bool, as_json: bool) -> None:
    """Import exports: zips, folders, or an amount and a cost CSV; several at once."""
    # A process of a quarter of a second: to look for garbage among what its libraries load costs more than it frees.
    gc.set_threshold(100_000)
    with _progress() as progress:
        outcomes = _ledger(ctx).import_paths(paths, without_cost=without_cost, progress=progress)
    refusals = [outcome for outcome in outcomes if hasattr(outcome, "error")]
    receipts = [outcome for outcome in outcomes if not hasattr(outcome, "error")]
    if as_json:
        import json

        told = [receipt.to_json() for receipt in receipts]
        told += [
            {"source_name": r.source_name, "status": "refused", "code": r.error.code, "message": r.error.message, "hint": r.error.hint}
            for r in refusals
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        from analytics.terminal import receipt_text

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
    """A bar on a terminal, of the bytes unpacked so far; nothing elsewhere."""
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


@main.command()
@_output
@click.pass_context
def imports(ctx: click.Context, format_name: str, output: Path | None) -> None:
    """List the imports, and the days that each owns now."""
    _show(_ledger(ctx).imports(), format_name, output)


@main.command()
@click.argument("number", type=int)
@click.pass_context
def undo(ctx: click.Context, number: int) -> None:
    """Undo import NUMBER, as if it had never been; its evidence is kept."""
    from analytics import telling

    click.echo(telling.undone(_ledger(ctx).undo(number)), err=True)


@main.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Check evidence, journal and database against each other, digit for digit."""
    checks = _ledger(ctx).verify()
    for check in checks:
        click.echo(f"{'ok ' if check.holds else 'BAD'} {check.name:<9} {check.detail}")
    if not all(check.holds for check in checks):
        ctx.exit(ExitCode.UNEXPECTED)


@main.command()
@click.pass_context
def rebuild(ctx: click.Context) -> None:
    """Build the database again from the evidence."""
    path = _ledger(ctx).rebuild()
    click.echo(f"built {path.name} from the evidence", err=True)


def _report_names(_ctx: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    from analytics.metrics import questions

    return [name for name in questions() if name.startswith(typed)]


@main.command()
@click.argument("name", shell_complete=_report_names)
@click.option("--month", metavar="YYYY-MM|latest", help="One calendar month, or the latest complete one.")
@click.option("--from", "start", metavar="DATE", help="The first day.")
@click.option("--to", "end", metavar="DATE", help="The day after the last: exclusive.")
@click.option("--account", metavar="A", help="Only this account.")
@click.option("--currency", metavar="C", help="Only this currency.")
@click.option("--key", "keys", metavar="K", multiple=True, help="Only this API key, by its mask or its name; repeatable.")
@click.option("--model", "models", metavar="M", multiple=True, help="Only this model; repeatable.")
@click.option("--grain", metavar="hour|day|week|month", help="The length of a step, in reports that go by time.")
@click.option("--by", metavar="key|model|total", help="What is told apart, in reports that leave it open.")
@click.option("--top", metavar="N", type=int, help="Tell only the N largest apart, in reports that rank.")
@click.option("--strict", is_flag=True, help="Exit with 4 when a day in it does not reconcile.")
@click.option("--require-complete", is_flag=True, help="Exit with 5 when a day in it is partial.")
@_output
@click.pass_context
def report(
    ctx: click.Context, /, name: str, format_name: str, output: Path | None, strict: bool, require_complete: bool, **arguments: Any
) -> None:
    """Answer the report NAME; `keyspend reports` lists them."""
    answer = _ledger(ctx).answer(name, **arguments)
    _show(answer.frame, format_name, output)
    for note in answer.notes:
        click.echo(f"note: {note}", err=True)
    if strict and answer.unreconciled_dates:
        ctx.exit(ExitCode.UNRECONCILED)
    if require_complete and answer.partial_dates:
        ctx.exit(ExitCode.INCOMPLETE)


@main.command()
def reports() -> None:
    """List the reports."""
    from analytics.metrics import questions

    width = max(map(len, questions()))
    for name, title in questions().items():
        click.echo(f"{name:<{width}} {title}")


@main.command()
@click.argument("statement")
@_output
@click.pass_context
def sql(ctx: click.Context, statement: str, format_name: str, output: Path | None) -> None:
    """Ask a SELECT over the views: usage, billing, reconciliation, owned_day, api_key_name, imports."""
    _show(_ledger(ctx).sql(statement), format_name, output)
