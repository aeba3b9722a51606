"""The sections that keyspend.toml may have; what each means is worked out where it is used."""

from __future__ import annotations

from analytics.settings.declared import Field, Section
from analytics.settings.kinds import by_name, day, many, one_of, ratio, text

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
SECTIONS = (OWNER, SHARED)
