"""What nobody should trust is refused by name, changes nothing and repeats nothing: rows 1 to 26 of the list of threats."""

import json
import os
import struct
import subprocess
import sys
import zlib
from decimal import Decimal

import pytest
from click.testing import CliRunner

from analytics import Keyspend
from analytics.cli.main import main
from analytics.core.errors import ImportRefused
from analytics.ingest import zip_archive, zip_structure
from tests.conftest import NOW
from tests.support import hostile
from tests.support.hostile import (
    AMOUNT,
    AMOUNT_MEMBER,
    AMOUNT_NAME,
    COST,
    COST_MEMBER,
    COST_NAME,
    UNMASKED,
    Member,
    export,
    with_amount,
    zip_of,
)


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """A ledger that holds one good export of another month; every test here must leave it as it was."""
    ledger = Keyspend(tmp_path_factory.mktemp("settled") / "data", clock=lambda: NOW)
    files = [file.replace(b"2026-08", b"2026-06") for file in (AMOUNT, COST)]
    (receipt,) = ledger.import_paths([_saved(tmp_path_factory.mktemp("good") / "good.zip", export(*files))])
    assert receipt.is_reconciled
    return ledger


@pytest.fixture(scope="module")
def refused(settled, tmp_path_factory):
    """What became of every hostile zip and bad CSV of this module, after importing all of them together changed nothing."""
    folder = tmp_path_factory.mktemp("hostile")
    builds = {name: build for name, (_, build) in HOSTILE_ZIPS.items()}
    builds |= {name: lambda files=files: export(**files) for name, (_, (_, _, _, files)) in BAD_CSVS.items()}
    builds |= {f"cut-{length}": lambda length=length: export()[:length] for length in CUTS}
    paths = {name: _saved(folder / f"{name}.zip", build()) for name, build in builds.items()}
    before = snapshot(settled.directory.root)
    outcomes = _imported(settled, paths.values())
    assert snapshot(settled.directory.root) == before
    return dict(zip(paths, outcomes, strict=True))


def _imported(ledger, paths):
    """All at once, which is quick; should that fail, one by one, so that the failure has a name."""
    try:
        return ledger.import_paths(paths)
    except Exception:
        for path in paths:
            try:
                ledger.import_paths([path])
            except Exception as error:
                error.add_note(f"when importing {path.name}")
                raise
        raise


def error_of(outcome):
    """The refusal that an outcome is, after seeing that it tells what to do and repeats nothing."""
    assert isinstance(outcome.error, ImportRefused)
    assert outcome.error.hint
    assert_silent(outcome.error.message + outcome.error.hint)
    return outcome.error


def _saved(path, content):
    path.write_bytes(content)
    return path


def snapshot(root):
    """All that a data directory holds, except the lock; its scratch space must be empty."""
    assert not list((root / "staging").iterdir())
    files = [path for path in root.rglob("*") if path.name != "lock"]
    return {path.relative_to(root): path.readlink() if path.is_symlink() else path.is_file() and path.read_bytes() for path in files}


def assert_silent(text):
    """No secret, id or row of the export stands in the text."""
    assert not [secret for secret in hostile.SECRETS if secret in text]


# 1 to 13: the zip

SAFE = {"data": AMOUNT}
BOMB = bytes(16 << 20)
UNSAFE_NAMES = {
    "parent": b"../amount-2026-5.csv",
    "grandparent": b"usage/../../amount-2026-5.csv",
    "root": b"/amount-2026-5.csv",
    "two-roots": b"//host/amount-2026-5.csv",
    "drive": b"C:/amount-2026-5.csv",
    "drive-relative": b"C:amount-2026-5.csv",
    "stream": b"amount-2026-5.csv:hidden.csv",
    "backslashes": b"a\\..\\amount-2026-5.csv",
    "share": b"\\\\host\\share\\amount-2026-5.csv",
    "dots-alone": b"..",
    "empty": b"",
    "newline": b"amount\n-2026-5.csv",
    "escape": b"\x1b[2Jamount-2026-5.csv",
    "nul-before-exe": b"amount-2026-5.csv\0.exe",
    "nul-alone": b"\0",
}
KINDS = {"symlink": 0o120777, "fifo": 0o010600, "socket": 0o140600, "tty": 0o020600, "disk": 0o060600, "folder-as-file": 0o040700}
METHODS = {"shrink": 1, "implode": 6, "deflate64": 9, "bzip2": 12, "lzma": 14, "zstd": 93, "xz": 95, "ppmd": 98, "aes": 99}
FLAGS = {"encrypted": 0x1, "strongly-encrypted": 0x41, "masked": 0x2000}
NOT_ZIPS = {
    "empty-file": b"",
    "three-bytes": b"PK\3",
    "html": b"<!DOCTYPE html><html><title>Sign in</title></html>",
    "json": b'{"code":0,"data":{"biz_code":5,"biz_msg":"INVALID_PARAM"}}',
    "gzip": hostile.gzipped(AMOUNT),
    "csv": AMOUNT,
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(64),
    "rar": b"Rar!\x1a\x07\x01\x00" + bytes(64),
    "utf-16-text": "not a zip".encode("utf-16"),
    "first-part-of-split": b"PK\7\x08" + export()[4:-30],
}


def forged(**fields):
    """A member whose two headers agree on fields that are not true."""
    return with_amount(**SAFE, local=fields, central=fields)


def deflate_of(raw, **changes):
    """A deflated member whose stream is replaced by `raw`."""
    return with_amount(**SAFE, deflate=True, raw=raw, **changes)


