"""A period priced again: figures by hand, laws over generated exports, and what is refused."""

from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal

import pytest
from click.testing import CliRunner

from analytics import UsageError
from analytics.cli.main import main
from analytics.writers import writer
from tests.support.generated import cases
from tests.support.laws import law, ledger_of
from tests.support.worlds import HIGH, LOW, OTHER, bought


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
        # `n` was seen at one price, on the day after: 1 M hits have no price there, the rest of `a` costs 10 + 30.
        ({"as_models": {"m": "n"}, "models": "m"}, {"a": "40.2", "b": 16}),
    ],
)
def test_figures_by_hand(assumed, told):
    """Each assumption by itself, and two together, gives what a person works out on paper."""
    with bought(*PEAK_AND_NOT) as ledger:
        assert costs(ledger.what_if(**assumed)) == {name: Decimal(cost) for name, cost in told.items()}


def test_what_cannot_be_priced_again_is_left_and_told():
    """Where a price is not known the one paid stays, and its cost is named in the row and beside it."""
    with bought(*PEAK_AND_NOT) as ledger:
        answer = ledger.what_if(as_models={"m": "n"}, models="m")

    assert costs(answer, "not_repriced_cost") == {"a": Decimal("0.2"), "b": 1}
    assert any("1.2" in note and "CNY" in note for note in answer.notes)
    assert any("'m' at the prices of 'n'" in note for note in answer.notes)


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
