"""Which currency a price belongs to, where a model was billed in two on one day: the true one, or none."""

from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics import Keyspend
from analytics.analysis import currency_split
from tests.support.generated import BASES, DAY, MASK, NOW, Call, Key, Tier, World, emptied_folder, simple_cut

CNY, USD = "CNY", "USD"


def decimals(**texts):
    """Costs or bills by name, as decimals."""
    return {name: Decimal(text) for name, text in texts.items()}


@pytest.mark.parametrize(
    ("costs", "billed", "found"),
    [
        ({"a": "2", "b": "3"}, {CNY: "3", USD: "2"}, {"a": USD, "b": CNY}),
        ({"a": "0.1", "b": "0.2", "c": "0.4"}, {CNY: "0.3", USD: "0.4"}, {"a": CNY, "b": CNY, "c": USD}),
        ({"a": "0.0000000000000001", "b": "999999999999"}, {CNY: "0.0000000000000001", USD: "999999999999"}, {"a": CNY, "b": USD}),
        ({"a": "2"}, {CNY: "2", USD: "0"}, {"a": CNY}),
    ],
    ids=["one each", "two of one", "far apart", "one bill of nothing"],
)
def test_the_only_split_is_found(costs, billed, found):
    """Lines go to the bills that they add up to."""
    assert currency_split.split(decimals(**costs), decimals(**billed)) == found


@pytest.mark.parametrize(
    ("costs", "billed"),
    [
        ({}, {CNY: "0", USD: "0"}),
        ({"a": "2", "b": "2"}, {CNY: "2", USD: "2"}),
        ({"a": "1", "b": "2", "c": "3"}, {CNY: "3", USD: "3"}),
        ({"a": "2", "b": "3"}, {CNY: "3", USD: "2.0000000000000001"}),
        ({"a": "2", "b": "3"}, {CNY: "4", USD: "1"}),
        ({"a": "2", "b": "3"}, {CNY: "-1", USD: "6"}),
        ({"a": "2"}, {CNY: "2"}),
        ({"a": "2", "b": "3", "c": "4"}, {CNY: "2", USD: "3", "EUR": "4"}),
    ],
    ids=["no lines", "alike", "two ways", "one digit off", "no way", "a refund", "one bill", "three bills"],
)
def test_an_ambiguous_bill_gives_no_currency(costs, billed):
    """No split, several splits or bills that do not add up leave every line without a currency."""
    assert currency_split.split(decimals(**costs), decimals(**billed)) == {}


def test_a_bucket_of_many_prices_is_left_alone():
    """Splits double with every line; a bucket with more than the limit is not searched at all."""
    many = {number: Decimal(2) ** number for number in range(currency_split.MAX_LINES + 1)}
    assert currency_split.split(many, {CNY: Decimal(1), USD: sum(many.values()) - 1}) == {}


def test_a_full_bucket_without_a_split_ends_in_time():
    """The longest search allowed, with every sum in reach and none that fits, ends."""
    lines = {number: Decimal(1) for number in range(currency_split.MAX_LINES)}
    assert currency_split.split(lines, {CNY: Decimal("8.5"), USD: Decimal("9.5")}) == {}


def by_hand(costs, billed):
    """All splits that add up, tried one by one."""
    names = list(billed)
    for chosen in product(names, repeat=len(costs)):
        split = dict(zip(costs, chosen, strict=True))
        if all(sum((cost for line, cost in costs.items() if split[line] == name), Decimal(0)) == billed[name] for name in names):
            yield split


