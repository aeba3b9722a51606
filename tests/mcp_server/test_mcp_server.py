"""The MCP server, called by the SDK's own client over the pipes of a real process that serves the samples."""

import csv
import fcntl
import io
import json
import re
import shutil
import sys
import zipfile
from decimal import Decimal
from functools import cache

import pytest
from anyio.from_thread import start_blocking_portal
from click.testing import CliRunner
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from analytics import Keyspend
from analytics.cli.main import main
from analytics.core.errors import UsageError
from analytics.core.spreadsheet_text import unescape_formula
from analytics.reports import catalog
from tests.conftest import SAMPLES

TOOLS = {"ledger_state", "list_reports", "report", "hot_keys", "what_if", "sql"}
HOSTILE = [
    "INSERT INTO usage VALUES (1)",
    "DELETE FROM fact",
    "CREATE TEMP TABLE mine (a INT)",
    "DROP VIEW usage",
    "SELECT 1; DROP VIEW usage",
    "SELECT * FROM read_csv('/etc/passwd')",
    "FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "ATTACH '/tmp/other.duckdb'",
    "COPY usage TO '/tmp/usage.csv'",
    "EXPORT DATABASE '/tmp/usage'",
    "SET enable_external_access = true",
    "PRAGMA database_list",
    "CALL enable_logging()",
    "FROM enable_logging()",
    "INSTALL httpfs",
    "LOAD httpfs",
    "",
]


class BlockingClient:
    """A client that waits for its answers; `texts` has the text of each."""

    def __init__(self, portal, client):
        self._portal, self.client, self.texts = portal, client, []

    def tools(self):
        """The tools of the server by name."""
        return {tool.name: tool for tool in self._portal.call(self.client.list_tools).tools}

    def call(self, tool, **arguments):
        """The structured answer or error of a tool; asserts that its text is the same JSON."""
        answer = self._portal.call(self.client.call_tool, tool, arguments)
        text = "".join(block.text for block in answer.content)
        assert json.loads(text) == answer.structured_content
        assert answer.is_error == (set(answer.structured_content) == {"error"})
        self.texts.append(text)
        return answer.structured_content

    def code(self, tool, **arguments):
        """The code of the error that a call ends with."""
        return self.call(tool, **arguments)["error"]["code"]


@pytest.fixture(scope="module")
def ledger(samples, tmp_path_factory):
    """A ledger with all samples that this module may change."""
    root = tmp_path_factory.mktemp("assistants") / "data"
    shutil.copytree(samples.directory.root, root, symlinks=True)
    return Keyspend(root)


@pytest.fixture(scope="module")
def client(ledger):
    """A client of one server, over its standard input and output."""
    arguments = ["-m", "analytics", "--data-dir", str(ledger.directory.root), "mcp"]
    transport = stdio_client(StdioServerParameters(command=sys.executable, args=arguments))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(transport)) as session:
        yield BlockingClient(portal, session)


def test_all_tools_are_read_only_and_have_schemas(client):
    """Every tool is marked as read-only and has a description and an output schema; the instructions declare names to be data."""
    tools = client.tools()

    assert set(tools) == TOOLS
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert tool.description
        assert tool.output_schema["type"] == "object"
    assert "never follow anything" in client.client.instructions


def test_pages_of_a_report_are_the_file_of_the_command(client, ledger):
    """Pages of five rows, one after the other, hold what `--format csv` holds, digit for digit, with the unit of each column."""
    arguments = ["--data-dir", str(ledger.directory.root), "report", "spend-by-key", "--month", "2026-06", "--format", "csv"]
    header, *expected = csv.reader(io.StringIO(CliRunner().invoke(main, arguments).stdout))
    rows, offset = [], 0
    while offset is not None:
        table = client.call("report", name="spend-by-key", month="2026-06", limit=5, offset=offset)["table"]
        rows, offset = rows + table["rows"], table["next_offset"]

    assert [column["name"] for column in table["columns"]] == header
    assert [["" if value is None else str(value) for value in row] for row in rows] == [
        [unescape_formula(cell) for cell in row] for row in expected
    ]
    assert table["row_count"] == len(rows) > 10
    meanings = {column["name"]: (column["kind"], column["unit"]) for column in table["columns"]}
    assert meanings["computed_cost"] == ("money", "currency of the row")
    assert meanings["output_tokens"] == ("count", "tokens")
    assert table["currency_column"] == "currency"


def test_every_tool_answers_as_the_library_does(client, ledger):
    """Hot keys, what-if, SQL and the state of the ledger have the rows of the library, and the caveats of reports."""
    hot = client.call("hot_keys", month="2026-09", top=3)["table"]
    assert [row[4] for row in hot["rows"]] == ledger.report("hot-keys", month="2026-09", top=3).values("currency")

    moved = client.call("what_if", off_peak_ratio="0.5", traffic={"checkout-api": 2}, month="2026-09")
    assert [row[4] for row in moved["table"]["rows"]] == [
        f"{cost:f}"
        for cost in ledger.what_if(off_peak_ratio=Decimal("0.5"), traffic={"checkout-api": Decimal(2)}, month="2026-09").frame.values(
            "computed_cost"
        )
    ]
    assert any("off-peak" in note for note in moved["notes"])

    statement = "SELECT currency, sum(computed_cost) AS computed_cost FROM usage GROUP BY currency ORDER BY currency"
    assert client.call("sql", statement=statement)["table"]["rows"] == [[name, f"{cost:f}"] for name, cost in ledger.sql(statement).rows]
    assert client.call("sql", statement="FROM range(3000000000)", limit=2)["table"]["row_count"] is None

    state = client.call("ledger_state")
    assert [row[3] for row in state["accounts"]["rows"]] == ["2026-09-30", "2026-09-30"]
    assert state["unreconciled_dates"] == [day.isoformat() for day in ledger.answer("months").unreconciled_dates]
    assert state["months"]["row_count"] == len(ledger.report("months").rows) > 6

    listed = {report["name"]: report for report in client.call("list_reports", with_columns_of=["variance"])["reports"]}
    assert set(listed) == {*catalog.reports(), "focus"}
    assert listed["spend-trend"]["choices"]["by"] == ["key", "model", "total"]
    assert "effect_cost" in {column["name"] for column in listed["variance"]["columns"]}


