"""keyspend.toml: what is wrong is told with its line, all at once, and what is right is read exactly."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import gettempdir

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analytics.cli.main import main
from analytics.settings.owner_rules import rules
from analytics.settings.problems import SettingsError
from analytics.settings.reader import read
from analytics.settings.schema import Field, Section
from analytics.settings.sections import SECTIONS
from analytics.settings.template import example
from analytics.settings.value_types import amount, by_name, count, currency, day, flag, many, one_of, other_than, ratio, share, text
from tests.support.laws import QUICK


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[[owner]]\nkeys = ['a'\n", ["line 3: it is no TOML"]),
        ("[[owner]]\nkeys = 'a'\nowner = 'x'\nowner = 'y'\n", ["line 4: it is no TOML"]),
        ("[[ownr]]\n", ["line 1: there is no section 'ownr'; did you mean 'owner'?"]),
        ("\n[owner]\nkeys = 'a'\n", ["line 2: 'owner' is a section and is written [[owner]]"]),
        ("owner = 3\n", ["line 1: 'owner' is a section"]),
        ("[[owner]]\nkeys = ['a']\n", ["line 1: [[owner]]: 'owner' is missing"]),
        (
            "[[owner]]\nkeys = ['a']\nowner = 'x'\n\n[[owner]]\nkey = ['b']\nowner = 7\nfrom = 'soon'\n",
            [
                "line 5: [[owner]]: 'keys' is missing",
                "line 6: [[owner]]: it has no 'key'; did you mean 'keys'?",
                "line 7: [[owner]] owner: must be a text",
                "line 8: [[owner]] from: must be a day",
            ],
        ),
        ("[[shared]]\nkeys = 'a'\nby = 'heads'\n", ["line 3: [[shared]] by: must be one of shares, spend"]),
        (
            "[[shared]]\nkeys = []\nshares = { x = 1.5 }\n",
            ["line 2: [[shared]] keys: must hold", "line 3: [[shared]] shares: must be a share"],
        ),
    ],
)
def test_all_problems_are_reported_with_their_line(tmp_path, content, expected):
    """Each problem names file, line, section and field; one that hides others is told alone."""
    path = tmp_path / "keyspend.toml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        read(path, SECTIONS)

    messages = [str(problem) for problem in caught.value.problems]
    assert len(messages) == len(expected)
    for problem, words in zip(messages, expected, strict=True):
        assert problem.startswith(f"keyspend.toml, {words}"), problem


def test_bytes_that_are_not_text_are_reported(tmp_path):
    """Bytes that are not UTF-8 are told with their line."""
    path = tmp_path / "keyspend.toml"
    path.write_bytes(b"[[owner]]\nowner = '\xff'\n")

    with pytest.raises(SettingsError, match="line 2: it is not UTF-8"):
        read(path, SECTIONS)


TRAPS = """# [[owner]]
owners = "mine.csv" # [[shared]]

[[owner]]
keys = [ # owner = 3
  "a]",
  "[[owner]]",
]
team = '''one
[[owner]]'''
[["owner"]]
"keys" = "b"
owner = "x"
[[ owner ]]
[[shared]]
keys = "c"
[shared.shares]
x = 2.5
"""


def test_lines_are_right_after_strings_lists_and_comments(tmp_path):
    """What looks like a table inside a text, a list or a remark is none, so that every line told is the one to mend."""
    path = tmp_path / "keyspend.toml"
    path.write_text(TRAPS, encoding="utf-8", newline="\r\n")

    with pytest.raises(SettingsError) as caught:
        read(path, SECTIONS)

    assert [(problem.line, problem.where) for problem in caught.value.problems] == [
        (4, "[[owner]]"),  # no owner
        (9, "[[owner]] team"),  # a text on two lines
        (14, "[[owner]]"),  # no keys
        (14, "[[owner]]"),  # no owner
        (17, "[[shared]] shares"),
    ]


@QUICK
@given(st.text(alphabet="[]{}=\"'#\n\\., 19-ownersharkfmyt", max_size=120))
def test_no_text_breaks_the_reader(text):
    """Whatever a file holds, it is read, or refused with lines that it has."""
    path = Path(gettempdir()) / f"keyspend-{os.getpid()}.toml"
    path.write_text(text, encoding="utf-8", newline="")
    problems = []
    try:
        read(path, SECTIONS)
    except SettingsError as error:
        problems = error.problems
    path.unlink()
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems)


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "9" * 5000, "x = {" * 3000, "x = 1e99999999999999999999"])
def test_what_breaks_python_is_refused(tmp_path, text):
    """What is too deep or too long for Python's reader is refused like any other mistake, and nothing of it is repeated."""
    path = tmp_path / "keyspend.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        read(path, SECTIONS)
    assert len(str(caught.value.message)) < 300


