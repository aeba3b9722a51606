"""Plotly figures: all charts of the dashboard."""
