"""The statuses of a budget, from best to worst."""

WITHIN, WARNED, AT_RISK, CROSSED = STATUSES = ("within", "warned", "at-risk", "crossed")
"""Below every threshold, at or above one, projected to be crossed, crossed."""
