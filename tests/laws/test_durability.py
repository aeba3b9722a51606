"""Kills, full disks, failing disks and damaged databases, all of them real: the ledger is as before the act or as after it."""

import contextlib
import gc
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analytics import Keyspend, StoreError
from tests.conftest import NOW
from tests.support import exports_for
from tests.support.exports_for import assert_whole, cost_by_key

REPOSITORY = Path(__file__).parents[2]
DONE, REFUSED = 0, 10
CHILD = f"""
import sys
from datetime import datetime
import duckdb
import analytics.operations.close_month, analytics.ingest.sources, analytics.operations.import_exports
from analytics import Keyspend, StoreError
ledger = Keyspend(sys.argv[1], clock=lambda: datetime.fromisoformat("{NOW.isoformat()}"))
print("ready", flush=True)
try:
    for act in sys.argv[2:]:
        if act.isdigit():
            ledger.undo(int(act))
        elif act.startswith("2025-"):
            ledger.close(act, force_reason="a test")
        else:
            ledger.import_paths([act])
        print("done", flush=True)
except StoreError as error:
    sys.exit({REFUSED} if error.hint else 1)
"""
KILLED_AT = """
import os, signal, sys
left = int(sys.argv.pop(1))
def hook(event, arguments):
    global left
    if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "os.symlink") and str(arguments[0]).startswith(sys.argv[1]):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
"""
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(REPOSITORY)}

needs_strace = pytest.mark.skipif(
    not shutil.which("strace"), reason="SKIPPED PROMISE: strace is not installed; faults at chosen calls are not tested"
)


@pytest.fixture
def write_line(request):
    """Puts the figures of a long campaign on the terminal."""
    return request.config.get_terminal_writer().line


def child(ledger, *texts):
    """A process that does these acts, and says "ready" and, after each act, "done"."""
    command = [sys.executable, "-c", CHILD, str(ledger.directory.root), *texts]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)


def acts_done(ledger):
    """How many acts the journal holds."""
    return ledger.directory.journal.read_bytes().count(b"\n") if ledger.directory.journal.exists() else 0


def assert_before_or_after(ledger, acts, acknowledged, attempted):
    """Every acknowledged act is there, of the next one all or nothing, and the answer is the sum over just these; return their number."""
    before = acknowledged
    done = acts_done(ledger)
    assert before <= done <= attempted
    assert cost_by_key(ledger) == (acts[done - 1].spend if done else {})
    return done


def kill_once(ledger, acts, done, delay):
    """Kill a process that goes on with `acts` after `delay` seconds of work; return how many acts are done then."""
    process = child(ledger, *(act.text for act in acts[done : done + 4]))
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.kill()
        acknowledged = done + process.stdout.read().count("done\n")
    return assert_before_or_after(ledger, acts, acknowledged, done + 4)


def kill_campaign(tmp_path, kills, acts_each, seed):
    """Kill at random moments; after each, check the answers, and at the end of each ledger that it is whole and goes on."""
    chance = random.Random(seed)
    killed = 0
    while killed < kills:
        folder = tmp_path / str(killed)
        folder.mkdir()
        ledger = Keyspend(folder / "data", clock=lambda: NOW)
        acts = exports_for.acts(folder, acts_each + 4, seed=chance.randrange(10**6))
        done = 0
        while done < acts_each and killed < kills:
            done = kill_once(ledger, acts, done, chance.uniform(0, 0.5))
            killed += 1
        assert_whole(ledger)
        acts[done].apply(ledger)
        assert cost_by_key(ledger) == acts[done].spend
        assert_whole(ledger)
        assert_tidy(ledger)
        shutil.rmtree(folder)


def assert_tidy(ledger):
    """Nothing but evidence, journal, at most three generations and what leads to the newest is left."""
    directory = ledger.directory
    names = {path.name for path in directory.root.iterdir()}
    assert names == {"exports", "generations", "staging", "journal.jsonl", "CURRENT", "lock", "usage.duckdb"}
    generations = sorted(path.name for path in directory.generations.iterdir())
    assert len(generations) <= 3
    assert all(re.fullmatch(r"\d{6}\.duckdb", name) for name in generations)
    assert directory.current.read_text().split()[0] == generations[-1] == directory.database_link.resolve().name


