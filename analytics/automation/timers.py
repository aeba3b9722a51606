"""What starts `keyspend run` again and again: a systemd service with its timer, or a line of a crontab, as text; it installs nothing."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from analytics.core.errors import ExitCode, UsageError

NAME = "keyspend"
MINUTE = 17
"""Past the full hour, when everything else begins."""
_STATES = Path("/var/lib")
_FINE = (ExitCode.UNRECONCILED, ExitCode.INCOMPLETE, ExitCode.BREACHED, ExitCode.BUSY)
"""Exit codes that tell something of the data, or of another run: the run itself is in order."""
EVERY = {"hour": (f"*-*-* *:{MINUTE}:00 UTC", f"{MINUTE} * * * *"), "day": (f"*-*-* 06:{MINUTE}:00 UTC", f"{MINUTE} 6 * * *")}


def service(command: Sequence[str], data: Path | None = None) -> str:
    """The unit that runs `command` once; where `data` lies in /var/lib, it makes it for the user whom it runs as."""
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
    """The unit that starts the service every `hour` or `day`, and after a pause what was missed."""
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
    """The line of a crontab; a percent sign would be the end of the command there."""
    command_line = " ".join(shlex.quote(_one_line(part)) for part in command).replace("%", "\\%")
    return f"CRON_TZ=UTC\n{EVERY[every][1]} TZ=UTC {command_line}\n"


def _for_systemd(word: str) -> str:
    """A word of ExecStart as it is: no specifier, no variable, no escape in it means anything."""
    escaped = _one_line(word).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if escaped and not any(character in " '\"\\;" for character in escaped) else f'"{escaped}"'


def _one_line(word: str) -> str:
    if not word.isprintable():
        raise UsageError("timer-path", "a path with a line end or another control character cannot stand in a timer", "name another path")
    return word
