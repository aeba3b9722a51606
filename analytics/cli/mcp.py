"""The command `keyspend mcp`: the MCP server on standard input and output."""

from __future__ import annotations

from importlib.util import find_spec

import click

from analytics.cli.options import ledger
from analytics.core.errors import UsageError


@click.command()
@click.pass_context
def mcp(ctx: click.Context) -> None:
    """Serve read-only answers to an assistant by the Model Context Protocol, on stdin and stdout."""
    if find_spec("mcp") is None:
        raise UsageError("mcp-missing", "the SDK of the Model Context Protocol is not installed", "pip install 'keyspend[mcp]'")
    from analytics.mcp_server.server import server

    server(ledger(ctx)).run("stdio")
