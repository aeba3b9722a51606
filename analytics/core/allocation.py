"""The levels at which costs are allocated to owners, and the words for cost that has an owner and cost that has none."""

OWNER_LEVELS = ("owner", "team", "project", "cost_center")
"""What an owner rule can name, from the narrowest to the widest."""
ASSIGNED, UNASSIGNED = "assigned", "unassigned"
