"""Holds the rule about unusual hours against seeded, labelled series of hours, and prints how often it is right."""

import argparse

import numpy

from analytics.analysis.anomalies import unusual_hours
from analytics.analysis.anomalies.detection import episodes

Array = numpy.ndarray
SEED = 20261125
DAYS, QUIET_DAYS, EVENTS = 240, 60, 4
PROFILES = {
    "office": range(9, 19),
    "daytime": range(8, 23),
    "night batch": range(5),
    "office and a weekly job": range(9, 19),
    "moves by two hours": range(9, 19),
    "round the clock": range(24),
    "any time": range(24),
}
"""What is used when; those of the last two have no unusual hours, and nothing is planted in them."""


def series(name: str, chance: numpy.random.Generator) -> Array:
    """What a key cost in each hour of each day, without anything planted."""
    level, spread = numpy.exp(chance.normal(2, 1)), chance.uniform(0.1, 0.6)
    costs = numpy.zeros((DAYS, 24))
    for day in range(DAYS):
        used = [(hour + 2 * (name == "moves by two hours" and day > DAYS // 2)) % 24 for hour in PROFILES[name]]
        if name == "any time":
            used = [(int(chance.integers(24)) + hour) % 24 for hour in range(3)] if chance.random() < 0.5 else []
        elif name.startswith("office") and day % 7 >= 5:
            used = []
        costs[day, used] = level * chance.lognormal(0, spread, len(used)) * (chance.random(len(used)) < 0.8)
        if name == "office and a weekly job" and day % 7 == 6:
            costs[day, 2:4] = level * chance.lognormal(0, 0.2, 2)
        if chance.random() < 0.03:
            costs[day, chance.integers(24)] += level * chance.uniform(0.1, 1)
    return costs


def planted(name: str, costs: Array, chance: numpy.random.Generator) -> tuple[Array, Array]:
    """The same with one to three days on which hours far from all others cost half a day to two, and which days these are."""
    costs, labels = costs.copy(), numpy.zeros(DAYS, bool)
    if len(PROFILES[name]) == 24:
        return costs, labels
    for number in range(EVENTS):
        start = QUIET_DAYS + 10 + number * 42 + int(chance.integers(0, 21))
        profile = PROFILES[name]
        hour = (profile[-1] + 2 + int(chance.integers(2, max(3, 24 - len(profile) - 6)))) % 24
        usual = costs.sum(axis=1)[costs.sum(axis=1) > 0].mean()
        for day in range(start, start + int(chance.integers(1, 4))):
            costs[day, [hour, (hour + 1) % 24]] += usual * chance.uniform(0.5, 2) / 2
            labels[day] = True
    return costs, labels


def figures(count: int, seed: int) -> list[tuple[str, ...]]:
    """Per kind of key and together: recall and precision of episodes, and false ones per key and month."""
    chance = numpy.random.default_rng(seed)
    rows: list[tuple[str, ...]] = [("unusual hours", "recall", "precision", "false/month")]
    totals = numpy.zeros(4)
    for name in PROFILES:
        made = [planted(name, series(name, chance), chance) for _ in range(count)]
        flags = unusual_hours.unusual_hours(numpy.array([costs for costs, _ in made]), QUIET_DAYS)[0].any(axis=2)
        counts = _counts(flags, numpy.array([labels for _, labels in made]))
        totals += counts
        rows.append((name, *_shares(counts, count)))
    return [*rows, ("all", *_shares(totals, count * len(PROFILES)))]


def _counts(flags: Array, labels: Array) -> Array:
    """The number of events, of events found, of episodes flagged, and of false ones among these."""
    events, alerts = episodes(*labels.nonzero()), episodes(*flags.nonzero())
    row, column = labels.nonzero()
    found = sum(bool(flags[row[part], column[part]].any()) for part in events)
    row, column = flags.nonzero()
    false = sum(not labels[row[part], column[part]].any() for part in alerts)
    return numpy.array([len(events), found, len(alerts), false])


def _shares(counts: Array, keys: int) -> tuple[str, str, str]:
    events, found, alerts, false = counts.tolist()
    months = keys * (DAYS - QUIET_DAYS) / 30
    return f"{found / events:.2f}" if events else "–", f"{1 - false / alerts:.2f}" if alerts else "–", f"{false / months:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="keys of each kind")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    for line in figures(chosen.count, chosen.seed):
        print("  ".join(cell.ljust(36) if not at else cell.rjust(12) for at, cell in enumerate(line)))


if __name__ == "__main__":
    main()