def test_a_kill_at_any_moment_loses_nothing(tmp_path):
    """Killed at random moments, the ledger holds every acknowledged act, none by half, and goes on."""
    kill_campaign(tmp_path, kills=5, acts_each=6, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_kills_lose_nothing(tmp_path):
    """The same a thousand times."""
    kill_campaign(tmp_path, kills=1000, acts_each=8, seed=int(os.environ.get("KEYSPEND_SEED", "2")))


class Faults:
    """One import (or undo, or close), done over and over on a copy of the same ledger, each time with another fault."""

    def __init__(self, folder, *, acts_before=2, undo=False, close=False):
        self.folder = folder
        self.acts = exports_for.imports(folder, acts_before + 1)
        if undo:
            self.acts[-1] = exports_for.Act(None, 1, exports_for.spend([act.export for act in self.acts[1:-1]]))
        if close:
            self.acts[-1] = exports_for.Act(None, 0, self.acts[-2].spend, closed=f"{exports_for.FIRST_DAY:%Y-%m}")
        self.before = Keyspend(folder / "before", clock=lambda: NOW)
        for act in self.acts[:-1]:
            act.apply(self.before)

    def ledger(self):
        """A fresh copy of the ledger without the last act."""
        root = self.folder / "data"
        shutil.rmtree(root, ignore_errors=True)
        if self.before.directory.root.exists():
            shutil.copytree(self.before.directory.root, root, symlinks=True)
        return Keyspend(root, clock=lambda: NOW)

    @staticmethod
    def fast(fault):
        """The option that lets calls pass that are of no interest; strace sends no signal then."""
        return [] if "signal" in fault else ["--seccomp-bpf"]

    def run_until(self, ledger, nth):
        """Do the last act and be killed at the n-th step that touches the ledger; return the exit code."""
        command = [sys.executable, "-c", KILLED_AT + CHILD, str(nth), str(ledger.directory.root), self.acts[-1].text]
        return subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=False).returncode

    def run(self, ledger, call, fault):
        """Do the last act with `fault` at a system call; return the exit code, negative for a signal."""
        strace = ["strace", "-f", *self.fast(fault), "-qq", "-o", "/dev/null", f"--trace={call}", f"--inject={call}:{fault}"]
        command = [*strace, sys.executable, "-c", CHILD, str(ledger.directory.root), self.acts[-1].text]
        return subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)

    def calls(self, call):
        """How often the most active thread of the act makes this system call, when nothing fails."""
        log = self.folder / "calls"
        command = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", str(log), f"--trace={call}", sys.executable, "-c", CHILD]
        subprocess.run(
            [*command, str(self.ledger().directory.root), self.acts[-1].text], env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True
        )
        threads = [line.split()[0] for line in log.read_text().splitlines() if f"{call}(" in line]
        return max((threads.count(thread) for thread in set(threads)), default=0)

    def check(self, ledger, code, where):
        """Before or after, never between; done if it was acknowledged; and doing it (again) works."""
        before = len(self.acts) - 1
        done = assert_before_or_after(ledger, self.acts, before + (code == DONE), before + 1)
        if self.acts[-1].closed:
            assert ledger.report("months").values("status") == ["closed" if done > before else "open"], where
        if done == before:
            self.acts[-1].apply(ledger)
        elif self.acts[-1].export:
            (again,) = ledger.import_paths([self.acts[-1].export.path])
            assert again.status == "duplicate", where
        else:
            assert_whole(ledger)
        assert cost_by_key(ledger) == self.acts[-1].spend, where
        assert_tidy(ledger)
        return done > before


def kill_at_every(faults, call, step=1, whole_every=10):
    """Kill at every `step`-th call of this kind; return how many kills there were, and how many came after the commit point."""
    after = 0
    for nth in itertools.count(1, step):
        ledger = faults.ledger()
        ended = faults.run(ledger, call, f"signal=KILL:when={nth}")
        assert ended.returncode in (DONE, -signal.SIGKILL, 128 + signal.SIGKILL), (call, nth, ended.stderr)
        is_after = faults.check(ledger, ended.returncode, (call, nth))
        if ended.returncode == DONE or nth % whole_every == 0:
            assert_whole(ledger)
        if ended.returncode == DONE:
            return (nth - 1) // step, after
        after += is_after
    return None


