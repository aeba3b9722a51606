"""The words for columns in tables: one name per column of the vocabulary, marked for translation."""

from __future__ import annotations

from analytics.dashboard.language import N_

COLUMNS = {
    "account": N_("Account"),
    "api_key": N_("API key"),
    "api_key_name": N_("Name"),
    "model": N_("Model"),
    "currency": N_("Currency"),
    "charge_date": N_("Day"),
    "computed_cost": N_("Computed cost"),
    "billed_cost": N_("Billed cost"),
    "input_cache_hit_tokens": N_("Input tokens, cache hit"),
    "input_cache_miss_tokens": N_("Input tokens, cache miss"),
    "output_tokens": N_("Output tokens"),
    "request_count": N_("Requests"),
    "is_reconciled": N_("Reconciled"),
    "is_complete": N_("Complete"),
    "unreconciled_dates": N_("Not reconciled"),
    "partial_dates": N_("In progress"),
}
