"""Output of commands: options, tables, files and errors; data goes to stdout, messages to stderr."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.core.errors import AnalyticsError, UsageError
from analytics.writers import FORMATS

if TYPE_CHECKING:
    from analytics.core.document import Document
    from analytics.core.frame import Frame

_DIALECT = "analytics.dialect"


def complain(error: AnalyticsError, subject: str = "") -> None:
    """Print an error on stderr: the message with its code, then the hint."""
    prefix = f"{subject}: " if subject else "keyspend: "
    click.echo(f"{prefix}{error.message} [{error.code}]", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the options of output: format, file, and dialect of CSV."""
    for name, text in (("--decimal", "The point of decimals in CSV: . or ,"), ("--delimiter", "What parts cells in CSV: , ; | or tab.")):
        command = click.option(name, metavar="C", expose_value=False, callback=_remember, help=text)(command)
    text = "Begin CSV with the mark by which Excel knows UTF-8."
    command = click.option("--excel", is_flag=True, expose_value=False, callback=_remember, help=text)(command)
    command = click.option(
        "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, whole or not at all."
    )(command)
    return click.option("--format", "format_name", type=click.Choice(("table", *FORMATS)), default="table", show_default=True)(command)


def _remember(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    """Store an option of the CSV dialect in the context, where `show` reads it, so that commands need not pass it on."""
    if value:
        ctx.meta.setdefault(_DIALECT, {})[option.name] = value


def dialect_options() -> dict[str, Any]:
    """The options of the CSV dialect that were given, by name."""
    options: dict[str, Any] = click.get_current_context().meta.get(_DIALECT, {})
    return options


def show(content: Frame | Document, format_name: str, output: Path | None) -> None:
    """Write a frame or a document in a format: to stdout, or to a file, which is replaced whole or not at all.

    Raises UsageError for a format that cannot hold the document, for a binary format on a terminal, and for a CSV dialect with another
    format.
    """
    from analytics.core import document as documents

    document = content if isinstance(content, documents.Document) else documents.of(content)
    written = _written(document, format_name, output)
    if output is None:
        sys.stdout.buffer.write(written)
        sys.stdout.flush()
        return
    from analytics.core.files import replace

    replace(output, written)
    click.echo(f"{sum(len(section.frame.rows) for section in document.sections)} rows in {output}", err=True)


def _written(document: Document, format_name: str, output: Path | None) -> bytes:
    from analytics import writers

    dialect = dialect_options()
    if format_name == "csv":
        from analytics.writers import csv

        return csv.write(writers.only(document, "csv"), csv.dialect(**dialect))
    if dialect:
        message = f"--{min(dialect)} is about CSV, and the format is {format_name}"
        raise UsageError("dialect-unused", message, "add --format csv")
    if format_name == "table":
        from analytics.writers import table

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() and output is None else None
        return table.table(writers.only(document, "table"), width).encode()
    if FORMATS[format_name].is_binary and output is None and sys.stdout.isatty():
        raise UsageError("binary-terminal", f"{format_name} is not for a terminal to show", "add -o FILE")
    return writers.document_writer(format_name)(document)
