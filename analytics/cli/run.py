"""The commands of scheduled runs: run, schedule list, schedule install."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analytics.cli.options import ledger
from analytics.cli.output import complain, output_options, show
from analytics.core.errors import UsageError

if TYPE_CHECKING:
    from analytics.automation.run_result import Outcome
    from analytics.core.data_directory import DataDirectory


@click.command()
@click.option("--dry-run", "is_dry", is_flag=True, help="Only tell what would be imported and written.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON, even where it is nothing.")
@click.pass_context
def run(ctx: click.Context, is_dry: bool, as_json: bool) -> None:
    """Import what is new in the inboxes, write the reports that are due, send notices; silent when there is nothing to do."""
    outcome = ledger(ctx).run(is_dry=is_dry)
    if as_json:
        import json

        click.echo(json.dumps(outcome.to_json(), ensure_ascii=False, indent=2))
    else:
        _print_outcome(outcome)
    for refusal in outcome.refusals:
        complain(refusal.error, refusal.source_name)
    for subject, error in outcome.failures:
        complain(error, subject)
    ctx.exit(outcome.exit_code)


def _print_outcome(outcome: Outcome) -> None:
    for receipt in outcome.receipts:
        click.echo(f"imported {receipt.source_name} as number {receipt.import_id}")
    for made in outcome.written:
        for path in made.paths if made.is_new else ():
            click.echo(f"wrote {path}")
    for name in outcome.imported:
        click.echo(f"would import {name}")
    for task in outcome.due:
        click.echo(f"would write {', '.join(task.schedule.reports)} of {task.label} into {task.schedule.folder}")


@click.group()
def schedule() -> None:
    """List what is written when, or have a timer do it."""


@schedule.command("list")
@output_options
@click.pass_context
def list_(ctx: click.Context, format_name: str, output: Path | None) -> None:
    """List the periods of all schedules: written, due, or waiting for days."""
    show(ledger(ctx).schedules(), format_name, output)


@schedule.command()
@click.option("--systemd", "form", flag_value="systemd", default=True, help="A service and a timer of systemd [default].")
@click.option("--cron", "form", flag_value="cron", help="A line for a crontab.")
@click.option("--every", type=click.Choice(["hour", "day"]), default="hour", show_default=True, help="How often.")
@click.option("--write", "is_written", is_flag=True, help="Write the units into the user's own folder of systemd.")
@click.pass_context
def install(ctx: click.Context, form: str, every: str, is_written: bool) -> None:
    """Print what makes systemd or cron start `keyspend run`, or write it."""
    from analytics.automation import timers

    directory: DataDirectory = ctx.find_root().obj
    command = _command(directory)
    if form == "cron":
        if is_written:
            raise UsageError(
                "cron-write", "a crontab is edited by its owner alone", "`crontab -e`, and add what is printed without --write"
            )
        click.echo(timers.crontab(command, every), nl=False)
        return
    units = {
        f"{timers.NAME}.service": timers.service(command, None if is_written else directory.root),
        f"{timers.NAME}.timer": timers.timer(every),
    }
    if is_written:
        _write(units)
        return
    click.echo("\n".join(f"# {name}\n{text}" for name, text in units.items()), nl=False)


def _command(directory: DataDirectory) -> list[str]:
    """The program and arguments of `keyspend run` for a timer, with absolute paths."""
    script = Path(sys.argv[0]).absolute()
    program = [str(script)] if script.name == "keyspend" else [sys.executable, "-m", "analytics"]
    settings = ["--config", str(directory.settings_file)] if directory.settings_file else []
    return [*program, "--data-dir", str(directory.root.absolute()), *settings, "run"]


def _write(units: dict[str, str]) -> None:
    from analytics.core.files import disk_errors, replace

    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    with disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in units.items():
        replace(folder / name, text.encode())
        click.echo(folder / name)
    click.echo("now: systemctl --user daemon-reload && systemctl --user enable --now keyspend.timer", err=True)
    click.echo("and, to run it while nobody is signed in: loginctl enable-linger", err=True)
