"""Who bears what keys cost: rules of keyspend.toml and owners.csv, and the keys and days for which each holds; it sums nothing."""
