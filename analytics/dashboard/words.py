"""The words for columns in tables: one per column of the vocabulary, marked for translation."""

from __future__ import annotations

from analytics.dashboard.language import N_

COLUMNS = {
    "account": N_("Account"),
    "api_key": N_("API key"),
    "api_key_count": N_("API keys"),
    "api_key_name": N_("Name"),
    "billed_cost": N_("Billed"),
    "billing_period": N_("Month"),
    "cache_hit_ratio": N_("Cache hit ratio"),
    "change_cost": N_("Change"),
    "change_ratio": N_("Change in %"),
    "charge_date": N_("Day"),
    "complete_days": N_("Complete days"),
    "computed_cost": N_("Computed cost"),
    "cost_per_million_tokens": N_("Cost per million tokens"),
    "cost_per_request": N_("Cost per request"),
    "currency": N_("Currency"),
    "direction": N_("Direction"),
    "first_date": N_("First day"),
    "import_id": N_("Import"),
    "input_cache_hit_tokens": N_("Input tokens, cache hit"),
    "input_cache_miss_tokens": N_("Input tokens, cache miss"),
    "is_complete": N_("Complete"),
    "is_other": N_("Rest"),
    "is_reconciled": N_("Reconciled"),
    "last_date": N_("Last day"),
    "meter": N_("Meter"),
    "model": N_("Model"),
    "output_tokens": N_("Output tokens"),
    "overlap_hours": N_("Hours counted twice"),
    "partial_dates": N_("Days in progress"),
    "previous_computed_cost": N_("Computed cost before"),
    "quantity": N_("Quantity"),
    "rank": N_("Rank"),
    "reason": N_("Reason"),
    "request_count": N_("Requests"),
    "row_count": N_("Rows"),
    "series": N_("Series"),
    "share_ratio": N_("Share"),
    "status": N_("Status"),
    "total_tokens": N_("Tokens"),
    "unit_price": N_("Price"),
    "unreconciled_dates": N_("Days not reconciled"),
    "utc_offset": N_("Offset of days"),
    "variance": N_("Variance"),
}

UNKNOWN_CURRENCY = N_("unknown")
"""What the store calls a currency that no evidence tells."""
