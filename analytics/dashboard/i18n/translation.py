"""Translations: texts from gettext catalogues, and numbers, days and money by locale.

English is the language of the code; `locale/<code>/LC_MESSAGES/keyspend.po` holds the others and is read as it is. To add a
language, add its catalogue and name it in LANGUAGES; `make translations` fills in what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from functools import cache
from importlib.resources import files
from string import ascii_letters
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    format_percent,
    get_currency_symbol,
)

from analytics.core.messages import N_
from analytics.core.money import rounded

if TYPE_CHECKING:
    from babel.messages import Catalog

    from analytics.core.period import Period

LANGUAGES = {"en": ("English", "en"), "zh": ("简体中文", "zh_CN")}
"""Code in the URL: the name of the language in itself, and its locale."""

_WIDE = Context(prec=76)
_COMPACT_FROM = 100_000


@dataclass(frozen=True)
class Language:
    """One language: `text` translates, the other methods format values."""

    code: str

    @property
    def locale(self) -> Locale:
        """Its locale of Babel."""
        return _locale(self.code)

    def text(self, message: str, /, **values: object) -> str:
        """Return `message` translated, with the values of its `{name}` places; in English where the catalogue lacks it."""
        catalogue = _catalogue(self.code)
        entry = catalogue.get(message) if catalogue else None
        translated = str(entry.string if entry and entry.string else message)
        return translated.format(**values) if values else translated

    def money(self, amount: Decimal | None, currency: str, places: int = 2) -> str:
        """Return an amount in its currency, rounded to `places`: ¥1,522.10, −$88.37; no sign for an unknown currency."""
        if amount is None:
            return "–"
        with localcontext(_WIDE):
            digits = format_decimal(rounded(abs(amount), places), f"#,##0.{'0' * places}", locale=self.locale)
        return f"{'−' if rounded(amount, places) < 0 else ''}{self.sign(currency)}{digits}"

    def exact_money(self, amount: Decimal, currency: str) -> str:
        """Return an amount with all digits but trailing zeros: ¥1,522.0967302."""
        _sign, digits, exponent = amount.normalize(_WIDE).as_tuple()
        return self.money(amount, currency, places=max(2, -int(exponent) if digits != (0,) else 2))

    def sign(self, currency: str) -> str:
        """Return the sign before amounts; empty for an unknown currency."""
        if len(currency) != 3:
            return ""
        # The currency is always shown with the numbers, so CN¥ and US$ need no letters.
        return get_currency_symbol(currency, locale=self.locale).lstrip(ascii_letters) or f"{currency} "

    def compact_money(self, amount: Decimal | None, currency: str) -> str:
        """Return an amount that fits a tile: to the cent where it is small, else in thousands or millions."""
        if amount is None or abs(amount) < _COMPACT_FROM:
            return self.money(amount, currency)
        return f"{'−' if amount < 0 else ''}{self.sign(currency)}{self.compact(abs(amount))}"

    def compact(self, number: int | Decimal | None) -> str:
        """Return a count that fits a tile: 983.1M, 9.8亿."""
        if number is None:
            return "–"
        return format_compact_decimal(number, locale=self.locale, fraction_digits=1 if not -1000 < number < 1000 else 0)

    def number(self, number: int | Decimal | None) -> str:
        """Return a number with all its digits."""
        if number is None:
            return "–"
        with localcontext(_WIDE):
            return format_decimal(number, locale=self.locale, decimal_quantization=False)

    def percent(self, ratio: float | Decimal | None, *, signed: bool = False) -> str:
        """Return a ratio as a percentage with one decimal."""
        if ratio is None:
            return "–"
        return ("+" if signed and ratio > 0 else "") + format_percent(ratio, "#,##0.0%", locale=self.locale).replace("-", "−")

    def day(self, day: date) -> str:
        """Return a day: Jun 30, 2026; 2026年6月30日."""
        return format_date(day, "medium", locale=self.locale)

    def month(self, day: date) -> str:
        """Return the month of a day: June 2026; 2026年6月."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def period(self, period: Period) -> str:
        """Return a closed period: a month by its name, else its first and last day."""
        if period.start is None or period.end is None:
            return self.text(N_("All days"))
        if period.is_month:
            return self.month(period.start)
        last = period.end - timedelta(days=1)
        return self.day(last) if last == period.start else f"{self.day(period.start)} – {self.day(last)}"


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(LANGUAGES[code][1])


@cache
def _catalogue(code: str) -> Catalog | None:
    path = files("analytics.dashboard.i18n").joinpath("locale", LANGUAGES[code][1], "LC_MESSAGES", "keyspend.po")
    if not path.is_file():
        return None
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGES[code][1])


def negotiated(wanted: str | None, browser: str | None) -> Language:
    """Return the language `wanted` by the URL, else that of the browser, else English."""
    if wanted in LANGUAGES:
        return Language(wanted)
    preferred = (browser or "").replace("_", "-").split("-")[0].lower()
    return Language(preferred if preferred in LANGUAGES else "en")


def current() -> Language:
    """Return the language of the visitor of this run."""
    import streamlit as st

    return negotiated(st.query_params.get("lang"), st.context.locale)


def _(message: str, /, **values: object) -> str:
    """Return `message` in the visitor's language. Extraction finds messages by this name."""
    return current().text(message, **values)
