"""What the user decides: keyspend.toml and owners.csv, read strictly."""
