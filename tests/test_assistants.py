"""The tools of assistants, asked by a real client of the protocol over the pipes of a real `keyspend mcp`."""

import csv
import io
import sys
import zipfile
from decimal import Decimal

import anyio
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from analytics import Keyspend
from analytics.asking import Asked, Narrowed
from analytics.assistants import asking, told
from analytics.metrics import questions
from analytics.writers import writer
from tests.conftest import NOW, SAMPLES

EXPORTS = sorted(SAMPLES.rglob("*.zip"))
MONTH = {"month": "2026-09"}
TOOLS = {"reports", "report", "months", "hot_keys", "what_if", "sql"}
CALLS = [
    ("months", {}),
    ("hot_keys", {"about": MONTH}),
    ("what_if", {"about": MONTH | {"currency": "CNY"}, "off_peak_ratio": "1", "traffic": {"*": "2"}}),
    ("sql", {"statement": "SELECT * FROM usage", "limit": 1000}),
    ("sql", {"statement": "SELECT * FROM imports"}),
    *(("report", {"name": name, "about": MONTH, "limit": 1000}) for name in questions()),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The samples but the last export, in a data directory of their own."""
    root = tmp_path_factory.mktemp("assistants") / "data"
    Keyspend(root, clock=lambda: NOW).import_paths(EXPORTS[:-1])
    return root


def asked(data, *calls, between=lambda: None):
    """The results of calls of one client, with something done before the last; first the tools that there are."""

    async def conversation():
        server = StdioServerParameters(command=sys.executable, args=["-m", "analytics", "--data-dir", str(data), "mcp"])
        async with Client(stdio_client(server)) as client:
            results = [(await client.list_tools()).tools]
            for number, (name, arguments) in enumerate(calls, start=1):
                if number == len(calls):
                    between()
                results.append(await client.call_tool(name, arguments))
            return results

    return anyio.run(conversation)


def test_every_tool_answers_and_tells_no_user_id(data):
    """All tools read only; money has its currency and its unit, and no answer to any question has the id of a user."""
    tools, *results = asked(data, ("reports", {}), *CALLS)

    assert {tool.name for tool in tools} == TOOLS
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools)
    assert [result.content for result in results if result.is_error] == []
    assert set(results[0].structured_content) == {*questions(), "focus"}
    users = {next(csv.DictReader(lines))["user_id"] for lines in map(amount_lines, EXPORTS)}
    assert len(users) == 2
    text = "".join(block.text for result in results for block in result.content)
    assert not any(user in text for user in users)
    for result in results[1:]:
        answer = result.structured_content
        money = [column for column in answer["columns"] if column["name"].endswith("_cost")]
        assert all(column["unit"] == "row's currency" for column in money)
        assert not money or "currency" in {column["name"] for column in answer["columns"]} or answer["name"] == "sql"


def amount_lines(path):
    """The lines of an export's amount file."""
    with zipfile.ZipFile(path) as export:
        (name,) = [name for name in export.namelist() if name.rpartition("/")[2].startswith("amount")]
        return export.read(name).decode("utf-8-sig").splitlines()


def test_figures_are_those_of_the_command(data):
    """A report has the cells of its CSV, page by page, and says where to go on until there is no more."""
    calls = [("report", {"name": "spend-by-key", "about": MONTH, "limit": 5, "offset": offset}) for offset in (0, 5, 10)]
    _, *pages = asked(data, *calls)
    answers = [page.structured_content for page in pages]

    head, *rows = csv.reader(io.StringIO(writer("csv")(Keyspend(data).report("spend-by-key", **MONTH)).decode()))
    assert [column["name"] for column in answers[0]["columns"]] == head
    assert [["" if cell is None else str(cell) for cell in row] for answer in answers for row in answer["rows"]] == rows
    assert [answer["next_offset"] for answer in answers] == [5, 10, None]
    assert {answer["row_count"] for answer in answers} == {len(rows)}
    assert all(
        isinstance(row[head.index("computed_cost")], str) and Decimal(row[head.index("computed_cost")]) for row in answers[0]["rows"]
    )


REFUSED = [
    (("sql", {"statement": "DELETE FROM fact"}), "[sql"),
    (("sql", {"statement": "SELECT * FROM read_csv('/etc/passwd')"}), "[sql"),
    (("sql", {"statement": "ATTACH '/tmp/other.duckdb'"}), "[sql"),
    (("sql", {"statement": "SET enable_external_access = true"}), "[sql"),
    (("report", {"name": "everything"}), "[report-unknown]"),
    (("report", {"name": "month-pack"}), "[report-unknown]"),
    (("report", {"name": "spend-by-key", "about": {"month": "May"}}), "[period-month]"),
    (("report", {"name": "spend-by-key", "about": {"grain": "day"}}), "[grain-unused]"),
    (("report", {"name": "spend-by-key", "about": {"user": "x"}}), "not permitted"),
    (("what_if", {"off_peak_ratio": "much"}), "[what-if-number]"),
    (("hot_keys", {"about": {"keys": ["nobody's"]}}), "[key-unknown]"),
]


def test_what_makes_no_sense_is_refused(data):
    """A refusal is an error with the code and the advice of the command; nothing is changed, and the server goes on."""
    before = Keyspend(data).imports().rows
    _, *refused, after = asked(data, *(call for call, _ in REFUSED), ("months", {}))
    for result, (call, code) in zip(refused, REFUSED, strict=True):
        assert result.is_error, call
        assert code in result.content[0].text, call
        assert "Traceback" not in result.content[0].text
    assert not after.is_error
    assert Keyspend(data).imports().rows == before


def test_an_import_of_another_process_is_seen_by_the_next_call(tmp_path):
    """A server holds nothing between calls: another imports meanwhile, and the next answer has it."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    _, nothing, one = asked(tmp_path / "data", ("months", {}), ("months", {}), between=lambda: ledger.import_paths(EXPORTS[:1]))
    assert nothing.is_error
    assert "[no-data]" in nothing.content[0].text
    assert one.structured_content["row_count"] == 1


def test_words_are_those_of_the_library():
    """What assistants can say is what the library is asked with, and every unit of the reports is known."""
    assert set(asking.Asked.model_fields) == set(Asked.__annotations__)
    assert set(asking.Narrowed.model_fields) == set(Narrowed.__annotations__)


def test_columns_of_numbers_have_units(samples):
    """Every amount and every quantity of every report says what it is counted in."""
    columns = {column for name in questions() for column in samples.report(name, **MONTH).columns if column.is_number}
    bare = {column.name for column in columns if not told.unit(column)}
    assert not {name for name in bare if name.endswith(("cost", "tokens", "ratio", "price", "count", "days", "hours"))}
