"""Times the command against the least that could be done, in the same run and side by side, and prints the ratios."""

import argparse
import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from exports import Size, month
from measure import Command, Samples, alternate, keep_bytecode, run

HERE = Path(__file__).parent
FLOORS = HERE / "floors"
PYTHON = sys.executable
KEYSPEND = Path(sys.executable).with_name("keyspend")
LARGE_KEYS = 20_000
MONTHLY_KEYS = 90
MONTHS = 60
YEARS_MONTHS, YEARS_DAYS = 24, 5
"""Of each of two years' months as many days as can be made in some minutes."""
HOT_DAYS = 400
REPEATS = {"small": 15, "large": 3, "growth": 7, "report": 7, "hot": 15, "start": 15, "dashboard": 5}

_SCHEMA = """
CREATE TABLE amount (user_id VARCHAR, start_time_iso VARCHAR, end_time_iso VARCHAR, model VARCHAR, api_key_name VARCHAR, api_key VARCHAR,
    type VARCHAR, price DECIMAL(38, 18), amount BIGINT);
CREATE TABLE cost (user_id VARCHAR, start_time_iso VARCHAR, end_time_iso VARCHAR, model VARCHAR, wallet_type VARCHAR,
    cost DECIMAL(38, 18), currency VARCHAR);
"""


@dataclass(frozen=True)
class Result:
    """One line of the table: two measurements in words, what is held against the target (if there is one), and its unit."""

    name: str
    floor: str
    ours: str
    value: float
    shown: str
    target: float | None
    unit: str = ""

    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        if self.target is None:
            return self.name, self.floor, self.ours, self.shown, "", ""
        outcome = "met" if self.value <= self.target else "MISSED"
        return self.name, self.floor, self.ours, self.shown, f"{self.target:g}{self.unit}", outcome


def ratio(name: str, floor: Samples, ours: Samples, target: float | None = None) -> Result:
    """Ours against the floor: the ratio of the medians, and in brackets that of the quickest runs."""
    value = ours.median / floor.median
    return Result(name, str(floor), str(ours), value, f"{value:.2f} ({ours.least / floor.least:.2f})", target)


