"""The pages Tokens and Models and prices without a browser: their numbers, steps of time, and sentences about prices."""

import json
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from analytics.dashboard.data.granularity import GRAINS
from analytics.dashboard.pages.models import price_history
from tests.support.pages import figure, opener, tiles
from tests.support.worlds import HIGH, LOW, each, paid

AUGUST = "currency = 'CNY' AND strftime(charge_date, '%Y-%m') = '2026-08'"
METERS = ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens", "request_count")


def drawn(app, position, axis):
    """The values of a chart's panel, by name."""
    values = {}
    for trace in figure(app, position)["data"]:
        if trace.get("yaxis", "y") == axis:
            values.setdefault(trace["name"], []).extend(trace["y"])
    return values


def test_tokens_are_those_of_the_usage(visit, samples):
    """Tiles and panels hold exactly the tokens and requests of the month in the one currency, by any series."""
    used = dict(samples.sql(f"SELECT meter, sum(quantity) FROM usage WHERE {AUGUST} GROUP BY meter").rows)
    hit, miss, output, requests = (int(used[meter]) for meter in METERS)
    saved = sum(row["saved_cost"] for row in samples.report("cache-savings", month="2026-08", currency="CNY").records())

    for by in ("key", "model", "total"):
        app = visit("tokens", period="2026-08", by=by)
        shown = tiles(app)
        assert shown["Tokens"][1] == f"Input tokens: {hit:,} from the cache, {miss:,} not. Output tokens: {output:,}."
        assert shown["Cache hit ratio"][0] == f"{hit / (hit + miss):.1%}"
        assert shown["Request size"][0] == f"{round((hit + miss + output) / requests):,}"
        assert shown["Cache saved"][0] == f"¥{saved:,.2f}"
        for axis, total in zip(("y", "y2", "y3", "y4"), (hit, miss, output, requests), strict=True):
            assert sum(sum(values) for values in drawn(app, 0, axis).values()) == total
        assert sum(sum(values) for values in drawn(app, 2, "y").values()) == pytest.approx(float(saved))


def test_ratios_are_those_of_each_day(visit, samples):
    """The line of a key is its hits by its input on each day; the rest, which is a mixture, is not drawn as a line."""
    app = visit("tokens", period="2026-08")
    key = "api_key_name = 'nightly batch'"
    expected = samples.sql(
        f"SELECT sum(quantity) FILTER (WHERE meter = '{METERS[0]}') / sum(quantity) FILTER (WHERE meter IN ('{METERS[0]}', '{METERS[1]}'))"
        f" FROM usage WHERE {AUGUST} AND {key} GROUP BY charge_date ORDER BY charge_date"
    )
    ratios = drawn(app, 1, "y")

    assert ratios["nightly batch"] == pytest.approx([ratio for (ratio,) in expected.rows])
    assert "other" in drawn(app, 0, "y")
    assert "other" not in ratios
    assert figure(app, 1)["layout"]["yaxis"]["tickformat"] == ".0%"


@pytest.mark.parametrize(
    ("query", "grain", "offered"),
    [
        ({"from": "2026-09-16", "to": "2026-09-17"}, "per hour", []),
        ({"from": "2026-09-15", "to": "2026-09-17"}, "per day", ["hour", "day"]),
        ({"from": "2026-09-15", "to": "2026-09-17", "grain": "hour"}, "per hour", ["hour", "day"]),
        ({"period": "2026-08"}, "per day", ["day", "week", "month"]),
        ({"period": "2026-08", "grain": "week"}, "per week", ["day", "week", "month"]),
        ({"period": "2026-08", "grain": "hour"}, "per day", ["day", "week", "month"]),
        ({"period": "90d"}, "per week", ["day", "week", "month"]),
        ({"period": "all"}, "per month", ["week", "month"]),
        ({"period": "all", "grain": "day"}, "per month", ["week", "month"]),
    ],
)
def test_steps_of_time_fit_the_period(visit, query, grain, offered):
    """The step follows the period; another one may be chosen where a browser can draw it, an address with more steps gets the default."""
    app = visit("tokens", **query)

    shown = [text.value for text in app.markdown if grain in text.value]
    assert len(shown) == 3
    shown = [control.options for control in app.segmented_control if control.key.startswith("view-grain")]
    assert shown == ([[GRAINS[name] for name in offered]] if offered else [])


def test_hours_are_shown_at_the_clock_of_their_days(visit, samples):
    """A day of hours runs from midnight to midnight at its own offset, and days without hours are left out by name."""
    app = visit("tokens", **{"from": "2026-09-15", "to": "2026-09-17", "grain": "hour", "by": "total"})

    hours = figure(app, 0)["data"][0]["x"]
    assert datetime.fromisoformat(hours[0]) == datetime(2026, 9, 16)
    assert datetime.fromisoformat(hours[-1]) == datetime(2026, 9, 16, 23)
    assert any("2026\\-09\\-15" in text.value for text in app.markdown)


def test_what_is_not_whole_is_hatched(visit):
    """A week that the period cuts off looks like no drop: it is hatched, and the page explains the hatching."""
    app = visit("tokens", period="2026-06", grain="week", by="total")

    traces = figure(app, 0)["data"][:2]
    assert [list(trace["x"]) for trace in traces] == [["2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22"], ["2026-06-29"]]
    assert traces[1]["marker"]["pattern"]["shape"] == ["/"]
    assert any("Hatched bars" in text.value for text in app.markdown)