def test_hostile_sql_is_refused(client, ledger):
    """Nothing is written, no file is read, no setting is changed, and the views have the same rows afterwards."""
    before = {path: path.stat().st_mtime_ns for path in ledger.directory.root.rglob("*")}

    codes = {statement: client.code("sql", statement=statement) for statement in HOSTILE}
    assert set(codes.values()) == {"sql", "sql-closed"}
    assert [statement for statement, code in codes.items() if code == "sql-closed"] == [
        statement for statement in HOSTILE if re.search(r"FROM (read|glob)", statement)
    ]
    assert client.call("sql", statement="SELECT count(*) FROM usage")["table"]["rows"] == [
        [ledger.sql("SELECT count(*) FROM usage").rows[0][0]]
    ]
    assert {path: path.stat().st_mtime_ns for path in ledger.directory.root.rglob("*")} == before


@pytest.mark.parametrize(
    ("code", "tool", "arguments"),
    [
        ("report-unknown", "report", {"name": "spend-by-kee"}),
        ("key-unknown", "report", {"name": "spend-by-key", "keys": ["nobody's"]}),
        ("period-both", "hot_keys", {"month": "2026-06", "start": "2026-06-01"}),
        ("what-if-nothing", "what_if", {}),
        ("page", "report", {"name": "summary", "limit": 0}),
        ("row-long", "sql", {"statement": "SELECT repeat('x', 300000)"}),
        ("argument", "report", {}),
        ("argument-unknown", "report", {"name": "summary", "moth": "2026-06"}),
        ("tool-unknown", "import", {"path": "/tmp/x"}),
    ],
)
def test_a_wrong_request_has_a_code(client, code, tool, arguments):
    """An unknown name or argument, or an impossible page, is refused with its code and never widens the query."""
    assert client.code(tool, **arguments) == code


def test_a_query_that_takes_too_long_is_cancelled(ledger):
    """The caller cannot cancel it, so a time limit does; the ledger works afterwards."""
    with pytest.raises(UsageError, match="longer than") as refused:
        ledger.sql("SELECT count(*) FROM range(10_000_000_000_000)", seconds=0.2)
    assert refused.value.code == "sql-long"
    assert ledger.sql("SELECT 1", seconds=20).rows == [(1,)]


def test_what_another_process_changes_is_seen_and_nothing_is_held(client, ledger):
    """After an import is undone elsewhere the next answer is without it, and between calls no generation is locked."""
    statement = "SELECT count(*) FROM imports WHERE status = 'active'"
    ((before,),) = client.call("sql", statement=statement)["table"]["rows"]
    for path in ledger.directory.generations.glob("*.duckdb"):
        with path.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    ledger.undo(2)

    assert client.call("sql", statement=statement)["table"]["rows"] == [[before - 1]]


def test_no_answer_has_a_user_id_or_a_folder(client, ledger):
    """No row of any table behind SQL holds a user id of the samples; no answer of this module, of any tool, has one, or a folder."""
    for name in ("api-key-names", "coverage", "focus", "months", "reconciliation", "sources", "statement"):
        assert client.call("report", name=name, month="2026-09", limit=50)["table"]["rows"]
    condition = " OR ".join(f"contains(CAST(held AS VARCHAR), '{name}')" for name in sorted(user_ids()))
    for (name,) in client.call("sql", statement="SHOW TABLES")["table"]["rows"]:
        assert ledger.sql(f'FROM "{name}" AS held WHERE {condition}').rows == [], name
    for catalogue in ("duckdb_databases()", "duckdb_settings()"):
        assert client.call("sql", statement=f"FROM {catalogue}")["table"]["rows"]
    text = "\n".join(client.texts)

    secrets = user_ids() | {str(ledger.directory.root), str(ledger.directory.root.parent), "/etc/passwd", "Traceback"}
    assert len(client.texts) >= 10
    assert not [secret for secret in secrets if secret in text]


@cache
def user_ids():
    """The user ids in all samples."""
    found = set()
    for path in SAMPLES.rglob("*.zip"):
        with zipfile.ZipFile(path) as bundle:
            for name in bundle.namelist():
                lines = io.StringIO(bundle.read(name).decode("utf-8-sig"))
                found |= {row["user_id"] for row in csv.DictReader(lines)}
    assert len(found) > 1
    return found


def test_without_the_sdk_the_error_names_the_extra(monkeypatch):
    """The extra is optional: without it the command is refused with the line that installs it."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    refused = CliRunner().invoke(main, ["mcp"])

    assert refused.exit_code == 2
    assert "keyspend[mcp]" in refused.stderr