STREAM = hostile.deflated(AMOUNT)
NESTED = export()
HOSTILE_ZIPS = {
    # 1, 3: names
    **{f"1-name-{name}": ("zip-name", lambda raw=raw: with_amount(name=raw)) for name, raw in UNSAFE_NAMES.items()},
    "1-name-not-utf8": ("zip-damaged", lambda: with_amount(name=b"\xff\xfe.csv", local={"flags": 0x800}, central={"flags": 0x800})),
    "1-name-bidi": ("zip-name", lambda: with_amount(name="a\u202evsc.exe.csv".encode(), local={"flags": 0x800}, central={"flags": 0x800})),
    "1-name-is-a-dot": ("zip-member", lambda: with_amount(name=b".")),
    # 2: links and devices
    **{f"2-{name}": ("zip-special", lambda mode=mode: with_amount(central={"attributes": mode << 16})) for name, mode in KINDS.items()},
    "2-file-as-folder": ("zip-special", lambda: with_amount(name=b"usage.csv/")),
    # 4: bombs
    "4-zeros": ("zip-bomb", lambda: with_amount(data=BOMB, deflate=True)),
    "4-declared-2-gib": ("zip-bomb", lambda: deflate_of(STREAM, local={"size": (2 << 30) + 1}, central={"size": (2 << 30) + 1})),
    "4-packed-size-beyond-file": ("zip-bomb", lambda: forged(packed=1 << 30)),
    "4-zeros-declared-small": ("zip-damaged", lambda: deflate_of(hostile.deflated(BOMB))),
    "4-junk-bomb": ("zip-bomb", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, Member(b"__MACOSX/._x", BOMB, deflate=True))),
    # 5: overlaps
    "5-one-start-for-two": ("zip-overlap", hostile.overlapping_at_one_start),
    "5-quoted-header": ("zip-overlap", hostile.overlapping_by_quoting),
    "5-size-into-the-next": (
        "zip-overlap",
        lambda: zip_of(
            Member(
                data=AMOUNT,
                local={"packed": len(AMOUNT) + 9, "size": len(AMOUNT) + 9},
                central={"packed": len(AMOUNT) + 9, "size": len(AMOUNT) + 9},
            ),
            COST_MEMBER,
        ),
    ),
    # 6: encryption and methods
    **{f"6-{name}": ("zip-encrypted", lambda flag=flag: forged(flags=flag)) for name, flag in FLAGS.items()},
    **{f"6-{name}": ("zip-method", lambda method=method: forged(method=method)) for name, method in METHODS.items()},
    "6-patched": ("zip-method", lambda: forged(flags=0x20)),
    "6-version-of-the-future": ("zip-damaged", lambda: forged(version=99)),
    # 7: no zip
    **{f"7-{name}": ("not-a-zip", lambda raw=raw: raw) for name, raw in NOT_ZIPS.items()},
    "7-empty-zip": ("zip-missing", zip_of),
    "7-empty-zip-with-comment": ("zip-missing", lambda: zip_of(comment=b"nothing")),
    "7-without-end": ("zip-truncated", lambda: export()[:-22]),
    "7-without-last-byte": ("zip-truncated", lambda: export()[:-1]),
    "7-spreadsheet": ("zip-member", lambda: hostile.by_python({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})),
    # 8: damage and lies
    "8-checksum": ("zip-damaged", lambda: forged(crc=1)),
    "8-flipped-digit": ("zip-damaged", lambda: export().replace(b",90127", b",90128")),
    "8-inside-checksum": ("zip-structure", lambda: with_amount(**SAFE, local={"crc": 1})),
    "8-inside-name": ("zip-structure", lambda: with_amount(**SAFE, local={"name": COST_NAME.encode()[:-4] + b".CSV"})),
    "8-inside-size": ("zip-structure", lambda: with_amount(**SAFE, local={"size": 7})),
    "8-inside-packed-size": ("zip-structure", lambda: with_amount(**SAFE, local={"packed": 7})),
    "8-inside-method": ("zip-structure", lambda: with_amount(**SAFE, local={"method": 8})),
    "8-inside-flags": ("zip-structure", lambda: with_amount(**SAFE, local={"flags": 8})),
    "8-inside-magic": ("zip-structure", lambda: with_amount(**SAFE, local={"magic": b"PK\1\2"})),
    "8-stored-with-two-sizes": ("zip-structure", lambda: forged(size=7)),
    "8-longer-than-declared": ("zip-damaged", lambda: deflate_of(STREAM, local={"size": 7}, central={"size": 7})),
    "8-shorter-than-declared": ("zip-damaged", lambda: deflate_of(STREAM, local={"size": 5000}, central={"size": 5000})),
    "8-stream-cut": ("zip-damaged", lambda: deflate_of(STREAM[:-9])),
    "8-stream-empty": ("zip-damaged", lambda: deflate_of(b"")),
    "8-stream-and-more": ("zip-damaged", lambda: deflate_of(STREAM + b"more")),
    "8-stream-of-another-kind": ("zip-damaged", lambda: deflate_of(zlib.compress(AMOUNT))),
    "8-no-stream": ("zip-damaged", lambda: deflate_of(b"\xff" * 99)),
    "8-start-in-the-middle": ("zip-structure", lambda: with_amount(**SAFE, central={"offset": len(COST_MEMBER.local_part()) + 1})),
    "8-start-beyond-the-end": ("zip-structure", lambda: with_amount(**SAFE, central={"offset": 1 << 24})),
    "8-directory-of-garbage": ("zip-damaged", lambda: export().replace(b"PK\1\2", b"PK\1\3")),
    "8-extra-field-torn": ("zip-damaged", lambda: with_amount(**SAFE, central={"extra": b"UT\xff\x00x"})),
    # 9: one file, two meanings
    "9-bytes-before": ("zip-structure", lambda: b"#!/bin/sh\n" + export()),
    "9-bytes-after": ("zip-structure", lambda: export() + b"\n"),
    "9-two-zips-in-one": ("zip-structure", lambda: export() + export(AMOUNT.replace(b"90127", b"1"))),
    "9-comment": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, comment=b"hello")),
    "9-zip-as-comment": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, comment=export())),
    "9-zip64-extra": ("zip-structure", lambda: forged(extra=hostile.zip64_extra(len(AMOUNT), len(AMOUNT)))),
    "9-zip64-extra-inside": ("zip-structure", lambda: with_amount(**SAFE, local={"extra": hostile.zip64_extra(len(AMOUNT), len(AMOUNT))})),
    "9-zip64-sizes": (
        "zip-structure",
        lambda: with_amount(
            **SAFE, central={"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF, "extra": hostile.zip64_extra(len(AMOUNT), len(AMOUNT))}
        ),
    ),
    "9-zip64-end": ("zip-structure", lambda: with_zip64_end(entries=2)),
    "9-zip64-end-of-many": ("zip-structure", lambda: with_zip64_end(entries=60_000)),
    "9-disk-of-many": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, disk=1)),
    "9-directory-on-a-disk": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, first_disk=1)),
    "9-member-on-a-disk": ("zip-structure", lambda: with_amount(**SAFE, central={"volume": 1})),
    "9-gap-between": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, gap=b"gap")),
    "9-gap-before-directory": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, tail=b"gap")),
    "9-gap-before-end": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, after=b"gap")),
    "9-hidden-member": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, tail=AMOUNT_MEMBER.local_part())),
    "9-fewer-entries-declared": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, here=1, entries=1)),
    "9-more-entries-declared": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, here=3, entries=3)),
    "9-two-counts-of-entries": ("zip-structure", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, here=1)),
    "9-streamed-without-descriptor": ("zip-structure", lambda: forged(flags=8)),
    "9-streamed-with-another-sum": (
        "zip-structure",
        lambda: with_amount(
            **SAFE, local={"flags": 8}, central={"flags": 8}, descriptor=struct.pack("<4s3L", b"PK\7\x08", 1, len(AMOUNT), len(AMOUNT))
        ),
    ),
    # 10: twice the same
    "10-twice": ("zip-duplicate", lambda: zip_of(AMOUNT_MEMBER, AMOUNT_MEMBER)),
    "10-twice-in-another-case": ("zip-duplicate", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, Member(AMOUNT_NAME.upper().encode()))),
    "10-twice-the-junk": ("zip-duplicate", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, *[Member(b".DS_Store", b"junk")] * 2)),
    "10-twice-case-folded": (
        "zip-duplicate",
        lambda: zip_of(
            *(Member(name.encode(), local={"flags": 0x800}, central={"flags": 0x800}) for name in ("Stra\u00dfe.csv", "STRASSE.csv"))
        ),
    ),
    # 11: what is no part of an export
    "11-zip-of-zips": ("zip-member", lambda: zip_of(Member(b"usage_data_2026_5.zip", NESTED))),
    "11-program": ("zip-member", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, Member(b"setup.exe", b"MZ"))),
    "11-no-ending": ("zip-member", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, Member(b"amount", AMOUNT))),
    "11-hidden": ("zip-member", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, Member(b".bashrc", b"exit"))),
    "11-csv-gz": ("zip-member", lambda: zip_of(COST_MEMBER, Member(b"amount-2026-5.csv.gz", hostile.gzipped(AMOUNT)))),
    "11-third-csv": ("zip-member", lambda: zip_of(COST_MEMBER, AMOUNT_MEMBER, Member(b"notes.csv", b"a,b"))),
    "11-two-months": (
        "zip-member",
        lambda: zip_of(
            COST_MEMBER,
            AMOUNT_MEMBER,
            *(Member(name.encode(), data) for name, data in (("cost-2026-5.csv", COST), ("amount-2026-5.csv", AMOUNT))),
        ),
    ),
    # 12: halves
    "12-amount-alone": ("zip-missing", lambda: export(cost=None)),
    "12-cost-alone": ("zip-missing", lambda: export(amount=None)),
    "12-amount-twice": ("zip-member", lambda: export(cost=AMOUNT)),
    "12-cost-twice": ("zip-member", lambda: export(amount=COST)),
    "12-only-a-folder": ("zip-missing", lambda: zip_of(Member(b"usage/", b"", central={"attributes": 0o040700 << 16}))),
    "12-only-junk": ("zip-missing", lambda: zip_of(Member(b"__MACOSX/._amount-2026-5.csv", b"junk"))),
    "12-two-periods": ("zip-period", lambda: export(cost_name="cost-2026-07-01_2026-07-31.csv")),
    "12-two-layouts": ("zip-period", lambda: export(cost=b"user_id,utc_date,model,wallet_type,cost,currency\r\n")),
    # 13: too many
    "13-33-entries": ("zip-structure", lambda: zip_of(*many(33))),
    "13-65535-entries": ("zip-structure", lambda: zip_of(*many(65_535))),
    "13-65535-entries-declared-as-two": ("zip-structure", lambda: zip_of(*many(65_535), here=2, entries=2)),
    "13-9000-entries-declared-as-32": ("zip-structure", lambda: zip_of(*many(2_000), here=32, entries=32)),
    "13-names-of-64-kb": ("zip-structure", lambda: zip_of(*(Member(b"%05d/" % n + b"x" * 65_000, b"") for n in range(3)))),
}


