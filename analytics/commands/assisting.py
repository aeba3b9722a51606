"""The command mcp: a server for assistants on stdin and stdout; what it serves is in `analytics.assistants`."""

from __future__ import annotations

import click

from analytics.commands.answering import ledger
from analytics.errors import UsageError


@click.command()
@click.pass_context
def mcp(ctx: click.Context, /) -> None:
    """Serve assistants by the Model Context Protocol, on stdin and stdout, read-only."""
    try:
        from analytics.assistants.server import server
    except ModuleNotFoundError as error:
        if error.name not in ("mcp", "pydantic"):
            raise
        raise UsageError(
            "mcp-missing", "the library of the Model Context Protocol is not installed", "pip install 'keyspend[mcp]'"
        ) from None
    server(ledger(ctx)).run()
