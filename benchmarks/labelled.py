"""Holds the anomaly rule and the forecast against textbook ones on seeded, labelled series, and prints how often each is right.

AutoETS takes part where `--autoets` names a Python that has statsforecast, as `make bench-autoets` does: it needs older libraries
than ours.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter

import numpy

from analytics.analysis.anomalies import alerts, detection
from analytics.analysis.daily_series import Daily, daily
from analytics.analysis.forecasting.model import foresee, weekday_counts
from analytics.core.period import Period

Array = numpy.ndarray
SEED = 20261125
DAYS = 330
QUIET_DAYS = 60
"""Days at the beginning without a label: what is learned from."""
SPIKES = 4
REGIMES = ("steady", "weekday", "growth", "level shift", "bursty", "intermittent", "price cut")


def series(regime: str, chance: numpy.random.Generator, days: int = DAYS) -> Array:
    """Daily costs of one key without anything planted."""
    day = numpy.arange(days)
    level = numpy.exp(chance.normal(2, 1))
    noise = chance.lognormal(0, chance.uniform(0.08, 0.3), days)
    week = numpy.where(day % 7 >= 5, chance.uniform(0.05, 0.6), 1.0)
    match regime:
        case "steady":
            return level * noise
        case "weekday":
            return level * noise * week
        case "growth":
            return level * noise * week * numpy.exp(chance.uniform(0.001, 0.006) * day)
        case "level shift":
            at = chance.integers(QUIET_DAYS, days - 30)
            return level * noise * week * numpy.where(day >= at, chance.uniform(1.4, 2.5), 1.0)
        case "bursty":
            return level * chance.lognormal(0, chance.uniform(0.7, 1.0), days)
        case "intermittent":
            return level * noise * (chance.random(days) < chance.uniform(0.25, 0.6))
        case _:
            return level * noise * week * numpy.where(day >= chance.integers(QUIET_DAYS, days - 30), 0.5, 1.0)


def planted(costs: Array, chance: numpy.random.Generator) -> tuple[Array, Array]:
    """The same with spikes of 2.5 to 6 times on active days, of one to three days and three weeks apart, and where they are."""
    costs, labels = costs.copy(), numpy.zeros(len(costs), bool)
    starts = QUIET_DAYS + 21 + numpy.sort(chance.choice((DAYS - QUIET_DAYS - 30) // 21, SPIKES, replace=False)) * 21
    for start in starts + chance.integers(0, 7, SPIKES):
        active = start + numpy.flatnonzero(costs[start : start + 10])[: chance.integers(1, 4)]
        costs[active] *= chance.uniform(2.5, 6)
        labels[active] = True
    return costs, labels


def labelled(count: int, seed: int) -> tuple[Array, Array, list[str]]:
    """Series of every regime, `count` of each, with their labels."""
    chance = numpy.random.default_rng(seed)
    names = [regime for regime in REGIMES for _ in range(count)]
    found = [planted(series(name, chance), chance) for name in names]
    return numpy.array([costs for costs, _ in found]), numpy.array([labels for _, labels in found]), names


def ours(costs: Array) -> Array:
    """The rule of the product."""
    found = detection.spikes(costs, QUIET_DAYS, numpy.zeros(len(costs)))
    flags = numpy.zeros(costs.shape, bool)
    flags[found.row, found.column] = True
    return flags


def _of_past(costs: Array, score: Callable[[Array, Array], Array], least: float) -> Array:
    """The days whose score against the eight weeks before them is at least so much, and that cost half a usual day more."""
    flags = numpy.zeros(costs.shape, bool)
    for day in range(QUIET_DAYS, costs.shape[1]):
        past = costs[:, max(0, day - detection.WINDOW_DAYS) : day]
        usual = numpy.median(past, axis=1)
        flags[:, day] = (score(past, costs[:, day]) > least) & (costs[:, day] - usual >= 0.5 * usual)
    return flags


def _mean_score(past: Array, today: Array) -> Array:
    return (today - past.mean(axis=1)) / numpy.maximum(past.std(axis=1), 1e-9)


def _median_score(past: Array, today: Array) -> Array:
    middle = numpy.median(past, axis=1)
    return (today - middle) / numpy.maximum(1.4826 * numpy.median(numpy.abs(past - middle[:, None]), axis=1), 1e-9)


def _seasonal_score(past: Array, today: Array) -> Array:
    middle, deviation = detection.robust(past[:, 7:] - past[:, :-7])
    return (today - past[:, -7] - middle) / numpy.maximum(deviation, 1e-9)


RULES: dict[str, Callable[[Array], Array]] = {
    "ours": ours,
    "mean and deviation, z > 3": lambda costs: _of_past(costs, _mean_score, 3),
    "mean and deviation, z > 4": lambda costs: _of_past(costs, _mean_score, 4),
    "median and MAD, z > 3.5": lambda costs: _of_past(costs, _median_score, 3.5),
    "median and MAD, z > 5": lambda costs: _of_past(costs, _median_score, 5),
    "seasonal naive, z > 5": lambda costs: _of_past(costs, _seasonal_score, 5),
}


def episode_counts(flags: Array, labels: Array) -> tuple[int, int, int]:
    """Episodes found, missed and false. A label is found by a flag on one of its days; a flag near it is no false one."""
    hit = missed = false = 0
    for flagged, label in zip(flags, labels, strict=True):
        true = _episodes(label)
        flagged_episodes = _episodes(flagged)
        hit += sum(any(flagged[day] for day in episode) for episode in true)
        missed += sum(not any(flagged[day] for day in episode) for episode in true)
        false += sum(not any(label[max(0, day - 7) : day + 8].any() for day in episode) for episode in flagged_episodes)
    return hit, missed, false


def _episodes(flags: Array) -> list[list[int]]:
    column = numpy.flatnonzero(flags)
    return [column[part].tolist() for part in detection.episodes(numpy.zeros(len(column), int), column)]


def anomalies(count: int, seed: int) -> list[tuple[str, ...]]:
    """One line per rule, and for ours one per regime."""
    costs, labels, names = labelled(count, seed)
    lines = [("rule", "precision", "recall", "F1", "false a key and month")]
    flags_by_rule = {name: rule(costs) for name, rule in RULES.items()}
    lines += [_line(name, flags, labels) for name, flags in flags_by_rule.items()]
    lines += [
        _line(f"ours, {regime}", flags_by_rule["ours"][mine], labels[mine]) for regime in REGIMES for mine in [numpy.array(names) == regime]
    ]
    return lines


def textbook(costs: Array) -> Array:
    """The rule that most tools have."""
    return RULES["median and MAD, z > 3.5"](costs)


def error_rates(flags: Array, labels: Array) -> tuple[float, float, float]:
    """The shares of alerts that are false and of spikes that are missed, and the false alerts of a key and month."""
    hit, missed, false = episode_counts(flags, labels)
    months = len(flags) * (DAYS - QUIET_DAYS) / 30
    return false / max(hit + false, 1), missed / max(hit + missed, 1), false / months


def _line(name: str, flags: Array, labels: Array) -> tuple[str, ...]:
    wrong, missed, false = error_rates(flags, labels)
    precision, recall = 1 - wrong, 1 - missed
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return name, f"{precision:.2f}", f"{recall:.2f}", f"{f1:.2f}", f"{false:.3f}"


HISTORIES, ORIGINS, MONTH = (20, 45, 100, 300), (7, 15, 22), 30


def forecasts(count: int, seed: int, autoets: str | None) -> list[tuple[str, ...]]:
    """The mean error of each method in percent of the month, by length of history, and how often our interval held."""
    errors: dict[str, dict[int, list[float]]] = {}
    covered: dict[int, list[float]] = {history: [] for history in HISTORIES}
    chance = numpy.random.default_rng(seed)
    for history in HISTORIES:
        for origin in (day for day in ORIGINS if day <= history):
            horizon = MONTH - origin
            drawn = [series(name, chance, DAYS)[-history - horizon :] for name in REGIMES for _ in range(count)]
            costs = numpy.array([one for one in drawn if one[history - origin :].sum() > 0])
            past, rest, month = costs[:, :history], costs[:, history:].sum(axis=1), costs[:, history - origin :].sum(axis=1)
            ours = foresee(past, 0, weekday_counts(history, horizon))
            covered[history] += ((ours.low <= rest) & (rest <= ours.high)).tolist()
            expected_by_method = {
                "ours": ours.expected,
                "run rate": past[:, -origin:].mean(axis=1) * horizon,
                "seasonal naive": _last_week(past, horizon),
            }
            if autoets:
                expected_by_method["AutoETS"] = _autoets(autoets, past, horizon)
            for name, expected in expected_by_method.items():
                errors.setdefault(name, {}).setdefault(history, []).extend((100 * numpy.abs(expected - rest) / month).tolist())
    lines = [("forecast, error in % of the month", *(f"{history} days" for history in HISTORIES), "all")]
    lines += [
        (name, *(f"{numpy.mean(found[history]):.1f}" for history in HISTORIES), f"{_mean(found):.1f}") for name, found in errors.items()
    ]
    return [
        *lines,
        ("ours: held by the 80 % interval", *(f"{numpy.mean(covered[history]):.0%}" for history in HISTORIES), f"{_mean(covered):.0%}"),
    ]


def _mean(found: dict[int, list[float]]) -> float:
    return float(numpy.mean([value for values in found.values() for value in values]))


def _last_week(past: Array, horizon: int) -> Array:
    return past[:, -7:][:, numpy.arange(horizon) % 7].sum(axis=1)


def _autoets(python: str, past: Array, horizon: int) -> Array:
    """The sums that AutoETS expects, from another environment."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "past.npy", Path(folder) / "sums.npy"
        numpy.save(source, past)
        subprocess.run([python, Path(__file__).parent / "floors" / "autoets.py", source, target, str(horizon)], check=True)
        return numpy.load(target)


