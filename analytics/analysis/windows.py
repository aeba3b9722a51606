"""How many days of the past each statistic reads, as the parameters of its SQL."""

from __future__ import annotations

HISTORY_DAYS = 400
"""Of forecasts: a year and some weeks, more than any of them looks back."""
COMPARED_DAYS = 126
"""Of alerts: the days before a period that its days are compared with, and those that these are compared with in turn."""
COMPARED_HOUR_DAYS = 168
"""Of alerts about hours: the same, for hours of like weekdays."""
DAY_WEIGHT = 12
"""The weight of a day of an alert, and of the one to four days together that it is compared with: each has a whole part of it."""
PARAMETERS = {
    "history_days": HISTORY_DAYS,
    "compared_days": COMPARED_DAYS,
    "compared_hour_days": COMPARED_HOUR_DAYS,
    "day_weight": DAY_WEIGHT,
}
