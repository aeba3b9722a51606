"""What users bring that is none of the vendor's doing, and must be read all the same, to the last digit."""

import csv
import io
import os
import shutil
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.ingest.csv_text import open_csv
from analytics.ingest.deepseek import layouts
from analytics.ingest.sources import packed
from analytics.ingest.vendors import discover, read
from analytics.ingest.zip_archive import open_archive
from tests.support import hostile
from tests.support.hostile import AMOUNT, AMOUNT_MEMBER, AMOUNT_NAME, COST, COST_MEMBER, COST_NAME, Member, export, streamed, zip_of

MARK = b"\xef\xbb\xbf"
BY_KEY = {hostile.NAMES[0]: Decimal("0.85786815"), hostile.NAMES[1]: Decimal("2.179611")}


@pytest.fixture
def accepted(ledger, tmp_path):
    """Imports bytes or a path and gives the receipt, after seeing that every total is the expected one."""

    def imported(content, by_key=BY_KEY):
        path = tmp_path / "export.zip" if isinstance(content, bytes) else content
        if isinstance(content, bytes):
            path.write_bytes(content)
        (receipt,) = ledger.import_paths([path])
        assert not hasattr(receipt, "error"), receipt.error.message
        assert receipt.is_reconciled
        assert [(total.currency, total.billed_cost, total.variance) for total in receipt.totals] == [("CNY", sum(by_key.values()), 0)]
        keys = ledger.report("spend-by-key")
        assert {row["api_key_name"]: row["computed_cost"] for row in keys.records()} == by_key
        return receipt

    return imported


@pytest.fixture
def alike(tmp_path):
    """Compares what is read of a zip, or of a folder, with what is read of the vendor's zip: the same rows and charges."""

    def held(content):
        vendors, others = _read(export(), tmp_path / "vendor"), _read(content, tmp_path / "other")
        assert _rows(others.amount) == _rows(vendors.amount)
        assert others.charges == vendors.charges
        return others

    return held


def _rows(reader):
    return [cells for block in reader.file.blocks for cells in reader.file.records(block)]


def _read(content, folder):
    folder.mkdir()
    path = content
    if isinstance(content, bytes):
        path = folder / "came.zip"
        path.write_bytes(content)
    ((source,), _) = discover([path])
    return read(packed(source, folder), without_cost=False)


def test_the_vendors_zip(accepted):
    """What the vendor packs is read to the last digit."""
    assert sum(BY_KEY.values()) == hostile.TOTAL
    assert accepted(export()).layout == "C"


# The zip

FOLDER = Member(b"usage/", b"", central={"attributes": 0o040755 << 16})
JUNK = (
    Member(b"__MACOSX/", b"", central={"attributes": 0o040755 << 16}),
    Member(b"__MACOSX/usage/._" + AMOUNT_NAME.encode(), b"\0\5\x16\7junk"),
    Member(b"usage/.DS_Store", b"\0\0\0\1Bud1"),
    Member(b"usage/Thumbs.db", b"\xd0\xcf\x11\xe0"),
    Member(b"usage/desktop.ini", b"[.ShellClassInfo]"),
    Member(b"usage/__MACOSX/x", b"junk"),
)


def inside(folder, member):
    """The member in a folder; its name is UTF-8 where it must be."""
    name = f"{folder}/".encode() + member.name
    flags = {} if name.isascii() else {"flags": 0x800}
    return Member(name, member.data, local=flags, central=flags)


def squeezed(member, level=9):
    """The member, deflated."""
    return Member(member.name, member.data, deflate=True, raw=hostile.deflated(member.data, level))


def restless(data):
    """A deflate stream that begins with a megabyte of empty blocks."""
    return b"\0\0\0\xff\xff" * 250_000 + hostile.deflated(data)


