"""Anomalies of spend: days and hours of a key that stand out, and why."""
