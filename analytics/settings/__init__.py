"""What a user decides in keyspend.toml: sections declared as data, read strictly; it acts on nothing."""