def many(count):
    """Empty members with short names."""
    return [Member(b"%05d.csv" % number, b"") for number in range(count)]


def with_zip64_end(entries):
    """A zip whose zip64 end record names the same directory again, as some readers would prefer."""
    body = COST_MEMBER.local_part() + AMOUNT_MEMBER.local_part()
    directory = COST_MEMBER.central_part(0) + AMOUNT_MEMBER.central_part(len(COST_MEMBER.local_part()))
    return zip_of(COST_MEMBER, AMOUNT_MEMBER, after=hostile.zip64_end(len(directory), len(body), entries))


@pytest.mark.parametrize("name", HOSTILE_ZIPS)
def test_hostile_zips(refused, name):
    """A zip that is damaged, ambiguous or dangerous is refused with its code, before anything is stored."""
    assert error_of(refused[name]).code == HOSTILE_ZIPS[name][0]
    assert refused[name].source_name == f"{name}.zip"


CUTS = (*range(0, len(export()), 101), *range(len(export()) - 22, len(export())))


@pytest.mark.parametrize("length", CUTS)
def test_cut_zips(refused, length):
    """A zip whose download stopped at any byte is refused as cut short, or as no zip where nothing of it came."""
    assert error_of(refused[f"cut-{length}"]).code == ("zip-truncated" if length >= 4 else "not-a-zip")


