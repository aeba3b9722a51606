"""Usage of one key by day, and the alerts for it."""

import math
from datetime import date

import numpy

from analytics.analysis.anomalies import detection
from analytics.analysis.anomalies.alerts import MEASURES, parameters
from analytics.analysis.daily_series import daily
from analytics.core.period import ALL_DAYS

MONDAY = date(2026, 3, 2)


def flagged(costs, first=0, floor=0.0):
    """The days of one series that stand out."""
    return detection.spikes(numpy.array([costs], float), first, numpy.array([floor])).column.tolist()


def uneven(days, level=10.0):
    """A series whose days differ by up to a tenth, the same in every call."""
    return [level * (1 + 0.1 * math.sin(day * 1.7)) for day in range(days)]


def alerts_of(use, period=ALL_DAYS, known=120, feedback=(), older=None):
    """The alerts of one key as (kind, first, last), with days counted from the first known one.

    `use` is its usage by day; `feedback` holds (day, verdict).
    """
    days = sorted(use)
    first = MONDAY.toordinal()
    values = {name: numpy.array([float(use[day].get(name, 0)) for day in days]) for name in MEASURES}
    values |= {"series": numpy.zeros(len(days), int), "day_number": numpy.array(days, int) + first}
    marks = [(0, first + day, verdict in {"no", "planned"}, verdict in {"yes", "planned"}) for day, verdict in feedback]
    columns = ("series", "day_number", "is_silenced", "is_left_out")
    feedback_day = dict(zip(columns, numpy.array(marks, int).reshape(-1, 4).T, strict=True))
    further = {"feedback_day": feedback_day, "earlier_use": older or {}}
    figures = daily([("account", "key", "CNY")], [("account", first + day) for day in range(known)], values, further)
    alerts = parameters(figures, period)["alerts"]
    return [(alert["kind"], (alert["first_date"] - MONDAY).days, (alert["last_date"] - MONDAY).days) for alert in alerts]


def usual(day, **other):
    """The usage of an ordinary day: 100 requests for 10, four fifths of the input from the cache, a tenth at peak."""
    cost = 10 * (1 + 0.05 * math.sin(day * 1.7))
    use = {
        "requests": cost * 10,
        "hits": 8000,
        "input": 10_000,
        "tokens": 12_000,
        "dearness": 12_000,
        "peak_tokens": 1200,
        "is_peak_day": 1,
    }
    return {"cost": cost} | use | other
