"""The least that a report must do: DuckDB, one query over the same generation, and its rows as CSV."""

import csv
import sys

import duckdb

QUERY = """
SELECT account, api_key, label, currency, sum(unit_price * quantity)::DECIMAL(38, 18) AS computed_cost,
    sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens')::BIGINT AS input_cache_hit_tokens,
    sum(quantity) FILTER (WHERE meter = 'input_cache_miss_tokens')::BIGINT AS input_cache_miss_tokens,
    sum(quantity) FILTER (WHERE meter = 'output_tokens')::BIGINT AS output_tokens,
    sum(quantity) FILTER (WHERE meter = 'request_count')::BIGINT AS request_count
FROM (
    SELECT named_credential.account, api_key, label, currency, meter, unit_price, fact.quantity
    FROM fact
    JOIN usage_line ON usage_line.line_id = fact.line_id
    JOIN named_credential ON named_credential.credential_id = fact.credential_id
    WHERE charge_date >= ?::DATE AND charge_date < ?::DATE
)
GROUP BY account, api_key, label, currency
"""

if __name__ == "__main__":
    generation, start, stop = sys.argv[1:]
    connection = duckdb.connect(generation, read_only=True)
    answer = connection.execute(QUERY, [start, stop])
    writer = csv.writer(sys.stdout)
    writer.writerow([column[0] for column in answer.description])
    writer.writerows(answer.fetchall())