def test_folders_named_like_zips(settled, tmp_path):
    """A folder named like a zip is a folder: refused when it holds no export."""
    (tmp_path / "export.zip").mkdir()
    before = snapshot(settled.directory.root)

    (outcome,) = settled.import_paths([tmp_path / "export.zip"])

    assert error_of(outcome).code == "path-empty"
    assert "'export.zip'" in error_of(outcome).message
    assert snapshot(settled.directory.root) == before


def test_pipes_and_devices(settled, tmp_path):
    """What is neither a file nor a folder is not read: it may have no end."""
    os.mkfifo(tmp_path / "export.zip")

    for path in (tmp_path / "export.zip", "/dev/zero"):
        (outcome,) = settled.import_paths([path])
        assert error_of(outcome).code == "path-special"


@pytest.mark.parametrize(("name", "size"), [("export.zip", 4 << 30), ("video.mkv", 4 << 30), ("amount-2026-5.csv", 2 << 30)])
def test_files_beyond_all_limits(settled, tmp_path, name, size):
    """A file too large to be an export is refused before it is copied."""
    with (tmp_path / name).open("wb") as file:
        file.truncate(size)

    (outcome,) = settled.import_paths([tmp_path / name])

    assert error_of(outcome).code == "zip-bomb"


def test_bombs_are_not_inflated(monkeypatch, tmp_path):
    """A member that declares what no export unpacks to is refused without a byte being inflated."""
    monkeypatch.setattr(zlib, "decompressobj", lambda *_: pytest.fail("inflated"))

    with pytest.raises(ImportRefused, match="200 times") as refused:
        zip_archive.open_archive(_saved(tmp_path / "bomb.zip", with_amount(data=BOMB, deflate=True)))

    assert refused.value.code == "zip-bomb"


def test_lying_bombs_stop_early(tmp_path):
    """A member that unpacks to more than it declares is left at the first chunk beyond, however much would follow."""
    lying = zip_archive.open_archive(_saved(tmp_path / "bomb.zip", deflate_of(hostile.deflated(BOMB))))
    inflated = []

    with pytest.raises(ImportRefused, match="longer than it declares"):
        inflated.extend(map(len, lying.read(lying.members[1])))

    assert sum(inflated) <= zip_structure.CHUNK_BYTES


# 14 to 23 and 26: the files

LINE, LAST = 4, hostile.LAST_AMOUNT_LINE
CELLS = hostile.line_of(AMOUNT, LINE)
HEADER = hostile.line_of(AMOUNT, 1)


def cell(column, value, line=LINE):
    """The export with one cell of its amount file replaced, and where that is."""
    return AMOUNT_NAME, line, column, {"amount": hostile.with_cell(AMOUNT, line, column, value)}


def cost_cell(column, value, line=3):
    """The same for the cost file."""
    return COST_NAME, line, column, {"cost": hostile.with_cell(COST, line, column, value)}


def row(raw, line=LINE):
    """The export with a whole row of its amount file replaced."""
    return AMOUNT_NAME, line, "", {"amount": hostile.with_line(AMOUNT, line, raw)}


def cost_row(raw, line=3):
    """The same for the cost file."""
    return COST_NAME, line, "", {"cost": hostile.with_line(COST, line, raw)}


def header(raw):
    """The export with another header in its amount file."""
    return row(raw, 1)


def whole(amount):
    """The export with another amount file, wrong from its first line on."""
    return AMOUNT_NAME, 1, "", {"amount": amount}


def moved(name, *order):
    """The header with its columns in another order."""
    columns = HEADER.split(b",")
    return name, header(b",".join(columns[index] for index in order))


def dates(start, end, line=LINE):
    """A row of the amount file with another bucket."""
    changed = hostile.with_cell(AMOUNT, line, "start_time_iso", start)
    return AMOUNT_NAME, line, "start_time_iso", {"amount": hostile.with_cell(changed, line, "end_time_iso", end)}


