"""Texts and zips that nobody wrote: the two readers agree on every text, and no change of a byte changes money unseen."""

import csv
import io
import os
import random
from collections import Counter
from decimal import Decimal, localcontext

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.core.errors import ImportRefused
from analytics.ingest.csv_text import open_csv
from analytics.ingest.deepseek import amount_file, file_names, layouts
from analytics.ingest.vendors import read
from analytics.ingest.zip_archive import open_archive
from tests.support import hostile
from tests.support.hostile import AMOUNT, AMOUNT_COLUMNS, AMOUNT_MEMBER, AMOUNT_NAME, COST, COST_MEMBER, Member, export, streamed, zip_of

QUICKLY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], derandomize=True)
SEED = int(os.environ.get("KEYSPEND_FUZZ_SEED", "1"))
"""Another seed makes the slow campaigns walk elsewhere."""


# The two readers

PIECES = (
    *"a1 .-#\\'|;/é新🙂\u0301\u2028\x85\xa0\ufeff\",\r\n\t\0",
    '""',
    '","',
    "NULL",
    "\\N",
    '"a,b"',
    '"x""y"',
    ' "q"',
    '"q" ',
    "--",
    "/*",
)
written = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters='",\ufeff'), max_size=6)
cells = st.one_of(
    st.sampled_from(("", "a", "1", " ", "output_tokens", "0.000002")),
    written,
    written.map(lambda text: f'"{text}"'),
    st.lists(st.sampled_from((*"a,é ", '""')), max_size=5).map(lambda parts: f'"{"".join(parts)}"'),
    st.lists(st.sampled_from(PIECES), max_size=3).map("".join),
)
lines = st.lists(cells, min_size=9, max_size=9) | st.lists(cells, min_size=8, max_size=10)
texts = st.tuples(
    st.sampled_from(("", "\ufeff")),
    st.lists(lines.map(",".join), max_size=4),
    st.sampled_from(("\n", "\r\n")),
    st.sampled_from(("", "\n", "\r\n", "\r", "\n\n")),
)


def joined(mark, body, newline, end):
    """The bytes of a file with the amount file's header."""
    return (mark + newline.join([",".join(AMOUNT_COLUMNS), *body]) + end).encode()


def chunks(content, generator):
    """The same bytes in chunks of any size."""
    while content:
        size = generator.choice((1, 3, 40, 1 << 20))
        yield content[:size]
        content = content[size:]


def attempt(read_it, *arguments):
    """What a reader makes of something, and None; or None and its refusal."""
    try:
        return read_it(*arguments), None
    except ImportRefused as error:
        return None, error


def arrow_rows(file, block):
    """What Arrow reads of a block, or None where it is in doubt."""
    try:
        table = amount_file._arrow_table(file.columns, block)
    except (amount_file._NotCertain, pyarrow.ArrowInvalid):
        return None
    return [list(row) for row in zip(*(table[name].cast(pyarrow.string()).to_pylist() for name in file.columns), strict=True)]


def both_rows(file):
    """What the strict reader and Arrow make of every block. Raises ImportRefused where the strict one does."""
    for block in file.blocks:
        fast, (slow, refusal) = arrow_rows(file, block), attempt(lambda block=block: list(file.records(block)))
        # An empty line is a row of empty cells to Arrow, and refused for its quantity.
        assert fast == slow or (slow is None and [""] * len(file.columns) in fast)
        if refusal:
            raise refusal
        yield from slow


def check_readers(content, generator):
    """Read a text in three ways; say whether it was accepted."""
    found, refusal = attempt(lambda: list(both_rows(open_csv(chunks(content, generator), AMOUNT_NAME, layouts.FILES))))
    if refusal:
        return False
    assert found == list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))[1:]
    return True


@settings(QUICKLY, max_examples=250)
@given(texts, st.integers(0, 1000))
def test_readers_agree(parts, seed):
    """Arrow reads exactly the rows that Python's strict reader finds in the original text, or both refuse."""
    check_readers(joined(*parts), random.Random(seed))


def _folder(factory):
    folder = factory.getbasetemp() / "fuzz"
    folder.mkdir(exist_ok=True)
    return folder


def some_text(generator):
    """A text of the same kinds as `texts`, without Hypothesis: for long campaigns."""
    plain = ("", "a", "1", "é", " x ", '"a,b"', '"a""b"', "output_tokens", "NULL", "#", "\\")

    def cell():
        return generator.choice(plain) if generator.random() < 0.8 else "".join(generator.choices(PIECES, k=generator.randrange(4)))

    width = generator.choices((9, 8, 10), (40, 1, 1))
    body = [",".join(cell() for _ in range(width[0])) for _ in range(generator.randrange(5))]
    return joined(generator.choice(("", "\ufeff")), body, generator.choice(("\n", "\r\n")), generator.choice(("", "\n", "\r\n", "\r")))


