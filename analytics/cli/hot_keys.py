"""The commands about hot keys: `keyspend hot`, which lists alerts, and `keyspend feedback`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.cli.options import ledger, scope_options
from analytics.cli.output import output_options, show
from analytics.core.errors import ExitCode

if TYPE_CHECKING:
    from analytics.core.frame import Frame

_SHOWN = ("rank", "api_key_name", "kind", "confidence", "currency", "impact", "explanation")
"""The columns for people, in tables and Markdown; all other formats have every column."""


@click.command()
@scope_options
@click.option("--top", metavar="N", type=int, help="Only the N that cost most.")
@click.option(
    "--fail-on", type=click.Choice(("any", "medium", "high")), help="Exit with 6 when there is an alert of this confidence or a higher one."
)
@output_options
@click.pass_context
def hot(ctx: click.Context, /, format_name: str, output: Path | None, fail_on: str | None, **arguments: Any) -> None:
    """List the keys that need attention: what changed, since when, why, and what it cost."""
    from analytics.analysis.anomalies.explanations import CONFIDENCES

    report = ledger(ctx).answer("hot-keys", **arguments)
    if format_name in ("table", "markdown"):
        show(_short(report.frame), format_name, output)
    else:
        from analytics.reports import registry

        show(registry.document_from_report(report), format_name, output)
    for note in report.notes:
        click.echo(f"note: {note}", err=True)
    least = CONFIDENCES.index({"any": "low"}.get(fail_on, fail_on)) if fail_on else len(CONFIDENCES)
    if any(CONFIDENCES.index(confidence) >= least for confidence in report.frame.values("confidence")):
        ctx.exit(ExitCode.BREACHED)


@click.command()
@click.argument("key", metavar="KEY")
@click.argument("verdict", type=click.Choice(("yes", "no", "planned", "withdrawn")))
@click.option("--from", "start", metavar="DATE", required=True, help="The first day.")
@click.option("--to", "end", metavar="DATE", required=True, help="The day after the last: exclusive.")
@click.option("--account", metavar="A", help="Of which account the key is, where the name is not enough.")
@click.option("--note", default="", metavar="TEXT", help="Why; kept in the journal.")
@click.pass_context
def feedback(ctx: click.Context, /, key: str, verdict: str, **options: str) -> None:
    """Say what days of a key were, so that hot keys know from then on.

    yes: out of the way, as told; they count as no usual days. no: usual days, nothing to alert about. planned: out of the way and
    known before; no alert, and no usual days. withdrawn: nothing is said any more. For each day the last word holds.
    """
    from analytics.operations import messages

    click.echo(messages.feedback(ledger(ctx).feedback(key, verdict, **options)), err=True)


def _short(frame: Frame) -> Frame:
    """The frame with the columns of _SHOWN, and amounts rounded to the cent."""
    from analytics.core.money import rounded

    positions = [frame.names.index(name) for name in _SHOWN]
    columns = tuple(frame.columns[at] for at in positions)
    rows = [tuple(rounded(row[at], 2) if frame.columns[at].is_decimal else row[at] for at in positions) for row in frame.rows]
    return replace(frame, columns=columns, rows=rows)
