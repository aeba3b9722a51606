"""From files to checked rows: the only room that knows a vendor's format."""
