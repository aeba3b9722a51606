"""The evidence: kept byte for byte, missed and named when it is lost or changed, and put back by importing the original again."""

import hashlib
import shutil

import pytest

from analytics import EvidenceError, Keyspend
from analytics.ledger import evidence as vault
from tests.conftest import NOW
from tests.support import exports_for
from tests.support.exports_for import assert_whole, cost_by_key


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with two exports and a ledger that imported them."""
    folder = tmp_path_factory.mktemp("made")
    for act in exports_for.imports(folder, 2):
        act.apply(Keyspend(folder / "data", clock=lambda: NOW))
    return folder


@pytest.fixture
def ledger(made, tmp_path):
    """A copy of the ledger and the exports."""
    shutil.copytree(made, tmp_path, symlinks=True, dirs_exist_ok=True)
    return Keyspend(tmp_path / "data", clock=lambda: NOW)


def evidence(ledger, number):
    """The file that is kept of an import."""
    sha256 = next(row["sha256"] for row in ledger.imports().records() if row["import_id"] == number)
    return vault.place(ledger.directory.exports, sha256)


def originals(tmp_path):
    """The zips that were imported."""
    return sorted(tmp_path.glob("*.zip"))


def test_evidence_is_kept_byte_for_byte(ledger, tmp_path):
    """The kept file has the bytes that came, is named by their hash, and is readable by its user alone."""
    for number, original in enumerate(originals(tmp_path), start=1):
        kept = evidence(ledger, number)
        assert kept.read_bytes() == original.read_bytes()
        assert kept.stem == hashlib.sha256(original.read_bytes()).hexdigest()
        assert kept.stat().st_mode & 0o777 == 0o600


def test_evidence_is_a_copy(ledger, tmp_path):
    """What happens to the original later does not matter."""
    for original in originals(tmp_path):
        original.write_bytes(b"")

    ledger.rebuild()

    assert_whole(ledger)


def flipped(path):
    """Change one bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


LOSSES = {
    "missing": lambda path: path.unlink(),
    "changed": flipped,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "another": lambda path: shutil.copy(next(other for other in path.parent.iterdir() if other != path), path),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_lost_evidence_is_named(ledger, loss):
    """`verify` names the import whose evidence is lost or changed, `rebuild` refuses, and the database still answers."""
    before = cost_by_key(ledger)
    path = evidence(ledger, 2)
    LOSSES[loss](path)

    wrong = [check for check in ledger.verify() if not check.holds]
    assert [check.name for check in wrong] == ["evidence"]
    assert "import 2" in wrong[0].detail
    assert path.stem[:12] in wrong[0].detail
    with pytest.raises(EvidenceError) as caught:
        ledger.rebuild()
    assert path.stem[:12] in caught.value.message
    assert cost_by_key(ledger) == before


@pytest.mark.parametrize("loss", ["missing", "cut", "another"])
def test_the_original_puts_lost_evidence_back(ledger, tmp_path, loss):
    """Importing the original again is still a duplicate, and makes the evidence whole."""
    LOSSES[loss](evidence(ledger, 2))

    (outcome,) = ledger.import_paths([originals(tmp_path)[1]])

    assert outcome.status == "duplicate"
    assert_whole(ledger)


@pytest.mark.parametrize("loss", ["missing", "changed"])
def test_the_original_puts_lost_evidence_back_without_a_database(ledger, tmp_path, loss):
    """Even where the database is lost too, the original is enough to have everything again."""
    before = cost_by_key(ledger)
    LOSSES[loss](evidence(ledger, 2))
    shutil.rmtree(ledger.directory.generations)

    with pytest.raises(EvidenceError):
        ledger.report("spend-by-key")
    ledger.import_paths([originals(tmp_path)[1]])

    assert cost_by_key(ledger) == before
    assert_whole(ledger)


def test_evidence_of_an_undone_import_is_not_needed(ledger):
    """What was undone may be lost: nothing is derived from it."""
    path = evidence(ledger, 2)
    ledger.undo(2)
    path.unlink()

    ledger.rebuild()

    assert_whole(ledger)
