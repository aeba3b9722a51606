"""The labels of the codes in the cells of tables, marked for translation."""

from __future__ import annotations

from analytics.analysis.allocation.spend_by_owner import EVENLY
from analytics.core.messages import N_
from analytics.operations.messages import REASONS

KINDS = {
    "spike": N_("Spike"),
    "sustained_rise": N_("Sustained rise"),
    "new_key": N_("New key"),
    "revived_key": N_("Key used again"),
    "silent_key": N_("Key gone silent"),
    "unusual_hour": N_("Use at an unusual hour"),
    "cache_hit_collapse": N_("Fewer cache hits"),
    "request_cost": N_("Dearer requests"),
    "dearer_model": N_("Dearer models"),
    "peak_hours": N_("More use at peak"),
}
"""Kind of an alert: label."""

UNKNOWN_CURRENCY = N_("unknown")
"""The currency in the database where no evidence states one."""

DRIVERS = {
    "requests": N_("Requests"),
    "tokens_per_request": N_("Tokens per request"),
    "model_mix": N_("Models"),
    "cache_mix": N_("Cache hits"),
    "peak_mix": N_("Peak hours"),
    "price": N_("Prices"),
    "new_key": N_("New keys"),
    "retired_key": N_("Keys no longer used"),
    "reconciliation_difference": N_("Difference to the bill"),
    "granted_credit": N_("Granted credit"),
}
"""Driver of a change of cost: label."""

VALUES = {
    **DRIVERS,
    **{name: text for name, text in KINDS.items() if name not in DRIVERS},
    "high": N_("high"),
    "medium": N_("medium"),
    "low": N_("low"),
    "normal": N_("normal"),
    "known": N_("known"),
    "none": N_("none"),
    "unknown": N_("unknown"),
    "within": N_("within"),
    "warned": N_("above a threshold"),
    "at-risk": N_("at risk"),
    "crossed": N_("crossed"),
    "absent": N_("absent"),
    "account": N_("account"),
    "computed": N_("computed"),
    "paid": N_("paid"),
    "assigned": N_("assigned"),
    "unassigned": N_("unassigned"),
    "active": N_("active"),
    "down": N_("down"),
    "input_cache_hit_tokens": N_("Input tokens, cache hit"),
    "input_cache_miss_tokens": N_("Input tokens, cache miss"),
    "key": N_("key"),
    "model": N_("model"),
    "off-peak": N_("off-peak"),
    "output_tokens": N_("Output tokens"),
    "overlap": N_("overlap"),
    "owner": N_("owner"),
    "partial": N_("partial"),
    "peak": N_("peak"),
    "present": N_("present"),
    "reconciled": N_("reconciled"),
    "request_count": N_("Requests"),
    "standard": N_("all day"),
    "total": N_("total"),
    "undone": N_("undone"),
    "unreconciled": N_("unreconciled"),
    "up": N_("up"),
    "wallet": N_("wallet"),
    EVENLY: N_("in part split evenly: none of those who share it by spend has any"),
    "Correction": N_("Correction"),
    "close": N_("close"),
    "closed": N_("closed"),
    "feedback": N_("feedback"),
    "import": N_("import"),
    "open": N_("open"),
    "reopen": N_("reopen"),
    "undo": N_("undo"),
    **{reason.template: reason.template for reason in REASONS},
}
