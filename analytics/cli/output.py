"""Output of commands: options, tables, files and errors; data goes to stdout, messages to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.core.errors import AnalyticsError, UsageError, quoted
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
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        is_eager=True,
        callback=_file,
        help="Write to this file, whole or not at all; - is stdout.",
    )(command)
    text = "The format [default: by the suffix of the file, else table]."
    return click.option("--format", "format_name", type=click.Choice(("table", *FORMATS)), callback=_format_name, help=text)(command)


def _file(_ctx: click.Context, _option: click.Parameter, value: Path | None) -> Path | None:
    """The file to write; None for stdout. Raises UsageError where its folder is missing, before anything is computed."""
    if value is None or str(value) == "-":
        return None
    if not value.parent.is_dir():
        raise UsageError("folder-missing", f"there is no folder {quoted(str(value.parent), 300)}", "make it first, or name another")
    return value


def _format_name(ctx: click.Context, _option: click.Parameter, value: str | None) -> str:
    """The format that was named, else that of the suffix of the file. Raises UsageError where the two contradict each other."""
    output: Path | None = ctx.params.get("output")
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    by_suffix = next((name for name, format_ in FORMATS.items() if format_.suffix == suffix), None)
    if value and by_suffix and value != by_suffix:
        message = f"{quoted(str(output), 300)} is named like {by_suffix}, and the format is {value}"
        raise UsageError("format-suffix", message, f"--format {by_suffix}, or a file with another suffix")
    return value or by_suffix or "table"


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
        _write_to_stdout(written)
        return
    from analytics.core.files import replace

    replace(output, written)
    click.echo(f"{sum(len(section.frame.rows) for section in document.sections)} rows in {output}", err=True)


def _write_to_stdout(content: bytes) -> None:
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, as `head`, has enough. What is left in the buffer would fail once more at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