def fail_at_every(faults, call, error, step=1, sticky=False):
    """Let every `step`-th call of this kind fail, once or from then on; return how many acts were refused, and how many done."""
    refused = done = 0
    for nth in range(1, faults.calls(call) + 1, step):
        ledger = faults.ledger()
        ended = faults.run(ledger, call, f"error={error}:when={nth}{'+' if sticky else ''}")
        where = (call, error, nth, sticky, ended.stderr)
        # A process whose own output failed says so in its own way, and is not judged by its words.
        if call != "write":
            assert ended.returncode in (DONE, REFUSED), where
            assert b"Traceback" not in ended.stderr, where
        refused += ended.returncode == REFUSED
        done += ended.returncode == DONE
        faults.check(ledger, ended.returncode, where)
    return refused, done


def kill_at_steps(faults, step):
    """Kill before every `step`-th file is opened, made, renamed or removed; return the kills, and those after the commit point."""
    after = 0
    for nth in itertools.count(1, step):
        ledger = faults.ledger()
        code = faults.run_until(ledger, nth)
        assert code in (DONE, -signal.SIGKILL)
        is_after = faults.check(ledger, code, nth)
        if code == DONE:
            assert_whole(ledger)
            return (nth - 1) // step, after
        after += is_after
    return None


def test_a_kill_at_a_chosen_step_is_before_or_after(tmp_path):
    """Killed at any of its steps, an import is not done or done."""
    kills, after = kill_at_steps(Faults(tmp_path, acts_before=1), step=8)

    assert kills > after > 0


def test_a_kill_in_a_close_leaves_the_month_open_or_closed(tmp_path):
    """Killed at any of its steps, a close is not done, and can be done again, or done with all that it froze."""
    kills, after = kill_at_steps(Faults(tmp_path, acts_before=1, close=True), step=8)

    assert kills > after > 0


def test_a_kill_in_the_first_import_leaves_a_ledger_that_works(tmp_path):
    """A half-built first database is never taken for one."""
    kills, after = kill_at_steps(Faults(tmp_path, acts_before=0), step=12)

    assert kills > after


@needs_strace
def test_a_kill_while_the_first_database_is_filled_leaves_a_ledger_that_works(tmp_path):
    """Between two of the database's own writes a kill leaves a file that opens and is no generation; it is not taken for one."""
    faults = Faults(tmp_path, acts_before=0)
    ledger = faults.ledger()

    ended = faults.run(ledger, "pwrite64", "signal=KILL:when=9")

    assert ended.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
    assert list(ledger.directory.generations.glob("building-*.duckdb")) != []
    assert not faults.check(ledger, ended.returncode, "pwrite64")


@needs_strace
def test_a_failing_disk_refuses_or_does(tmp_path):
    """An error of the disk at every other sync is an error of ours, or none where the act is done all the same."""
    refused, done = fail_at_every(Faults(tmp_path, acts_before=1), "fsync", "EIO", step=2)

    assert refused > done > 0


SYNCS_AND_WRITES = [
    "fsync",
    "fdatasync",
    "rename",
    "ftruncate",
    "pwrite64",
    "write",
    "unlink",
    "mkdir",
    "chmod",
    "symlink",
    "sendfile",
    "flock",
]


@needs_strace
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("undo", [False, True], ids=["import", "undo"])
@pytest.mark.parametrize("acts_before", [0, 2], ids=["first", "later"])
@pytest.mark.parametrize("call", SYNCS_AND_WRITES)
def test_a_kill_at_every_call_is_before_or_after(tmp_path, write_line, call, acts_before, undo):
    """Killed at any call that changes the disk, an act is not done or done."""
    if undo and not acts_before:
        pytest.skip("there is nothing to undo")

    kills, after = kill_at_every(Faults(tmp_path, acts_before=acts_before, undo=undo), call)

    write_line(f"{call}: {kills} kills, {after} of them after the commit point")


@needs_strace
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("sticky", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("acts_before", [0, 2], ids=["first", "later"])
@pytest.mark.parametrize("call", SYNCS_AND_WRITES)
def test_every_call_may_fail(tmp_path, write_line, call, acts_before, error, sticky):
    """When any call that changes the disk fails, once or from then on, an import is not done or done, and says which."""
    refused, done = fail_at_every(Faults(tmp_path, acts_before=acts_before), call, error, sticky=sticky)

    write_line(f"{call} {error}: {refused} refused, {done} done all the same")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 48 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"SKIPPED PROMISE: no file system can be mounted here ({mounted.stderr.strip()}); only the file size is limited")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def only(disk, room):
    """Fill the disk until no more than `room` bytes are free."""
    ballast = disk / "ballast"
    state = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, state.f_bavail * state.f_frsize - room))
    try:
        yield
    finally:
        ballast.unlink()


