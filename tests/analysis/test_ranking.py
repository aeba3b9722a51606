"""What is looked at of a leaderboard: ranks and shares stay those of the whole, whatever is searched, ordered or paged."""

import pytest

from analytics.analysis import ranking

LAST = ("acct-6b625745a1", "sk-6e0b4***********************f18a")


@pytest.fixture(scope="module")
def board(samples):
    """The leaderboard of September, in CNY: 11 keys."""
    return samples.report("key-leaderboard", month="2026-09", currency="CNY")


def test_a_search_finds_names_old_names_and_masks(board):
    """Part of a name, of a name that it had, or of a mask finds a key, in any case; ranks stay."""
    names = {LAST: ["the Old one"]}

    assert ranking.found(board, names, "CHECKOUT").values("rank") == [3]
    assert ranking.keys(ranking.found(board, names, " old ONE ")) == [LAST]
    assert ranking.keys(ranking.found(board, names, "sk-6E0b4")) == [LAST]
    assert ranking.found(board, names, "nobody").rows == []
    assert ranking.found(board, names, " ") == board


@pytest.mark.parametrize("descending", [True, False])
def test_what_has_no_value_comes_last(board, descending):
    """An order by a column puts rows without a value last either way, and changes no row."""
    at = board.names.index("change_ratio")
    holed = type(board)(
        board.name, board.columns, [row if number else (*row[:at], None, *row[at + 1 :]) for number, row in enumerate(board.rows)]
    )
    ordered = ranking.ordered(holed, "change_ratio", descending=descending)

    ratios = ordered.values("change_ratio")
    assert ratios[:-1] == sorted(ratios[:-1], reverse=descending)
    assert ratios[-1] is None
    assert sorted(ordered.values("rank")) == board.values("rank")


def test_pages_hold_every_row_once(board):
    """All pages together are the whole, in its order; a page is what `top` gives, and beyond the last is none."""
    pages = [ranking.page(board, number, 4).rows for number in (1, 2, 3, 4)]

    assert [row for page in pages for row in page] == board.rows
    assert [len(page) for page in pages] == [4, 4, 3, 0]


def test_the_first_page_is_what_the_report_gives_by_itself(board, samples):
    """A chart of the dearest keys shows the rows of `--top`."""
    assert ranking.page(board, 1, 4) == samples.report("key-leaderboard", month="2026-09", currency="CNY", top=4)


@pytest.mark.parametrize(("rank", "around"), [(1, [1, 2, 3]), (5, [3, 4, 5, 6, 7]), (11, [9, 10, 11])])
def test_neighbours_end_where_the_board_does(board, rank, around):
    """A key stands between the two before and the two after it, as far as there are any."""
    key = ranking.keys(board)[rank - 1]

    assert ranking.around(board, key, 2).values("rank") == around
    assert ranking.around(board, ("acct-451a75f8ac", key[1]), 2).rows == []


def test_holders_are_as_few_as_can_be(board):
    """One key fewer than the holders of a share falls short of it."""
    costs = board.values("computed_cost")
    count = ranking.holders(board, 0.8)

    assert sum(costs[:count]) >= sum(costs) * 8 / 10 > sum(costs[: count - 1])
    assert ranking.holders(ranking.found(board, {}, "nobody"), 0.8) == 0
