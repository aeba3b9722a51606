"""AutoETS of statsforecast, in an environment of its own: reads an array of series, writes the sum of the next days of each."""

import sys

import numpy
from statsforecast.models import AutoETS


def main() -> None:
    source, target, horizon = sys.argv[1:]
    model = AutoETS(season_length=7)
    sums = [model.forecast(y=costs, h=int(horizon))["mean"].clip(0).sum() for costs in numpy.load(source)]
    numpy.save(target, numpy.array(sums))


if __name__ == "__main__":
    main()