TEXT = AMOUNT.decode()
ENCODED = {
    "utf-16": TEXT.encode("utf-16"),
    "utf-16-le": TEXT.encode("utf-16-le"),
    "utf-16-be": TEXT.encode("utf-16-be"),
    "utf-32": TEXT.encode("utf-32"),
    "cp500": TEXT.encode("cp500"),
    "spreadsheet-named-csv": b"PK\3\4\x14\0\6\0" + bytes(99),
}
NOT_UTF8 = {
    "gbk": "账单机器人".encode("gbk"),
    "big5": "許功蓋".encode("big5"),
    "shift-jis": "ソース".encode("shift-jis"),
    "latin-1": "café".encode("latin-1"),
    "cp1252": "50\u20ac".encode("cp1252"),
    "overlong": b"\xc0\xaf",
    "surrogates": b"\xed\xa0\xbd\xed\xb9\x82",
    "beyond-unicode": b"\xf4\x90\x80\x80",
    "half-a-character": "新".encode()[:2],
}
CONTROLS = (*range(1, 10), 0x0B, 0x0C, 0x1B, 0x1F, 0x7F)
HIDDEN = (0x80, 0x85, 0x9B, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
NO_QUANTITIES = {
    "decimal": "12.5",
    "decimal-zero": "12.0",
    "exponent": "1e3",
    "underscore": "1_000",
    "hexadecimal": "0x10",
    "empty": "",
    "spaces": " 5 ",
    "space-before": " 5",
    "negative": "-5",
    "plus": "+5",
    "full-width": "１２",
    "arabic": "٣",
    "16-digits": "1" * 16,
    "nan": "NaN",
    "null": "NULL",
    "word": "many",
    "superscript": "5\u00b2",
    "roman": "Ⅻ",
    "point": "5.",
    "octal": "0o17",
    "trailing-minus": "5-",
    "infinity": "inf",
    "dash": "–5",
}
NO_PRICES = {
    "empty": "",
    "nan": "NaN",
    "infinity": "Infinity",
    "exponent": "1e-9",
    "negative": "-0.1",
    "plus": "+0.1",
    "19-places": "0." + "1" * 19,
    "5-digits": "10000",
    "comma": '"0,1"',
    "currency": "¥0.1",
    "point-first": ".5",
    "point-last": "5.",
    "two-points": "0.0.1",
    "spaces": " 0.1 ",
    "full-width": "０.１",
    "slash": "1/2",
    "underscore": "0_1.0",
}
NO_COSTS = {
    "nan": "NaN",
    "infinity": "-inf",
    "yuan": "¥5",
    "dollar": "$5",
    "22-places": "0." + "1" * 22,
    "exponent": "1e-9",
    "trailing-minus": "5-",
    "plus": "+5",
    "empty": "",
    "13-digits": "1" * 13,
    "thousands": '"1,000.00"',
    "comma": '"0,5"',
    "parentheses": "(5)",
    "two-minus": "--5",
    "full-width": "５",
    "word": "free",
    "spaces": " 5",
    "minus-sign": "\u22125",
    "percent": "5%",
}
DAY, NEXT = hostile.DAYS[:2]
NO_DAYS = {
    "25-hours": (DAY, "2026-08-29T01:00:00+08:00"),
    "23-hours": (DAY, "2026-08-28T23:00:00+08:00"),
    "two-days": (DAY, "2026-08-30T00:00:00+08:00"),
    "backwards": (NEXT, DAY),
    "nothing": (DAY, DAY),
    "half-past": ("2026-08-28T00:30:00+08:00", "2026-08-29T00:30:00+08:00"),
    "noon-to-noon": ("2026-08-28T12:00:00+08:00", "2026-08-29T12:00:00+08:00"),
    "half-an-hour": (DAY, "2026-08-28T00:30:00+08:00"),
    "february-30": ("2026-02-30T00:00:00+08:00", "2026-03-01T00:00:00+08:00"),
    "month-13": ("2026-13-01T00:00:00+08:00", "2026-13-02T00:00:00+08:00"),
    "hour-24": ("2026-08-27T24:00:00+08:00", NEXT),
    "year-0": ("0000-08-28T00:00:00+08:00", "0000-08-29T00:00:00+08:00"),
    "year-1": ("0001-01-01T00:00:00+08:00", "0001-01-02T00:00:00+08:00"),
    "year-9999": ("9999-12-30T00:00:00-08:00", "9999-12-31T00:00:00-08:00"),
    "no-offset": ("2026-08-28T00:00:00", "2026-08-29T00:00:00"),
    "small-z": ("2026-08-28T00:00:00z", "2026-08-29T00:00:00z"),
    "space-for-t": ("2026-08-28 00:00:00+08:00", "2026-08-29 00:00:00+08:00"),
    "offset-of-15-hours": ("2026-08-28T00:00:00+15:00", "2026-08-29T00:00:00+15:00"),
    "offset-of-60-minutes": ("2026-08-28T00:00:00+08:60", "2026-08-29T00:00:00+08:60"),
    "offset-without-colon": ("2026-08-28T00:00:00+0800", "2026-08-29T00:00:00+0800"),
    "fractions": ("2026-08-28T00:00:00.5+08:00", "2026-08-29T00:00:00.5+08:00"),
    "of-another-layout": ("2026-08-28", "2026-08-29"),
    "full-width": ("２０26-08-28T00:00:00+08:00", "2026-08-29T00:00:00+08:00"),
    "empty": ("", ""),
    "slashes": ("28/08/2026", "29/08/2026"),
    "serial-number": ("46262", "46263"),
}
A_HEADER = b"user_id,utc_date,model,api_key_name,api_key,type,price,amount"
A_ROW = f"{hostile.USER},%s,deepseek-chat,{hostile.NAMES[0]},{hostile.KEYS[0]},output_tokens,0.000002,5"
A_COST = b"user_id,utc_date,model,wallet_type,cost,currency\r\n"
NO_UTC_DAYS = ("2026-02-30", "20260230", "2026-8-1", "2026/08/01", "01.08.2026", "1999-12-31", "2026-08-01T00:00:00Z", "260801", "")


def utc_day(text, before="2026-08-01"):
    """An export of the old layout whose second row has this date."""
    rows = [A_HEADER, *(A_ROW % day for day in (before, text))]
    amount = b"\r\n".join(item if isinstance(item, bytes) else item.encode() for item in rows)
    return AMOUNT_NAME, 3, "utc_date", {"amount": amount, "cost": A_COST}


def quoting(*cells):
    """A row of cells as they stand in the file."""
    return b",".join(cells)


PARTS = CELLS.split(b",")
BAD_CSVS = {
    # 14: encodings
    **{f"14-{name}": ("csv-encoding", whole(raw)) for name, raw in ENCODED.items()},
    **{f"14-name-in-{name}": ("csv-encoding", row(quoting(*PARTS[:4], raw, *PARTS[5:]))) for name, raw in NOT_UTF8.items()},
    "14-cost-in-gbk": ("csv-encoding", cost_row(quoting(*hostile.line_of(COST, 3).split(b",")[:4], "付费".encode("gbk"), b"1", b"CNY"))),
    "14-header-in-latin-1": ("csv-encoding", header(HEADER.replace(b"type", b"typ\xe9"))),
    "14-two-marks": ("csv-header", whole(b"\xef\xbb\xbf" * 2 + AMOUNT)),
    "14-two-files-in-one": ("csv-text", row(b"\xef\xbb\xbf" + HEADER)),
    # 15: what no terminal should see
    "15-nul": ("csv-nul", row(quoting(*PARTS[:4], b"a\0b", *PARTS[5:]))),
    "15-nul-in-cost": ("csv-nul", cost_row(b"\0" * 40)),
    **{f"15-control-{code:02x}": ("csv-text", row(quoting(*PARTS[:4], b"a" + bytes([code]), *PARTS[5:]))) for code in CONTROLS},
    **{f"15-name-{code:04x}": ("csv-text", cell("api_key_name", f"a{chr(code)}b")) for code in HIDDEN},
    "15-model-with-bidi": ("csv-text", cell("model", "deepseek\u202echat")),
    "15-wallet-with-csi": ("csv-text", cost_cell("wallet_type", "Paid\u009b2J")),
    "15-user-with-bidi": ("csv-text", cell("user_id", "\u202euser")),
    "15-carriage-return": ("csv-text", row(CELLS.replace(b",", b"\r,", 1))),
    "15-two-carriage-returns": ("csv-text", row(CELLS + b"\r")),
    # 16: headers
    **{
        f"16-{name}": ("csv-header", place)
        for name, place in (
            moved("swapped", 0, 1, 2, 3, 5, 4, 6, 7, 8),
            moved("prices-swapped", 0, 1, 2, 3, 4, 5, 6, 8, 7),
            moved("twice", 0, 1, 2, 3, 4, 5, 6, 7, 7),
            moved("lost", 0, 1, 2, 3, 4, 5, 6, 7),
        )
    },
    "16-more": ("csv-header", header(HEADER + b",note")),
    "16-more-but-nameless": ("csv-header", header(HEADER + b",")),
    "16-unknown": ("csv-header", header(HEADER.replace(b"price", b"unit_price"))),
    "16-upper-case": ("csv-header", header(HEADER.upper())),
    "16-spaces": ("csv-header", header(HEADER.replace(b",", b", "))),
    "16-space-at-the-end": ("csv-header", header(HEADER + b" ")),
    "16-quoted": ("csv-header", header(b'"' + HEADER.replace(b",", b'","') + b'"')),
    "16-semicolons": ("csv-header", whole(AMOUNT.replace(b",", b";"))),
    "16-tabs": ("csv-header", whole(AMOUNT.replace(b",", b"\t"))),
    "16-chinese": ("csv-header", header("用户,开始,结束,模型,名称,密钥,类型,价格,数量".encode())),
    "16-of-two-layouts": ("csv-header", header(HEADER.replace(b"start_time_iso,end_time_iso", b"utc_date,start_time_iso"))),
    "16-none": ("csv-header", whole(AMOUNT.partition(b"\r\n")[2])),
    "16-below-an-empty-line": ("csv-header", whole(b"\r\n" + AMOUNT)),
    "16-below-a-hint-of-excel": ("csv-header", whole(b"sep=,\r\n" + AMOUNT)),
    "16-empty-file": ("csv-header", whole(b"")),
    "16-only-a-mark": ("csv-header", whole(b"\xef\xbb\xbf")),
    "16-cr-only": ("csv-header", whole(AMOUNT.replace(b"\r\n", b"\r"))),
    "16-endless": ("csv-header", whole(b"x" * (3 << 20))),
    "16-html": ("csv-header", whole(b"<!DOCTYPE html>\n<html></html>\n")),
    "16-json": ("csv-header", whole(b'{"code":0,"biz_msg":"INVALID_PARAM"}')),
    # 17: rows
    "17-short": ("csv-width", row(b",".join(PARTS[:-1]))),
    "17-long": ("csv-width", row(CELLS + b",1")),
    "17-long-by-an-empty-cell": ("csv-width", row(CELLS + b",")),
    "17-comma-in-a-name": ("csv-width", row(CELLS.replace(hostile.NAMES[0].encode(), b"a,b"))),
    "17-comma-in-a-name-and-no-amount": ("csv-width", row(quoting(*PARTS[:4], b"a", b"b", *PARTS[5:-1], b""))),
    "17-short-quoted": ("csv-width", row(quoting(*PARTS[:4], b'"a"', *PARTS[6:]))),
    "17-only-commas": ("csv-width", row(b"," * 9)),
    "17-only-spaces": ("csv-width", row(b"   ")),
    "17-empty": ("csv-width", row(b"")),
    "17-empty-at-the-end": ("csv-width", (AMOUNT_NAME, LAST + 1, "", {"amount": AMOUNT + b"\r\n"})),
    "17-cut-in-the-last": ("csv-width", (AMOUNT_NAME, LAST, "", {"amount": AMOUNT[:-30]})),
    "17-header-again": ("csv-type", cell("type", "type", 2)),
    "17-quote-open": ("csv-syntax", row(quoting(*PARTS[:4], b'"a', *PARTS[5:]))),
    "17-quote-open-at-the-end": ("csv-syntax", row(quoting(*PARTS[:-1], b'"5'), LAST)),
    "17-text-after-quote": ("csv-syntax", row(quoting(*PARTS[:4], b'"a"b', *PARTS[5:]))),
    "17-space-after-quote": ("csv-syntax", row(quoting(*PARTS[:4], b'"a" ', *PARTS[5:]))),
    "17-line-end-in-quotes": ("csv-syntax", row(quoting(*PARTS[:4], b'"a\nb"', *PARTS[5:]))),
    "17-100000-columns": ("csv-width", row(b"1," * 100_000)),
    "17-million-columns": ("csv-width", row(b"1," * 1_000_000)),
    "17-field-of-3-mb": ("csv-width", row(quoting(*PARTS[:4], b"x" * (3 << 20), *PARTS[5:]))),
    "17-quoted-field-of-200-kb": ("csv-syntax", row(quoting(*PARTS[:4], b'"' + b"x" * 200_000 + b'"', *PARTS[5:]))),
    "17-field-of-9-kb": ("csv-text", cell("api_key_name", "x" * 9000)),
    "17-name-of-1025": ("csv-text", cell("api_key_name", "新" * 1025)),
    "17-model-of-129": ("csv-text", cell("model", "m" * 129)),
    "17-model-empty": ("csv-text", cell("model", "")),
    "17-wallet-empty": ("csv-text", cost_cell("wallet_type", "")),
    "17-user-empty": ("csv-text", cell("user_id", "")),
    "17-user-of-another": ("account-mixed", cell("user_id", "Google-0a1b2c3d")),
    "17-user-of-another-in-cost": ("account-mixed", cost_cell("user_id", "Google-0a1b2c3d")),
    "17-cost-short": ("csv-width", cost_row(b"x,y")),
    "17-cost-long": ("csv-width", cost_row(hostile.line_of(COST, 3) + b",")),
    "17-cost-quote-open": ("csv-syntax", cost_row(b'"' + hostile.line_of(COST, 3))),
    # 18, 19: numbers
    **{f"18-{name}": ("csv-number", cell("amount", text)) for name, text in NO_QUANTITIES.items()},
    "18-thousands": ("csv-number", cell("amount", '"1,000"')),
    **{f"19-price-{name}": ("csv-number", cell("price", text)) for name, text in NO_PRICES.items()},
    "19-price-of-requests": ("csv-number", cell("price", "0.1", 5)),
    "19-price-of-requests-zero": ("csv-number", cell("price", "0", 5)),
    **{f"19-cost-{name}": ("csv-number", cost_cell("cost", text)) for name, text in NO_COSTS.items()},
    # 20: kinds and currencies
    "20-type-of-the-future": ("csv-type", cell("type", "reasoning_tokens")),
    "20-type-in-upper-case": ("csv-type", cell("type", "OUTPUT_TOKENS")),
    "20-type-with-space": ("csv-type", cell("type", "output_tokens ")),
    "20-type-empty": ("csv-type", cell("type", "")),
    "20-euro": ("csv-currency", cost_cell("currency", "EUR")),
    "20-rmb": ("csv-currency", cost_cell("currency", "RMB")),
    "20-small-letters": ("csv-currency", cost_cell("currency", "cny")),
    "20-sign": ("csv-currency", cost_cell("currency", "￥")),
    "20-none": ("csv-currency", cost_cell("currency", "")),
    # 21: dates
    **{f"21-{name}": ("csv-date", dates(*bucket)) for name, bucket in NO_DAYS.items()},
    **{f"21-utc-day-{number}": ("csv-date", utc_day(text)) for number, text in enumerate(NO_UTC_DAYS)},
    "21-two-ways-to-write-a-day": ("csv-date", (*utc_day("20260802")[:2], "", utc_day("20260802")[3])),
    "21-days-and-hours": ("csv-date", (AMOUNT_NAME, LINE, "", dates(DAY, "2026-08-28T01:00:00+08:00")[3])),
    "21-two-offsets-in-a-row": ("timezone-mixed", (AMOUNT_NAME, LINE, "end_time_iso", dates(DAY, "2026-08-29T00:00:00+02:00")[3])),
    "21-two-offsets": ("timezone-mixed", (AMOUNT_NAME, LINE, "", dates("2026-08-28T00:00:00+02:00", "2026-08-29T00:00:00+02:00")[3])),
    "21-offset-of-the-cost-file": ("timezone-mixed", (AMOUNT_NAME, 2, "", {"cost": COST.replace(b"+08:00", b"+02:00")})),
    # 26: secrets
    "26-key": ("csv-secret", cell("api_key", UNMASKED)),
    "26-key-half-masked": ("csv-secret", cell("api_key", UNMASKED[:12] + "*" * 7 + UNMASKED[19:])),
    "26-key-empty": ("csv-secret", cell("api_key", "")),
    "26-name": ("csv-secret", cell("api_key_name", UNMASKED)),
    "26-within-a-name": ("csv-secret", cell("api_key_name", f"the key {UNMASKED} of Anna")),
    "26-name-quoted": ("csv-secret", cell("api_key_name", f'"{UNMASKED}"')),
    "26-model": ("csv-secret", cell("model", UNMASKED)),
    "26-wallet": ("csv-secret", cost_cell("wallet_type", UNMASKED)),
    "26-user": ("csv-text", cell("user_id", UNMASKED)),
    "26-type": ("csv-type", cell("type", UNMASKED)),
    "26-price": ("csv-number", cell("price", UNMASKED)),
    "26-amount": ("csv-number", cell("amount", UNMASKED)),
    "26-amount-is-the-user": ("csv-number", cell("amount", hostile.USER)),
    "26-amount-is-the-mask": ("csv-number", cell("amount", hostile.KEYS[0])),
    "26-type-is-the-user": ("csv-type", cell("type", hostile.USER)),
    "26-date": ("csv-date", dates(UNMASKED, hostile.USER)),
    "26-cost": ("csv-number", cost_cell("cost", UNMASKED)),
    "26-currency": ("csv-currency", cost_cell("currency", UNMASKED)),
    "26-shifted-row": ("csv-type", (AMOUNT_NAME, LINE, "type", row(quoting(*PARTS[1:], b"1"))[3])),
    "26-header": ("csv-header", header(HEADER + b"," + UNMASKED.encode())),
}


@pytest.mark.parametrize("name", BAD_CSVS)
def test_bad_csvs(refused, name):
    """A file that is not exactly what the vendor writes is refused with file, line and column, and nothing of it is repeated."""
    code, (member, line, column, _) = BAD_CSVS[name]

    error = error_of(refused[name])

    assert error.code == code
    assert error.message.startswith(f"{member}, line {line}" + (f", column {column}: " if column else ": "))


REPRESENTATIVE = ("7-html", "8-checksum", "14-utf-16", "17-quote-open", "18-decimal", "19-cost-nan", "20-type-of-the-future", "26-key")


def content_of(name):
    """The zip of one of the tables above."""
    return HOSTILE_ZIPS[name][1]() if name in HOSTILE_ZIPS else export(**BAD_CSVS[name][1][3])


@pytest.mark.parametrize("name", REPRESENTATIVE)
def test_refused_alone(ledger, tmp_path, name):
    """In a new data directory a refused export leaves no file but the lock, and no trace of what it held."""
    (outcome,) = ledger.import_paths([_saved(tmp_path / "export.zip", content_of(name))])

    assert error_of(outcome)
    assert [path.name for path in ledger.directory.root.rglob("*") if path.is_file()] == ["lock"]


def test_refused_among_good(ledger, tmp_path):
    """Of several exports the good ones are imported as if they had come alone."""
    good = _saved(tmp_path / "good.zip", export())
    bad = [_saved(tmp_path / f"{name}.zip", content_of(name)) for name in REPRESENTATIVE]

    outcomes = ledger.import_paths([*bad[:4], good, *bad[4:]])

    assert [hasattr(outcome, "error") for outcome in outcomes] == [True] * 4 + [False] + [True] * 4
    assert [path.name for path in ledger.directory.exports.iterdir()] == [f"{outcomes[4].sha256}.zip"]
    assert len(ledger.directory.journal.read_bytes().splitlines()) == 1
    assert sum(ledger.report("spend-by-key").values("computed_cost")) == hostile.TOTAL
    assert all(check.holds for check in ledger.verify())


@pytest.mark.parametrize("name", [*REPRESENTATIVE, "1-name-escape", "15-name-202e", "17-short", "19-cost-yuan", "26-shifted-row"])
def test_command_refuses(tmp_path, name):
    """The command exits with 3, says file, code and what to do on stderr alone, and repeats neither rows nor control characters."""
    path = _saved(tmp_path / "export.zip", content_of(name))

    result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), "import", str(path)])

    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.startswith("export.zip: ")
    code = (HOSTILE_ZIPS.get(name) or BAD_CSVS[name])[0]
    first, second = result.stderr.splitlines()
    assert first.endswith(f"[{code}]")
    assert second.startswith("  ")
    assert (first + second).isprintable()
    assert_silent(result.stderr)


