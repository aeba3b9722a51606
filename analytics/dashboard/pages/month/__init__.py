"""The Month page."""
