"""Figures of plotly: everything that is drawn."""
