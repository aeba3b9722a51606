"""Charges by FOCUS, for other tools of finance: what they are, the rules that they keep, and a file of them with its metadata."""

NAME = "focus"
TITLE = "The charges of a period by FOCUS 1.2, as CSV or Parquet: usage per day and key, credits, and what the bill differs by."