lines = st.lists(st.integers(0, 9) | st.integers(0, 10**20), min_size=1, max_size=8).map(
    lambda numbers: {number: Decimal(cost).scaleb(-16) for number, cost in enumerate(numbers)}
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(lines, st.data())
def test_a_split_is_the_only_one_or_none(costs, data):
    """A split is returned exactly where one way to add up to both bills exists, whether the bills are true or not."""
    truth = data.draw(st.lists(st.sampled_from([CNY, USD]), min_size=len(costs), max_size=len(costs)))
    billed = {name: sum((cost for line, cost in costs.items() if truth[line] == name), Decimal(0)) for name in (CNY, USD)}
    billed[CNY] += Decimal(data.draw(st.sampled_from([0, 0, 1]))).scaleb(-16)

    ways = list(by_hand(costs, billed))

    assert currency_split.split(costs, billed) == (ways[0] if len(ways) == 1 else {})


@settings(deadline=None, derandomize=True, max_examples=100)
@given(lines, st.randoms(use_true_random=False))
def test_neither_order_nor_names_matter(costs, random):
    """The same lines and bills in another order, or under the other currency's name, are split alike."""
    assume(len(costs) > 1)
    billed = {CNY: costs[0], USD: sum((cost for line, cost in costs.items() if line), Decimal(0))}
    shuffled = list(costs.items())
    random.shuffle(shuffled)
    found = currency_split.split(costs, billed)

    assert currency_split.split(dict(shuffled), dict(reversed(billed.items()))) == found
    turned = currency_split.split(costs, {CNY: billed[USD], USD: billed[CNY]})
    assert turned == {line: CNY if name == USD else USD for line, name in found.items()}


# Where no bill gives the currency, a price that was billed elsewhere does.

CNY_LIST, USD_LIST = Tier("CNY", "0.02", "1", "2"), Tier("USD", "0.0028", "0.14", "0.28")


def currencies_without_bills(used, *billed):
    """The currency and its basis, by meter, of an export of `used` (price list, quantities) without its bill, after exports of `billed`."""
    with emptied_folder() as folder:
        ledger = Keyspend(folder / "data", clock=lambda: NOW)
        for number, lists in enumerate([*billed, used]):
            day = BASES[2] + number * DAY
            at = datetime.combine(day, time(5))
            world = World((Key(0, MASK, ((day, "n"),)),), tuple(Call(0, "m", tier, at, quantities) for tier, quantities in lists))
            (folder / f"{number}.zip").write_bytes(world.zip(simple_cut(day, with_cost=number < len(billed))))
            ledger.import_paths([folder / f"{number}.zip"], without_cost=True)
        shown = ledger.sql(f"SELECT DISTINCT meter, currency, currency_basis FROM usage WHERE charge_date = '{day}'")
    return {meter: (name, basis) for meter, name, basis in shown.rows}


def test_a_price_billed_elsewhere_gives_its_currency_and_that_of_the_requests():
    """Without a bill, each price has the currency that it was billed in, and requests that of the prices in their bucket."""
    used = [(CNY_LIST, (5, 0, 7, 1))]
    assert currencies_without_bills(used, [(CNY_LIST, (1, 1, 1, 1))]) == dict.fromkeys(
        ("input_cache_hit_tokens", "output_tokens", "request_count"), (CNY, "price")
    )


def test_a_price_billed_in_two_currencies_gives_none():
    """A price that was billed in both currencies, or never, has an unknown one."""
    used = [(CNY_LIST, (0, 3, 0, 1))]
    unknown = dict.fromkeys(("input_cache_miss_tokens", "request_count"), ("unknown", "unknown"))
    in_dollars = replace(CNY_LIST, currency="USD")
    assert currencies_without_bills(used) == unknown
    assert currencies_without_bills(used, [(CNY_LIST, (1, 1, 1, 1))], [(in_dollars, (1, 1, 1, 1))]) == unknown
    assert currencies_without_bills(used, [(in_dollars, (1, 1, 1, 1))], [(CNY_LIST, (1, 1, 1, 1))]) == unknown


def test_requests_with_a_price_of_unknown_currency_follow_none():
    """One known and one unknown price leave the currency of their requests unknown."""
    used = [(CNY_LIST, (0, 3, 0, 1)), (USD_LIST, (0, 0, 9, 1))]
    assert currencies_without_bills(used, [(CNY_LIST, (1, 1, 1, 1))]) == {
        "input_cache_miss_tokens": (CNY, "price"),
        "output_tokens": ("unknown", "unknown"),
        "request_count": ("unknown", "unknown"),
    }


def test_requests_with_two_currencies_follow_none():
    """Where a bucket was split between two currencies, the currency of its requests is unknown."""
    used = [(CNY_LIST, (0, 3, 0, 1)), (USD_LIST, (0, 0, 9, 1))]
    currencies = currencies_without_bills(used, [(CNY_LIST, (1, 1, 1, 1))], [(USD_LIST, (1, 1, 1, 1))])
    assert [currencies[meter] for meter in sorted(currencies)] == [(CNY, "price"), (USD, "price"), ("unknown", "unknown")]
