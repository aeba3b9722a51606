"""The template of keyspend.toml: every section and field, explained and commented out, generated from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analytics.settings.schema import Section

_OPENING = "What Keyspend cannot know by itself. Take away the # before what you need, and ask `keyspend config check`."


def example(sections: Iterable[Section]) -> str:
    """The text of the template, whose lines are all comments."""
    return "\n".join([f"# {_OPENING}\n", *("\n".join(_lines(section)) for section in sections)])


def _lines(section: Section) -> Iterator[str]:
    yield from (f"# {line}" for line in section.what.split("\n"))
    yield "#"
    if section.header:
        yield f"# {section.header}"
    settings = [f"{'# ' if field.is_instead else ''}{field.name} = {field.example}" for field in section.fields]
    width = max(map(len, settings))
    for field, setting in zip(section.fields, settings, strict=True):
        yield f"# {setting:<{width}}  # {field.what}{' (needed)' if field.is_required else ''}"
    yield ""
