"""Real numbers under invented names, where the folder with them is at hand."""

import json
import os
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("KEYSPEND_REAL_EXPORTS", Path(__file__).parents[3] / "shared" / "real-exports"))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no folder of real exports (KEYSPEND_REAL_EXPORTS)")

EXPECTED = json.loads((FOLDER / "expected.json").read_text()) if FOLDER.is_dir() else {}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_totals_are_exact(ledger, name):
    """Every real file gives its known totals to the last digit; one without its cost file needs the flag for it."""
    expected = EXPECTED[name]

    (receipt,) = ledger.import_paths([FOLDER / name], without_cost=not expected["billed"])

    assert [receipt.amount_rows, receipt.cost_rows or 0] == expected["rows"]
    assert receipt.is_reconciled == bool(expected["billed"])
    keys = ledger.report("spend-by-key")
    spend = defaultdict(Decimal)
    for row in keys.records():
        spend[row["api_key_name"]] += row["computed_cost"]
    assert spend == {key: Decimal(cost) for key, cost in expected["spend_by_key"].items()}
    assert sum(keys.values("computed_cost")) == Decimal(expected["computed_total"])
    for meter, quantity in expected["quantity_by_type"].items():
        assert sum(keys.values(meter)) == quantity
    billed = ledger.sql("SELECT currency, sum(billed_cost) FROM billing GROUP BY currency")
    assert dict(billed.rows) == {currency: Decimal(cost) for currency, cost in expected["billed"].items()}


@pytest.mark.parametrize("name", sorted(name for name, expected in EXPECTED.items() if expected["billed"]))
def test_focus_comes_to_the_bill(ledger, name):
    """The charges by FOCUS of every real file with a bill come to that bill, and their usage to what was computed."""
    ledger.import_paths([FOLDER / name])

    charged = defaultdict(Decimal)
    usage = Decimal(0)
    for row in ledger.report("focus").records():
        charged[row["BillingCurrency"]] += row["BilledCost"] if row["ChargeCategory"] != "Credit" else 0
        usage += row["BilledCost"] if row["ChargeCategory"] == "Usage" else 0

    assert charged == {currency: Decimal(cost) for currency, cost in EXPECTED[name]["billed"].items()}
    assert usage == Decimal(EXPECTED[name]["computed_total"])
