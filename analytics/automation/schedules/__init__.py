"""Schedules of reports: which periods are due, and the files that they are written to."""
