"""Forecasts of daily cost, and of the cost at the end of the month."""
