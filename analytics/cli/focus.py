"""The report focus of `keyspend report`: charges in the FOCUS format, written batch by batch to stdout or a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from analytics.cli.options import ledger
from analytics.cli.output import dialect_options
from analytics.core.errors import UsageError

if TYPE_CHECKING:
    from analytics.reports.focus.export import Export


def focus(ctx: click.Context, format_name: str, output: Path | None, arguments: dict[str, Any]) -> Export:
    """Write charges in the FOCUS format, by default as CSV, to stdout or a file; return the export. Raises UsageError for a dialect."""
    if dialect := dialect_options():
        raise UsageError("dialect-unused", f"a FOCUS file is no spreadsheet's: --{min(dialect)} is for other reports", "leave it out")
    if format_name == "table" and ctx.get_parameter_source("format_name") is ParameterSource.DEFAULT:
        format_name = "csv"
    export = ledger(ctx).focus(output or sys.stdout.buffer, format_name, **arguments)
    if output:
        click.echo(f"{export.written.rows} rows in {output}, told about in {output.name}.metadata.json", err=True)
    return export