def test_spend_by_meter_is_the_spend(visit, samples):
    """Bars of models by meter add up to the bill of the month and to its tokens; the effective price is their quotient."""
    ((cost, tokens),) = samples.sql(
        f"SELECT sum(computed_cost), sum(quantity) FILTER (WHERE meter <> 'request_count') FROM usage WHERE {AUGUST}"
    ).rows
    app = visit("models", period="2026-08")

    bars = figure(app, 0)["data"]
    assert sum(sum(bar["x"]) for bar in bars if bar["xaxis"] == "x") == pytest.approx(float(cost))
    assert sum(sum(bar["x"]) for bar in bars if bar["xaxis"] == "x2") == tokens
    assert tiles(app)["Cost per million"][0] == f"¥{cost * 10**6 / tokens:.4f}"
    ((peak,),) = samples.sql(
        f"SELECT sum(computed_cost) FROM usage JOIN (SELECT model, meter, max(unit_price) AS unit_price FROM usage WHERE {AUGUST}"
        f" GROUP BY model, meter) USING (model, meter, unit_price) WHERE {AUGUST} AND charge_date >= '2026-08-17'"
    ).rows
    assert tiles(app)["Paid at peak"][0] == f"{peak / cost:.1%}"


def test_prices_are_steps(visit):
    """Prices stay until they change; the peak price is a line of its own, dotted, and begins where there was a peak."""
    traces = {trace["name"]: trace for trace in figure(visit("models", period="2026-08"), 2)["data"] if trace["yaxis"] == "y2"}

    flash, peak = traces["deepseek-v4-flash"], traces["deepseek-v4-flash, peak"]
    assert flash["line"]["shape"] == peak["line"]["shape"] == "hv"
    assert (flash["x"][:2], flash["y"][:2]) == (["2026-08-01", "2026-08-17"], [1.0, 1.5])
    assert (peak["x"][0], peak["y"][0], peak["line"]["dash"]) == ("2026-08-17", 3.0, "dot")


def test_a_price_cut_is_a_sentence(monkeypatch):
    """Each change of price is a sentence, in either language, from the figures of its row."""
    with paid({**each(HIGH, 16), **each(LOW, 16, 26)}) as ledger:
        visit = opener(ledger, monkeypatch)
        english, chinese = (visit("models", locale=locale, period="all") for locale in ("en-US", "zh-CN"))

    shown = "\n".join(text.value for text in english.markdown).replace("\\", "")
    assert "**m** on Aug 17, 2026" in shown
    assert "- cache miss fell from ¥2 to ¥1 (−50.0%)" in shown
    assert "- output fell from ¥8 to ¥4 (−50.0%)" in shown
    assert "缓存未命中从 ¥2 降至 ¥1 (−50.0%)" in "\n".join(text.value for text in chinese.markdown).replace("\\", "")
    assert tiles(english)["Price changes"] == ("3", tiles(english)["Price changes"][1])
    assert json.loads(english.get("plotly_chart")[2].proto.spec)["data"][1]["y"][:2] == [2.0, 1.0]


def test_a_change_without_usage_around_it_has_a_span(visit):
    """Where no price was paid for some days around a change, it fell between two days."""
    shown = "\n".join(text.value for text in visit("models", period="2026-08", currency="USD").markdown).replace("\\", "")

    assert "**deepseek-v4-pro** between Aug 13, 2026 and Aug 19, 2026" in shown
    assert "- cache hit off-peak rose from $0.003625 to $0.022 (+506.9%)" in shown


@pytest.mark.parametrize("page", ["tokens", "models"])
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"from": "2024-01-01", "to": "2024-02-01"}, "No export covers these days"),
        ({"from": "2026-09-16", "to": "2026-09-17", "key": ["sandbox"]}, "Nothing was used"),
    ],
)
def test_an_empty_view_has_a_message(visit, page, query, shown):
    """A period without usage has a message and no chart, whether there is usage before it or not."""
    app = visit(page, **query)

    assert shown in app.info[0].value
    assert not app.get("plotly_chart")


def test_input_without_cache_saves_nothing(visit, samples):
    """Where nothing came from the cache, the page has a message and no chart of savings."""
    quiet = samples.sql(
        "SELECT charge_date FROM usage WHERE api_key_name = 'sandbox' GROUP BY charge_date"
        " HAVING NOT bool_or(meter = 'input_cache_hit_tokens') ORDER BY charge_date LIMIT 1"
    )
    day = quiet.rows[0][0]
    app = visit("tokens", key=["sandbox"], **{"from": f"{day}", "to": f"{date.fromordinal(day.toordinal() + 1)}"})

    assert tiles(app)["Cache saved"][0] == "–"
    assert len(app.get("plotly_chart")) == 2
    assert any("No input of this view came from the cache" in text.value for text in app.markdown)


def test_a_price_has_all_its_digits():
    """Prices are written exactly, without trailing zeros."""
    view = SimpleNamespace(currency="CNY")

    assert [price_history.price(Decimal(text), view) for text in ("2.000000000000", "0.025000000000", "1.5")] == ["¥2", "¥0.025", "¥1.50"]
