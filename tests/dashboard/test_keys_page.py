"""The page of keys without a browser: its rows, its search, its order, an opened key and its neighbours, to the number."""

from datetime import timedelta
from decimal import Decimal

import pytest

from analytics.core.data_directory import SETTINGS_VARIABLE
from tests.support.pages import figure, opener, tiles
from tests.support.small_exports import JUNE, imported, masked, spend

MAIN, EUROPE = "acct-6b625745a1", "acct-451a75f8ac"
CHECKOUT = "sk-83fa0***********************5d21"


@pytest.fixture
def visit(samples, monkeypatch):
    """Opens the page of keys of the samples with a query."""
    visited = opener(samples, monkeypatch)
    return lambda **query: visited("keys", **query)


def board(app):
    """The rows of the leaderboard as the browser gets them."""
    return app.dataframe[0].value


def cost(ledger, condition):
    """The computed cost of the usage under a condition, from the SQL views."""
    return ledger.sql(f"SELECT sum(computed_cost) FROM usage WHERE {condition}").rows[0][0]


def test_the_leaderboard_has_the_cost_of_each_key(visit, samples):
    """Its rows are the keys of the view by cost, with every step of the period in their sparklines."""
    rows = board(visit(period="2026-08"))

    shown = dict(zip(rows["api_key_name"], rows["computed_cost"], strict=True))
    august = "currency = 'CNY' AND strftime(charge_date, '%Y-%m') = '2026-08'"
    assert shown["checkout-api"] == cost(samples, f"{august} AND api_key = '{CHECKOUT}'")
    assert sum(shown.values()) == cost(samples, august)
    assert list(rows["rank"]) == list(range(1, len(rows) + 1))
    assert {len(line) for line in rows["trend"]} == {31}
    for line, amount in zip(rows["trend"], rows["computed_cost"], strict=True):
        assert sum(line) == pytest.approx(float(amount))


def test_keys_have_a_column_of_owners(visit, tmp_path, monkeypatch):
    """Where the settings have owners, a column names them and the search finds them; changed settings apply at once."""
    settings = tmp_path / "keyspend.toml"
    monkeypatch.setenv(SETTINGS_VARIABLE, str(settings))

    def owners(owner, **query):
        settings.write_text(f"[[owner]]\nkeys = ['checkout-api']\nowner = '{owner}'\n", encoding="utf-8")
        rows = board(visit(period="2026-08", **query))
        return dict(zip(rows["api_key_name"], rows["owner"], strict=True))

    assert owners("shop")["checkout-api"] == "shop"
    assert owners("<b>bazaar", find="BAZAAR") == {"checkout-api": "<b>bazaar"}
    settings.write_text("[[ownr]]\n", encoding="utf-8")
    assert "line 1: there is no section 'ownr'" in visit(period="2026-08").error[0].value.replace("\\", "")


def test_a_search_leaves_ranks_and_charts_as_they_are(visit):
    """A search narrows the rows, and neither ranks nor shares nor charts; a search without a match has a message."""
    all_keys, matching = visit(), visit(find="CHECKOUT")

    assert list(board(matching)["rank"]) == [3]
    assert list(board(matching)["cost_ratio"]) == list(board(all_keys)["cost_ratio"])[2:3]
    assert figure(matching, 0) == figure(all_keys, 0)
    assert any("Keys: 1 of 11" in text.value for text in matching.markdown)
    assert "nobody" in visit(find="<b>nobody").info[0].value


@pytest.mark.parametrize(
    ("sort", "column", "descending"), [("rise", "change_cost", True), ("fall", "change_cost", False), ("cache", "cache_hit_ratio", False)]
)
def test_an_order_is_kept_in_the_address(visit, sort, column, descending):
    """The rows have the order of the address; an unknown order is refused with a message."""
    values = list(board(visit(sort=sort))[column])

    assert values == sorted(values, reverse=descending)
    assert "cannot be sorted" in visit(sort="<b>").error[0].value


def test_the_charts_show_the_concentration_of_the_spend(visit, samples):
    """The title counts the keys that make up four fifths of the spend; bars and cells are the spend of the period."""
    app = visit(period="2026-08")

    total = float(cost(samples, "currency = 'CNY' AND strftime(charge_date, '%Y-%m') = '2026-08'"))
    amounts = sorted((float(amount) for amount in board(app)["computed_cost"]), reverse=True)
    holders = next(count for count in range(1, 20) if sum(amounts[:count]) >= 0.8 * total)
    assert any(f"comes from {holders} of {len(amounts)} keys" in text.value for text in app.markdown)
    cells = figure(app, 1)["data"][0]
    assert sum(value**2 for row in cells["z"] for value in row if value) == pytest.approx(total)
    assert sum(figure(app, 0)["data"][0]["x"]) == pytest.approx(total)