NO_CLOCK = {"time": 0, "date": 0}
ZIPS = {
    "amount first": lambda: zip_of(AMOUNT_MEMBER, COST_MEMBER),
    "deflated": lambda: zip_of(squeezed(COST_MEMBER), squeezed(AMOUNT_MEMBER)),
    "deflated without compression": lambda: zip_of(squeezed(COST_MEMBER, 0), squeezed(AMOUNT_MEMBER, 0)),
    "deflated in empty blocks": lambda: zip_of(
        COST_MEMBER, Member(data=AMOUNT, deflate=True, raw=restless(AMOUNT), local={"flags": 2}, central={"flags": 2})
    ),
    "in a folder": lambda: zip_of(FOLDER, inside("usage", COST_MEMBER), inside("usage", AMOUNT_MEMBER)),
    "in folders of any depth": lambda: zip_of(inside("a/b/c/d/e", COST_MEMBER), inside("a/b/c/d/f", AMOUNT_MEMBER)),
    "in a folder with a Chinese name": lambda: zip_of(inside("用量\u3000导出", COST_MEMBER), inside("用量\u3000导出", AMOUNT_MEMBER)),
    "in a folder with a name in GBK": lambda: zip_of(
        *(Member("用量".encode("gbk") + b"/" + member.name, member.data) for member in (COST_MEMBER, AMOUNT_MEMBER))
    ),
    "with junk": lambda: zip_of(FOLDER, COST_MEMBER, AMOUNT_MEMBER, *JUNK),
    "of 32 entries": lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, *(Member(b"%02d/.DS_Store" % number, b"junk") for number in range(30))),
    "in upper case": lambda: export(amount_name=AMOUNT_NAME.upper(), cost_name=COST_NAME.upper()),
    "with names that name no period": lambda: export(amount_name="a.csv", cost_name="b.csv"),
    "with names of copies": lambda: export(amount_name="amount-2026-8 (1).csv", cost_name="cost-2026-8 (1).csv"),
    "streamed": lambda: zip_of(streamed(COST_MEMBER), streamed(AMOUNT_MEMBER)),
    "streamed and deflated": lambda: zip_of(streamed(squeezed(COST_MEMBER)), streamed(squeezed(AMOUNT_MEMBER))),
    "streamed without a signature": lambda: zip_of(streamed(COST_MEMBER, signature=b""), streamed(AMOUNT_MEMBER, signature=b"")),
    "streamed by Info-ZIP": lambda: zip_of(streamed(COST_MEMBER, known=("size",)), streamed(AMOUNT_MEMBER, known=("size",))),
    "streamed with all sizes": lambda: zip_of(streamed(COST_MEMBER, known=("crc", "packed", "size")), AMOUNT_MEMBER),
    "by Python": lambda: hostile.by_python({COST_NAME: COST, AMOUNT_NAME: AMOUNT}),
    "by Python to a pipe": lambda: hostile.by_python({COST_NAME: COST, AMOUNT_NAME: AMOUNT}, "x", compression=zipfile.ZIP_DEFLATED),
    "with Unix times and owners": lambda: zip_of(*(Member(m.name, m.data, local=UNIX, central=UNIX) for m in (COST_MEMBER, AMOUNT_MEMBER))),
    "without clocks": lambda: zip_of(*(Member(m.name, m.data, local=NO_CLOCK, central=NO_CLOCK) for m in (COST_MEMBER, AMOUNT_MEMBER))),
    "on the 31st of February": lambda: zip_of(
        COST_MEMBER, Member(local={"date": 46 << 9 | 2 << 5 | 31}, central={"date": 46 << 9 | 2 << 5 | 31})
    ),
    "from DOS": lambda: zip_of(*(Member(m.name, m.data, central={"made_by": 20, "attributes": 32}) for m in (COST_MEMBER, AMOUNT_MEMBER))),
    "with comments on members": lambda: zip_of(COST_MEMBER, Member(central={"comment": b"PK\5\6 is no end"})),
}
UNIX = {"extra": b"UT\5\0\3\x10P\xcbjux\x0b\0\1\4\0\0\0\0\4\0\0\0\0"}


@pytest.mark.parametrize("name", ZIPS)
def test_zips(alike, name):
    """Whatever packed the two files again, they are read."""
    alike(ZIPS[name]())


