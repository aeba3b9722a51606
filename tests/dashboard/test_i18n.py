"""Languages of the dashboard: complete catalogues without leftovers, and numbers in the format of each language."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

from analytics.core.columns import COLUMNS
from analytics.core.period import Period, month
from analytics.dashboard.i18n.error_texts import PAGE_ERRORS
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import LANGUAGES, Language, negotiated
from analytics.reports.catalog import reports
from analytics.reports.scope import _CODES
from tests.support.pages import opener

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "N_": None, "message": None}
TRANSLATED = [code for code in LANGUAGES if code != "en"]


def texts():
    """Every text in the code that is meant to be translated."""
    messages = [message for _file, _line, message, *_ in extract_from_dir(ROOT / "analytics", keywords=KEYWORDS)]
    messages += [message for _line, message, *_ in extract_from_file("python", ROOT / "app.py", keywords=KEYWORDS)]
    return set(messages)


def catalogue(code):
    """The texts of a catalogue: original and translation."""
    path = ROOT / "analytics" / "dashboard" / "i18n" / "locale" / LANGUAGES[code][1] / "LC_MESSAGES" / "keyspend.po"
    with path.open("rb") as file:
        return {message.id: message.string for message in read_po(file) if message.id and "fuzzy" not in message.flags}


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated(code):
    """Each text is in each catalogue, none is empty, and no catalogue has a text that the code lacks: `make translations` lists them."""
    translated = catalogue(code)

    assert set(translated) == texts()
    assert [text for text, translation in translated.items() if not translation] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_fills_in_the_same_values(code):
    """A translation has the places of its original, so that no value is lost."""

    def places(text):
        return sorted(name for _text, name, _format, _conversion in Formatter().parse(text) if name)

    for text, translation in catalogue(code).items():
        assert places(text) == places(translation), text


def test_no_text_escapes_the_catalogues():
    """Texts of widgets come from a catalogue, except the name Keyspend."""
    shows = re.compile(r"\bst\.(?:title|header|subheader|info|error|warning|success|button|caption)\(\s*f?\"([^\"]+)\"")
    for path in (ROOT / "analytics" / "dashboard").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert set(shows.findall(text)) <= {"Keyspend"}, path
        # Extraction does not look inside f-strings.
        assert "{_(" not in text, path


def test_every_column_has_a_word(samples):
    """Each column of a report has a label."""
    columns = set(samples.imports().names).union(*(samples.report(name, month="2026-08").names for name in reports()))

    assert columns <= set(COLUMNS)


BELOW_PAGES = (
    "api",
    "core",
    "ledger",
    "settings",
    "operations/replay",
    "reports/catalog",
    "reports/owner_assignment",
    "reports/owner_list",
    "reports/query",
    "reports/report",
    "reports/scope",
    "reports/what_if",
)
"""The rooms whose errors can end a page."""
RAISED = re.compile(r'(?:UsageError|StoreError|EvidenceError|BusyError)\(\s*f?"([^"]+)"')


def test_every_error_of_a_page_has_a_summary():
    """Each code that can be raised below a page has a summary in the catalogues; of formatted codes, each possible value."""
    package = ROOT / "analytics"
    paths = [path for room in BELOW_PAGES for path in (*package.glob(f"{room}.py"), *(package / room).rglob("*.py"))]
    codes = {code for path in paths for code in RAISED.findall(path.read_text(encoding="utf-8"))}
    formatted = {code for code in codes if "{" in code}

    assert formatted == {"{field}-unused", "{field}-unknown"}
    all_codes = codes - formatted | {f"{field}-{end}" for field in ("grain", "by") for end in ("unused", "unknown")} | set(_CODES.values())
    assert all_codes - set(PAGE_ERRORS) == set()


def test_an_error_is_shown_in_the_language_of_the_page(samples, monkeypatch):
    """On a Chinese page the summary and the advice are Chinese; on an English one the message is exact."""
    visit = opener(samples, monkeypatch)

    chinese, english = (visit("overview", period="2026-08", key="nobody", lang=code) for code in ("zh", "en"))

    assert chinese.error[0].value == markdown(Language("zh").text(PAGE_ERRORS["key-unknown"]))
    assert not re.search("[A-Za-z]{4}", chinese.error[0].value + chinese.info[0].value)
    assert "nobody" in english.error[0].value


def test_the_language_is_that_of_the_url_or_the_browser():
    """The URL takes precedence over the browser; the default is English."""
    assert negotiated("zh", "en-US").code == "zh"
    assert negotiated(None, "zh-CN").code == "zh"
    assert negotiated(None, "zh_TW").code == "zh"
    assert negotiated(None, "fr-FR").code == "en"
    assert negotiated("<script>", None).code == "en"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ["¥1,522.10", "−$0.01", "¥9,007,199,254,740,993.00", "1.50", "¥1.2M", "¥99,999.99", "Jun 30, 2026", "June 2026", "47.0%"]),
        (
            "zh",
            ["¥1,522.10", "−$0.01", "¥9,007,199,254,740,993.00", "1.50", "¥123.5万", "¥99,999.99", "2026年6月30日", "2026年6月", "47.0%"],
        ),
    ],
)
def test_values_are_written_as_readers_expect(code, expected):
    """Money, days and ratios follow the language; no digit is lost to a float on the way."""
    language = Language(code)

    assert [
        language.money(Decimal("1522.096730200"), "CNY"),
        language.money(Decimal("-0.005"), "USD"),
        language.money(Decimal("9007199254740993.000000000000000001"), "CNY"),
        language.money(Decimal("1.5"), "unknown"),
        language.compact_money(Decimal(1234567), "CNY"),
        language.compact_money(Decimal("99999.99"), "CNY"),
        language.day(date(2026, 6, 30)),
        language.period(month("2026-06")),
        language.percent(0.47),
    ] == expected
    assert language.exact_money(Decimal("1522.096730200000000000"), "CNY") == "¥1,522.0967302"
    assert language.exact_money(Decimal(0), "CNY") == "¥0.00"
    assert language.money(None, "CNY") == "–"
    assert "–" in language.period(Period(date(2026, 6, 1), date(2026, 6, 15)))
