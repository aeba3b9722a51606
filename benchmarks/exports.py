"""Writes exports of any size as the vendor does: a zip of two CSV files whose cost rows equal the usage to the last digit."""

import argparse
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

AMOUNT_HEADER = "user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount"
COST_HEADER = "user_id,start_time_iso,end_time_iso,model,wallet_type,cost,currency"
USER_ID = "7d3c1f0a-5b2e-4c8d-9a61-0e4f2b7c9d58"
ROWS_PER_KEY_AND_DAY = 8
_BLOCK_BYTES = 1 << 20

# One row per day, model, key and meter; half of the keys pay the peak price on any day. A few names are Chinese or need quotes.
_USAGE = """
CREATE TABLE tariff (model VARCHAR, meter VARCHAR, place INTEGER, low VARCHAR, high VARCHAR, most BIGINT);
INSERT INTO tariff VALUES
    ('deepseek-v4-flash', 'input_cache_hit_tokens', 1, '0.00000005', '0.0000001', 9000000),
    ('deepseek-v4-flash', 'input_cache_miss_tokens', 2, '0.0000015', '0.000003', 900000),
    ('deepseek-v4-flash', 'output_tokens', 3, '0.0000045', '0.000009', 200000),
    ('deepseek-v4-flash', 'request_count', 4, '', '', 900),
    ('deepseek-v4-pro', 'input_cache_hit_tokens', 1, '0.00000015', '0.0000003', 9000000),
    ('deepseek-v4-pro', 'input_cache_miss_tokens', 2, '0.0000045', '0.000009', 900000),
    ('deepseek-v4-pro', 'output_tokens', 3, '0.0000135', '0.000027', 200000),
    ('deepseek-v4-pro', 'request_count', 4, '', '', 900);
CREATE TABLE credential AS
SELECT
    i::INTEGER AS number,
    CASE
        WHEN i % 1000 = 7 THEN format('team {}, batch', i)
        WHEN i % 100 = 1 THEN format('数据平台 {}', i)
        ELSE format('service {:05d}', i)
    END AS name,
    format('sk-{:05x}{}{:04x}', i, repeat('*', 23), hash(i) % 65536) AS mask
FROM range($keys) AS numbers (i);
CREATE TABLE usage AS
SELECT
    day::DATE AS day, model, number, meter,
    nullif(CASE WHEN hash(number, day::DATE) % 2 = 0 THEN low ELSE high END, '') AS price,
    (1 + hash(number, day::DATE, model, meter) % most)::BIGINT AS amount
FROM range($start::TIMESTAMP, $stop::TIMESTAMP, INTERVAL 1 DAY) AS days (day), tariff, credential
ORDER BY day, model, number, place
"""
_BUCKET = "strftime(day, '%Y-%m-%dT00:00:00+08:00'), strftime(day + INTERVAL 1 DAY, '%Y-%m-%dT00:00:00+08:00')"
_AMOUNT = f"""
COPY (SELECT '{USER_ID}', {_BUCKET}, model, name, mask, meter, price, amount FROM usage JOIN credential USING (number) ORDER BY usage.rowid)
TO '$target' (FORMAT csv, HEADER false)
"""
_COST = f"""
SELECT concat_ws(',', '{USER_ID}', {_BUCKET}, model, 'Paid', cost, 'CNY')
FROM (
    SELECT day, model, sum(price::DECIMAL(12, 10) * amount)::DECIMAL(38, 16) AS cost
    FROM usage
    WHERE price IS NOT NULL
    GROUP BY day, model
)
ORDER BY day, model
"""


@dataclass(frozen=True)
class Size:
    """How many keys are used on every day from `start`, and for how many days."""

    keys: int
    start: date
    days: int = 30

    @property
    def rows(self) -> int:
        """The rows of the amount file."""
        return self.keys * self.days * ROWS_PER_KEY_AND_DAY

    @property
    def stop(self) -> date:
        """The day after the last."""
        return self.start + timedelta(days=self.days)

    @property
    def period(self) -> str:
        """The dates in the names of the zip and its members."""
        return f"{self.start}_{self.stop - timedelta(days=1)}"


def month(number: int, keys: int) -> Size:
    """The first 28 days of the month `number`, counted from January 2021."""
    return Size(keys, date(2021 + number // 12, number % 12 + 1, 1), 28)


def write(size: Size, folder: Path, *, deflated: bool = False) -> Path:
    """Write an export to `folder`, its two CSV files beside it; return the path of the zip."""
    amount, cost = (folder / f"{role}-{size.period}.csv" for role in ("amount", "cost"))
    plain = folder / "plain.csv"
    with duckdb.connect() as connection:
        _usage(connection, size)
        connection.execute(_AMOUNT.replace("$target", str(plain)))
        cost_lines = [line for (line,) in connection.execute(_COST).fetchall()]
    _windows_text(cost, COST_HEADER, io.BytesIO("".join(f"{line}\n" for line in cost_lines).encode()))
    with plain.open("rb") as file:
        _windows_text(amount, AMOUNT_HEADER, file)
    plain.unlink()
    return _zip(folder / f"usage_data_{size.period}.zip", [cost, amount], size.stop, deflated=deflated)


def _usage(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    values = {"$keys": str(size.keys), "$start": f"'{size.start}'", "$stop": f"'{size.stop}'"}
    script = _USAGE
    for name, value in values.items():
        script = script.replace(name, value)
    connection.execute(script)


def _windows_text(target: Path, header: str, lines: io.BufferedIOBase) -> None:
    with target.open("wb") as file:
        file.write(b"\xef\xbb\xbf" + header.encode() + b"\r\n")
        for block in _blocks(lines):
            file.write(block.replace(b"\n", b"\r\n"))


def _blocks(file: io.BufferedIOBase) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        yield block


def _zip(target: Path, members: list[Path], written: date, *, deflated: bool) -> Path:
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method, compresslevel=1) as bundle:
        for path in members:
            info = zipfile.ZipInfo(path.name, (written.year, written.month, written.day, 9, 0, 0))
            info.external_attr = 0o600 << 16
            info.compress_type = method
            with path.open("rb") as file, bundle.open(info, "w") as member:
                for block in _blocks(file):
                    member.write(block)
    return target


def main() -> None:
    """Write one export and print the path of its zip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keys", type=int, required=True)
    parser.add_argument("--start", type=date.fromisoformat, required=True)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--deflated", action="store_true")
    options = parser.parse_args()
    print(write(Size(options.keys, options.start, options.days), options.folder, deflated=options.deflated))


if __name__ == "__main__":
    main()
