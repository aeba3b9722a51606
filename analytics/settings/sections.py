"""The sections that keyspend.toml may have; what each means is worked out where it is used."""

from __future__ import annotations

from decimal import Decimal

from analytics.settings.declared import Field, Section
from analytics.settings.kinds import amount, by_name, currency, day, many, one_of, ratio, text

_KEYS = "masked keys, or names they have had"

OWNER = Section(
    "owner",
    "Whose keys are whose. A later `from` replaces what held before it; without `from` it holds from the first day on.",
    (
        Field(
            "keys",
            many(text),
            '["checkout-api", "sk-1c9e4**********************b07a"]',
            "masked keys, or names they have had",
            is_required=True,
        ),
        Field("owner", text, '"shop"', "who answers for their cost", is_required=True),
        Field("team", text, '"payments"', "the team"),
        Field("project", text, '"checkout"', "the project"),
        Field("cost_center", text, '"CC-4711"', "the cost centre that is charged"),
        Field("account", text, '"acct-6b625745a1"', "only keys of this account"),
        Field("from", day, "2026-04-01", "the first day on which it holds"),
    ),
    is_repeated=True,
)
SHARED = Section(
    "shared",
    "Keys whose cost several owners bear: by fixed shares, or in proportion to what their own keys cost in the same period.",
    (
        Field("keys", many(text), '["gateway"]', _KEYS, is_required=True),
        Field("by", one_of("shares", "spend"), '"shares"', "how it is split", default="shares"),
        Field("shares", by_name(ratio), "{ shop = 0.5, search = 0.5 }", "the share of each owner; together they are 1"),
        Field("owners", many(text), '["shop", "search"]', "those who bear it, where it is split by spend"),
        Field("account", text, '"acct-6b625745a1"', "only keys of this account"),
        Field("from", day, "2026-04-01", "the first day on which it holds"),
    ),
    is_repeated=True,
)
BUDGET = Section(
    "budget",
    "What may be spent in each month or quarter, by all accounts, or by one account, key, owner, team, project or cost centre.",
    (
        Field("name", text, '"shop, monthly"', "what it is called in reports and notices", is_required=True),
        Field("amount", amount, "500.00", "how much", is_required=True),
        Field("currency", currency, '"CNY"', "of which currency; costs in others do not count", is_required=True),
        Field("period", one_of("monthly", "quarterly"), '"monthly"', "for how long", default="monthly"),
        Field("account", text, '"acct-6b625745a1"', "only in this account"),
        Field("owner", text, '"shop"', "what this owner bears; or `key`, `team`, `project`, `cost_center`"),
        Field("key", text, '"checkout-api"', "what this key costs, by its mask or a name"),
        Field("team", text, '"payments"', "what this team bears"),
        Field("project", text, '"checkout"', "what this project bears"),
        Field("cost_center", text, '"CC-4711"', "what this cost centre bears"),
        Field("thresholds", many(amount), "[0.8, 1.0]", "shares of it that are worth a word", default=(Decimal("0.8"), Decimal(1))),
    ),
    is_repeated=True,
)
SECTIONS = (OWNER, SHARED, BUDGET)
