"""The report focus: a file by the FOCUS standard, written to stdout or a file batch by batch."""

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
    """Write the charges by FOCUS to stdout or a file; without a format as CSV. Raises UsageError for what FOCUS leaves no choice in."""
    if dialect := dialect_options():
        raise UsageError("dialect-unused", f"a FOCUS file is no spreadsheet's: --{min(dialect)} is for other reports", "leave it out")
    if ctx.get_parameter_source("format_name") is ParameterSource.DEFAULT:
        format_name = "csv"
    export = ledger(ctx).focus(output or sys.stdout.buffer, format_name, **arguments)
    if output:
        click.echo(f"{export.written.rows} rows in {output}, told about in {output.name}.metadata.json", err=True)
    return export