def test_command_refuses_in_json(tmp_path):
    """Programs read the same refusal as JSON."""
    path = _saved(tmp_path / "export.zip", content_of("26-name"))

    result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), "import", "--json", str(path)])

    (refusal,) = json.loads(result.stdout)
    assert (result.exit_code, refusal["status"], refusal["code"]) == (3, "refused", "csv-secret")
    assert_silent(result.output)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_hostile_names_of_files(tmp_path, options):
    """The name of the file itself is told without its control characters, its bytes that are no text and any key in it."""
    path = _saved(tmp_path / os.fsdecode(b"\x1b[2J\x07 %s \xff.zip" % UNMASKED.encode()), content_of("7-html"))

    result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), "import", *options, str(path)])

    assert result.exit_code == 3
    assert "not-a-zip" in result.output
    assert result.output.replace("\n", "").isprintable()
    assert_silent(result.output)


def test_process_refuses(tmp_path):
    """So does the real process: no warning, no traceback."""
    path = _saved(tmp_path / "export.zip", content_of("26-key"))

    done = subprocess.run(
        [sys.executable, "-m", "analytics", "--data-dir", tmp_path / "data", "import", path], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"export.zip: {AMOUNT_NAME}, line {LINE}, column api_key: ")
    assert len(done.stderr.splitlines()) == 2
    assert_silent(done.stderr)


