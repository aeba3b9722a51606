"""The Data page without a browser: uploads, receipts, refusals, undo, roles, and the days of the evidence."""

import re
import stat
from datetime import date
from pathlib import Path

import pytest

from analytics import UsageError
from analytics.cli.receipts import receipt_text
from analytics.dashboard import access
from analytics.dashboard.charts.calendar import FILLS
from analytics.dashboard.charts.theme import TEXT
from analytics.dashboard.data import jobs, uploads
from analytics.dashboard.i18n.error_texts import IMPORT_ERRORS
from analytics.dashboard.i18n.translation import Language
from analytics.ledger.lock import writing
from analytics.operations import messages
from tests.conftest import SAMPLES
from tests.support.exports_for import export
from tests.support.pages import figure, opener
from tests.support.troubled_exports import PARTIAL, troubled

JUNE = SAMPLES / "main-account" / "usage_data_2026_6.zip"
LATER = SAMPLES / "main-account" / "usage_data_2026-07-30_2026-08-03.zip"


def upload(app, *paths):
    """Upload files and import them."""
    app.file_uploader[0].set_value([(path.name, path.read_bytes(), "application/zip") for path in paths]).run()
    return app.button(key="import").click().run()


def plain(markdown):
    """Markdown as text, without escapes and grey labels."""
    return re.sub(r":gray\[(.*?)\] · ", r"\1 ", re.sub(r"\\(.)", r"\1", markdown))


def test_an_upload_has_the_receipt_of_the_command(ledger, monkeypatch, tmp_path):
    """The same zips give the same receipts, word for word; a bad one is refused with message, hint and code, and the rest is kept."""
    bad = tmp_path / "bad.zip"
    bad.write_text("<html>")
    app = upload(opener(ledger, monkeypatch)("data"), PARTIAL, bad, LATER)

    receipts = ledger_of(tmp_path).import_paths([PARTIAL, LATER])
    shown = [plain(expander.label) + "\n" + plain(expander.markdown[0].value) for expander in app.expander if "usage" in expander.label]
    expected = [re.sub(r"\n +(\S+) +", r"\n\1 ", receipt_text(receipt)).strip() for receipt in receipts]
    assert [text.replace("**", "").replace("  \n", "\n").replace(" – ", " to ") for text in shown] == expected
    assert "this is not a zip file" in app.error[0].value
    assert "[not-a-zip]" in app.error[0].value
    assert "the download may have failed" in plain(app.error[0].value)
    assert ledger.imports().values("status") == ["active", "active"]


def ledger_of(folder):
    """Another ledger, on the same clock as the page's."""
    from analytics import Keyspend

    return Keyspend(folder / "other")


def test_receipts_come_in_the_visitors_language(ledger, monkeypatch, tmp_path):
    """In Chinese the words of a receipt are Chinese, the numbers the same; a refusal has its summary in Chinese."""
    bad = tmp_path / "bad.zip"
    bad.write_text("<html>")
    app = upload(opener(ledger, monkeypatch)("data", locale="zh-CN"), PARTIAL, bad)

    receipt = next(expander for expander in app.expander if "usage" in expander.label)
    assert "导出时尚未结束" in receipt.markdown[0].value
    assert "1,513.75437912 CNY" in plain(receipt.markdown[0].value)
    assert "不是 zip 文件" in app.error[0].value
    assert "[not-a-zip]" in app.error[0].value


def test_two_imports_at_once_do_not_mix(ledger, monkeypatch):
    """While another process writes, an upload is refused with a message, changes nothing, and can be repeated with the same files."""
    app = opener(ledger, monkeypatch)("data")
    ledger.directory.root.mkdir(parents=True, exist_ok=True)
    with writing(ledger.directory.lock, "import"):
        upload(app, JUNE)

    assert "is writing to this data directory" in app.error[0].value
    assert "[busy]" in app.error[0].value
    assert not ledger.directory.journal.exists()
    app.button(key="import").click().run()
    assert not app.error
    assert len(ledger.imports().rows) == 1


