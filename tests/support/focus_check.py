"""The check of the FOCUS export of the samples with the official validator of FOCUS, run by `make focus-check`.

The validator has an environment of its own, needs no network, and has two faults that affect every file. Every other rule that fails
is a failure of the check.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from analytics import Keyspend
from tests.conftest import NOW, SAMPLES
from tests.support.troubled_exports import wrong_bill

SUPPORTED = ("PUBLIC_PRICE_LIST", "UNIT_PRICING", "USAGE_MEASUREMENT", "SUB_ACCOUNT", "TAGGING", "ACCOUNT_NAMING")
EITHER = {"InvoiceId-C-004-C": "it requires that an invoice id is null, and InvoiceId-C-005-C that it is not, of every row"}
ASCII = {
    "SubAccountName-C-002-M": "it takes text for ASCII, where StringHandling-A-001-M has Unicode",
    "SubAccountName-C-000-C": "it sums up SubAccountName-C-002-M",
}
OWNERS = """[[owner]]
keys = "checkout-api"
owner = "shop"
team = "payments"
[[shared]]
keys = "nightly batch"
shares = { a = 0.5, b = 0.5 }
"""


@dataclass(frozen=True)
class Check:
    """A file to be validated: its format, the keys in it (none are all), and the faults of the validator that it meets."""

    format_name: str
    keys: tuple[str, ...]
    faults: dict[str, str]


CHECKS = (
    Check("csv", (), EITHER | ASCII),
    Check("parquet", (), EITHER | ASCII),
    Check("csv", ("checkout-api", "nightly batch", "translator"), EITHER),
)


def charges(folder):
    """A ledger of the samples with usage, credits, a day billed too much and owners of keys."""
    ledger = Keyspend(folder / "data", clock=lambda: NOW)
    changed = folder / "usage_data_2026-08-04_2026-08-31.zip"
    account = SAMPLES / "main-account"
    as_they_are = [path for path in SAMPLES.rglob("*.zip") if path != account / changed.name]
    ledger.import_paths([*as_they_are, wrong_bill(changed)])
    ledger.directory.settings.write_text(OWNERS, encoding="utf-8")
    return ledger


def validated(environment, path):
    """The result of the validator for a file: the number of rules by outcome (passed, failed, skipped), and the ids of those that fail."""
    site = next((environment / "lib").glob("python3*/site-packages"))
    report = path.with_suffix(".xml")
    command = [
        environment / "bin" / "focus-validator",
        *("--data-file", path, "--validate-version", "1.2", "--block-download"),
        *("--applicability-criteria", ",".join(f"{name}_SUPPORTED" for name in SUPPORTED)),
        *("--output-type", "unittest", "--output-destination", report),
    ]
    # Its list of currencies is found relative to the working directory.
    done = subprocess.run(command, cwd=site, capture_output=True, text=True, check=False)
    if not report.exists():
        sys.exit(f"the validator did not finish\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    outcomes = Counter(_outcome(case) for case in cases)
    return outcomes, {case.get("name").split(" ")[0] for case in cases if _outcome(case) == "failed"}


def _outcome(case):
    if case.find("skipped") is not None:
        return "skipped"
    return "passed" if case.find("failure") is None and case.find("error") is None else "failed"


def main():
    """Validate every file; exit with 1 where the validator finds more than its own faults."""
    environment = Path(sys.argv[1]).absolute()
    found = set()
    with tempfile.TemporaryDirectory() as name:
        ledger = charges(Path(name))
        for number, check in enumerate(CHECKS):
            path = Path(name) / f"focus-{number}.{check.format_name}"
            export = ledger.focus(path, check.format_name, keys=check.keys)
            outcomes, failed = validated(environment, path)
            counts = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped"))
            print(f"{check.format_name:<8} {export.written.rows} rows of {', '.join(check.keys) or 'all keys'}: {counts}")
            for rule in sorted(failed):
                print(f"  {rule}: {check.faults.get(rule, 'A FAULT OF OURS')}")
            found |= failed - check.faults.keys()
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
