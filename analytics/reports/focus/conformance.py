"""The rules of FOCUS 1.2 that a file can be held to by itself, as conditions in SQL on its rows.

The ids are those of the specification's own model.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from analytics.core.errors import AnalyticsError, ExitCode
from analytics.core.period import days_text
from analytics.reports.focus import ORDER

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database
    from analytics.reports.query import BoundStatement


class Rule(NamedTuple):
    """A rule by its id: how many rows break it, as an aggregate of SQL, and which rows do, as a condition."""

    id: str
    broken_rows: str
    is_broken: str


def _each(rule: str, condition: str) -> Rule:
    """A condition that every row must meet; NULL does not meet it."""
    return Rule(rule, f"count(*) FILTER (WHERE ({condition}) IS NOT TRUE)", f"({condition}) IS NOT TRUE")


def _one(rule: str, column: str, of: str) -> Rule:
    """That rows with one value in `column` have one value in `of`."""
    within = f'OVER (PARTITION BY "{column}")'
    return Rule(
        rule,
        f'count(DISTINCT ("{column}", "{of}")) FILTER (WHERE "{column}" IS NOT NULL) - count(DISTINCT "{column}")',
        f'"{column}" IS NOT NULL AND min("{of}") {within} <> max("{of}") {within}',
    )


_CURRENCY = "BillingCurrency-C-006-M"
_NEVER_NULL = {
    "BilledCost-C-003-M": "BilledCost",
    "BillingAccountId-C-001-M": "BillingAccountId",
    "BillingAccountName-C-003-C": "BillingAccountName",
    "BillingCurrency-C-004-M": "BillingCurrency",
    "BillingPeriodEnd-C-003-M": "BillingPeriodEnd",
    "BillingPeriodStart-C-003-M": "BillingPeriodStart",
    "ChargeCategory-C-002-M": "ChargeCategory",
    "ChargeDescription-C-003-O": "ChargeDescription",
    "ChargeFrequency-C-002-M": "ChargeFrequency",
    "ChargePeriodEnd-C-003-M": "ChargePeriodEnd",
    "ChargePeriodStart-C-003-M": "ChargePeriodStart",
    "ContractedCost-C-003-M": "ContractedCost",
    "EffectiveCost-C-003-M": "EffectiveCost",
    "InvoiceId-C-005-C": "InvoiceId",
    "InvoiceIssuerName-C-003-M": "InvoiceIssuerName",
    "ListCost-C-003-M": "ListCost",
    "PricingCurrency-C-004-M": "PricingCurrency",
    "PricingCurrencyEffectiveCost-C-003-M": "PricingCurrencyEffectiveCost",
    "ProviderName-C-003-M": "ProviderName",
    "PublisherName-C-003-M": "PublisherName",
    "ServiceCategory-C-002-M": "ServiceCategory",
    "ServiceName-C-003-M": "ServiceName",
    "ServiceSubcategory-C-002-M": "ServiceSubcategory",
}
_GIVEN_FOR_USAGE = {
    "ConsumedQuantity-C-006-C": "ConsumedQuantity",
    "ContractedUnitPrice-C-006-C": "ContractedUnitPrice",
    "ListUnitPrice-C-005-C": "ListUnitPrice",
    "PricingCategory-C-004-C": "PricingCategory",
    "PricingCurrencyListUnitPrice-C-005-C": "PricingCurrencyListUnitPrice",
    "PricingQuantity-C-005-C": "PricingQuantity",
    "SkuId-C-005-C": "SkuId",
    "SkuPriceId-C-005-C": "SkuPriceId",
}
_GIVEN_TOGETHER = {
    "ConsumedUnit-C-006-C": ("ConsumedUnit", "ConsumedQuantity"),
    "PricingUnit-C-006-C": ("PricingUnit", "PricingQuantity"),
    "SkuMeter-C-004-C": ("SkuMeter", "SkuId"),
    "SubAccountName-C-005-C": ("SubAccountName", "SubAccountId"),
    "SubAccountType-C-005-C": ("SubAccountType", "SubAccountId"),
}
_ALLOWED = {
    "ChargeCategory-C-003-M": ("ChargeCategory", ("Usage", "Purchase", "Tax", "Credit", "Adjustment")),
    "ChargeFrequency-C-003-M": ("ChargeFrequency", ("One-Time", "Recurring", "Usage-Based")),
    "PricingCategory-C-007-M": ("PricingCategory", ("Standard", "Dynamic", "Committed", "Other", None)),
    "ServiceCategory-C-003-M": ("ServiceCategory", ("AI and Machine Learning",)),
    "ServiceSubcategory-C-003-M": ("ServiceSubcategory", ("Generative AI",)),
    "ChargeClass-C-005-C": ("ChargeClass", ("Correction", None)),
}
_PRICED = {
    "ListCost-C-009-C": ("ListUnitPrice", "ListCost"),
    "ContractedUnitPrice-C-011-C": ("ContractedUnitPrice", "ContractedCost"),
}
_NOT_NEGATIVE = {
    "ContractedUnitPrice-C-009-C": "ContractedUnitPrice",
    "ListUnitPrice-C-008-M": "ListUnitPrice",
    "PricingCurrencyListUnitPrice-C-008-M": "PricingCurrencyListUnitPrice",
}
_KEY_VALUES = {"SkuPriceDetails-C-001-M": "SkuPriceDetails", "Tags-C-001-M": "Tags"}
_CONDITIONS = {
    _CURRENCY: "regexp_full_match(\"BillingCurrency\", '[A-Z]{3}')",
    "PricingCurrency-C-003-M": "regexp_full_match(\"PricingCurrency\", '[A-Z]{3}')",
    "ChargePeriodEnd-C-004-M": '"ChargePeriodStart" < "ChargePeriodEnd"',
    "BillingPeriodEnd-C-004-M": '"BillingPeriodStart" < "BillingPeriodEnd"',
    "ChargeFrequency-C-004-C": "\"ChargeCategory\" <> 'Purchase' OR \"ChargeFrequency\" <> 'Usage-Based'",
    "ConsumedQuantity-C-004-C": '"ChargeCategory" = \'Usage\' OR "ConsumedQuantity" IS NULL',
    "EffectiveCost-C-010-C": '"EffectiveCost" = "BilledCost"',
    "ListCost-C-008-C": '"ListUnitPrice" IS NOT NULL OR "ListCost" = "BilledCost"',
    "ContractedCost-C-008-C": '"ContractedUnitPrice" IS NOT NULL OR "ContractedCost" = "BilledCost"',
    "SkuPriceDetails-C-004-C": '"SkuPriceId" IS NOT NULL OR "SkuPriceDetails" IS NULL',
    "PricingUnit-C-003-O": "coalesce(regexp_full_match(\"PricingUnit\", '([1-9][0-9]* )?[A-Z][A-Za-z]*'), TRUE)",
    "ConsumedUnit-C-003-O": "coalesce(regexp_full_match(\"ConsumedUnit\", '([1-9][0-9]* )?[A-Z][A-Za-z]*'), TRUE)",
    "StringHandling-A-007-M": 'coalesce(trim("SubAccountName") <> \'\' AND trim("BillingAccountName") <> \'\', "SubAccountName" IS NULL)',
}
_ONE_PARENT = {
    "SkuPriceId-C-008-M": ("SkuPriceId", "SkuId"),
    "ServiceName-C-005-C": ("ServiceName", "ServiceCategory"),
    "ServiceName-C-008-C": ("ServiceName", "ServiceSubcategory"),
    "InvoiceId-C-007-C": ("InvoiceId", "BillingAccountId"),
    "BilledCost-C-007-M": ("InvoiceId", "BillingCurrency"),
}


def _rules() -> Iterator[Rule]:
    for rule, condition in _CONDITIONS.items():
        yield _each(rule, condition)
    for rule, column in _NEVER_NULL.items():
        yield _each(rule, f'"{column}" IS NOT NULL')
    for rule, column in _GIVEN_FOR_USAGE.items():
        yield _each(rule, f"\"{column}\" IS NOT NULL OR \"ChargeCategory\" NOT IN ('Usage', 'Purchase') OR \"ChargeClass\" = 'Correction'")
    for rule, (column, other) in _GIVEN_TOGETHER.items():
        yield _each(rule, f'("{column}" IS NULL) = ("{other}" IS NULL)')
    for rule, (column, allowed) in _ALLOWED.items():
        listed = ", ".join(f"'{value}'" for value in allowed if value)
        yield _each(rule, f'"{column}" IN ({listed})' + (f' OR "{column}" IS NULL' if None in allowed else ""))
    for rule, (price, cost) in _PRICED.items():
        yield _each(rule, f'"{price}" IS NULL OR "PricingQuantity" IS NULL OR "{price}" * "PricingQuantity" = "{cost}"')
    for rule, column in _NOT_NEGATIVE.items():
        yield _each(rule, f'"{column}" IS NULL OR "{column}" >= 0')
    for rule, column in _KEY_VALUES.items():
        nested = f"list_filter(json_extract(\"{column}\", '$.*'), lambda value: json_type(value) IN ('OBJECT', 'ARRAY'))"
        yield _each(rule, f'"{column}" IS NULL OR (json_type("{column}") = \'OBJECT\' AND len({nested}) = 0)')
    for rule, (column, of) in _ONE_PARENT.items():
        yield _one(rule, column, of)


RULES = {rule.id: rule for rule in _rules()}


class FocusRefused(AnalyticsError):
    """Charges that are no FOCUS: nothing of them is given away."""


class CurrencyUnknown(FocusRefused):
    """Charges whose currency is in no evidence."""

    exit_code = ExitCode.UNRECONCILED


def hold(database: Database, bound: BoundStatement) -> None:
    """Let nobody have charges that break a rule. Raises FocusRefused with the rule and where it is broken."""
    for (rule,) in database.query("rules", broken(bound.statement), bound.parameters).rows:
        raise refusal(rule, *database.query("places", places(bound.statement, rule), bound.parameters).rows[0])


def broken(statement: str) -> str:
    """The query for the ids of the rules that the result of `statement` breaks, the most specific first."""
    results = ", ".join(f"{{'rule': '{rule.id}', 'broken_rows': {rule.broken_rows}}}" for rule in RULES.values())
    return f"SELECT rule FROM (SELECT unnest([{results}], recursive := true) FROM ({statement})) WHERE broken_rows > 0"


def places(statement: str, rule: str) -> str:
    """The query for where the result of `statement` breaks a rule: the number of the first row, from 1, how many, and their days."""
    return f"""SELECT min(row_number) AS first_row, count(*) AS row_count, list(DISTINCT "x_UsageDate") AS charge_dates
FROM (SELECT *, {RULES[rule].is_broken} AS is_broken FROM (SELECT *, row_number() OVER ({ORDER}) AS row_number FROM ({statement})))
WHERE is_broken"""


def refusal(rule: str, first_row: int, row_count: int, charge_dates: list[date]) -> FocusRefused:
    """The message on a broken rule, without any value of a row, which may be foreign text."""
    days = days_text(charge_dates)
    if rule == _CURRENCY:
        return CurrencyUnknown(
            "focus-currency",
            f"the currency of {row_count} charges is not known, so that they cannot be in a FOCUS file: {days}",
            "import the exports of these days with their cost files, or name one currency with --currency",
        )
    return FocusRefused(
        "focus-rule",
        f"FOCUS rule {rule} is broken by row {first_row}, and by {row_count} in all: {days}; nothing was written",
        "this is a fault of Keyspend, or of what was imported for these days: `keyspend verify` tells which",
    )
