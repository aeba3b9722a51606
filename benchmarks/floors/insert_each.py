"""The same rows as parameters, one by one: what a program written without care pays."""

import csv
import sys
from pathlib import Path

import duckdb

amount, cost, schema, target = sys.argv[1:]
connection = duckdb.connect(target)
connection.execute(Path(schema).read_text(encoding="utf-8"))
connection.execute("BEGIN")
for table, path, width in (("amount", amount, 9), ("cost", cost, 7)):
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = [[cell or None for cell in row] for row in list(csv.reader(file))[1:]]
    connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)
connection.execute("COMMIT")
connection.execute("CHECKPOINT")
connection.close()
