"""The Hot keys page."""
