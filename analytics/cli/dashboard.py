"""The command `keyspend dashboard`: its options and the line it prints."""

from __future__ import annotations

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; beyond this machine only with sign-in.")
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.pass_context
def dashboard(ctx: click.Context, host: str, port: int) -> None:
    """Serve the dashboard to browsers on this machine."""
    from analytics.dashboard import server

    click.echo(f"Keyspend's dashboard: http://{host}:{port} (Ctrl-C ends it)", err=True)
    server.serve(ctx.find_root().obj, host, port)