@pytest.mark.slow
def test_readers_agree_for_long():
    """The same over many more texts."""
    generator = random.Random(SEED)

    accepted = sum(check_readers(some_text(generator), generator) for _ in range(20_000))

    assert accepted > 3_000


# Zips with changed bytes

SMALL = tuple(b"\r\n".join(text.split(b"\r\n")[:2]) + b"\r\n" for text in (COST, AMOUNT))
MEMBERS = {COST_MEMBER.name: SMALL[0], AMOUNT_MEMBER.name: SMALL[1]}
BASES = tuple(
    zip_of(*(pack(Member(name, data, deflate=deflate)) for name, data in MEMBERS.items()))
    for deflate in (False, True)
    for pack in (lambda member: member, streamed)
)
NUMBERS = tuple(number.to_bytes(size, "little") for size in (2, 4) for number in (0, 1, 8, 22, 30, 0x7FFF, 0xFFFF))
MAGICS = (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08", b"\1\0\x10\0", b"\xff\xff\xff\xff", b"../", b"\0")


def changed(content, generator, inserted):
    """The bytes after one to three random changes."""
    for _ in range(generator.choice((1, 1, 2, 3))):
        content = _changed_once(content, generator, inserted)
    return content


def _changed_once(content, generator, inserted):
    at = generator.randrange(len(content) + 1)
    length = generator.choice((1, 1, 2, 4, 16, 100))
    span = content[at : at + length]
    match generator.randrange(7):
        case 0:
            return content[:at] + bytes(byte ^ 1 << generator.randrange(8) for byte in span[:1]) + content[at + 1 :]
        case 1:
            return content[:at] + generator.randbytes(len(span[:4])) + content[at + len(span[:4]) :]
        case 2:
            return content[:at] + generator.choice(inserted) + content[at:]
        case 3:
            return content[:at] + content[at + length :]
        case 4:
            return content[:at] + span + content[at:]
        case 5:
            source = generator.randrange(len(content) + 1)
            return content[:at] + content[source : source + length] + content[at + length :]
        case _:
            new = generator.choice(inserted)
            return content[:at] + new + content[at + len(new) :]


def check_zip(folder, generator):
    """Change a zip and open it; say whether it was accepted, which it may only be with all it held before."""
    path = folder / "changed.zip"
    path.write_bytes(changed(generator.choice(BASES), generator, NUMBERS + MAGICS))
    held, refusal = attempt(_held, path)
    assert held == sorted(SMALL) if refusal is None else refusal.code.startswith(("zip-", "not-a-zip"))
    return refusal is None


def _held(path):
    opened = open_archive(path)
    assert file_names.exported_at(opened)
    return sorted(b"".join(opened.read(member)) for member in opened.members)


@settings(QUICKLY, max_examples=100)
@given(st.integers(0, 1 << 64))
def test_changed_zips(tmp_path_factory, seed):
    """A zip with changed bytes is refused, or holds what it held; never anything else."""
    generator = random.Random(seed)
    for _ in range(20):
        check_zip(_folder(tmp_path_factory), generator)


@pytest.mark.slow
def test_changed_zips_for_long(tmp_path):
    """The same over many more zips."""
    generator = random.Random(SEED)

    accepted = sum(check_zip(tmp_path, generator) for _ in range(100_000))

    assert 1_000 < accepted < 50_000


# Exports with changed files

TOKENS = tuple(
    token.encode()
    for token in (
        "0",
        "9",
        "00",
        ".",
        "-",
        "1e3",
        " ",
        ",",
        '"',
        '""',
        "\r",
        "\n",
        "\r\n",
        "\ufeff",
        "é",
        "\0",
        "\t",
        "sk-",
        "Z",
        "é",
        *"1234567",
    )
)


def changed_text(text, generator):
    """A CSV file after a change of bytes, of a cell or of lines."""
    if generator.random() < 0.5:
        return changed(text, generator, TOKENS)
    body = [line.split(b",") for line in text.removesuffix(b"\r\n").split(b"\r\n")]
    first, second = (generator.randrange(1, len(body)) for _ in range(2))
    column, other = (generator.randrange(min(map(len, body))) for _ in range(2))
    match generator.randrange(6):
        case 0:
            del body[first]
        case 1:
            body.insert(second, body[first])
        case 2:
            body[first][column], body[second][column] = body[second][column], body[first][column]
        case 3:
            body[first][column], body[first][other] = body[first][other], body[first][column]
        case 4:
            body[first][column] = changed(body[first][column] + b" ", generator, TOKENS).rstrip(b" ")
        case _:
            body[first][column] = generator.choice(TOKENS) + body[first][column]
    return b"\r\n".join(map(b",".join, body)) + b"\r\n"


def some_export(generator):
    """The two files with one of them changed."""
    if generator.random() < 0.6:
        return changed_text(AMOUNT, generator), COST
    return AMOUNT, changed_text(COST, generator)


def plain_rows(text):
    """The rows of a file below its header, by Python's csv and nothing else."""
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True))[1:]