def test_a_secret_is_not_repeated(tmp_path):
    """A key that was pasted as it is, wherever it stands, is in no message."""
    path = tmp_path / "keyspend.toml"
    secret = "sk-" + "a1" * 16
    path.write_text(f"[[{secret}]]\nx = 1\n[[owner]]\n{secret} = 1\nkeys = 'a'\nowner = 'x'\n", encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        read(path, SECTIONS)
    assert secret not in caught.value.message


@pytest.mark.parametrize(
    ("kind", "right", "value", "wrong"),
    [
        (text, "a b", "a b", ["", " ", "a\nb", 1]),
        (flag, True, True, [1, "yes"]),
        (count, 3, 3, [0, -1, True, 1.5, "3"]),
        (day, "2026-06-30", date(2026, 6, 30), ["2026-02-30", 20260630]),
        (amount, "0.10", Decimal("0.10"), [-1, "x", True, None, Decimal("NaN"), "Infinity"]),
        (ratio, 1, Decimal(1), [2, -1]),
        (share, "0.25", Decimal("0.25"), [1.5, "2.5", -1]),
        (share, 30, Decimal(30), [Decimal("0.1234567890123456789")]),
        (other_than(text, "a"), "b", "b", ["a", 1]),
        (one_of("a", "b"), "a", "a", ["c", 1, None]),
        (many(text), "a", ("a",), [[], [1]]),
        (by_name(ratio), {"x": 1}, {"x": Decimal(1)}, [{}, [], {"x": 2}, {" ": 1}]),
        (currency, "CNY", "CNY", ["cny", "¥", "EURO", 1]),
    ],
)
def test_kinds_of_values(kind, right, value, wrong):
    """Every kind takes what is meant and says no to the rest; no number passes through a float."""
    assert kind(right) == value
    for other in wrong:
        with pytest.raises(ValueError, match="must"):
            kind(other)


def test_numbers_stay_exact(tmp_path):
    """What is written with a point is read as a decimal."""
    section = Section("budget", "", (Field("amount", amount, "1", ""),), is_repeated=True)
    path = tmp_path / "keyspend.toml"
    path.write_text("[[budget]]\namount = 0.100000000000000055\n", encoding="utf-8")

    assert read(path, [section]).every(section)[0]["amount"] == Decimal("0.100000000000000055")


def test_the_example_can_be_used_as_it_is_and_with_every_comment_taken_away(tmp_path):
    """`config init` writes a file that is right; so is the one in which everything is uncommented."""
    path = tmp_path / "keyspend.toml"
    lines = example(SECTIONS).splitlines()
    path.write_text("\n".join(lines), encoding="utf-8")
    assert not read(path, SECTIONS).section_counts()

    path.write_text("\n".join(line.removeprefix("# ") for line in lines if " = " in line or line.startswith("# [")), encoding="utf-8")
    settings = read(path, SECTIONS)
    assert set(settings.section_counts()) == {section.name for section in SECTIONS if section.name}
    assert len(rules(settings)) == 2


def test_the_commands_of_the_settings(tmp_path):
    """init writes once, check says yes or tells what is wrong with exit code 2, path says where; --config names another file."""
    path = tmp_path / "mine.toml"

    def run(*arguments):
        return CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), "--config", str(path), "config", *arguments])

    assert "there is no" in run("check").stderr
    assert run("path").stdout.strip() == str(path)
    assert run("init").exit_code == 0
    assert run("init").exit_code == 2
    assert "is right" in run("check").stdout
    path.write_text("[[owner]]\n", encoding="utf-8")
    refused = run("check")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "mine.toml, line 1: [[owner]]: 'keys' is missing" in refused.stderr
