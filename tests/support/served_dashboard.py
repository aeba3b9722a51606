"""The dashboard served by `keyspend dashboard` in a process of its own."""

import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE_SECONDS = 30


def free_port():
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(data_directory, *options, port=None):
    """Serve a data directory with `keyspend dashboard`; yield the address."""
    port = port or free_port()
    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), "dashboard", "--port", str(port), *options]
    log = Path(data_directory).with_name(f"server-{port}.log")
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)


def _wait(address, log):
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text()}")
