"""The data of pages: cached reports, the view in the URL, steps of time, background jobs and uploads."""