def ranked(keys: int = 20_000, days: int = 400) -> tuple[float, float]:
    """The seconds that it takes to look for the alerts of a month, and of all days, among many keys: the median of three rounds."""
    figures = daily_figures(keys, days)
    last = date(2026, 10, 1)
    return _seconds(figures, Period(date(2026, 9, 1), last)), _seconds(figures, Period(None, last))


def _seconds(figures: Daily, period: Period) -> float:
    taken = []
    for _ in range(3):
        started = perf_counter()
        alerts.parameters(figures, period)
        taken.append(perf_counter() - started)
    return sorted(taken)[1]


def daily_figures(keys: int, days: int) -> Daily:
    """Keys that are used on four days of five."""
    chance = numpy.random.default_rng(1)
    first = date(2026, 10, 1).toordinal() - days
    costs = numpy.exp(chance.normal(2, 1, (keys, 1))) * chance.lognormal(0, 0.25, (keys, days))
    of, day = numpy.nonzero(chance.random((keys, days)) < 0.8)
    cost = costs[of, day]
    parts = {"requests": 100, "hits": 5e5, "input": 1e6, "tokens": 1.2e6, "dearness": 1.2e6, "peak_tokens": 3e5}
    values = {"series": of.astype("i4"), "day_number": (day + first).astype("i4"), "cost": cost, "is_peak_day": numpy.ones(len(of))}
    labels = [("account", f"key {number:06}", "CNY") for number in range(keys)]
    return daily(
        labels, [("account", first + number) for number in range(days)], values | {name: cost * part for name, part in parts.items()}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="series of each regime")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--autoets", metavar="PYTHON", help="a Python that has statsforecast")
    chosen = parser.parse_args()
    for lines in (anomalies(chosen.count, chosen.seed), forecasts(chosen.count, chosen.seed, chosen.autoets)):
        for line in lines:
            print("  ".join(cell.ljust(36) if not at else cell.rjust(10) for at, cell in enumerate(line)))
        print()


if __name__ == "__main__":
    main()
