"""Very many keys over more than a year, as alerts see them: how long it takes to find those that need attention."""

import time
from datetime import date, timedelta

import numpy

from analytics.analysis.alerts import MEASURES, parameters
from analytics.analysis.series import Daily, daily
from analytics.period import Period

START, SEED = date(2025, 1, 1), 20261125


def figures(keys: int, days: int) -> Daily:
    """Keys that are used every day, twice as much on weekdays, with a spike here and there."""
    random = numpy.random.default_rng(SEED)
    weekday = numpy.where((numpy.arange(days) + START.weekday()) % 7 < 5, 2.0, 1.0)
    level = random.lognormal(0, 1, (keys, 1))
    spike = numpy.where(random.random((keys, days)) < 1 / 1000, 4.0, 1.0)
    requests = numpy.round(1000 * level * weekday * spike * random.lognormal(0, 0.2, (keys, days))) + 1
    shares = {"cost": 0.002, "requests": 1, "hits": 3000, "input": 4000, "tokens": 5000, "dearness": 0.01, "peak_tokens": 1500}
    values = {name: (requests * shares.get(name, 0)).ravel() for name in MEASURES}
    values["is_peak_day"][:] = 1
    values["series"] = numpy.repeat(numpy.arange(keys, dtype=numpy.int32), days)
    values["day_number"] = numpy.tile(numpy.arange(days, dtype=numpy.int32) + START.toordinal(), keys)
    labels = [("account", f"key {number}", "CNY") for number in range(keys)]
    return daily(labels, [("account", START.toordinal() + day) for day in range(days)], values)


def ranked(keys: int, days: int, rounds: int) -> list[float]:
    """The seconds that it takes to find the alerts of the last 31 days, round by round."""
    of, last = figures(keys, days), START + timedelta(days=days)
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        parameters(of, Period(last - timedelta(days=31), last))
        taken.append(time.perf_counter() - begin)
    return taken
