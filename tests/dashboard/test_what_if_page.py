"""The page What if without a browser: its numbers are the command's, and its assumptions stand in the address."""

from decimal import Decimal

from analytics.dashboard.data import query_cache
from tests.support.pages import figure, tiles


def test_the_page_has_the_numbers_of_the_library(visit, samples):
    """Tiles, bars and marks are the sums and rows of `what_if` for the filters and assumptions of the address, to the digit."""
    query = {"off-peak": "0.5", "hits": "0.8", "traffic": "1.5"}
    app = visit("what_if", period="2026-09", currency="CNY", **query)
    assumed = {"off_peak_ratio": Decimal("0.5"), "cache_hit_ratio": Decimal("0.8"), "traffic": {None: Decimal("1.5")}}
    frame = samples.what_if(month="2026-09", currency="CNY", **assumed).frame
    cost, was = (sum(frame.values(name)) for name in ("what_if_cost", "computed_cost"))

    shown = tiles(app)
    assert Decimal(shown["Would cost"][1].replace("¥", "").replace(",", "")) == cost
    assert Decimal(shown["Difference"][1].replace("¥", "").replace(",", "").replace("−", "-")) == cost - was
    bars, marks = figure(app, 0)["data"]
    assert bars["x"] == [float(value) for value in frame.values("what_if_cost")[:12]]
    assert marks["x"] == [float(value) for value in frame.values("computed_cost")[:12]]
    page_text = " ".join(text.value for text in app.markdown)
    assert "80\\.0\\% of all input tokens are cache hits" in page_text


def test_a_slider_changes_the_address(visit):
    """Moving a slider puts the assumption into the address, moving it back removes it; a wrong value is refused with a message."""
    app = visit("what_if", period="2026-09", currency="CNY")
    assert "Move a slider" in app.info[0].value

    app.select_slider(key="suppose-off-peak").set_value("1").run()
    assert app.query_params["off-peak"] == "1"
    assert tiles(app)["Difference"][0].startswith("−¥")

    app.select_slider(key="suppose-off-peak").set_value("").run()
    assert "off-peak" not in app.query_params
    assert "Move a slider" in app.info[0].value
    assert "no number" in visit("what_if", hits="half").error[0].value


def test_another_model_and_one_key(visit, samples):
    """A model at another's prices and the traffic of one key are in the page and in the rows of the download."""
    row = next(samples.report("spend-by-key", month="2026-09", currency="CNY", models="deepseek-v4-pro").records())
    pair = ("deepseek-v4-pro", "deepseek-v4-flash")
    app = visit("what_if", period="2026-09", currency="CNY", traffic="2", of=row["api_key"], **{"as": "=".join(pair)})
    frame = samples.what_if(month="2026-09", currency="CNY", as_models=dict([pair]), traffic={row["api_key"]: Decimal(2)}).frame

    assert Decimal(tiles(app)["Would cost"][1].replace("¥", "").replace(",", "")) == sum(frame.values("what_if_cost"))
    scope = {"start": "2026-09-01", "end": "2026-10-01", "account": None, "currency": "CNY", "keys": (), "models": ()}
    assert query_cache.what_if(**scope, as_models=(pair,), traffic=((row["api_key"], Decimal(2)),)).rows == frame.rows