# 21 to 25: what is imported, with what is to be known of it


def imported(ledger, tmp_path, **files):
    """The receipt of an export that is accepted."""
    (receipt,) = ledger.import_paths([_saved(tmp_path / "export.zip", export(**files))])
    return receipt


def test_rows_outside_the_named_period(ledger, tmp_path):
    """Days are taken from rows and never from file names, which two layouts write differently."""
    receipt = imported(ledger, tmp_path, amount_name="amount-2026-5.csv", cost_name="cost-2026-5.csv")

    assert (f"{receipt.first_date}", f"{receipt.last_date}") == ("2026-08-28", "2026-08-29")
    assert receipt.is_reconciled


def test_two_currencies(ledger, tmp_path):
    """Currencies of one file are kept apart in every total."""
    receipt = imported(ledger, tmp_path, cost=hostile.with_cell(COST, 2, "currency", "USD"))

    first, *others = hostile.billed().values()
    assert {total.currency: total.billed_cost for total in receipt.totals} == {"USD": first, "CNY": sum(others)}
    assert receipt.is_reconciled
    spent = [(row["currency"], row["computed_cost"]) for row in ledger.report("spend-by-key").records()]
    assert sorted(spent) == [("CNY", sum(others)), ("USD", first)]


UNRECONCILED = {
    "by the last digit": (hostile.with_cell(COST, 3, "cost", "0.2475045000000001"), Decimal("1e-16")),
    "a row lost": (hostile.with_line(COST, 3, None), Decimal("-0.2475045")),
    "a row twice": (hostile.with_line(COST, 3, b"\r\n".join([hostile.line_of(COST, 3)] * 2)), Decimal("0.2475045")),
    "no row at all": (hostile.line_of(COST, 1) + b"\r\n", -hostile.TOTAL),
}


