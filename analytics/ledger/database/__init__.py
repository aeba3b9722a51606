"""The only place that imports duckdb: connections, generations of the database, and how one is built."""
