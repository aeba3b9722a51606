"""The month close: completeness of days, checks and exceptions."""
