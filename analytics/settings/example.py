"""A keyspend.toml to begin with: every section and field, explained and commented out; it is made from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analytics.settings.declared import Section

_OPENING = """# What Keyspend cannot know by itself. Take away the # before what you need, and ask `keyspend config check`.
"""


def example(sections: Iterable[Section]) -> str:
    """The text of the file, whose lines are all comments."""
    return _OPENING + "".join(f"\n{line}" if line.startswith("\n") else f"{line}\n" for line in _lines(sections))


def _lines(sections: Iterable[Section]) -> Iterator[str]:
    for section in sections:
        yield f"\n# {section.what}\n"
        yield f"# {section.header}"
        width = max(len(f"{field.name} = {field.example}") for field in section.fields)
        for field in section.fields:
            needed = " (needed)" if field.is_required else ""
            yield f"# {f'{field.name} = {field.example}':<{width}}  # {field.what}{needed}"
