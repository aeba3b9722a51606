"""Charges by FOCUS, for other tools of finance: what they are, the rules that they keep, and a file of them with its metadata."""

NAME = "focus"
TITLE = "The charges of a period by FOCUS 1.2, as CSV or Parquet: usage per day and key, credits, and what the bill differs by."
ORDER = """ORDER BY "BillingAccountId", "x_UsageDate", "ChargeCategory" DESC, "x_Model", "BillingCurrency", "x_TokenType", "ListUnitPrice",
    "x_CredentialId", "x_CredentialName" NULLS FIRST"""
"""The order of charges in a file, in which no two are equal."""
