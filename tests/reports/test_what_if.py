"""A period priced again: figures by hand, laws over generated exports, and what is refused."""

from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal

import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

from analytics import UsageError
from analytics.cli.main import main
from analytics.writers import writer
from tests.support.generated import DAY, Tier, cases
from tests.support.laws import law, ledger_of
from tests.support.worlds import FIRST, HIGH, LOW, OTHER, bought


def costs(answer, column="what_if_cost"):
    """A column by the name of the key."""
    return dict(zip(answer.frame.values("api_key_name"), answer.frame.values(column), strict=True))


PEAK_AND_NOT = [(0, "m", HIGH, 0, (1, 2, 3)), (1, "m", LOW, 0, (10, 1, 1)), (0, "n", OTHER, 1, (0, 1, 1))]
"""`a` costs 0.2 + 4 + 24 at peak and 5 + 10 on another model; `b` costs 1 + 1 + 4."""


@pytest.mark.parametrize(
    ("assumed", "told"),
    [
        ({"off_peak_ratio": Decimal(1)}, {"a": "29.1", "b": 6}),
        ({"off_peak_ratio": Decimal("0.5")}, {"a": "36.15", "b": 6}),
        # 3 M input tokens at half 0.2 and half 2; the other model was bought without hits, whose price is not known.
        ({"cache_hit_ratio": Decimal("0.5"), "models": "m"}, {"a": "27.3", "b": "10.05"}),
        ({"cache_hit_ratio": Decimal("0.5")}, {"a": "42.3", "b": "10.05"}),
        ({"traffic": {None: Decimal(2), "b": Decimal("0.5")}}, {"a": "86.4", "b": 3}),
        # All at once: 3 M hits and 3 M outputs, off-peak.
        ({"off_peak_ratio": Decimal(1), "cache_hit_ratio": Decimal(1), "models": "m"}, {"a": "12.3", "b": "5.1"}),
        # `n` was seen at one price, on the day after: whether that is its price at peak, nobody knows, and nothing is repriced.
        ({"as_models": {"m": "n"}, "models": "m"}, {"a": "28.2", "b": 6}),
    ],
)
def test_figures_by_hand(assumed, told):
    """Each assumption by itself, and two together, gives what a person works out on paper."""
    with bought(*PEAK_AND_NOT) as ledger:
        assert costs(ledger.what_if(**assumed)) == {name: Decimal(cost) for name, cost in told.items()}


def test_what_cannot_be_repriced_keeps_its_price_and_is_named():
    """Where a price is not known for sure the one paid stays, and its cost is named in the row and in a note."""
    with bought(*PEAK_AND_NOT) as ledger:
        answer = ledger.what_if(as_models={"m": "n"}, models="m")

    assert costs(answer, "not_repriced_cost") == {"a": Decimal("28.2"), "b": 6}
    assert any("34.2" in note and "CNY" in note for note in answer.notes)
    assert any("'m' at the prices of 'n'" in note for note in answer.notes)


EARLY = {"m": Tier("CNY", "0.1", "1", "4"), "n": Tier("CNY", "0.3", "3", "12")}
LATE = {
    "m": {"off-peak": Tier("CNY", "0.2", "2", "8"), "peak": Tier("CNY", "0.4", "4", "16")},
    "n": {"off-peak": Tier("CNY", "0.5", "5", "20"), "peak": Tier("CNY", "1", "10", "40")},
}
CHANGE, LAST = 4, 9
"""The day from which on there are peak prices, and the last day."""


def vendor_price(model, day, hours):
    """The prices of a model on a day, at peak or off-peak, as the vendor has them."""
    return EARLY[model] if day < CHANGE else LATE[model][hours]


def repriced_by_the_vendor(uses, assumed, ratio):
    """What each use of `m` costs at the vendor's prices of the model `assumed`, with this share of its input from the cache."""
    costs = {}
    for _, model, day, hours in uses:
        if model == "m":
            tier = vendor_price(assumed, day, hours)
            hit, miss, output = map(Decimal, (tier.hit, tier.miss, tier.output))
            costs[day, hours] = (hit + miss if ratio is None else 2 * (ratio * hit + (1 - ratio) * miss)) + output
    return costs


