"""Notifications: events that a person should know of, sent once each."""
