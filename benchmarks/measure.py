"""Runs programs side by side and says how long each took and how much memory it held."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

Command = Sequence[str | os.PathLike[str]]


def keep_bytecode(folder: Path) -> None:
    """Let every program find its modules compiled, as an installed one does, whatever the environment says; the first run compiles."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


@dataclass
class Samples:
    """The seconds of every run of one program, and the most memory that any run held, in bytes."""

    seconds: list[float] = field(default_factory=list)
    peak: int = 0

    @property
    def median(self) -> float:
        """The run in the middle."""
        return median(self.seconds)

    @property
    def least(self) -> float:
        """The run that was disturbed least."""
        return min(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.least:.3f})"


def run(command: Command, samples: Samples | None = None) -> bytes:
    """Run a program to its end with its output in a pipe, and return that. Raises SystemExit when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed with {process.returncode}")
    if samples:
        samples.seconds.append(seconds)
        samples.peak = max(samples.peak, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
    return output


def alternate(repeat: int, *prepared: Callable[[], Command]) -> list[Samples]:
    """Run the programs in turn, `repeat` rounds after one that does not count. What prepares a run is not timed."""
    taken = [Samples() for _ in prepared]
    for number in range(-1, repeat):
        for prepare, samples in zip(prepared, taken, strict=True):
            run(prepare(), samples if number >= 0 else None)
    return taken