def test_a_click_is_not_lost_to_an_import_of_another_process(ledger, monkeypatch):
    """A click right after another process has imported has its effect, and the page has the newest numbers."""
    app = opener(ledger, monkeypatch)("data")
    app.file_uploader[0].set_value([(PARTIAL.name, PARTIAL.read_bytes(), "application/zip")]).run()
    ledger.import_paths([JUNE])
    app.button(key="import").click().run()

    assert any(PARTIAL.name.removesuffix(".zip") in plain(expander.label) for expander in app.expander)
    assert len(ledger.imports().rows) == 2


def test_a_viewer_can_change_nothing(samples, monkeypatch):
    """A viewer has no controls, and a forged request is refused."""
    monkeypatch.setattr(access, "admit", lambda _directory: access.Role.VIEWER)
    app = opener(samples, monkeypatch)("data")

    assert not app.file_uploader
    assert {button.key for button in app.button} == set()
    assert "change nothing" in " ".join(text.value for text in app.markdown)
    for act in (lambda: jobs.begin_import([]), lambda: jobs.begin_undo(1)):
        with pytest.raises(UsageError, match="change nothing"):
            act()


def test_an_undo_does_what_its_preview_states(ledger, tmp_path):
    """The preview of an undo has the next source of each of its days; afterwards these are the sources."""
    ledger.import_paths([JUNE, PARTIAL, LATER])
    for number in ledger.imports().values("import_id"):
        preview = ledger.preview_undo(number)
        before = dict(day_sources(ledger))
        ledger.undo(number)
        after = dict(day_sources(ledger))
        next_sources = {day: next_source for next_source, days in preview.next_sources.items() for day in days}
        assert next_sources == {day: after.get(day) for day, source in before.items() if source == number}
    with pytest.raises(UsageError, match="no active import"):
        ledger.preview_undo(1)


def test_an_import_below_a_closed_month_cannot_be_undone_from_the_page(closed, monkeypatch):
    """The dialog of an undo names the closed month with days of the import, and its button is disabled."""
    app = opener(closed, monkeypatch)("data")
    app.selectbox(key="undo-choice").select(2).run()
    app.button(key="undo").click().run()

    assert "It owns days of a closed month: 2026-07" in app.warning[0].value
    assert app.button(key="undo-yes").disabled


def test_the_journal_is_on_the_page(closed, monkeypatch):
    """Every act, the newest first, in the visitor's language; the command's words in English."""
    app, chinese = (opener(closed, monkeypatch)("data", locale=locale) for locale in ("en-US", "zh-CN"))

    rows, words = (page.dataframe[-1].value for page in (app, chinese))
    assert list(rows["act_id"]) == [5, 4, 3, 2, 1]
    subjects = zip(rows["details"], closed.audit().values("details")[::-1], strict=True)
    assert all(whole.startswith(shown.removesuffix("…")) for shown, whole in subjects)
    assert list(words["act"]) == ["导入", "结账", "结账", "导入", "导入"]


def day_sources(ledger):
    """Days and their sources, as the number of an import."""
    return ledger.sql("SELECT charge_date, import_id FROM owned_day").rows


def test_after_the_last_undo_exports_can_be_imported_again(ledger, monkeypatch):
    """A ledger of which everything was undone has the upload, the list of imports and the journal."""
    ledger.import_paths([JUNE])
    ledger.undo(1)
    app = opener(ledger, monkeypatch)("data")

    assert len(app.dataframe) == 2
    assert len(upload(app, JUNE).get("plotly_chart")) == 1


