"""Negative costs and prices of zero: money as the files have it."""

from datetime import date
from decimal import Decimal

import pytest

from analytics.reports.focus import NAME as FOCUS
from tests.support.generated import MASK, export

DAY = ["2026-08-27T00:00:00+08:00", "2026-08-28T00:00:00+08:00"]
NEXT = ["2026-08-28T00:00:00+08:00", "2026-08-29T00:00:00+08:00"]
USE = [[*DAY, "m", "app", MASK, "output_tokens", "0.000006", "500000"]]
BILL = [*DAY, "m", "Paid", "3", "CNY"]
OLD_USE = [["2026-05-02", "m", "app", MASK, "output_tokens", "0.000006", "500000"]]
OLD_BILL = ["2026-05-02", "m", "Paid", "-3", "CNY"]


def receipt_of(ledger, tmp_path, *files, **layout):
    """The outcome of importing one export of these rows."""
    path = tmp_path / "usage_data_2026_8.zip"
    path.write_bytes(export(*files, **layout))
    (outcome,) = ledger.import_paths([path])
    return outcome


def bill(receipt):
    """Billed and computed cost by currency."""
    return {total.currency: (total.billed_cost, total.computed_cost) for total in receipt.totals}


def test_a_refund_among_costs_is_taken_as_it_is(ledger, tmp_path):
    """A bill of 3.00 and a refund of 1.25 on the day after come to 1.75, and the refund is the reason of the difference."""
    receipt = receipt_of(ledger, tmp_path, USE, [BILL, [*NEXT, "m", "Paid", "-1.25", "CNY"]])

    assert bill(receipt) == {"CNY": (Decimal("1.75"), 3)}
    (difference,) = receipt.differences
    assert (difference.charge_date, difference.variance) == (date(2026, 8, 28), Decimal("-1.25"))
    assert difference.reason == "the bill has a refund of this amount"
    charges = [(row["ChargeCategory"], row["BilledCost"]) for row in ledger.report(FOCUS).records()]
    assert sorted(charges) == [("Adjustment", Decimal("-1.25")), ("Usage", 3)]


def test_a_refund_on_a_day_with_costs_is_its_difference(ledger, tmp_path):
    """A refund in the same bucket as a cost is the difference of the bucket, whichever wallet it goes to."""
    receipt = receipt_of(ledger, tmp_path, USE, [BILL, [*DAY, "m", "Granted", "-1.25", "CNY"]])

    (difference,) = receipt.differences
    assert (difference.variance, difference.reason) == (Decimal("-1.25"), "the bill has a refund of this amount")


def test_a_refund_alone_is_no_cost(ledger, tmp_path):
    """A bill of one refund in a layout of today comes to less than nothing."""
    receipt = receipt_of(ledger, tmp_path, [], [[*NEXT, "m", "Paid", "-1.25", "CNY"]])

    assert bill(receipt) == {"CNY": (Decimal("-1.25"), 0)}
    assert not receipt.is_reconciled


@pytest.mark.parametrize("layout", ["A", "B"])
def test_costs_of_old_exports_that_are_all_negative_are_costs(ledger, tmp_path, layout):
    """Exports by UTC days were seen with every cost as a negative amount; the receipt names it."""
    day = {"A": "2026-05-02", "B": "20260502"}[layout]
    receipt = receipt_of(ledger, tmp_path, [[day, *OLD_USE[0][1:]]], [[day, *OLD_BILL[1:]]], layout=layout)

    assert [finding.code for finding in receipt.findings if finding.code == "cost-sign"] == ["cost-sign"]
    assert (bill(receipt), receipt.is_reconciled) == ({"CNY": (3, 3)}, True)


def test_an_old_export_with_both_signs_is_refused(ledger, tmp_path):
    """There a refund could be a cost: nothing is imported."""
    refusal = receipt_of(ledger, tmp_path, OLD_USE, [OLD_BILL, ["2026-05-03", "m", "Paid", "1", "CNY"]], layout="A")

    assert refusal.error.code == "csv-sign"


FREE = [*DAY, "free", "app", MASK, "output_tokens", "0", "700"]
REQUEST = [*DAY, "free", "app", MASK, "request_count", "", "7"]


def test_usage_of_price_zero_costs_nothing_in_the_currency_of_its_account(ledger, tmp_path):
    """A free model without a row in the bill is 0.00 in the only currency of the account, and reconciles."""
    receipt = receipt_of(ledger, tmp_path, [*USE, FREE, REQUEST], [BILL])

    assert (bill(receipt), receipt.is_reconciled) == ({"CNY": (3, 3)}, True)
    known = ledger.sql("SELECT DISTINCT currency, currency_basis FROM usage WHERE model = 'free'").rows
    assert known == [("CNY", "account")]
    assert [row["BilledCost"] for row in ledger.report(FOCUS).records() if row["x_Model"] == "free"] == [0]


def test_a_close_keeps_the_currency_of_what_costs_nothing(ledger, tmp_path):
    """What is known of a free model does not change with the close of its month."""
    receipt_of(ledger, tmp_path, [*USE, FREE, REQUEST], [BILL])
    before = ledger.sql("SELECT * FROM usage").rows
    ledger.close("2026-08", force_reason="a part of the month")

    assert ledger.sql("SELECT * FROM usage").rows == before
    assert all(check.holds for check in ledger.verify())


def test_a_price_of_zero_shows_no_currency(ledger, tmp_path):
    """In an account of two currencies a free model has none that is known, and a paid price in its bucket gives it one."""
    other = [*DAY, "n", "app", MASK, "output_tokens", "0.000001", "1000000"]
    paid = [*DAY, "free", "app", MASK, "input_cache_miss_tokens", "0.000001", "1000000"]
    bills = [BILL, [*DAY, "n", "Paid", "1", "USD"]]
    receipt_of(ledger, tmp_path, [*USE, other, FREE], bills)
    assert ledger.sql("SELECT DISTINCT currency FROM usage WHERE model = 'free'").rows == [("unknown",)]

    ledger.undo(1)
    receipt_of(ledger, tmp_path, [*USE, other, FREE, paid], [*bills, [*DAY, "free", "Paid", "1", "USD"]])
    assert ledger.sql("SELECT DISTINCT currency FROM usage WHERE model = 'free'").rows == [("USD",)]
