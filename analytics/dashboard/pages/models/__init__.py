"""The Models and prices page."""
