"""What commands that answer share: the ledger that they ask, the options of their output, and how it is written."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.errors import AnalyticsError

if TYPE_CHECKING:
    from analytics.frame import Frame
    from analytics.keyspend import Keyspend

FORMATS = ("table", "csv", "json", "markdown", "parquet")


def complain(error: AnalyticsError, subject: str = "") -> None:
    """Say on stderr what is wrong and what to do."""
    prefix = f"{subject}: " if subject else "keyspend: "
    click.echo(f"{prefix}{error.message} [{error.code}]", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)


def ledger(ctx: click.Context) -> Keyspend:
    """What is known in the data directory that the command was given."""
    from analytics.keyspend import Keyspend

    return Keyspend(ctx.find_root().obj)


_SCOPE = (
    click.option("--month", metavar="YYYY-MM|latest", help="One calendar month, or the latest complete one."),
    click.option("--from", "start", metavar="DATE", help="The first day."),
    click.option("--to", "end", metavar="DATE", help="The day after the last: exclusive."),
    click.option("--account", metavar="A", help="Only this account."),
    click.option("--currency", metavar="C", help="Only this currency."),
    click.option("--key", "keys", metavar="K", multiple=True, help="Only this API key, by its mask or its name; repeatable."),
    click.option("--model", "models", metavar="M", multiple=True, help="Only this model; repeatable."),
)


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that is asked about a part of the data."""
    for option in reversed(_SCOPE):
        command = option(command)
    return command


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that answers with a frame."""
    command = click.option(
        "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, whole or not at all."
    )(command)
    return click.option("--format", "format_name", type=click.Choice(FORMATS), default="table", show_default=True)(command)


def show(frame: Frame, format_name: str, output: Path | None) -> None:
    """Write the frame in a format: to stdout, or to a file, which is replaced whole or not at all."""
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
