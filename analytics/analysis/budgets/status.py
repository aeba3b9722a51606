"""How a budget can stand, from well to worse; it computes nothing."""

WITHIN, WARNED, AT_RISK, CROSSED = STATUSES = ("within", "warned", "at-risk", "crossed")
"""Below every threshold, above one, going to be crossed at this pace, crossed."""
