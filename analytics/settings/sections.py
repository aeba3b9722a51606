"""The sections that keyspend.toml may have, as data."""

from __future__ import annotations

from decimal import Decimal

from analytics.core.allocation import UNASSIGNED
from analytics.settings.schema import Field, Section
from analytics.settings.value_types import amount, by_name, currency, day, many, number, one_of, other_than, share, text

owner_name = other_than(text, UNASSIGNED)
"""The kind of an owner's name: a text other than the label of unassigned spend."""

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
        Field("owner", owner_name, '"shop"', "who answers for their cost", is_required=True),
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
            by_name(share, owner_name),
            "{ shop = 0.25, search = 0.75 }",
            "the share of each owner; together they are 1, or all are whole numbers that say how much each weighs",
        ),
        Field(
            "owners", many(owner_name), '["shop", "search"]', "instead of shares, who bears it where it is split by spend", is_instead=True
        ),
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
SCHEDULE = Section(
    "schedule",
    "Reports that `keyspend run` writes by itself, once their period is over and all its days are known.",
    (
        Field("name", text, '"finance"', "its own name, which its manifests carry", is_required=True),
        Field("reports", many(text), '["statement", "spend-by-key"]', "what to write; `keyspend reports` lists them", is_required=True),
        Field(
            "period",
            one_of("previous_month", "month_to_date", "yesterday", "last_7_days"),
            '"previous_month"',
            "previous_month, month_to_date, yesterday or last_7_days",
            is_required=True,
        ),
        Field("formats", many(text), '["csv", "xlsx"]', "what to write it as", default=("csv",)),
        Field("folder", text, '"/srv/finance/keyspend"', "where to; it is made if the folder above it is there", is_required=True),
        Field("file", text, '"keyspend_{report}_{period}"', "file names; places: report, account, period, currency, revision"),
        Field("account", text, '"acct-6b625745a1"', "only this account"),
        Field("currency", currency, '"CNY"', "only this currency"),
        Field("patience_days", number, "5", "days after which a period is written although days are missing", default=5),
        Field("readable_by", one_of("owner", "group", "all"), '"owner"', "who may read the files: owner, group or all", default="owner"),
    ),
    is_repeated=True,
)
INBOX = Section(
    "inbox",
    "Folders that exports are saved to: `keyspend run` imports what is new, and moves and deletes nothing.",
    (
        Field("folders", many(text), '["/srv/exports"]', "where exports arrive", is_required=True),
        Field("settle_seconds", number, "10", "a file written more recently waits for the next run", default=10),
    ),
)
NOTICES = Section(
    "notices",
    "Who is told of crossed budgets, hot keys, doubtful days, late adjustments and failures; the log notices.log always is.",
    (
        Field("urls", many(text), '["${KEYSPEND_MAIL}"]', "addresses that Apprise knows; ${NAME} is one of the environment", default=()),
        Field("url_env", text, '"KEYSPEND_NOTICES"', "an environment variable with more of them, parted by spaces"),
        Field("detail", one_of("none", "totals", "days"), '"totals"', "how much they say: none, totals or days", default="totals"),
    ),
)

SECTIONS = (TOP, OWNER, SHARED, BUDGET, HOT_KEYS, FOCUS, SCHEDULE, INBOX, NOTICES)
