"""Notices: what a person should know without asking, told once per event; it looks for no events itself."""
