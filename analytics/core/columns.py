"""The catalog of columns: the kind, the unit, the additivity and the label of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from analytics.core.messages import N_

if TYPE_CHECKING:
    from analytics.core.frame import Column

CURRENCIES = ("currency", "BillingCurrency")
"""The columns that hold the currency of the money in a row."""


class ColumnSpec(NamedTuple):
    """The specification of a column.

    `kind` is one of money, price, ratio, count, number, identifier, date, instant, boolean, text, code (one of Keyspend's fixed
    values, which pages translate), mask (of an API key) and file_hash. `adds_up` is True where values are parts of a whole: costs,
    tokens and counts are; prices, ratios and counts of keys that several owners share are not. `label` is English, to be translated.
    """

    kind: str
    unit: str | None = None
    adds_up: bool = False
    label: str = ""


def money(label: str = "", *, adds_up: bool = True) -> ColumnSpec:
    """An amount in the currency of the row."""
    return ColumnSpec("money", "currency of the row", adds_up, label)


def token_price(label: str = "") -> ColumnSpec:
    """A price per token."""
    return ColumnSpec("price", "currency of the row per token", label=label)


def million_price(label: str = "") -> ColumnSpec:
    """A price per million tokens."""
    return ColumnSpec("price", "currency of the row per million tokens", label=label)


def request_price(label: str = "") -> ColumnSpec:
    """A price per request."""
    return ColumnSpec("price", "currency of the row per request", label=label)


def ratio(label: str = "") -> ColumnSpec:
    """A share of a whole, or a relative change."""
    return ColumnSpec("ratio", "1 is the whole", label=label)


def tokens(label: str = "") -> ColumnSpec:
    """A count of tokens."""
    return ColumnSpec("count", "tokens", adds_up=True, label=label)


def requests(label: str = "") -> ColumnSpec:
    """A count of requests."""
    return ColumnSpec("count", "requests", adds_up=True, label=label)


def quantity(label: str = "") -> ColumnSpec:
    """A count of tokens or requests, which are not added to each other."""
    return ColumnSpec("count", "tokens or requests, by the meter of the row", label=label)


def days(label: str = "", *, adds_up: bool = False) -> ColumnSpec:
    """A count of days."""
    return ColumnSpec("count", "days", adds_up, label)


def hours(label: str = "") -> ColumnSpec:
    """A number of hours."""
    return ColumnSpec("number", "hours", label=label)


def number(label: str = "", *, adds_up: bool = False) -> ColumnSpec:
    """Any other number."""
    return ColumnSpec("number", None, adds_up, label)


def identifier(label: str = "") -> ColumnSpec:
    """A number that identifies something; it is written without thousands separators."""
    return ColumnSpec("identifier", label=label)


def day(label: str = "") -> ColumnSpec:
    """A day."""
    return ColumnSpec("date", "day, at the offset of its export", label=label)


def instant(label: str = "") -> ColumnSpec:
    """An instant, naive UTC."""
    return ColumnSpec("instant", "UTC", label=label)


def flag(label: str = "") -> ColumnSpec:
    """True or false."""
    return ColumnSpec("boolean", label=label)


def text(label: str = "") -> ColumnSpec:
    """Any text."""
    return ColumnSpec("text", label=label)


def code(label: str = "") -> ColumnSpec:
    """One of a fixed set of values that Keyspend defines."""
    return ColumnSpec("code", label=label)


def mask(label: str = "") -> ColumnSpec:
    """The mask of an API key."""
    return ColumnSpec("mask", label=label)


def file_hash(label: str = "") -> ColumnSpec:
    """The SHA-256 of a file, in hexadecimal, of which the first digits are shown."""
    return ColumnSpec("file_hash", label=label)


COLUMNS = {
    "account": text(N_("Account")),
    "act": code(N_("Act")),
    "act_hash": text(N_("Hash")),
    "act_id": identifier(N_("Number")),
    "acted_at": instant(N_("Time")),
    "acted_by": text(N_("By")),
    "amount_rows": number(N_("Usage rows")),
    "api_key": mask(N_("API key")),
    "api_key_count": number(N_("API keys"), adds_up=True),
    "api_key_name": text(N_("Name")),
    "as_of_date": day(N_("As of")),
    "assignment": code(N_("Assignment")),
    "basis": code(N_("Basis")),
    "best_api_key": mask(N_("Mask of the best")),
    "best_api_key_name": text(N_("Best comparable key")),
    "best_cache_hit_ratio": ratio(N_("Ratio of the best")),
    "billed_change_cost": money(N_("Change of bill")),
    "billed_cost": money(N_("Billed")),
    "billing_period": text(N_("Month")),
    "budget": text(N_("Budget")),
    "budget_cost": money(N_("Budget amount")),
    "cache_gap_cost": money(N_("Missed by the cache")),
    "cache_hit_ratio": ratio(N_("Cache hit ratio")),
    "cache_mix_effect": money(N_("Effect of cache hits"), adds_up=False),
    "change_cost": money(N_("Change")),
    "change_ratio": ratio(N_("Change in %")),
    "charge_class": code(N_("Class of charge")),
    "charge_date": day(N_("Day")),
    "charge_start": instant(N_("Hour")),
    "closed_at": instant(N_("Closed at")),
    "closed_billed_cost": money(N_("Billed as closed")),
    "closed_by": text(N_("Closed by")),
    "closed_computed_cost": money(N_("Computed as closed")),
    "complete_days": days(N_("Complete days")),
    "computed_change_cost": money(N_("Change of computed cost")),
    "computed_cost": money(N_("Computed cost")),
    "confidence": code(N_("Confidence")),
    "cost": money(N_("Cost"), adds_up=False),
    "cost_center": text(N_("Cost centre")),
    "cost_per_million_tokens": million_price(N_("Cost per million tokens")),
    "cost_per_request": request_price(N_("Cost per request")),
    "cost_ratio": ratio(N_("Share")),
    "cost_rows": number(N_("Cost rows")),
    "credit_cost": money(),
    "crossed_threshold": ratio(N_("Threshold crossed")),
    "crossing_date": day(N_("Day of crossing")),
    "cumulative_cost_ratio": ratio(N_("Share so far")),
    "currency": text(N_("Currency")),
    "day_count": days(N_("Days"), adds_up=True),
    "days": days(N_("Days")),
    "days_left": days(N_("Days left")),
    "debit_cost": money(),
    "details": text(N_("Details")),
    "difference": number(),
    "difference_cost": money(N_("Difference")),
    "difference_ratio": ratio(N_("Difference in %")),
    "direction": code(N_("Direction")),
    "driver": code(N_("Driver")),
    "effect_cost": money(N_("Effect")),
    "effect_ratio": ratio(N_("Effect in %")),
    "end_date": day(N_("Until before")),
    "expected_cost": money(N_("Usual cost")),
    "explanation": text(N_("Explanation")),
    "exported_at": instant(N_("Exported")),
    "first_date": day(N_("First day")),
    "forced_reason": text(N_("Reason to force")),
    "forecast_cost": money(N_("Forecast"), adds_up=False),
    "forecast_high": money(N_("High"), adds_up=False),
    "forecast_low": money(N_("Low"), adds_up=False),
    "gap_hours": hours(N_("Hours missing")),
    "granted_cost": money(N_("Of which granted")),
    "highest_million_tokens_price": million_price(N_("Highest price per million")),
    "hours": text(N_("Hours")),
    "impact": money(N_("Impact"), adds_up=False),
    "import_id": identifier(N_("Import")),
    "imported_at": instant(N_("Imported")),
    "input_cache_hit_cost": money(N_("Cost of cache hits")),
    "input_cache_hit_tokens": tokens(N_("Input tokens, cache hit")),
    "input_cache_miss_tokens": tokens(N_("Input tokens, cache miss")),
    "is_complete": flag(N_("Complete")),
    "is_newest": flag(N_("Newest")),
    "is_other": flag(N_("Rest")),
    "is_reconciled": flag(N_("Reconciled")),
    "item": text(N_("Item")),
    "key_count": number(N_("Keys")),
    "kind": code(N_("Kind")),
    "kind_effect": money(N_("Effect of the kind"), adds_up=False),
    "last_date": day(N_("Last day")),
    "late_change_cost": money(N_("Late change")),
    "layout": text(N_("Layout")),
    "lowest_million_tokens_price": million_price(N_("Lowest price per million")),
    "measure": number(N_("Measure")),
    "meter": code(N_("Meter")),
    "million_tokens_price": million_price(N_("Price per million")),
    "model": text(N_("Model")),
    "model_mix_effect": money(N_("Effect of models"), adds_up=False),
    "month_days": days(N_("Days of the month")),
    "month_to_date_cost": money(N_("Month to date")),
    "new_key_effect": money(N_("Effect of new keys"), adds_up=False),
    "not_repriced_cost": money(N_("Not repriced")),
    "note": text(N_("Note")),
    "other_computed_cost": money(N_("Computed cost in the other import")),
    "other_import_id": identifier(N_("Other import")),
    "output_tokens": tokens(N_("Output tokens")),
    "overlap_hours": hours(N_("Hours counted twice")),
    "overlapping_days": days(N_("Days overlapping")),
    "owned_days": days(N_("Days owned")),
    "owner": text(N_("Owner")),
    "pace_ratio": ratio(N_("Pace")),
    "partial_dates": text(N_("Days in progress")),
    "past_error_ratio": ratio(N_("Past error")),
    "peak_extra_cost": money(N_("Extra paid at peak")),
    "peak_mix_effect": money(N_("Effect of peak hours"), adds_up=False),
    "period_days": days(N_("Days of the period")),
    "posting": text(),
    "previous_api_key": mask(),
    "previous_api_key_name": text(),
    "previous_billed_cost": money(N_("Billed before")),
    "previous_computed_cost": money(N_("Computed cost before")),
    "previous_cost": money(N_("Cost before")),
    "previous_last_date": day(N_("Last day before")),
    "previous_measure": number(N_("Measure before")),
    "previous_million_tokens_price": million_price(N_("Price per million before")),
    "previous_value": number(),
    "price_effect": money(N_("Effect of prices"), adds_up=False),
    "project": text(N_("Project")),
    "projected_cost": money(N_("Projected")),
    "projected_ratio": ratio(N_("Projected share")),
    "quantity": quantity(N_("Quantity")),
    "quantity_ratio": ratio(N_("Share of the quantity")),
    "rank": number(N_("Rank")),
    "reason": code(N_("Reason")),
    "reconciled_ratio": ratio(N_("Reconciled share")),
    "remaining_cost": money(N_("Remaining")),
    "request_count": requests(N_("Requests")),
    "requests_effect": money(N_("Effect of requests"), adds_up=False),
    "retired_key_effect": money(N_("Effect of keys no longer used"), adds_up=False),
    "revision": number(N_("Revision")),
    "row_count": number(N_("Rows"), adds_up=True),
    "run_rate_cost": money(N_("Run rate")),
    "savable_cost": money(N_("Could be saved")),
    "saved_cost": money(N_("Saved")),
    "saved_ratio": ratio(N_("Saved share")),
    "score": number(N_("Score")),
    "section": code(N_("Section")),
    "series": text(N_("Series")),
    "sha256": file_hash(N_("Hash")),
    "share": number(),
    "shared_cost": money(N_("Of shared keys")),
    "side": text(),
    "source_name": text(N_("File")),
    "spend_ratio": ratio(N_("Share")),
    "start_date": day(N_("From")),
    "status": code(N_("Status")),
    "subject": text(N_("Of whom")),
    "team": text(N_("Team")),
    "tier": code(N_("Tier")),
    "tokens_per_request": number(N_("Tokens per request")),
    "tokens_per_request_effect": money(N_("Effect of tokens per request"), adds_up=False),
    "total_tokens": tokens(N_("Tokens")),
    "unit_price": token_price(N_("Price")),
    "unreconciled_dates": text(N_("Days not reconciled")),
    "unreconciled_days": days(N_("Days not reconciled (count)")),
    "unvalued_tokens": tokens(N_("Tokens without a price to compare")),
    "used_cost": money(N_("Used")),
    "used_ratio": ratio(N_("Used share")),
    "utc_offset": text(N_("Offset of days")),
    "value": number(),
    "variance": money(N_("Variance")),
    "what_if_cost": money(N_("Would cost")),
}
"""The columns of all reports, by name."""

FOCUS_COLUMNS = {
    **dict.fromkeys(
        ["BilledCost", "ContractedCost", "EffectiveCost", "ListCost", "PricingCurrencyEffectiveCost"],
        money(adds_up=False),
    ),
    **dict.fromkeys(
        ["ContractedUnitPrice", "ListUnitPrice", "PricingCurrencyContractedUnitPrice", "PricingCurrencyListUnitPrice"],
        million_price(),
    ),
    **dict.fromkeys(
        ["BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"],
        instant(),
    ),
    **dict.fromkeys(["ConsumedQuantity", "PricingQuantity"], number()),
    **dict.fromkeys(["x_UsageDate"], day()),
    **dict.fromkeys(
        [
            "BillingAccountId",
            "BillingAccountName",
            "BillingCurrency",
            "ChargeCategory",
            "ChargeClass",
            "ChargeDescription",
            "ChargeFrequency",
            "CommitmentDiscountId",
            "CommitmentDiscountStatus",
            "ConsumedUnit",
            "HostProviderName",
            "InvoiceId",
            "InvoiceIssuerName",
            "PricingCategory",
            "PricingCurrency",
            "PricingUnit",
            "ProviderName",
            "PublisherName",
            "ServiceCategory",
            "ServiceName",
            "ServiceProviderName",
            "ServiceSubcategory",
            "SkuId",
            "SkuMeter",
            "SkuPriceDetails",
            "SkuPriceId",
            "SubAccountId",
            "SubAccountName",
            "SubAccountType",
            "Tags",
            "x_CostBasis",
            "x_CredentialId",
            "x_CredentialName",
            "x_Model",
            "x_PriceTier",
            "x_SourceFileHash",
            "x_TokenType",
            "x_WalletType",
        ],
        text(),
    ),
}
"""The columns of the FOCUS report. FOCUS names the unit of its prices in `PricingUnit`: 1,000,000 tokens."""

_BY_TYPE = {"BOOLEAN": flag(), "DATE": day(), "TIMESTAMP": instant()}
_BY_NAME = (
    (r".*million_tokens_price|cost_per_million_tokens", million_price()),
    (r".*(_price|Price)", token_price()),
    (r"cost_per_request", request_price()),
    (r".*_ratio", ratio()),
    (r".*_cost|.*variance", money()),
    (r"(.*_)?(effect|impact|cost)|.*Cost", money(adds_up=False)),
    (r".*_tokens", tokens()),
    (r"request_count", requests()),
    (r"day_count", days(adds_up=True)),
    (r"(.*_)?days(_left)?", days()),
    (r".*_hours", hours()),
    (r".*_count", number(adds_up=True)),
    (r".*_id", identifier()),
)


def spec(column: Column) -> ColumnSpec:
    """Return the specification of a column: that of the catalog or, for a column that a user's query named, one by its type and name.

    >>> from analytics.core.frame import Column
    >>> spec(Column("computed_cost", "DECIMAL(38,18)"))[:3]
    ('money', 'currency of the row', True)
    """
    if column.type in _BY_TYPE:
        return _BY_TYPE[column.type]._replace(label=_catalog_spec(column.name).label)
    catalog_spec = _catalog_spec(column.name)
    if catalog_spec.kind and column.is_number is (catalog_spec.kind in _NUMBERS):
        return catalog_spec if column.type != "DOUBLE" else catalog_spec._replace(adds_up=False)
    if not column.is_number:
        return mask() if column.name.endswith("api_key") else text()
    by_name = next((column_spec for pattern, column_spec in _BY_NAME if re.fullmatch(pattern, column.name)), number())
    return by_name if column.type != "DOUBLE" else by_name._replace(adds_up=False)


_NUMBERS = ("money", "price", "ratio", "count", "number", "identifier")


def _catalog_spec(name: str) -> ColumnSpec:
    return COLUMNS.get(name) or FOCUS_COLUMNS.get(name) or ColumnSpec("")
