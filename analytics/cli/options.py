"""The ledger of a command, and the options that narrow a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analytics.api import Keyspend


def ledger(ctx: click.Context) -> Keyspend:
    """The ledger of the data directory of the command."""
    from analytics.api import Keyspend

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
    """The command with the options that narrow it to a part of the data."""
    for option in reversed(_SCOPE):
        command = option(command)
    return command
