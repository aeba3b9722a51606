"""Variance analysis: what changed between two periods, by price, volume and mix."""
