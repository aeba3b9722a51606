"""The sections about what `keyspend run` does: schedules, inbox, notices; what each means is worked out where it is used."""

from __future__ import annotations

from analytics.settings.schema import Field, Section
from analytics.settings.value_types import currency, many, number, one_of, text

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
