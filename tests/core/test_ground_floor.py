"""Money, periods and frames: the small exact things that everything else stands on."""

from datetime import date, datetime, timedelta
from decimal import Decimal, Inexact

import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.core.errors import UsageError, quoted
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, exact_sum, plain, quotient, readable, rounded
from analytics.core.period import Period, day, days_text, like_before, month, next_month

amounts = st.decimals(min_value=-(10**20), max_value=10**20, places=18, allow_nan=False, allow_infinity=False)


@given(amounts)
def test_plain_text_is_the_same_number_without_an_exponent(value):
    """What is written reads back as the same number, and never as 1E-7."""
    text = plain(value)

    assert Decimal(text) == value
    assert "E" not in text


@given(st.lists(amounts, max_size=20))
def test_sums_do_not_depend_on_order(values):
    """A sum keeps every digit, so its order cannot matter."""
    assert exact_sum(values) == exact_sum(reversed(values))


def test_a_lost_digit_raises():
    """The exact context refuses what Python's default context would round away."""
    with pytest.raises(Inexact):
        EXACT.divide(Decimal(1), Decimal(3))


@pytest.mark.parametrize(("value", "shown"), [("2.345", "2.35"), ("-2.345", "-2.35"), ("2.3449", "2.34"), ("0.005", "0.01")])
def test_rounding_is_half_away_from_zero(value, shown):
    """Display rounding is the one that DuckDB uses, not Python's half to even."""
    assert str(rounded(Decimal(value), 2)) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("1234.5", "1,234.50"), ("0.000000003625", "0.000000003625"), ("0", "0.00"), ("-1000000", "-1,000,000.00")]
)
def test_readable_amounts_keep_every_digit(value, shown):
    """A person sees separators and all digits, and no zeros beyond the cents."""
    assert readable(Decimal(value)) == shown


def test_a_period_ends_before_its_end():
    """A month is half open, and December leads into January."""
    assert month("2026-12") == Period(date(2026, 12, 1), date(2027, 1, 1))
    assert next_month(date(2026, 1, 31)) == date(2026, 2, 1)
    assert month("2026-02").is_month
    assert not Period(date(2026, 2, 1), date(2026, 2, 28)).is_month


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Period(), "all days"),
        (month("2026-06"), "2026-06"),
        (Period(date(2026, 6, 1), date(2026, 6, 3)), "2026-06-01 to 2026-06-02"),
        (Period(None, date(2026, 6, 3)), "the first day to 2026-06-02"),
        (Period(date(2026, 6, 1), None), "2026-06-01 to the last day"),
    ],
)
def test_the_text_of_a_period(period, text):
    """The text of a whole month is the month; the last day of any other range is inclusive."""
    assert str(period) == text


APRIL, SEPTEMBER = date(2026, 4, 1), date(2026, 9, 16)


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (month("2026-08"), "2026-07"),
        (month("2026-05"), "2026-04"),
        (month("2026-09"), "2026-08-01 to 2026-08-16"),
        (month("2026-10"), "2026-09"),  # No evidence reaches October, so no day of it counts as missing.
        (Period(date(2026, 8, 10), date(2026, 8, 17)), "2026-08-03 to 2026-08-09"),
        (Period(date(2026, 8, 10), date(2026, 8, 11)), "2026-08-09"),
        (Period(date(2026, 9, 10), date(2026, 9, 24)), "2026-09-03 to 2026-09-09"),
        (Period(date(2026, 9, 10), None), "2026-09-03 to 2026-09-09"),
        (Period(None, date(2026, 4, 11)), "2026-03-22 to 2026-03-31"),
        (Period(date(2026, 7, 1), date(2026, 9, 1)), "2026-04-30 to 2026-06-30"),
        (Period(), "2025-10-14 to 2026-03-31"),
        (Period(None, date(2026, 3, 1)), "2026-02-27"),
    ],
)
def test_the_base_period(period, before):
    """A month the month before, a range as many days; where evidence ends inside, only the comparable days."""
    assert str(like_before(period, APRIL, SEPTEMBER)) == before


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 800), st.integers(0, 900))
def test_the_base_period_is_as_long_and_before(start, days, known):
    """The period before ends before the period, follows on without a gap unless it is a part of a month, and is as long."""
    period = Period(start, start + timedelta(days=days))
    last = start + timedelta(days=known)
    before = like_before(period, start, last)

    known_length = min(period.end, last + timedelta(days=1)) - start
    assert before.end <= start
    assert before.start < before.end
    if period.is_month:
        assert before.start == (start - timedelta(days=1)).replace(day=1)
        assert before.end - before.start <= max(known_length, timedelta(days=31))
    else:
        assert (before.end, before.end - before.start) == (start, known_length)


