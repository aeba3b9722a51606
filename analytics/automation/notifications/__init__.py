"""Notifications of events, each sent once to every target."""
