"""The sections that keyspend.toml may have; what each means is worked out where it is used."""

from __future__ import annotations

from decimal import Decimal

from analytics.settings.runs import INBOX, NOTICES, SCHEDULE
from analytics.settings.schema import Field, Section
from analytics.settings.value_types import amount, by_name, currency, day, many, one_of, other_than, share, text

bearer = other_than(text, "unassigned")
"""The name of an owner; what nobody owns has a name of its own."""

_KEYS = "masked keys, or names they have had; * stands for anything"
_ACCOUNT = Field("account", text, '"acct-6b625745a1"', "only keys of this account")
_FROM = Field("from", day, "2026-04-01", "the first day on which it holds")

TOP = Section(
    "",
    "A file beside this one with more about owners, for those who keep them in a spreadsheet: `keyspend owners --export` begins it.",
    (Field("owners", text, '"owners.csv"', "its name; this one is read where it is there", is_instead=True),),
)
OWNER = Section(
    "owner",
    "Whose keys are whose. A mask weighs more than a name, a name more than one with a *, and a table with `account` more than one\n"
    "without; of those that weigh the same, the one with the latest `from` holds. Without `from` it holds from the first day on.",
    (
        Field("keys", many(text), '["checkout-api", "sk-1c9e4**********************b07a", "shop-*"]', _KEYS, is_required=True),
        Field("owner", bearer, '"shop"', "who answers for their cost", is_required=True),
        Field("team", text, '"payments"', "the team"),
        Field("project", text, '"checkout"', "the project"),
        Field("cost_center", text, '"CC-4711"', "the cost centre that is charged"),
        _ACCOUNT,
        _FROM,
    ),
    is_repeated=True,
)
SHARED = Section(
    "shared",
    "Keys whose cost several owners bear: by fixed shares, or in proportion to what their own keys cost in the same period.",
    (
        Field("keys", many(text), '["gateway"]', "as in [[owner]]", is_required=True),
        Field("by", one_of("shares", "spend"), '"shares"', 'how it is split: "shares", or in proportion to "spend"', default="shares"),
        Field(
            "shares",
            by_name(share, bearer),
            "{ shop = 0.25, search = 0.75 }",
            "the share of each owner; together they are 1, or all are whole numbers that say how much each weighs",
        ),
        Field("owners", many(bearer), '["shop", "search"]', "instead of shares, who bears it where it is split by spend", is_instead=True),
        _ACCOUNT,
        _FROM,
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
        Field("owner", text, '"shop"', "what this owner bears"),
        Field("key", text, '"checkout-api"', "or what this key costs, by its mask or a name", is_instead=True),
        Field("team", text, '"payments"', "or what this team bears", is_instead=True),
        Field("project", text, '"checkout"', "or what this project bears", is_instead=True),
        Field("cost_center", text, '"CC-4711"', "or what this cost centre bears", is_instead=True),
        Field("thresholds", many(amount), "[0.8, 1.0]", "shares of it that are worth a word", default=(Decimal("0.8"), Decimal(1))),
    ),
    is_repeated=True,
)
HOT_KEYS = Section(
    "hot_keys",
    "What `keyspend hot` and notices tell of.",
    (
        Field("floor", by_name(amount, currency), "{ CNY = 10, USD = 1.5 }", "an alert of less money is none, by currency"),
        Field("notify", one_of("none", "low", "medium", "high"), '"high"', "from which confidence on notices tell it", default="high"),
    ),
)
FOCUS = Section(
    "focus",
    "What `keyspend report focus` tells that no export does.",
    (Field("account_names", by_name(text), '{ acct-6b625745a1 = "Shop Ltd" }', "the names of billing accounts, where they have any"),),
)
SECTIONS = (TOP, OWNER, SHARED, BUDGET, HOT_KEYS, FOCUS, SCHEDULE, INBOX, NOTICES)
