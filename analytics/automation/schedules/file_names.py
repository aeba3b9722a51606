"""The names of files that schedules write, from a pattern with a fixed set of places; they never contain a key name or a separator."""

from __future__ import annotations

import re
from string import Formatter

from analytics.core.errors import UsageError, quoted
from analytics.writers import FORMATS

PLACES = ("report", "account", "period", "currency", "revision")
DEFAULT_PATTERN = "keyspend_{report}_{period}"
"""The pattern of a schedule without `file`; the suffix of the format is added to it."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LITERAL = re.compile(r"[A-Za-z0-9._ -]*", re.ASCII)
_LONGEST = 120


def check(pattern: str) -> None:
    """Raise UsageError for a pattern that could lead out of its folder, hide a file, or has unknown places or unsafe characters."""
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError:
        raise _refused(pattern, "has a brace without its other half") from None
    for literal, place, spec, conversion in parts:
        if not _LITERAL.fullmatch(literal):
            raise _refused(pattern, "may hold letters, digits, dots, spaces, - and _ alone")
        if place is not None and (place not in PLACES or spec or conversion):
            raise _refused(pattern, f"has no place {{{place}}}")
    if not pattern.strip() or pattern.startswith((".", " ")) or len(pattern) > _LONGEST:
        raise _refused(pattern, f"begins with a letter, digit or place and has at most {_LONGEST} characters")


def _refused(pattern: str, reason: str) -> UsageError:
    places = ", ".join(f"{{{name}}}" for name in PLACES)
    return UsageError(
        "file-pattern", f"the pattern {quoted(pattern)} of file names {reason}", f"for example {DEFAULT_PATTERN}; places: {places}"
    )


def has(pattern: str, place: str) -> bool:
    """Whether a pattern has a place of that name."""
    return any(name == place for _, name, _, _ in Formatter().parse(pattern))


def stem(pattern: str, *, report: str, account: str | None, period: str, currency: str | None, revision: int = 1) -> str:
    """The name of a file without its suffix; a revision after the first is always in it, at the end where the pattern has no place for it.

    >>> stem("{report}_{period}", report="spend-by-key", account=None, period="2026-06", currency=None, revision=2)
    'spend-by-key_2026-06_r2'
    """
    revision_text = f"_r{revision}" if revision > 1 else ""
    if revision_text and not has(pattern, "revision"):
        pattern += "{revision}"
    values = {"report": report, "account": account or "all", "period": period, "currency": currency or "all"}
    return pattern.format(revision=revision_text, **{name: _safe(value) for name, value in values.items()})


def _safe(value: str) -> str:
    return _UNSAFE.sub("-", value).strip(".-") or "unnamed"


def file_name(name: str, format_name: str) -> str:
    """The name of a file with the suffix of its format."""
    return f"{name}.{FORMATS[format_name].suffix}"
