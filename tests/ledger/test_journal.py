"""The journal: chained, cut back to its last finished line, and refused by name where a finished line is not what was written."""

import random
import resource
import shutil
from datetime import datetime

import pytest

from analytics import EvidenceError, Keyspend, StoreError
from analytics.ledger import journal
from analytics.ledger.journal import Act
from tests.conftest import NOW
from tests.support import exports_for
from tests.support.exports_for import assert_whole, cost_by_key


def written(path, count):
    """A journal of so many acts, and these."""
    acts = []
    for number in range(count):
        act = Act.after(acts[-1] if acts else None, NOW, "import", {"source_name": f"июнь {number}.zip", "declared": [None, "2026-05-01"]})
        journal.append(path, [act])
        acts.append(act)
    return acts


def test_what_is_appended_is_read(tmp_path):
    """Acts come back as they were written, in order, and the last of them without the others."""
    path = tmp_path / "journal.jsonl"

    acts = written(path, 3)

    assert journal.read(path) == acts
    assert journal.last(path) == acts[-1]
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_journal_is_an_empty_one(tmp_path):
    """A journal that is missing or empty holds no acts."""
    path = tmp_path / "journal.jsonl"

    assert (journal.read(path), journal.last(path)) == ([], None)
    path.touch()
    assert (journal.read(path), journal.last(path)) == ([], None)


def test_the_last_act_is_found_behind_long_lines(tmp_path):
    """The last act is found however long the lines are, and however many there are."""
    path = tmp_path / "journal.jsonl"
    first = Act.after(None, NOW, "import", {"source_name": "x" * 300_000})
    second = Act.after(first, NOW, "import", {"source_name": "y" * 100_000})

    journal.append(path, [first])
    assert journal.last(path) == first
    journal.append(path, [second])
    assert journal.last(path) == second
    assert journal.read(path) == [first, second]


def test_several_acts_are_one_line_each(tmp_path):
    """Acts that are appended together stand in the journal like acts appended one by one."""
    acts = written(tmp_path / "one by one", 4)

    journal.append(tmp_path / "together", acts)

    assert (tmp_path / "together").read_bytes() == (tmp_path / "one by one").read_bytes()


def test_a_torn_last_line_is_no_act(tmp_path):
    """Whatever part of the last line reached the disk, the journal ends before it, and goes on there."""
    path = tmp_path / "journal.jsonl"
    acts = written(path, 3)
    whole = path.read_bytes()
    torn_line = acts[-1].line()

    for length in range(len(torn_line)):
        path.write_bytes(whole[: len(whole) - len(torn_line)] + torn_line[:length])
        assert journal.read(path) == acts[:2]
        assert journal.last(path) == acts[1]
        journal.append(path, [acts[2]])
        assert path.read_bytes() == whole


def test_noise_behind_the_last_line_is_cut_off(tmp_path):
    """Blocks that a power loss left unwritten behind the last line are no act."""
    path = tmp_path / "journal.jsonl"
    acts = written(path, 2)
    following = Act.after(acts[-1], NOW, "undo", {"import_id": 1})
    path.write_bytes(path.read_bytes() + b"\0" * 5000)

    assert journal.read(path) == acts
    journal.append(path, [following])
    assert journal.read(path) == [*acts, following]


def test_every_changed_byte_is_noticed(tmp_path):
    """No byte of a finished line can change, to any other value, without being noticed."""
    path = tmp_path / "journal.jsonl"
    acts = written(path, 3)
    whole = path.read_bytes()
    chance = random.Random(1)

    for offset in range(len(whole) - 1):
        others = {whole[offset] ^ 1 << offset % 8, ord("\n"), ord("\r"), chance.randrange(256)}
        for other in others - {whole[offset]}:
            path.write_bytes(whole[:offset] + bytes([other]) + whole[offset + 1 :])
            with pytest.raises(EvidenceError) as caught:
                journal.read(path)
            assert caught.value.code == "journal-damaged"
            assert caught.value.hint
    path.write_bytes(whole)
    assert journal.read(path) == acts


def edited(path, edit):
    """Change the lines of a journal."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(edit(lines)))


EDITS = {
    "first line deleted": lambda lines: lines[1:],
    "middle line deleted": lambda lines: [lines[0], *lines[2:]],
    "line doubled": lambda lines: [lines[0], *lines],
    "last line doubled": lambda lines: [*lines, lines[-1]],
    "lines swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "last lines swapped": lambda lines: [*lines[:-2], lines[-1], lines[-2]],
    "empty line": lambda lines: [*lines[:1], b"\n", *lines[1:]],
    "line of garbage": lambda lines: [*lines, b"garbage\n"],
    "line of JSON": lambda lines: [*lines, b"{}\n"],
    "line of a list": lambda lines: [*lines, b"[1, 2]\n"],
    "line of no UTF-8": lambda lines: [*lines, b"\xff\xfe\n"],
    "other line ends": lambda lines: [line.replace(b"\n", b"\r\n") for line in lines],
    "spaces in the JSON": lambda lines: [line.replace(b":", b": ") for line in lines],
}


@pytest.mark.parametrize("name", EDITS)
def test_no_line_can_be_moved_lost_or_added(tmp_path, name):
    """A line that was deleted, doubled, moved, added or written in another way is refused."""
    path = tmp_path / "journal.jsonl"
    written(path, 4)

    edited(path, EDITS[name])

    with pytest.raises(EvidenceError):
        journal.read(path)


def test_a_chain_cannot_be_grafted(tmp_path):
    """Lines of another journal, whole in themselves, do not follow this one's."""
    written(tmp_path / "one", 3)
    other = Act.after(None, datetime(2020, 1, 1), "import", {})
    journal.append(tmp_path / "other", [other, Act.after(other, NOW, "import", {})])

    (tmp_path / "one").write_bytes(
        (tmp_path / "one").read_bytes().splitlines(keepends=True)[0] + (tmp_path / "other").read_bytes().splitlines(keepends=True)[1]
    )

    with pytest.raises(EvidenceError):
        journal.read(tmp_path / "one")