def are_seen_as_tiers(*paid_days):
    """Whether two prices, each paid on some days, were in force together: of two that meet on one day, one gave way to the other."""
    if not all(paid_days):
        return False
    (first, last), (other_first, _) = sorted((min(days), max(days)) for days in paid_days)
    return first == other_first or other_first < last


uses_of_n = st.sets(st.tuples(st.integers(0, LAST), st.sampled_from(["off-peak", "peak"])), max_size=6)


@law(2, uses_of_n, st.sampled_from([None, Decimal("0.25")]), st.sampled_from(["m", "n"]))
def test_what_if_is_what_the_vendor_would_have_charged(other_uses, ratio, assumed):
    """Each day of each key costs what the vendor's price list says, or is named as not repriced, wholly and at what was paid.

    Key 0 uses `m` off-peak on every day, key 1 at peak, and `n` is used on some days alone. On days on which `n` was used in the
    tier of a key, its price is known.
    """
    uses = [(key, "m", day, hours) for day in range(LAST + 1) for key, hours in ((0, "off-peak"), (1, "peak"))]
    uses += [(0, "n", day, hours) for day, hours in sorted(other_uses)]
    calls = [(key, model, vendor_price(model, day, hours), day, (1, 1, 1)) for key, model, day, hours in uses]
    expected = repriced_by_the_vendor(uses, assumed, ratio)
    has_tiers = are_seen_as_tiers(*([day for day, hours in other_uses if day >= CHANGE and hours == one] for one in ("off-peak", "peak")))
    assumptions = {
        "cache_hit_ratio": ratio,
        "as_models": {"m": "n"} if assumed == "n" else {},
        "traffic": {None: Decimal(1)},
        "models": "m",
    }
    if assumed == "n" and not other_uses:
        return
    with bought(*calls, days=LAST + 1) as ledger:
        for day in range(LAST + 1):
            days = {"start": str(FIRST + day * DAY), "end": str(FIRST + (day + 1) * DAY)}
            for row in ledger.what_if(**assumptions, **days).frame.records():
                hours = {"a": "off-peak", "b": "peak"}[row["api_key_name"]]
                if row["not_repriced_cost"]:
                    assert row["not_repriced_cost"] == row["computed_cost"] == row["what_if_cost"]
                    assert assumed == "n"
                    assert (day, hours) not in other_uses or (day >= CHANGE and not has_tiers)
                else:
                    assert row["what_if_cost"] == expected[day, hours]


def test_the_peak_of_a_day_without_its_counterpart_is_known_from_other_days():
    """A price that is the dearer of two on other days is peak on a day that has no other; a price that never is stays."""
    with bought(
        (0, "m", HIGH, 0, (0, 1, 0)), (0, "m", LOW, 0, (0, 1, 0)), (0, "m", HIGH, 2, (0, 1, 0)), (1, "n", OTHER, 2, (0, 1, 0))
    ) as ledger:
        assert costs(ledger.what_if(off_peak_ratio=Decimal(1))) == {"a": 3, "b": 5}


def test_prices_of_a_file_replace_those_paid(tmp_path):
    """Of two given prices the lower holds off-peak and the higher at peak; models that the file lacks keep theirs."""
    prices = tmp_path / "prices.csv"
    lines = ["model,meter,currency,unit_price", *(f"m,{meter},CNY,{price}" for meter in METERS for price in ("0.000001", "0.000003"))]
    prices.write_text("\r\n".join(lines), encoding="utf-8-sig")
    with bought(*PEAK_AND_NOT) as ledger:
        assert costs(ledger.what_if(price_file=prices)) == {"a": 6 * 3 + 15, "b": 12}


METERS = ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens")


def total(ledger, **assumed):
    """What a period would have cost, per currency."""
    sums = defaultdict(Decimal)
    for row in ledger.what_if(**assumed).frame.records():
        sums[row["currency"]] += row["what_if_cost"]
    return sums


