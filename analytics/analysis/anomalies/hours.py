"""Use at an hour of the day at which a key was hardly ever used in its last eight weeks; it knows no dates and no money.

Arrays of series × days × 24 hours in, arrays out; nothing on days of which no hours are known. A day is held against nothing later.
"""

from __future__ import annotations

import numpy

from analytics.analysis.anomalies.detection import WINDOW_DAYS, Array, before

HOURS = 24
LEAST_DAYS = 14
"""Days of use whose hours are known, from which on it is known which hours are usual."""
RARE = 0.06
"""An hour is rare that was used, it or one beside it, on less than six of a hundred days of use."""
LEAST_COST = 0.5
"""What the rare hours of a day must cost, of an average day of use."""
MOST_NOVEL = 0.1
"""A key whose days of use had rare hours so often has no usual ones."""


def unusual(costs: Array, first: int, usual: Array | None = None) -> tuple[Array, Array]:
    """The rare hours from day `first` on that matter, as a mask of series × days × hours, and the days of use that were known before.

    `usual` is what the past is taken from, where some of its days are to be held against none: those are nothing there. Hours turn
    around midnight: eleven in the evening is beside it.
    """
    past = costs if usual is None else usual
    days = before(numpy.any(past > 0, axis=2), 1, WINDOW_DAYS)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        average = before(past.sum(axis=2), 1, WINDOW_DAYS) / days
    rare = (costs > 0) & _is_rare(past > 0, days)
    matters = (days >= LEAST_DAYS) & (numpy.where(rare, costs, 0.0).sum(axis=2) >= LEAST_COST * average)
    is_novel = (rare & (past > 0)).any(axis=2) & (days >= LEAST_DAYS)
    matters &= before(is_novel, 1, WINDOW_DAYS) <= MOST_NOVEL * days
    matters[:, :first] = False
    return rare & matters[:, :, None], days


def _is_rare(active: Array, days: Array) -> Array:
    """Per series, day and hour whether it and the hours beside it were hardly ever used on the days before."""
    touched = active | numpy.roll(active, 1, axis=2) | numpy.roll(active, -1, axis=2)
    found = numpy.empty(active.shape, bool)
    for hour in range(HOURS):
        found[:, :, hour] = before(touched[:, :, hour], 1, WINDOW_DAYS) < RARE * days
    return found
