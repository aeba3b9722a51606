"""Anomalies of spend: unusual days and hours of keys, with their explanations."""