def refusal(act, ledger):
    """Do the act; return what to do about it, if the disk stopped it."""
    try:
        act.apply(ledger)
    except StoreError as error:
        return error.hint
    return None


def fill_up(disk, tmp_path, rooms, *, acts_before):
    """Import with so much room, for every room; return how many imports were refused, and how many done."""
    acts = exports_for.imports(tmp_path, acts_before + 1)
    refused = 0
    for room in rooms:
        ledger = Keyspend(disk / "data", clock=lambda: NOW)
        for act in acts[:-1]:
            act.apply(ledger)
        before = acts[-2].spend if acts_before else {}
        with only(disk, room):
            hint = refusal(acts[-1], ledger)
            assert cost_by_key(ledger) == (acts[-1].spend if hint is None else before), "answers are readable on a full disk"
        if hint is not None:
            refused += 1
            assert "free some space" in hint, room
            assert acts_done(ledger) == acts_before
            assert [path.name for path in ledger.directory.generations.glob("building*")] == []
        (outcome,) = ledger.import_paths([acts[-1].export.path])
        assert outcome.status in ("imported", "duplicate")
        assert cost_by_key(ledger) == acts[-1].spend
        if acts_before:
            assert_tidy(ledger)
        shutil.rmtree(disk / "data")
    return refused, len(rooms) - refused


@pytest.mark.parametrize("acts_before", [0, 1], ids=["first", "later"])
def test_a_full_disk_changes_nothing(small_disk, tmp_path, acts_before):
    """On a full disk an import is refused and the old answers stay; with room again it works."""
    refused, done = fill_up(small_disk, tmp_path, [0, 8_192, 3_500_000, 16_000_000], acts_before=acts_before)

    assert refused >= 2
    assert done >= 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("acts_before", [0, 2], ids=["first", "later"])
def test_two_hundred_full_disks_change_nothing(small_disk, tmp_path, write_line, acts_before):
    """The same at a hundred places each, close together where little room is left."""
    rooms = [4096 * step for step in range(40)] + [180_000 + 170_000 * step for step in range(60)]

    refused, done = fill_up(small_disk, tmp_path, rooms, acts_before=acts_before)

    write_line(f"{refused} refused, {done} done")
    assert refused + done == 100


def test_an_import_works_while_the_last_failure_is_still_in_hand(small_disk, tmp_path):
    """A program that keeps the error of a full disk can import all the same when there is room again."""
    act = exports_for.imports(tmp_path, 1)[0]
    ledger = Keyspend(small_disk / "data", clock=lambda: NOW)

    kept = []
    for room in range(8_192, 65_536, 8_192):
        with only(small_disk, room), pytest.raises(StoreError) as caught:
            act.apply(ledger)
        kept.append(caught)
    act.apply(ledger)

    assert cost_by_key(ledger) == act.spend
    assert len(kept) == 7
    kept.clear()
    del caught
    gc.collect()