def test_uploads_leave_nothing_behind(tmp_path):
    """Uploads are in a private folder (0700) while they are read, under a name without a path, and deleted afterwards."""
    names = ["../../etc/passwd", "a.zip", "a.zip", "..", "x" * 300 + ".csv", "nul\0.zip"]
    with uploads.saved_files([uploads.Upload(name, memoryview(b"x")) for name in names]) as paths:
        (root,) = {path.parents[1] for path in paths}
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        assert [path.name for path in paths] == ["passwd", "a.zip", "a.zip", "upload", "x" * 57 + ".csv", "nul_.zip"]
        assert len(set(paths)) == len(names)
    assert not root.exists()


def test_loose_files_do_not_pass_for_a_whole_month(ledger, monkeypatch, tmp_path):
    """A browser does not send the age of a file: the last day of loose CSVs counts as in progress, so that the whole zip replaces it."""
    import zipfile

    with zipfile.ZipFile(JUNE) as bundle:
        files = [Path(bundle.extract(name, tmp_path)) for name in bundle.namelist() if name.endswith(".csv")]
    app = upload(opener(ledger, monkeypatch)("data"), *files)

    assert [error.value for error in app.error] == []
    assert [str(day) for day in ledger.answer("coverage").partial_dates] == ["2026-06-30"]


def test_the_calendar_has_every_day(ledger, tmp_path, monkeypatch):
    """Each day of the coverage is a cell with its state and its mark; the legend names the marks that are met."""
    app = opener(troubled(ledger, tmp_path), monkeypatch)("data", period="2026-08")

    cells, *legend = figure(app, 0)["data"]
    coverage = ledger.report("coverage")
    assert len(cells["z"]) == len(coverage.rows)
    marks = dict(zip(coverage.values("charge_date"), cells["text"], strict=True))
    assert (marks[date(2026, 7, 29)], marks[date(2026, 7, 30)], marks[date(2026, 7, 31)]) == ("", "½", "×")
    assert [entry["name"] for entry in legend] == ["known and over", "½ in progress when exported", "× no export tells of it"]
    assert "in progress when exported: 1" in app.get("plotly_chart")[0].proto.alt
    page_text = " ".join(plain(text.value) for text in app.markdown)
    assert "No export tells of 2026-08-01 – 2026-08-03" in page_text
    assert "Bill and usage do not agree: 2026-08-05" in page_text


def test_a_restated_day_is_listed(ledger, tmp_path):
    """A day with different numbers in two exports is listed with both costs; the newer is its source."""
    first, second = export(tmp_path, 0), export(tmp_path, 1)
    ledger.import_paths([first.path, second.path])
    (day,) = set(first.quantities) & set(second.quantities)

    (row,) = ledger.report("restated-days").records()
    assert (row["charge_date"], row["import_id"], row["other_import_id"]) == (day, 2, 1)
    assert row["computed_cost"] == sum(second.spend(day).values())
    assert row["other_computed_cost"] == sum(first.spend(day).values())
    assert row["change_cost"] == row["computed_cost"] - row["other_computed_cost"]


def test_every_refusal_has_a_summary():
    """Each code with which an export can be refused has a translated summary."""
    package = Path(messages.__file__).parents[1]
    modules = [*(package / "ingest").rglob("*.py"), package / "operations" / "load_export.py", package / "ledger/database/bulk_load.py"]
    texts = [path.read_text(encoding="utf-8") for path in modules]
    codes = {code for text in texts for code in re.findall(r'"((?:not-a|zip|csv|path|account|timezone)-[a-z-]+)"', text)}

    assert len(codes) > 25
    assert codes - set(IMPORT_ERRORS) == set()
    assert all(Language("zh").text(summary) != summary for summary in IMPORT_ERRORS.values())


@pytest.mark.parametrize("theme", sorted(FILLS))
def test_marks_can_be_read_on_every_day(theme):
    """The mark in a cell stands out from its fill, 4.5 to 1, in both themes."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for fill in FILLS[theme].values():
        low, high = sorted((luminance(fill), luminance(TEXT[theme])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, fill