class Workshop:
    """A folder for everything that a run makes, and what several benchmarks share."""

    def __init__(self, root: Path, scale: float, repeat: int | None) -> None:
        self.root = root
        self._scale = scale
        self._repeat = repeat
        self._made = 0

    def repeat(self, name: str) -> int:
        """How many rounds of a benchmark count."""
        return self._repeat or REPEATS[name]

    def keys(self, full: int) -> int:
        """A number of keys at the scale of this run."""
        return max(1, round(full * self._scale))

    def new(self) -> Path:
        """A path that nothing has; what was made before the last few is removed."""
        self._made += 1
        for old in (self.root / f"new-{self._made - 4}", self.root / f"new-{self._made - 4}.wal"):
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        return self.root / f"new-{self._made}"

    def copy(self, folder: Path) -> Path:
        """A new copy of a data directory."""
        return Path(shutil.copytree(folder, self.new(), symlinks=True))

    def export(self, size: Size, *, deflated: bool = False) -> Path:
        """A new folder with an export, made by another process so that its memory is not counted as ours."""
        folder = Path(tempfile.mkdtemp(dir=self.root))
        options = ["--keys", str(size.keys), "--start", str(size.start), "--days", str(size.days)]
        run([PYTHON, HERE / "exports.py", folder, *options, *(["--deflated"] if deflated else [])])
        return folder

    @cached_property
    def large_size(self) -> Size:
        """The month of a large organisation."""
        return Size(self.keys(LARGE_KEYS), date(2026, 9, 1))

    @cached_property
    def large(self) -> Path:
        """The folder with its export."""
        log(f"writing an export of {self.large_size.rows:,} rows")
        folder = self.export(self.large_size, deflated=True)
        bytes_ = one(folder, "amount-*.csv").stat().st_size
        log(f"it has {bytes_ / 1e6:,.0f} MB of CSV in a zip of {one(folder, '*.zip').stat().st_size / 1e6:,.0f} MB")
        return folder

    @cached_property
    def samples(self) -> Path:
        """A data directory into which the samples were imported."""
        ledger = self.root / "samples"
        run([KEYSPEND, "--data-dir", ledger, "import", HERE.parent / "sample_exports"])
        return ledger

    @cached_property
    def years(self) -> Path:
        """A data directory of two years of a large organisation."""
        ledger = self.root / "years"
        for number in range(YEARS_MONTHS):
            log(f"importing month {number + 1} of {YEARS_MONTHS}")
            export = self.export(self.years_size(number), deflated=True)
            run(importing(ledger, export))
            shutil.rmtree(export)
        return ledger

    def years_size(self, number: int) -> Size:
        """What one of its months has."""
        return Size(self.keys(LARGE_KEYS), month(number, 1).start, YEARS_DAYS)

    @cached_property
    def large_ledger(self) -> Path:
        """A data directory into which it was imported."""
        ledger = self.root / "large-ledger"
        run(importing(ledger, self.large))
        return ledger


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def one(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def importing(ledger: Path, export: Path) -> Command:
    return [KEYSPEND, "--data-dir", ledger, "import", one(export, "*.zip")]


def small(shop: Workshop) -> Iterator[Result]:
    """A real export into an empty ledger and into one of half a year, against one statement of literal rows into a new file."""
    export = shop.export(Size(2, date(2026, 9, 1), 25))
    ledger = _half_year(shop)
    script = _literal_script(export)
    schema = export / "schema.sql"
    schema.write_text(_SCHEMA, encoding="utf-8")
    each = [one(export, "amount-*.csv"), one(export, "cost-*.csv"), schema]
    floor, one_by_one, empty, grown = alternate(
        shop.repeat("small"),
        lambda: [PYTHON, FLOORS / "insert.py", script, shop.new()],
        lambda: [PYTHON, FLOORS / "insert_each.py", *each, shop.new()],
        lambda: importing(shop.new(), export),
        lambda: importing(shop.copy(ledger), export),
    )
    yield ratio("small: 400 rows, empty ledger", floor, empty, 1.5)
    yield ratio("small: 400 rows, after 6 months", floor, grown, 1.5)
    yield ratio("small: against inserts row by row", one_by_one, empty)


def _half_year(shop: Workshop) -> Path:
    ledger = shop.root / "half-year"
    for number in range(62, 68):
        run(importing(ledger, shop.export(month(number, 2))))
    return ledger


def _literal_script(export: Path) -> Path:
    script = export / "rows.sql"
    tables = [_insert(role, one(export, f"{role}-*.csv")) for role in ("amount", "cost")]
    script.write_text(_SCHEMA + "".join(tables), encoding="utf-8")
    return script


def _insert(table: str, path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    return f"INSERT INTO {table} VALUES\n" + ",\n".join(f"({', '.join(_cell(cell) for cell in row)})" for row in rows) + ";\n"


def _cell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if text else "NULL"


def large(shop: Workshop) -> Iterator[Result]:
    """A month of a large organisation, against inflating it and DuckDB's own typed read of the same CSV."""
    export = shop.large
    amount = one(export, "amount-*.csv")
    member = _raw_member(one(export, "*.zip"), amount.name, shop.root / "member.deflated")
    floor, ours = alternate(
        shop.repeat("large"),
        lambda: [PYTHON, FLOORS / "read_csv.py", member, amount, shop.new()],
        lambda: importing(shop.new(), export),
    )
    yield ratio(f"large: {shop.large_size.rows:,} rows", floor, ours, 1.5)
    gigabytes = ours.peak / 1e9
    yield Result("large: peak memory", f"{floor.peak / 1e9:.2f} GB", f"{gigabytes:.2f} GB", gigabytes, f"{gigabytes:.2f} GB", 1.5, " GB")


def _raw_member(path: Path, name: str, target: Path) -> Path:
    with zipfile.ZipFile(path) as bundle:
        info = bundle.getinfo(name)
    with path.open("rb") as file, target.open("wb") as raw:
        file.seek(info.header_offset + 26)
        lengths = file.read(4)
        file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), os.SEEK_CUR)
        left = info.compress_size
        while left:
            left -= raw.write(file.read(min(left, 1 << 20)))
    return target