def test_the_message_of_a_full_disk(small_disk, tmp_path):
    """`keyspend import` on a full disk ends with a line and a hint, not with a traceback."""
    act = exports_for.imports(tmp_path, 1)[0]

    with only(small_disk, 100_000):
        ended = subprocess.run(
            [sys.executable, "-m", "analytics", "--data-dir", str(small_disk / "data"), "import", act.text],
            cwd=REPOSITORY, env=ENVIRONMENT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert re.match(r"keyspend: .+ \[(disk|database)\]\n  .*free some space", ended.stderr)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
"""


@pytest.mark.parametrize("limit", [0, 5_000, 1_000_000])
def test_a_limit_on_files_changes_nothing(tmp_path, limit):
    """Where no file may grow beyond a limit, an import is refused, and works without the limit."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    act = exports_for.imports(tmp_path, 1)[0]

    ended = subprocess.run(
        [sys.executable, "-c", LIMITED + CHILD, str(limit), str(ledger.directory.root), act.text],
        env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ended.returncode == REFUSED, ended.stderr
    assert acts_done(ledger) == 0
    act.apply(ledger)
    assert cost_by_key(ledger) == act.spend
    assert_tidy(ledger)


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A ledger with two generations, and what it says."""
    folder = tmp_path_factory.mktemp("answered")
    ledger = Keyspend(folder / "data", clock=lambda: NOW)
    acts = exports_for.imports(folder, 2)
    for act in acts:
        act.apply(ledger)
    return ledger, acts[-1].spend


@pytest.fixture
def copied(answered, tmp_path):
    """A copy of it to damage, and what it must still answer."""
    root = tmp_path / "data"
    shutil.copytree(answered[0].directory.root, root, symlinks=True)
    return Keyspend(root, clock=lambda: NOW), answered[1]


def newest(ledger):
    """The file of the newest generation."""
    return ledger.directory.generations / ledger.directory.current.read_text().split()[0]


def shortened(path, length):
    """Cut a file."""
    with path.open("rb+") as file:
        file.truncate(length)


def foreign_database(path):
    """Put a sound DuckDB file there that is none of ours."""
    import duckdb

    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE head AS SELECT 1 AS one")


def point_outside(ledger):
    """Let CURRENT name a whole generation in another folder."""
    outside = ledger.directory.root / "000009.duckdb"
    shutil.move(newest(ledger), outside)
    ledger.directory.current.write_text(f"../{outside.name}\n")


DAMAGE = {
    "generation deleted": lambda ledger: newest(ledger).unlink(),
    "generation empty": lambda ledger: newest(ledger).write_bytes(b""),
    "generation cut to its header": lambda ledger: shortened(newest(ledger), 12288),
    "generation cut in the middle": lambda ledger: shortened(newest(ledger), newest(ledger).stat().st_size // 2),
    "generation cut by one byte": lambda ledger: shortened(newest(ledger), newest(ledger).stat().st_size - 1),
    "generation is garbage": lambda ledger: newest(ledger).write_bytes(random.Random(0).randbytes(1 << 20)),
    "generation is text": lambda ledger: newest(ledger).write_text("<html>"),
    "generation is another database": lambda ledger: foreign_database(newest(ledger)),
    "generation is a folder": lambda ledger: (newest(ledger).unlink(), newest(ledger).mkdir()),
    "generation is an older one": lambda ledger: shutil.copy(min(ledger.directory.generations.iterdir()), newest(ledger)),
    "generations gone": lambda ledger: shutil.rmtree(ledger.directory.generations),
    "CURRENT missing": lambda ledger: ledger.directory.current.unlink(),
    "CURRENT empty": lambda ledger: ledger.directory.current.write_bytes(b""),
    "CURRENT noise": lambda ledger: ledger.directory.current.write_bytes(b"\xff\x00\n" * 5000),
    "CURRENT too long a name": lambda ledger: ledger.directory.current.write_text("9" * 5000),
    "CURRENT names nothing": lambda ledger: ledger.directory.current.write_text("000099.duckdb\n"),
    "CURRENT names an old one": lambda ledger: ledger.directory.current.write_text("000001.duckdb\n"),
    "CURRENT names the journal": lambda ledger: ledger.directory.current.write_text("../journal.jsonl"),
    "CURRENT leads outside": point_outside,
    "link missing": lambda ledger: ledger.directory.database_link.unlink(),
    "staging gone": lambda ledger: ledger.directory.staging.rmdir(),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_report_survives_damage_to_what_can_be_built_again(copied, name):
    """Whatever happens to databases and pointers, the next report gives the same digits."""
    ledger, expected = copied
    DAMAGE[name](ledger)

    assert cost_by_key(ledger) == expected


def leave_behind(ledger):
    """What killed writers leave."""
    (ledger.directory.staging / "tmpabc").mkdir()
    (ledger.directory.staging / "tmpabc" / "0.csv").write_text("x")
    (ledger.directory.staging / "duckdb_temp_storage").write_bytes(b"x")
    (ledger.directory.generations / "building-0.duckdb").write_bytes(b"x")
    (ledger.directory.generations / "building-0.duckdb.wal").write_bytes(b"x")
    shutil.copy(newest(ledger), ledger.directory.generations / "000008.duckdb")
    (ledger.directory.root / "CURRENT.new").write_text("000008.duckdb\n")


def test_what_killed_writers_left_is_removed(copied, tmp_path):
    """The next act finds an empty scratch space, and takes nothing half-built or never published for a generation."""
    ledger, expected = copied
    leave_behind(ledger)

    assert cost_by_key(ledger) == expected
    ledger.import_paths([exports_for.export(tmp_path, 9).path])

    assert_tidy(ledger)
    assert_whole(ledger)


@pytest.mark.parametrize("name", ["generation is garbage", "CURRENT missing", "generations gone"])
def test_an_import_survives_damage_to_what_can_be_built_again(copied, tmp_path, name):
    """An import that meets a damaged database builds it again first; nothing of before is lost."""
    ledger, _ = copied
    exports = [exports_for.export(tmp_path, number) for number in range(3)]
    DAMAGE[name](ledger)

    ledger.import_paths([exports[2].path])

    assert cost_by_key(ledger) == exports_for.spend(exports)
    assert_whole(ledger)


def flip_bits(copied, count, seed):
    """Flip one bit of the newest database, ask and repair, over and over; return how often it had to be built again."""
    ledger, expected = copied
    chance = random.Random(seed)
    rebuilt = 0
    original = newest(ledger).read_bytes()
    journal = ledger.directory.journal.read_bytes()
    for _ in range(count):
        path = newest(ledger)
        offset, bit = chance.randrange(len(original)), 1 << chance.randrange(8)
        path.write_bytes(original[:offset] + bytes([original[offset] ^ bit]) + original[offset + 1 :])
        assert cost_by_key(ledger) == expected, offset
        assert ledger.sql("SELECT count(*), sum(quantity) FROM usage JOIN imports USING (import_id)").rows, offset
        if newest(ledger) != path:
            rebuilt += 1
            original = newest(ledger).read_bytes()
    assert ledger.directory.journal.read_bytes() == journal
    return rebuilt


def test_a_flipped_bit_is_never_summed(copied):
    """With any bit of the database flipped, a report gives the same digits, from a new database if need be."""
    assert flip_bits(copied, 8, seed=3) > 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_thousand_flipped_bits_are_never_summed(copied, write_line):
    """The same two thousand times."""
    write_line(f"{flip_bits(copied, 2000, seed=4)} of 2000 had to be built again")


def test_a_damaged_block_is_found_before_it_is_handed_on(copied, tmp_path):
    """An import does not copy a damaged block into the next database, even one that it does not read itself."""
    ledger, _ = copied
    exports = [exports_for.export(tmp_path, number) for number in range(3)]
    content = bytearray(newest(ledger).read_bytes())
    for block in range(12288, len(content), 262_144):
        content[block + 100] ^= 1
    newest(ledger).write_bytes(content)

    assert [check.name for check in ledger.verify() if not check.holds] == ["database"]
    ledger.import_paths([exports[2].path])

    assert cost_by_key(ledger) == exports_for.spend(exports)
    assert_whole(ledger)


def test_a_sql_tool_that_holds_the_database_does_not_stop_reports(copied):
    """Where another program has the newest database open for writing, reports are answered from another."""
    ledger, expected = copied
    code = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(ledger.directory.database_link)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        assert cost_by_key(ledger) == expected
        holder.stdin.close()


def test_undo_restores_the_digits(tmp_path):
    """After any acts, what the ledger says is the sum over the imports that are active, and a rebuild says the same."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    for act in exports_for.acts(tmp_path, 6, seed=5):
        act.apply(ledger)
        assert cost_by_key(ledger) == act.spend

    assert_whole(ledger)
    ledger.rebuild()
    assert cost_by_key(ledger) == act.spend
    assert_tidy(ledger)


def test_what_was_committed_and_not_published_is_published(tmp_path):
    """Between the journal's line and the new CURRENT an act is done: whoever asks next publishes it, without building again."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    acts = exports_for.imports(tmp_path, 2)
    acts[0].apply(ledger)
    pointer = ledger.directory.current.read_bytes()
    acts[1].apply(ledger)
    inode = newest(ledger).stat().st_ino
    ledger.directory.current.rename(ledger.directory.root / "CURRENT.new")
    ledger.directory.current.write_bytes(pointer)

    assert cost_by_key(ledger) == acts[1].spend

    assert newest(ledger).stat().st_ino == inode
    assert_whole(ledger)
    assert_tidy(ledger)