@pytest.mark.skipif(not shutil.which("zip"), reason="Info-ZIP is not installed")
@pytest.mark.parametrize(
    "command", ["zip -qr - usage | cat > export.zip", "zip -qr export.zip usage", "zip -q0j - usage/* | cat > export.zip"]
)
def test_zips_of_info_zip(alike, tmp_path, command):
    """The `zip` of every Unix is among them, also through a pipe."""
    _unpacked(tmp_path / "usage")
    subprocess.run(command, shell=True, cwd=tmp_path, check=True)

    alike(tmp_path / "export.zip")


def _unpacked(folder):
    folder.mkdir()
    (folder / AMOUNT_NAME).write_bytes(AMOUNT)
    (folder / COST_NAME).write_bytes(COST)
    return folder


def test_partial_days_without_clocks(accepted):
    """A zip without times has no time of export, so its last day counts as in progress and those before as complete."""
    receipt = accepted(ZIPS["without clocks"]())

    assert [f"{day}" for day in receipt.partial_dates] == ["2026-08-29"]


# Folders and loose files


def test_folders(accepted, tmp_path):
    """A folder with the two files is an export."""
    accepted(_unpacked(tmp_path / "usage"))


def test_loose_files_with_odd_names(ledger, tmp_path):
    """Names of files are a matter of the user's system: colons, backslashes, controls and bytes that are no UTF-8 do not matter."""
    names = [os.fsdecode(b"amount-\xff\x1b 10:30 \\.csv"), os.fsdecode(b"cost-\xff\x1b 10:30 \\.csv")]
    for name, content in zip(names, (AMOUNT, COST), strict=True):
        (tmp_path / name).write_bytes(content)

    (receipt,) = ledger.import_paths([tmp_path / name for name in names])

    assert receipt.is_reconciled
    assert receipt.totals[0].billed_cost == hostile.TOTAL


def test_folders_of_several_exports(ledger, tmp_path):
    """Files of one folder pair by the period in their names."""
    for month in (5, 6):
        for role, content in (("amount", AMOUNT), ("cost", COST)):
            (tmp_path / f"{role}-2026-{month}.csv").write_bytes(content.replace(b"2026-08", b"2026-%02d" % month))

    receipts = ledger.import_paths([tmp_path])

    assert [receipt.is_reconciled for receipt in receipts] == [True, True]
    assert sum(ledger.report("spend-by-key").values("computed_cost")) == 2 * hostile.TOTAL


# The text


def quoted_below_header(text):
    """The file as a library that quotes everything writes it, but for the header, which is matched as it stands."""
    first, *rows = text.decode().splitlines()
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(csv.reader(rows))
    return f"{first}\r\n{written.getvalue()}".encode()


