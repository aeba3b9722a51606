"""The statuses of a budget, from the one that alarms least to the one that alarms most."""

UNKNOWN, WITHIN, WARNED, AT_RISK, CROSSED = STATUSES = ("unknown", "within", "warned", "at-risk", "crossed")
"""Without a complete day, below every threshold, at or above one, projected to be crossed, crossed."""