@given(amounts, st.integers(1, 31))
def test_a_quotient_is_rounded_once(value, divisor):
    """Times its divisor it is the value again, to within half of the last place, and a half goes away from zero."""
    error = EXACT.subtract(EXACT.multiply(quotient(value, divisor, 18), Decimal(divisor)), value)

    assert abs(error) * 2 <= divisor * Decimal("1e-18")
    assert quotient(Decimal("-0.000000000000000001"), 2, 18) == Decimal("-0.000000000000000001")


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-6", "26-06", "2026/06", "", "0000-01", "0001-01", "9999-12", "２０２６-06", "2026-06-01"]
)
def test_a_month_is_written_one_way(text):
    """Anything but YYYY-MM is refused with an example."""
    with pytest.raises(UsageError, match="2026-06"):
        month(text)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-6-1", "20260601", "today", "", "9999-12-31"])
def test_a_day_is_written_one_way(text):
    """Anything but a real YYYY-MM-DD is refused with an example."""
    with pytest.raises(UsageError, match="2026-06-30"):
        day(text)


def test_an_empty_period_is_refused():
    """A range without a day is a mistake, and the hint names it."""
    with pytest.raises(UsageError) as caught:
        Period(date(2026, 6, 1), date(2026, 6, 1))
    assert "exclusive" in caught.value.hint


def test_days_are_written_as_runs():
    """Days that follow each other are joined; order and repeats of the input do not matter."""
    days = [date(2026, 6, 7), date(2026, 6, 2), date(2026, 6, 1), date(2026, 6, 3), date(2026, 7, 1)]
    assert days_text(days) == "2026-06-01 to 2026-06-03, 2026-06-07, 2026-07-01"


def test_quoted_text_is_safe_to_print():
    """Control characters are escaped, secrets withheld, and length is bounded."""
    assert quoted("a\x1b[31m\nb") == "'a\\x1b[31m\\nb'"
    assert "abcdefghij" not in quoted("sk-abcdefghijklmnopqrstuvwxyz")
    assert len(quoted("x" * 500)) <= 62


FRAME = Frame(
    "sample",
    (
        Column("account", "VARCHAR"),
        Column("charge_date", "DATE"),
        Column("computed_cost", "DECIMAL(38,18)"),
        Column("request_count", "BIGINT"),
        Column("total", "HUGEINT"),
        Column("cache_hit_ratio", "DOUBLE"),
        Column("is_complete", "BOOLEAN"),
        Column("exported_at", "TIMESTAMP"),
    ),
    [
        ("a", date(2026, 6, 1), Decimal("0.100000000000000001"), 9007199254740993, 2**90, 0.5, True, datetime(2026, 6, 2, 3, 4)),
        (None, None, None, None, None, None, None, None),
    ],
)


def test_frames_lose_no_digit_on_the_way_out():
    """Arrow, Polars and pandas hold the same exact values; money is decimal in all three."""
    arrow = FRAME.to_arrow()

    assert arrow.schema.field("computed_cost").type == pyarrow.decimal128(38, 18)
    assert [tuple(row.values()) for row in arrow.to_pylist()] == FRAME.rows
    assert FRAME.to_polars().schema["computed_cost"] == polars.Decimal(38, 18)
    assert FRAME.to_polars()["computed_cost"][0] == Decimal("0.100000000000000001")
    pandas = FRAME.to_pandas()
    assert pandas["computed_cost"][0] == Decimal("0.100000000000000001")
    assert pandas["request_count"][0] == 9007199254740993


def test_an_empty_frame_keeps_its_types():
    """A frame without rows still has columns of the right types."""
    empty = Frame("empty", FRAME.columns, [])

    assert empty.to_arrow().schema == FRAME.to_arrow().schema
    assert empty.to_polars().is_empty()
    assert list(empty.to_pandas().columns) == FRAME.names
