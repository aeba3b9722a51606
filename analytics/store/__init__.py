"""The database: the only room that knows DuckDB. What it holds can be deleted and built again from the evidence."""