TEXTS = {
    "byte order marks": lambda text: MARK + text,
    "LF": lambda text: text.replace(b"\r\n", b"\n"),
    "LF and byte order marks": lambda text: MARK + text.replace(b"\r\n", b"\n"),
    "no final line end": lambda text: text.removesuffix(b"\r\n"),
    "half a final line end": lambda text: text.removesuffix(b"\n"),
    "mixed line ends": lambda text: text.replace(b"\r\n", b"\n", 2),
    "every cell in quotes": quoted_below_header,
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(alike, name):
    """Line ends, marks and quotes of other programs are read as those of the vendor."""
    alike(export(TEXTS[name](AMOUNT), TEXTS[name](COST)))


NAMES = (
    "",
    " ",
    "a,b",
    ",",
    'the "big" one',
    '"',
    '""',
    '","',
    " leading and trailing ",
    "工程部 夜间任务",
    "café ☕",
    "👩\u200d💻",
    "=1+1",
    "#1",
    "NULL",
    "\\N",
    "\\",
    "'",
    "x" * 1024,
    "sk-short",
    "a\u00a0b\u3000c",
    "e\u0301",
    "<b>&amp;</b>",
    "true",
    "1e5",
    "2026-08-28",
)


STRAY = {'a"b': 'a"b', 'a""b': 'a""b', ' "a"': ' "a"', "a'b": "a'b"}


def test_names_of_keys(ledger, tmp_path):
    """A name of a key is kept as it is, character by character, whatever CSV makes of it.

    A quote inside a cell that does not begin with one is a character of it.
    """
    cells = {name: '"' + name.replace('"', '""') + '"' if set(name) & {",", '"'} else name for name in NAMES} | STRAY
    prefix, suffix = f"{hostile.USER},{hostile.DAYS[0]},{hostile.DAYS[1]},deepseek-chat", "output_tokens,0.000002"
    rows = [f"{prefix},{cell},sk-{number:05d}{'*' * 23}0000,{suffix},{number}" for number, cell in enumerate(cells.values())]
    text = "\r\n".join([hostile.line_of(AMOUNT, 1).decode(), *rows, ""])
    (tmp_path / "export.zip").write_bytes(export(text.encode(), hostile.line_of(COST, 1)))

    ledger.import_paths([tmp_path / "export.zip"])

    found = {row["api_key_name"]: row["output_tokens"] for row in ledger.report("tokens-by-key").records()}
    assert found == {name: number for number, name in enumerate(cells)}


FIXED = ("+00:00", "+05:30", "+05:45", "+14:00", "-07:00", "-12:00")


@pytest.mark.parametrize(("offset", "shown"), [("Z", "+00:00"), ("-00:00", "+00:00"), *zip(FIXED, FIXED, strict=True)])
def test_offsets(accepted, offset, shown):
    """The day is the one that is written, whatever its offset from UTC."""
    receipt = accepted(export(*(text.replace(b"+08:00", offset.encode()) for text in (AMOUNT, COST))))

    assert receipt.utc_offset == shown
    assert (f"{receipt.first_date}", f"{receipt.last_date}") == ("2026-08-28", "2026-08-29")


def by_utc_day(text, pattern):
    """The same file in the older layouts."""
    first, *lines = text.decode().splitlines()
    rows = [line.split(",") for line in lines]
    kept = [",".join([row[0], row[1][:10].replace("-", pattern), *row[3:]]) for row in rows]
    return "\r\n".join([first.replace("start_time_iso,end_time_iso", "utc_date"), *kept, ""]).encode()


@pytest.mark.parametrize(("pattern", "layout"), [("-", "A"), ("", "B")])
def test_older_layouts(accepted, pattern, layout):
    """Days of UTC are read in both spellings."""
    receipt = accepted(export(by_utc_day(AMOUNT, pattern), by_utc_day(COST, pattern)))

    assert (receipt.layout, receipt.utc_offset, receipt.day_count) == (layout, "+00:00", 2)


def test_hours(accepted):
    """Rows by the hour add up to their day, the last hour of which ends on the next."""
    hours = {b"2026-08-28T00:00:00+08:00,2026-08-29T00": b"2026-08-28T23:00:00+08:00,2026-08-29T00"}
    hours |= {b"2026-08-29T00:00:00+08:00,2026-08-30T00": b"2026-08-29T00:00:00+08:00,2026-08-29T01"}
    texts = [AMOUNT, COST]
    for day, hour in hours.items():
        texts = [text.replace(day, hour) for text in texts]

    assert accepted(export(*texts)).layout == "C-hour"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_empty_periods(ledger, tmp_path, end):
    """An export of a period without use has headers only, and is imported as such."""
    (tmp_path / "export.zip").write_bytes(export(*(hostile.line_of(text, 1) + end for text in (AMOUNT, COST))))

    (receipt,) = ledger.import_paths([tmp_path / "export.zip"])

    assert (receipt.amount_rows, receipt.cost_rows, receipt.day_count, receipt.totals) == (0, 0, 0, [])
    assert receipt.is_reconciled


@pytest.mark.parametrize("model", ["deepseek-v9-ultra", 'a "model", new', "模型"])
def test_unknown_models(ledger, tmp_path, model):
    """An unknown model is imported without a new release."""
    cell = '"' + model.replace('"', '""') + '"'
    files = [text.replace(b"deepseek-v4-pro", cell.encode()) for text in (AMOUNT, COST)]
    (tmp_path / "export.zip").write_bytes(export(*files))

    (receipt,) = ledger.import_paths([tmp_path / "export.zip"])

    assert receipt.is_reconciled
    assert model in ledger.report("spend-by-model").values("model")


@pytest.mark.parametrize("spelling", ["paid", "PAID", "Paid"])
def test_wallets(accepted, spelling):
    """The case of a known wallet does not matter."""
    accepted(export(cost=COST.replace(b"Paid", spelling.encode())))


def test_chunks_of_any_size():
    """Where a chunk of the stream ends does not matter: not in a line end, a quote, a character or the byte order mark."""
    content = MARK + hostile.with_cell(AMOUNT, 4, "api_key_name", '"新, ""é"""')
    blocks = [
        list(open_csv((content[at : at + size] for at in range(0, len(content), size)), AMOUNT_NAME, layouts.FILES).blocks)
        for size in (1, 2, 3, 7, 61, len(content))
    ]
    file = open_csv([content], AMOUNT_NAME, layouts.FILES)

    assert all(block == blocks[0] for block in blocks)
    assert [cells[4] for cells in file.records(*blocks[0])][2] == '新, "é"'


# Size

STATUS = Path("/proc/self/status")
PEAK = f"""
import sys
from analytics import Keyspend
(receipt,) = Keyspend(sys.argv[1]).import_paths([sys.argv[2]])
(peak,) = [line.split()[1] for line in open("{STATUS}") if line.startswith("VmHWM")]
print(receipt.amount_rows, receipt.is_reconciled, receipt.totals[0].billed_cost, peak)
"""
"""Prints the peak memory of this program; the peak of `getrusage` would include that of the process that starts it."""


def _large_export(path, rows):
    """Write a valid export of so many rows, a quarter of them with quoted names; return what it bills."""
    days = [f"2026-08-{day:02d}T00:00:00+08:00" for day in range(1, 31)]
    billed = dict.fromkeys(days[:-1], 0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        with bundle.open("amount-2026-8.csv", "w") as file:
            file.write(hostile.line_of(AMOUNT, 1) + b"\r\n")
            for row in range(rows):
                day, key, amount = days[row % 29], row % 20_011, row * 2_654_435_761 % 999_983
                name = f'"team {key}, ""night"""' if key % 4 == 0 else f"team {key}"
                mask = f"sk-{key:05d}{'*' * 23}0000"
                cells = (hostile.USER, day, days[row % 29 + 1], "deepseek-v4-flash", name, mask, "output_tokens", "0.0000045", str(amount))
                file.write(",".join(cells).encode() + b"\r\n")
                billed[day] += amount
        costs = {day: Decimal("0.0000045") * amount for day, amount in billed.items()}
        lines = [
            ",".join([hostile.USER, day, days[place + 1], "deepseek-v4-flash", "Paid", f"{cost:.16f}", "CNY"])
            for place, (day, cost) in enumerate(costs.items())
        ]
        bundle.writestr("cost-2026-8.csv", "\r\n".join([hostile.line_of(COST, 1).decode(), *lines, ""]))
    return sum(costs.values())


def _peak(tmp_path, rows):
    billed = _large_export(tmp_path / f"{rows}.zip", rows)
    output = subprocess.run(
        [sys.executable, "-c", PEAK, tmp_path / str(rows), tmp_path / f"{rows}.zip"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert output[:2] == [str(rows), "True"], output
    assert Decimal(output[2]) == billed
    return int(output[3]) << 10


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="SKIPPED PROMISE: needs Linux, to know the peak of one program's memory")
def test_memory_does_not_grow(tmp_path):
    """350 MB more of CSV take less than 200 MB more, and every digit of 400 MB of quoted CSV is right."""
    small, large = _peak(tmp_path, 300_000), _peak(tmp_path, 2_400_000)

    assert large - small < 200 << 20


def test_inflating_takes_no_memory(tmp_path):
    """A member is read in pieces of at most a megabyte, however large it is."""
    data = os.urandom(1 << 16) * 64
    (tmp_path / "x.zip").write_bytes(zip_of(Member(b"a.csv", data, deflate=True)))
    opened = open_archive(tmp_path / "x.zip")

    pieces = [len(piece) for piece in opened.read(opened.members[0])]

    assert sum(pieces) == len(data)
    assert max(pieces) <= 1 << 20
