"""The command `keyspend`: its subcommands, each loaded when it is used, and the one place where errors become exit codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from analytics.cli.output import complain
from analytics.core import runtime
from analytics.core.data_directory import data_directory
from analytics.core.errors import AnalyticsError


def _compare() -> dict[str, click.Command]:
    from analytics.cli.compare import compare

    return {"compare": compare}


def _config() -> dict[str, click.Command]:
    from analytics.cli.config import config

    return {"config": config}


def _dashboard() -> dict[str, click.Command]:
    from analytics.cli.dashboard import dashboard

    return {"dashboard": dashboard}


def _hot_keys() -> dict[str, click.Command]:
    from analytics.cli.hot_keys import feedback, hot

    return {"feedback": feedback, "hot": hot}


def _imports() -> dict[str, click.Command]:
    from analytics.cli.imports import import_, imports, rebuild, undo, verify

    return {"import": import_, "imports": imports, "rebuild": rebuild, "undo": undo, "verify": verify}


def _mcp() -> dict[str, click.Command]:
    from analytics.cli.mcp import mcp

    return {"mcp": mcp}


def _month_close() -> dict[str, click.Command]:
    from analytics.cli.month_close import audit, close, reopen

    return {"audit": audit, "close": close, "reopen": reopen}


def _owners() -> dict[str, click.Command]:
    from analytics.cli.owners import owners

    return {"owners": owners}


def _report() -> dict[str, click.Command]:
    from analytics.cli.report import report, reports, sql

    return {"report": report, "reports": reports, "sql": sql}


def _run() -> dict[str, click.Command]:
    from analytics.cli.run import run, schedule

    return {"run": run, "schedule": schedule}


def _what_if() -> dict[str, click.Command]:
    from analytics.cli.what_if import what_if

    return {"what-if": what_if}


_COMMANDS: dict[Callable[[], dict[str, click.Command]], tuple[str, ...]] = {
    _compare: ("compare",),
    _config: ("config",),
    _dashboard: ("dashboard",),
    _hot_keys: ("feedback", "hot"),
    _imports: ("import", "imports", "rebuild", "undo", "verify"),
    _mcp: ("mcp",),
    _month_close: ("audit", "close", "reopen"),
    _owners: ("owners",),
    _report: ("report", "reports", "sql"),
    _run: ("run", "schedule"),
    _what_if: ("what-if",),
}
"""Loader of a module: the names of its commands. A command loads its own module alone."""


class Commands(click.Group):
    """The group of all commands, each loaded when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The sorted names of all commands."""
        del ctx
        return sorted(name for names in _COMMANDS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `cmd_name`; None where there is none."""
        del ctx
        return next((load()[cmd_name] for load, names in _COMMANDS.items() if cmd_name in names), None)

    def invoke(self, ctx: click.Context) -> Any:
        """The result of the command; an AnalyticsError is printed and ends it with its own exit code."""
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
    runtime.prepare_command()
    ctx.obj = data_directory(data_dir, config)
