"""Many processes on one data directory: readers always have an answer and never an old one after a new one; one writes at a time."""

import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest

from analytics import BusyError, Keyspend, UsageError
from analytics.ledger import lock
from analytics.ledger.database.connection import Database
from tests.conftest import NOW
from tests.support import exports_for
from tests.support.exports_for import assert_whole, cost_by_key

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
READER = """
import json, sys, time
from pathlib import Path
from analytics import Keyspend
ledger, stop, nap = Keyspend(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
answers, slowest, last = 0, 0.0, None
while not stop.exists():
    start = time.monotonic()
    spend = {row["api_key_name"]: str(row["computed_cost"]) for row in ledger.report("spend-by-key").records()}
    slowest = max(slowest, time.monotonic() - start)
    answers += 1
    if spend != last:
        print(json.dumps(spend), flush=True)
    last = spend
    time.sleep(nap)
print(json.dumps([answers, slowest]), flush=True)
"""


def reader(ledger, stop, nap):
    """A process that asks again and again until `stop` exists, and prints every new answer."""
    command = [sys.executable, "-c", READER, str(ledger.directory.root), str(stop), str(nap)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def command(ledger, *arguments):
    """The `keyspend` command, started."""
    full = [sys.executable, "-m", "analytics", "--data-dir", str(ledger.directory.root), *arguments]
    return subprocess.Popen(full, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=REPOSITORY)


def assert_forward(answers, acts):
    """Every answer is the state after one act, and none comes before the one that the answer before it was."""
    position = 0
    for answer in answers:
        spend = {key: Decimal(cost) for key, cost in answer.items()}
        following = [index for index in range(position, len(acts)) if acts[index].spend == spend]
        assert following, f"{answer} is no state, or one before that of act {position + 1}"
        position = following[0]


@pytest.fixture
def write_line(request):
    """Puts the figures of a long campaign on the terminal."""
    return request.config.get_terminal_writer().line


def read_while_writing(tmp_path, readers, count, nap):
    """Let readers ask while one process imports and undoes; return how many answers there were, and the slowest."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    acts = exports_for.acts(tmp_path, count, seed=7)
    acts[0].apply(ledger)
    stop = tmp_path / "stop"
    processes = [reader(ledger, stop, nap) for _ in range(readers)]
    try:
        for process in processes:
            process.stdout.readline()
        for act in acts[1:]:
            act.apply(ledger)
    finally:
        stop.touch()
        ended = [process.communicate(timeout=60) for process in processes]
    answers, slowest = 0, 0.0
    for output, errors in ended:
        assert errors == ""
        *spends, (count_, slow) = [json.loads(line) for line in output.splitlines()]
        assert_forward(spends, acts)
        answers, slowest = answers + count_, max(slowest, slow)
    assert cost_by_key(ledger) == acts[-1].spend
    assert_whole(ledger)
    return answers, slowest


def test_readers_never_wait_fail_or_go_back(tmp_path):
    """While imports and undos run, every answer is a state of the ledger, and no reader sees one before the last that it saw."""
    answers, _ = read_while_writing(tmp_path, readers=2, count=31, nap=0.1)

    assert answers > 30


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_twenty_readers_never_wait_fail_or_go_back(tmp_path, write_line):
    """The same with twenty readers and a hundred acts."""
    answers, slowest = read_while_writing(tmp_path, readers=20, count=100, nap=0)

    write_line(f"{answers} answers, the slowest after {slowest:.2f} s")


def test_a_second_writer_gets_the_name_of_the_first(tmp_path):
    """While one process writes, another is refused by the number of the first, in the library and in the command."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    first, second = exports_for.imports(tmp_path, 2)
    first.apply(ledger)

    with lock.writing(ledger.directory.lock, "import"):
        for act in (lambda: second.apply(ledger), lambda: ledger.undo(1), ledger.rebuild, ledger.verify):
            with pytest.raises(BusyError) as caught:
                act()
            assert f"process {os.getpid()} (import)" in caught.value.message
        refused = command(ledger, "import", second.text)
        _, errors = refused.communicate(timeout=60)
        assert cost_by_key(ledger) == first.spend, "readers do not care"

    assert refused.returncode == 75
    assert re.match(rf"keyspend: process {os.getpid()} \(import\) is writing to this data directory \[busy\]\n", errors)
    second.apply(ledger)
    assert cost_by_key(ledger) == second.spend


def test_two_commands_at_once_do_no_damage(tmp_path):
    """Of two imports started together each is done or refused as busy; what is done counts, and nothing else does."""
    for round_ in range(2):
        folder = tmp_path / str(round_)
        folder.mkdir()
        ledger = Keyspend(folder / "data", clock=lambda: NOW)
        exports = [exports_for.export(folder, number) for number in range(2)]
        together = [command(ledger, "import", str(made.path)) for made in exports]
        for process in together:
            process.communicate(timeout=60)
        codes = [process.returncode for process in together]
        assert set(codes) <= {0, 75}
        assert 0 in codes
        assert cost_by_key(ledger) == exports_for.spend([made for made, code in zip(exports, codes, strict=True) if code == 0])
        assert_whole(ledger)


def test_the_same_export_twice_at_once_counts_once(tmp_path):
    """Two commands that import the same file at the same time import it once."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    act = exports_for.imports(tmp_path, 1)[0]

    together = [command(ledger, "import", act.text) for _ in range(2)]
    for process in together:
        process.communicate(timeout=60)

    assert {process.returncode for process in together} <= {0, 75}
    assert cost_by_key(ledger) == act.spend
    assert len(ledger.imports().rows) == 1


def test_a_writer_waits_out_a_reader_that_looks(tmp_path):
    """A reader that looks for unfinished work holds the lock for an instant; no writer is refused for that."""
    path = tmp_path / "lock"
    held = threading.Event()

    def look():
        with lock.writing(path, "recovering"):
            held.set()
            time.sleep(lock.PATIENCE_SECONDS / 4)

    looking = threading.Thread(target=look)
    looking.start()
    held.wait()
    with lock.writing(path, "import"):
        pass
    looking.join()


HOLDER = """
import sys, time
from pathlib import Path
from analytics.ledger import lock
with lock.writing(Path(sys.argv[1]), "import"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_dies_with_its_holder(tmp_path):
    """A killed writer leaves no lock behind."""
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError) as caught, lock.writing(path, "undo"):
            pass
        assert f"process {holder.pid} (import)" in caught.value.message
        holder.kill()
    with lock.writing(path, "undo"):
        assert path.read_text().strip() == f"process {os.getpid()} (undo)"


def test_nobody_else_may_look(tmp_path):
    """Under the usual umask every folder is for the owner alone, and so is every file."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    acts = exports_for.acts(tmp_path, 5, seed=1)
    umask = os.umask(0o022)
    try:
        for act in acts:
            act.apply(ledger)
        ledger.report("spend-by-key")
        ledger.rebuild()
    finally:
        os.umask(umask)

    modes = {
        path: stat.S_IMODE(path.lstat().st_mode)
        for path in [ledger.directory.root, *ledger.directory.root.rglob("*")]
        if not path.is_symlink()
    }
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


SOMEBODY_ELSE = """
import os, sys, tempfile
from analytics import Keyspend
ledger = Keyspend(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:  # All modules are loaded while their files can be read for certain.
    Keyspend(folder).import_paths([sys.argv[2]])
    Keyspend(folder).report("spend-by-key")
os.setgroups([]), os.setgid(54321), os.setuid(54321)
"""


def as_somebody_else(code, *arguments):
    """Run code as a user who has a number only."""
    if os.getuid():
        pytest.skip("SKIPPED PROMISE: needs root, to become somebody else")
    environment = {key: value for key, value in ENVIRONMENT.items() if key not in ("LOGNAME", "USER", "LNAME", "USERNAME")}
    command_ = [sys.executable, "-c", SOMEBODY_ELSE + code, *map(str, arguments)]
    return subprocess.run(command_, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def public():
    """A folder that everybody can reach."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_reports_need_no_right_to_write(public):
    """Who may only read the data directory still gets the newest answers."""
    ledger = Keyspend(public / "data", clock=lambda: NOW)
    act = exports_for.imports(public, 1)[0]
    act.apply(ledger)
    for path in [ledger.directory.root, *ledger.directory.root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)

    ended = as_somebody_else("print(len(ledger.report('spend-by-key').rows))", ledger.directory.root, act.text)

    assert ended.stdout == "2\n", ended.stderr


def test_a_user_without_a_name_can_import(public):
    """In a container a user may have a number only; the journal then has that."""
    act = exports_for.imports(public, 1)[0]
    (public / "home").mkdir()
    os.chown(public / "home", 54321, 54321)

    ended = as_somebody_else("ledger.import_paths(sys.argv[2:])", public / "home" / "data", act.text)

    assert ended.returncode == 0, ended.stderr
    assert '"user":"54321"' in (public / "home" / "data" / "journal.jsonl").read_text()


def test_readers_in_one_process_share_a_generation_and_its_lock(tmp_path):
    """Whoever opens the same generation a second time reads it too, and can change its settings no more than the first."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    exports_for.imports(tmp_path, 1)[0].apply(ledger)

    with Database(ledger.directory.database_link) as one, Database(ledger.directory.database_link) as other:
        for reader in (one, other):
            assert reader.query("usage", "SELECT count(*) > 0 FROM usage").rows == [(True,)]
            for setting in ("enable_progress_bar = true", "lock_configuration = false", "enable_external_access = true"):
                with pytest.raises(UsageError):
                    reader.query("settings", f"SET {setting}")
