"""The least that an import must do: DuckDB, two statements of literal rows into a new file, a checkpoint."""

import sys
from pathlib import Path

import duckdb

script, target = sys.argv[1:]
connection = duckdb.connect(target)
connection.execute(Path(script).read_text(encoding="utf-8"))
connection.execute("CHECKPOINT")
connection.close()
