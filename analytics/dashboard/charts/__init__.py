"""Charts: the only importer of plotly."""
