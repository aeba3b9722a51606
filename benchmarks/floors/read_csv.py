"""The least that a large import must do: inflate the member to nothing, and DuckDB's own typed read of the same CSV into a file."""

import sys
import zlib
from pathlib import Path

import duckdb

deflated, amount, target = sys.argv[1:]
with Path(deflated).open("rb") as file:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while block := file.read(1 << 20):
        while block:
            inflater.decompress(block, 1 << 20)
            block = inflater.unconsumed_tail
connection = duckdb.connect(target)
connection.execute(
    """CREATE TABLE amount AS SELECT * FROM read_csv(?,
        auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\r\\n',
        columns = {'user_id': 'VARCHAR', 'start_time_iso': 'VARCHAR', 'end_time_iso': 'VARCHAR', 'model': 'VARCHAR',
            'api_key_name': 'VARCHAR', 'api_key': 'VARCHAR', 'type': 'VARCHAR', 'price': 'DECIMAL(38, 18)', 'amount': 'BIGINT'})""",
    [amount],
)
connection.execute("CHECKPOINT")
connection.close()