@pytest.mark.parametrize("name", UNRECONCILED)
def test_unreconciled(tmp_path, name):
    """Files that do not agree are imported with their difference to the last digit; `--strict` exits with 4."""
    cost, variance = UNRECONCILED[name]
    path = _saved(tmp_path / "export.zip", export(cost=cost))

    results = [
        CliRunner().invoke(main, ["--data-dir", str(tmp_path / data), "import", "--json", *options, str(path)])
        for data, options in (("one", ()), ("two", ("--strict",)))
    ]

    assert [result.exit_code for result in results] == [0, 4]
    (receipt,) = json.loads(results[1].stdout)
    assert not receipt["is_reconciled"]
    assert sum(Decimal(total["variance"]) for total in receipt["totals"]) == variance


def test_amount_file_alone(ledger, tmp_path):
    """Without its cost file an export is taken only on demand, and stays unreconciled."""
    (receipt,) = ledger.import_paths([_saved(tmp_path / "export.zip", export(cost=None))], without_cost=True)

    assert not receipt.is_reconciled
    assert sum(ledger.report("spend-by-key").values("computed_cost")) == hostile.TOTAL


def test_sums_beyond_all_spending(ledger, tmp_path):
    """A file whose cells are plausible and whose sum is not is refused as damaged."""
    amount = hostile.with_cell(hostile.with_cell(AMOUNT, LINE, "amount", "9" * 15), LINE, "price", "9999")

    (outcome,) = ledger.import_paths([_saved(tmp_path / "export.zip", export(amount=amount))])

    assert error_of(outcome).code == "csv-number"
    assert outcome.error.message.startswith(AMOUNT_NAME)


def test_many_sums_beyond_all_spending(ledger, tmp_path):
    """However far beyond."""
    huge = hostile.with_cell(hostile.with_cell(AMOUNT, LINE, "amount", "9" * 15), LINE, "price", "9999")
    rows = [hostile.line_of(huge, LINE)] * 50

    (outcome,) = ledger.import_paths([_saved(tmp_path / "export.zip", export(amount=HEADER + b"\r\n" + b"\r\n".join(rows)))])

    assert error_of(outcome).code == "csv-number"
