"""Timers for `keyspend run`: the text of a systemd service with its timer, or of a line of a crontab."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from analytics.core.errors import ExitCode, UsageError

NAME = "keyspend"
MINUTE = 17
"""The minute of each start, away from the full hour when many other jobs start."""
_STATES = Path("/var/lib")
_FINE = (ExitCode.UNRECONCILED, ExitCode.INCOMPLETE, ExitCode.BREACHED, ExitCode.BUSY)
"""Exit codes about the data or a concurrent run, which systemd treats as success."""
EVERY = {"hour": (f"*-*-* *:{MINUTE}:00 UTC", f"{MINUTE} * * * *"), "day": (f"*-*-* 06:{MINUTE}:00 UTC", f"{MINUTE} 6 * * *")}


def service(command: Sequence[str], data: Path | None = None) -> str:
    """The text of the service unit that runs `command` once; a `data` directory in /var/lib is created for its user. Raises UsageError."""
    state = f"StateDirectory={data.name}\nStateDirectoryMode=0700\n" if data and data.parent == _STATES else ""
    return f"""[Unit]
Description=Keyspend: import what is new, write the reports that are due, send notices

[Service]
Type=oneshot
ExecStart={" ".join(map(_for_systemd, command))}
Environment=TZ=UTC
SuccessExitStatus={" ".join(str(int(code)) for code in _FINE)}
UMask=0077
NoNewPrivileges=true
{state}"""


def timer(every: str) -> str:
    """The text of the timer unit that starts the service every `hour` or `day`, and after downtime a missed start."""
    return f"""[Unit]
Description=Keyspend, every {every}

[Timer]
OnCalendar={EVERY[every][0]}
Persistent=true
RandomizedDelaySec=10m

[Install]
WantedBy=timers.target
"""


def crontab(command: Sequence[str], every: str) -> str:
    """The lines of a crontab, with percent signs escaped, which would end the command there. Raises UsageError for control characters."""
    command_line = " ".join(shlex.quote(_one_line(part)) for part in command).replace("%", "\\%")
    return f"CRON_TZ=UTC\n{EVERY[every][1]} TZ=UTC {command_line}\n"


def _for_systemd(word: str) -> str:
    """A literal word of ExecStart: specifiers, variables and escapes in it are neutralised. Raises UsageError."""
    escaped = _one_line(word).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if escaped and not any(character in " '\"\\;" for character in escaped) else f'"{escaped}"'


def _one_line(word: str) -> str:
    """`word`, unchanged. Raises UsageError where it has a control character."""
    if not word.isprintable():
        raise UsageError("timer-path", "a path with a line end or another control character cannot stand in a timer", "name another path")
    return word
