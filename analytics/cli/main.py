"""The `keyspend` command: where its commands live, and the one boundary where errors end; data goes to stdout, all else to stderr."""

from __future__ import annotations

import atexit
import gc
import os
from importlib import import_module
from typing import Any

import click

from analytics.cli.options import complain
from analytics.core.data_directory import data_directory
from analytics.core.errors import AnalyticsError

_COMMANDS = {
    "audit": "analytics.cli.month_close:audit",
    "close": "analytics.cli.month_close:close",
    "config": "analytics.cli.config:config",
    "dashboard": "analytics.cli.dashboard:dashboard",
    "feedback": "analytics.cli.hot_keys:feedback",
    "hot": "analytics.cli.hot_keys:hot",
    "import": "analytics.cli.imports:import_",
    "imports": "analytics.cli.imports:imports",
    "mcp": "analytics.cli.mcp:mcp",
    "owners": "analytics.cli.owners:owners",
    "rebuild": "analytics.cli.imports:rebuild",
    "reopen": "analytics.cli.month_close:reopen",
    "report": "analytics.cli.report:report",
    "reports": "analytics.cli.report:reports",
    "run": "analytics.cli.run:run",
    "schedule": "analytics.cli.run:schedule",
    "sql": "analytics.cli.report:sql",
    "undo": "analytics.cli.imports:undo",
    "verify": "analytics.cli.imports:verify",
    "compare": "analytics.cli.compare:compare",
    "what-if": "analytics.cli.what_if:what_if",
}


class Commands(click.Group):
    """The commands by name, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an AnalyticsError ends it with its own exit code."""
        try:
            return super().invoke(ctx)
        except AnalyticsError as error:
            complain(error)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data-dir", metavar="DIR", help="Where everything is kept [default: KEYSPEND_DATA_DIR, or the platform's folder].")
@click.option("--config", metavar="FILE", help="The settings [default: KEYSPEND_CONFIG, or keyspend.toml in the data directory].")
@click.version_option(package_name="keyspend")
@click.pass_context
def main(ctx: click.Context, data_dir: str | None, config: str | None) -> None:
    """Tell what every API key cost, and why."""
    # The system takes a process back as a whole: to look for garbage in it at its end, as Python does, is lost time.
    atexit.register(gc.freeze)
    # NumPy would start threads for algebra, of which there is none here, and that takes as long as all else that it loads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    ctx.obj = data_directory(data_dir, config)