@law(5, cases())
def test_laws_of_what_if(case):
    """The prices that were paid change nothing, traffic scales all keys, ratios mix linearly, and off-peak is never dearer."""
    with ledger_of(case.zips()) as ledger, price_file(ledger) as same:
        spent = {(*row[:2], row[3]): row[4] for row in ledger.report("spend-by-key").rows if row[4]}
        answer = ledger.what_if(off_peak_ratio=Decimal(0))
        assert {(*row[:2], row[3]): row[5] for row in answer.frame.rows if row[4]} == spent
        if same:
            assert total(ledger, price_file=same) == total(ledger, off_peak_ratio=Decimal(0))
        assert total(ledger, traffic={None: Decimal("2.5")}) == {
            currency: cost * Decimal("2.5") for currency, cost in total(ledger, off_peak_ratio=Decimal(0)).items()
        }
        none, half, all_hits = (total(ledger, cache_hit_ratio=Decimal(ratio)) for ratio in ("0", "0.5", "1"))
        assert {currency: none[currency] + all_hits[currency] for currency in none} == {
            currency: 2 * cost for currency, cost in half.items()
        }
        assert all(row["difference_cost"] <= 0 for row in ledger.what_if(off_peak_ratio=Decimal(1)).frame.records())


@contextmanager
def price_file(ledger):
    """The prices of a ledger as a file; None where a meter has had several, of which a file cannot tell when each held."""
    frame = ledger.report("price-history")
    seen = [row[:3] for row in frame.rows]
    path = ledger.directory.root / "prices.csv"
    path.write_bytes(writer("csv")(frame))
    yield path if seen and len(seen) == len(set(seen)) else None
    path.unlink()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], "what-if-nothing"),
        (["--off-peak", "2"], "what-if-ratio"),
        (["--cache-hit-ratio", "-0.1"], "what-if-ratio"),
        (["--off-peak", "half"], "what-if-number"),
        (["--off-peak", "NaN"], "what-if-number"),
        (["--cache-hit-ratio", "0.12345"], "what-if-digits"),
        (["--traffic", "-1"], "what-if-factor"),
        (["--traffic", "2", "--traffic", "3"], "what-if-twice"),
        (["--traffic", "nobody=2"], "key-unknown"),
        (["--as-model", "deepseek-v4-pro"], "what-if-pair"),
        (["--as-model", "deepseek-v4-pro=gpt"], "model-unknown"),
        (["--as-model", "gpt=deepseek-v4-pro"], "model-unknown"),
        (["--off-peak", "1", "--account", "nobody"], "account-unknown"),
        (["--prices", "/nowhere.csv"], "prices-unreadable"),
    ],
)
def test_what_makes_no_sense_is_refused(samples, options, code):
    """An assumption that is none, or cannot be, ends with exit code 2 and its stable code, and prints no figure."""
    result = CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), "what-if", *options])

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"[{code}]" in result.stderr


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("model,meter,currency\nm,output_tokens,CNY\n", "prices-header"),
        ("model,meter,currency,unit_price\n", "prices-empty"),
        ("model,meter,currency,unit_price\nm,request_count,CNY,1\n", "prices-meter"),
        ("model,meter,currency,unit_price\nm,output_tokens,CNY,-1\n", "prices-price"),
        ("model,meter,currency,unit_price\nm,output_tokens,CNY,Infinity\n", "prices-price"),
        ("model,meter,currency,unit_price\nm,output_tokens,CNY\n", "prices-price"),
        ("model,meter,currency,unit_price\n,output_tokens,CNY,1\n", "prices-entry"),
        ('model,meter,currency,unit_price\n"m,output_tokens,CNY,1\n', "prices-unreadable"),
    ],
)
def test_a_price_file_is_read_strictly(samples, tmp_path, text, code):
    """What is no price file is refused with its line, and nothing is guessed."""
    path = tmp_path / "prices.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        samples.what_if(price_file=path)

    assert caught.value.code == code


def test_the_command_prints_what_the_library_answers(samples):
    """Data goes to stdout, the assumptions beside it to stderr."""
    options = ["what-if", "--month", "2026-09", "--off-peak", "1", "--format", "csv"]
    result = CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), *options])

    assert result.stdout_bytes == writer("csv")(samples.what_if(month="2026-09", off_peak_ratio=Decimal(1)).frame)
    assert "assumed: 100 % of what was bought at peak" in result.stderr
