"""Budgets: how much is used, and when each will be exceeded."""