def growth(shop: Workshop) -> Iterator[Result]:
    """The second and the last of sixty monthly imports into one ledger."""
    size = month(0, shop.keys(MONTHLY_KEYS))
    log(f"importing {MONTHS} months of {size.rows:,} rows")
    ledger = shop.root / "growing"
    run(importing(ledger, shop.export(size)))
    young = Path(shutil.copytree(ledger, shop.root / "young", symlinks=True))
    second = shop.export(month(1, size.keys))
    run(importing(ledger, second))
    for number in range(2, MONTHS - 1):
        run(importing(ledger, shop.export(month(number, size.keys))))
    last = shop.export(month(MONTHS - 1, size.keys))
    floor, ours = alternate(
        shop.repeat("growth"),
        lambda: importing(shop.copy(young), second),
        lambda: importing(shop.copy(ledger), last),
    )
    yield ratio(f"growth: month {MONTHS} against month 2", floor, ours, 1.5)


def report(shop: Workshop) -> Iterator[Result]:
    """What each key cost, against the bare query over the same generation."""
    ledger = shop.large_ledger
    generation = ledger / "generations" / (ledger / "CURRENT").read_text(encoding="utf-8").split()[0]
    size = shop.large_size
    floor, ours = alternate(
        shop.repeat("report"),
        lambda: [PYTHON, FLOORS / "query.py", generation, str(size.start), str(size.stop)],
        lambda: [KEYSPEND, "--data-dir", ledger, "report", "spend-by-key", "--month", f"{size.start:%Y-%m}", "--format", "csv"],
    )
    yield ratio(f"report: {size.rows:,} facts, {size.keys:,} keys", floor, ours, 2)


def hot(shop: Workshop) -> Iterator[Result]:
    """What needs attention: on the samples against what each key cost, and among very many keys."""
    from labelled import ranked

    floor, ours = alternate(
        shop.repeat("hot"),
        lambda: [KEYSPEND, "--data-dir", shop.samples, "report", "spend-by-key", "--format", "csv"],
        lambda: [KEYSPEND, "--data-dir", shop.samples, "hot", "--format", "csv"],
    )
    yield ratio("hot: the samples, against spend-by-key", floor, ours, 1.5)
    keys = shop.keys(LARGE_KEYS)
    for of, seconds in zip(("a month", "all days"), ranked(keys, HOT_DAYS), strict=True):
        name = f"hot: {keys:,} keys x {HOT_DAYS} days, {of} ranked"
        yield Result(name, "", f"{seconds:.2f} s", seconds, f"{seconds:.2f} s", 3, " s")
    last = f"{shop.years_size(YEARS_MONTHS - 1).start:%Y-%m}"
    (whole,) = alternate(3, lambda: [KEYSPEND, "--data-dir", shop.years, "hot", "--month", last, "--format", "csv"])
    facts = shop.years_size(0).rows * YEARS_MONTHS
    yield Result(f"hot: {facts:,} facts, the whole command", "", str(whole), whole.median, f"{whole.median:.2f} s", None, " s")


def start(shop: Workshop) -> Iterator[Result]:
    """How long the command takes to say anything."""
    bare, click, ours = alternate(
        shop.repeat("start"),
        lambda: [PYTHON, "-c", "pass"],
        lambda: [PYTHON, "-c", "import click"],
        lambda: [KEYSPEND, "--help"],
    )
    for name, floor in (("start: --help against python", bare), ("start: --help against click", click)):
        yield Result(
            name, str(floor), str(ours), ours.median, f"{ours.median / floor.median:.2f} ({ours.least / floor.least:.2f})", 0.15, " s"
        )