def test_an_opened_key_has_its_details(visit, samples):
    """A link to a key shows its cost and rank, its usage over time and by meter, and its neighbours in rank."""
    app = visit(period="2026-09", open=f"{MAIN}/{CHECKOUT}")

    amount = cost(samples, f"api_key = '{CHECKOUT}' AND strftime(charge_date, '%Y-%m') = '2026-09'")
    assert app.title[0].value == r"checkout\-api"
    assert tiles(app)["Computed"][0] == f"¥{amount:,.2f}"
    assert Decimal(tiles(app)["Computed"][1].lstrip("¥").replace(",", "")) == amount
    assert tiles(app)["Rank"][0] == "3"
    for position in (0, 2):
        traces = figure(app, position)["data"]
        assert sum(sum(trace["y" if position == 0 else "x"]) for trace in traces) == pytest.approx(float(amount))
    (used,) = samples.report("tokens-by-key", month="2026-09", account=MAIN, keys=CHECKOUT).records()
    meters = [used[meter] for meter in ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens")]
    assert [sum(trace["y"]) for trace in figure(app, 1)["data"]] == meters
    neighbours = [button.label for button in app.button if button.label[0].isdigit()]
    assert [label.split(" ")[0] for label in neighbours] == ["1\\.", "2\\.", "4\\.", "5\\."]


def test_a_day_with_hours_is_shown_by_the_hour(visit, samples):
    """One day whose evidence has hours has 24 steps, from midnight on its own clock; a longer view can choose hours."""
    day = {"from": "2026-09-16", "to": "2026-09-17"}
    app, month = visit(**day), visit(period="2026-09", open=f"{MAIN}/{CHECKOUT}", grain="hour")

    assert {len(line) for line in board(app)["trend"]} == {24}
    assert figure(app, 1)["data"][0]["x"][0] == "2026-09-16T00:00:00"
    amount = cost(samples, f"api_key = '{CHECKOUT}' AND charge_date = '2026-09-16'")
    hours = figure(month, 0)["data"]
    assert sum(sum(trace["y"]) for trace in hours) == pytest.approx(float(amount))
    assert {moment[:10] for trace in hours for moment in trace["x"]} == {"2026-09-16"}
    assert any("left out: 21" in text.value for text in month.markdown)


def test_two_keys_of_one_name_are_distinct(ledger, tmp_path, monkeypatch):
    """Keys of one name and mask in two accounts are two rows, and each opens alone."""
    zips = [spend((1, JUNE, amount), (2, JUNE, 1), account=account, name=lambda _: "twin") for account, amount in ((0, 5), (1, 3))]
    visit = opener(imported(ledger, tmp_path, *zips), monkeypatch)
    app = visit("keys", period="all")

    rows = board(app)
    assert list(rows["computed_cost"])[:2] == [5, 3]
    assert len(set(zip(rows["account"], rows["api_key_name"], strict=True))) == 4
    assert list(rows["trend"].map(list))[:2] == [[5.0], [3.0]]
    for account, amount in list(zip(rows["account"], rows["computed_cost"], strict=True))[:2]:
        opened = visit("keys", period="all", open=f"{account}/{masked(1)}")
        assert tiles(opened)["Computed"][0] == f"¥{amount:.2f}"
        assert sum(figure(opened, 0)["data"][0]["y"]) == amount


def test_many_keys_come_a_page_at_a_time(ledger, tmp_path, monkeypatch):
    """A browser gets at most 200 rows; the others are on the next pages, and a search finds every key."""
    imported(ledger, tmp_path, spend(*[(number, JUNE, 300 - number) for number in range(230)]))
    visit = opener(ledger, monkeypatch)

    assert list(board(visit("keys", period="all"))["rank"]) == list(range(1, 201))
    assert list(board(visit("keys", period="all", page="2"))["rank"]) == list(range(201, 231))
    assert list(board(visit("keys", period="all", page="99"))["rank"]) == list(range(201, 231))
    assert list(board(visit("keys", period="all", find="229"))["rank"]) == [230]


def test_a_renamed_key_is_found_by_its_old_name(ledger, tmp_path, monkeypatch):
    """A key is listed under its newest name, found by each of its names, and has them all when opened."""
    days = [JUNE, JUNE + timedelta(days=1)]
    zips = [spend((1, day, 1), name=lambda _, day=day: f"name of day {day.day}") for day in days]
    visit = opener(imported(ledger, tmp_path, *zips), monkeypatch)
    (row,) = board(visit("keys", period="all", find="day 1")).to_dict("records")

    assert row["api_key_name"] == "name of day 2"
    app = visit("keys", period="all", open=f"{row['account']}/{masked(1)}")
    shown = [text.value for text in app.markdown if "name of day" in text.value]
    assert any(text.startswith("**name of day 2**") for text in shown)
    assert any(text.startswith("name of day 1 ") for text in shown)


def test_a_key_without_use_in_the_view_has_a_message(visit):
    """A quiet period of a key is no error: it has its names, and a link to all days. A key of another account is unknown."""
    quiet = visit(**{"from": "2024-01-01", "to": "2024-02-01"}, open=f"{MAIN}/{CHECKOUT}")
    foreign = visit(open=f"{EUROPE}/{CHECKOUT}")

    assert "No export covers these days" in quiet.info[0].value
    assert quiet.title[0].value == r"checkout\-api"
    assert "Nothing was used" in foreign.info[0].value
    assert not foreign.metric
    assert "there is no" in visit(open="nonsense").error[0].value