def plain_totals(amount, cost):
    """What two files bill, cost and differ by, told by reading them as anyone would; none of the product's code is used."""
    with localcontext(prec=60):
        computed, billed = Counter(), Counter()
        for row in plain_rows(amount):
            computed[row[1], row[3]] += Decimal(row[7] or 0) * int(row[8])
        costs = [(row[1], row[3], Decimal(row[5])) for row in plain_rows(cost)]
        sign = -1 if any(value < 0 for _, _, value in costs) else 1
        for start, model, value in costs:
            billed[start, model] += sign * value
        variances = {billed[bill] - computed[bill] for bill in {*billed, *computed}}
        return sum(billed.values()), sum(computed.values()), not any(variances)


def check_sums(amount, cost, billed, computed, is_reconciled):
    """Hold what was understood against what the files say, and against the law: money does not change unseen."""
    assert (billed, computed, is_reconciled) == plain_totals(amount, cost)
    assert not is_reconciled or billed == computed == hostile.TOTAL


def understood(folder, amount, cost):
    """What the strict reader makes of an export: billed, computed and reconciled. Raises ImportRefused."""
    for left in folder.iterdir():
        left.unlink()
    (folder / "export.zip").write_bytes(export(amount, cost))
    found = read(folder / "export.zip", without_cost=False)
    reader = found.amount
    with localcontext(prec=60):
        computed, billed = Counter(), Counter()
        for batch in reader.batches():
            for number, quantity in zip(batch.lines, batch.quantities, strict=True):
                line = reader.lines[number]
                computed[line.bucket.charge_start, line.model] += (line.unit_price or 0) * quantity
        for charge in found.charges:
            billed[charge.bucket.charge_start, charge.model] += charge.billed_cost
        is_reconciled = not any(billed[bill] - computed[bill] for bill in {*billed, *computed})
        return sum(billed.values()), sum(computed.values()), is_reconciled


def test_changed_exports(ledger, tmp_path, monkeypatch):
    """An export with a changed file is refused, or imported as exactly what it says, and never reconciled with other money.

    Both readers come to the same: what the strict one refuses, an import through Arrow refuses with the same words.
    """
    generator = random.Random(SEED)
    exports = [some_export(generator) for _ in range(150)]
    paths = [tmp_path / f"{number}.zip" for number in range(len(exports))]
    (tmp_path / "strict").mkdir()
    for path, files in zip(paths, exports, strict=True):
        path.write_bytes(export(*files))

    with monkeypatch.context() as patched:
        patched.setattr(amount_file, "LARGE_BYTES", 0)
        outcomes = ledger.import_paths(paths)

    accepted = 0
    for outcome, files in zip(outcomes, exports, strict=True):
        strict, refusal = attempt(understood, tmp_path / "strict", *files)
        if refusal:
            assert (outcome.error.code, outcome.error.message) == (refusal.code, refusal.message)
            continue
        accepted += 1
        check_sums(*files, *strict)
        if outcome.status == "imported":
            computed = sum(total.computed_cost for total in outcome.totals)
            assert (sum(total.billed_cost for total in outcome.totals), computed, outcome.is_reconciled) == strict
    assert 0.1 < accepted / len(exports) < 0.9


@pytest.mark.slow
def test_changed_exports_for_long(tmp_path):
    """The same over many more exports, for the strict reader."""
    generator = random.Random(SEED)
    (tmp_path / "strict").mkdir()
    accepted = 0
    for _ in range(50_000):
        files = some_export(generator)
        strict, refusal = attempt(understood, tmp_path / "strict", *files)
        if refusal is None:
            accepted += 1
            check_sums(*files, *strict)
    assert accepted > 10_000