def dashboard(shop: Workshop) -> Iterator[Result]:
    """The Overview of the samples in Chromium, against a Streamlit page with one choice and one chart."""
    from browser import measured

    first_floor, first_ours, change_floor, change_ours = measured(shop.samples, shop.repeat("dashboard"))
    yield ratio("dashboard: first chart painted", first_floor, first_ours, 1.5)
    limit = 1.5 * change_floor.median + 0.15
    value = change_ours.median / limit
    yield Result("dashboard: another period, of the limit", str(change_floor), str(change_ours), value, f"{value:.2f}", 1)


def pages(shop: Workshop) -> Iterator[Result]:
    """What the server needs and sends for each page over two years of a large organisation."""
    from browser import pages as visited

    facts = f"{YEARS_MONTHS} months of {shop.years_size(0).rows:,} facts"
    for name, seconds, sent in visited(shop.years, _dearest_key(shop.years)):
        yield Result(f"page {name}: {facts}", "", f"{seconds:.2f} s", seconds, f"{seconds:.2f} s", 1, " s")
        yield Result(f"page {name}: sent", "", f"{sent / 1e6:.2f} MB", sent / 1e6, f"{sent / 1e6:.2f} MB", 1.5, " MB")


def _dearest_key(ledger: Path) -> str:
    command = [KEYSPEND, "--data-dir", ledger, "report", "key-leaderboard", "--month", "latest", "--top", "1", "--format", "csv"]
    (row,) = csv.DictReader(io.StringIO(subprocess.run(command, capture_output=True, check=True, text=True).stdout))
    return f"{row['account']}/{row['api_key']}"


def statistics(shop: Workshop) -> Iterator[Result]:
    """How often the anomaly rule and the forecast are right on labelled series; see labelled.py and hours.py, which tell more."""
    from hours import figures
    from labelled import SEED, error_rates, forecasts, labelled, ours, textbook

    del shop
    costs, labels, _ = labelled(60, SEED)
    mine, other = error_rates(ours(costs), labels), error_rates(textbook(costs), labels)
    for name, at, target in (
        ("alerts that are false", 0, 0.2),
        ("spikes that are missed", 1, 0.3),
        ("false alerts a key and month", 2, 0.1),
    ):
        yield Result(f"statistics: {name}", f"{other[at]:.3f}", f"{mine[at]:.3f}", mine[at], f"{mine[at] / other[at]:.2f}", target)
    _name, recall, precision, _false = figures(60, SEED)[-1]
    for name, value, target in (
        ("unusual hours that are false", 1 - float(precision), 0.2),
        ("unusual hours that are missed", 1 - float(recall), 0.3),
    ):
        yield Result(f"statistics: {name}", "–", f"{value:.3f}", value, "–", target)
    (_, foreseen, rate, *_) = forecasts(60, SEED, None)
    error = float(foreseen[-1])
    yield Result(
        "statistics: error of the forecast, % of the month",
        rate[-1],
        foreseen[-1],
        error,
        f"{error / float(rate[-1]):.2f}",
        float(rate[-1]),
    )


BENCHMARKS: dict[str, Callable[[Workshop], Iterator[Result]]] = {
    "small": small,
    "large": large,
    "growth": growth,
    "report": report,
    "hot": hot,
    "start": start,
    "statistics": statistics,
    "dashboard": dashboard,
    "pages": pages,
}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help="which of %(default)s, separated by commas")
    parser.add_argument("--scale", type=float, default=1, help="a factor for the numbers of keys of large, growth and report")
    parser.add_argument("--repeat", type=int, help="rounds of each benchmark; every round runs the floor and ours once")
    found = parser.parse_args()
    unknown = set(found.only.split(",")) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    return found


def table(results: list[Result]) -> str:
    """Columns of equal width; seconds are the median and, in brackets, the least."""
    lines = [("name", "floor", "ours", "ratio", "target", "verdict"), *(result.cells() for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def main() -> None:
    chosen = options()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="keyspend-bench-") as folder:
        keep_bytecode(Path(folder) / "bytecode")
        shop = Workshop(Path(folder), chosen.scale, chosen.repeat)
        for name in chosen.only.split(","):
            log(f"{name} …")
            results += BENCHMARKS[name](shop)
    print("seconds of the whole process: median (least); the verdict is on the median")
    print(table(results))


if __name__ == "__main__":
    main()
