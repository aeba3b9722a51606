"""The dashboard without a browser: opened with a query, and its tiles and charts as values."""

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from analytics.core.data_directory import ENVIRONMENT_VARIABLE

APP = Path(__file__).parents[2] / "app.py"
SIGN_IN = """
[auth]
redirect_uri = "https://keyspend.example.com/oauth2callback"
cookie_secret = "a long random text"
client_id = "keyspend"
client_secret = "another"
server_metadata_url = "https://login.example.com/.well-known/openid-configuration"

[roles]
editors = ["Finance@example.com"]
viewers = ["@example.com"]
"""


def opener(ledger, monkeypatch):
    """Return a function that opens a page of the dashboard of a ledger, by its name, with a query."""
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(ledger.directory.root))

    def visited(page=None, /, locale="en-US", **query):
        app = AppTest.from_file(str(APP), default_timeout=30)
        app.context = {"locale": locale}
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page:
            app.switch_page(f"analytics/dashboard/pages/{page}/page.py").run()
        assert not app.exception
        return app

    return visited


def tiles(app):
    """Return the tiles by their label: value and exact help."""
    return {metric.label: (metric.value, metric.help) for metric in app.metric}


def figure(app, position):
    """Return a chart of the page, as the browser gets it."""
    return json.loads(app.get("plotly_chart")[position].proto.spec)


def bill(ledger, currency, month):
    """Return the billed cost of a month, from the SQL views."""
    statement = f"SELECT sum(billed_cost) FROM billing WHERE currency = '{currency}' AND strftime(charge_date, '%Y-%m') = '{month}'"
    return ledger.sql(statement).rows[0][0]