@pytest.mark.parametrize("room", [0, 1, 100])
def test_acts_that_do_not_fit_are_taken_back(tmp_path, room):
    """Where there is no room for a whole line, nothing of it stays; with room again the act can be done."""
    path = tmp_path / "journal.jsonl"
    acts = written(path, 2)
    whole = path.read_bytes()
    following = Act.after(acts[-1], NOW, "import", {"source_name": "x" * 200})
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + room, limit[1]))
    try:
        with pytest.raises(StoreError):
            journal.append(path, [following])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    assert path.read_bytes() == whole
    journal.append(path, [following])
    assert journal.read(path) == [*acts, following]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A ledger of three imports, the last of which undone."""
    folder = tmp_path_factory.mktemp("made")
    ledger = Keyspend(folder / "data", clock=lambda: NOW)
    for act in exports_for.imports(folder, 2):
        act.apply(ledger)
    ledger.import_paths([exports_for.export(folder, 5).path])
    ledger.undo(3)
    return ledger


@pytest.fixture
def copied(made, tmp_path):
    """A copy of it."""
    shutil.copytree(made.directory.root, tmp_path / "data", symlinks=True)
    return Keyspend(tmp_path / "data", clock=lambda: NOW)


def assert_refused(ledger, another):
    """`verify` names the journal, and neither an import nor an undo touches anything."""
    content = ledger.directory.journal.read_bytes() if ledger.directory.journal.exists() else None
    checks = ledger.verify()
    assert [check.name for check in checks if not check.holds] == ["journal"]
    for act in (lambda: ledger.import_paths([another]), lambda: ledger.undo(1)):
        with pytest.raises(EvidenceError) as caught:
            act()
        assert "backup" in caught.value.hint
    assert (ledger.directory.journal.read_bytes() if ledger.directory.journal.exists() else None) == content


def flip(ledger, another, offsets):
    """Change the journal at every one of the offsets."""
    whole = ledger.directory.journal.read_bytes()
    for offset in offsets:
        ledger.directory.journal.write_bytes(whole[:offset] + bytes([whole[offset] ^ 1 << offset % 8]) + whole[offset + 1 :])
        assert_refused(ledger, another)
    ledger.directory.journal.write_bytes(whole)


def test_a_flipped_byte_stops_verify_and_every_writer(copied, tmp_path):
    """A changed byte is found by `verify` and by the next writer, the last line's end included."""
    another = exports_for.export(tmp_path, 9).path
    size = copied.directory.journal.stat().st_size

    flip(copied, another, [*range(0, size, 61), size - 2, size - 1])

    assert_whole(copied)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_flipped_byte_stops_verify_and_every_writer(copied, tmp_path):
    """The same at every position."""
    flip(copied, exports_for.export(tmp_path, 9).path, range(copied.directory.journal.stat().st_size))


@pytest.mark.parametrize("kept", [0, 3])
def test_a_journal_cut_between_two_lines_is_refused(copied, tmp_path, kept):
    """A journal that lacks its last acts is whole in itself; the database shows the loss, until `rebuild` accepts the journal."""
    edited(copied.directory.journal, lambda lines: lines[:kept])

    assert_refused(copied, exports_for.export(tmp_path, 9).path)
    with pytest.raises(EvidenceError):
        copied.report("spend-by-key")

    copied.rebuild()
    assert len(copied.imports().rows) == min(kept, 3)
    assert_whole(copied)


def test_a_journal_that_is_gone_is_missed(copied, tmp_path):
    """Where there is a database but no journal, nothing is answered and nothing begun anew."""
    copied.directory.journal.unlink()

    assert_refused(copied, exports_for.export(tmp_path, 9).path)
    with pytest.raises(EvidenceError):
        copied.report("spend-by-key")

    copied.directory.current.write_text("000099.duckdb\n")
    assert_refused(copied, exports_for.export(tmp_path, 9).path)


@pytest.mark.parametrize("step", [233, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_a_ledger_goes_on_after_a_torn_line(tmp_path, step):
    """Whatever part of an act's line reached the disk, the ledger is as before, and doing the act again does it once."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    acts = exports_for.imports(tmp_path, 2)
    acts[0].apply(ledger)
    before = tmp_path / "before"
    shutil.copytree(ledger.directory.root, before, symlinks=True)
    acts[1].apply(ledger)
    journal_before, journal_after = (before / "journal.jsonl").read_bytes(), ledger.directory.journal.read_bytes()

    for length in range(len(journal_before), len(journal_after), step):
        shutil.rmtree(ledger.directory.root)
        shutil.copytree(before, ledger.directory.root, symlinks=True)
        ledger.directory.journal.write_bytes(journal_after[:length])
        assert cost_by_key(ledger) == acts[0].spend
        acts[1].apply(ledger)
        assert ledger.directory.journal.read_bytes() == journal_after
        assert cost_by_key(ledger) == acts[1].spend
    assert_whole(ledger)
