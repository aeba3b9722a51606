"""The colours of figures in the light and the dark theme, and how a figure writes days and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

PALETTES = {
    "light": ("#0B63B0", "#B38B29", "#812803", "#3C93F1", "#793E6A", "#BB3F48", "#DF67A6"),
    "dark": ("#5AA9F0", "#EDD539", "#965E03", "#5D59D9", "#6CE6EE", "#C39562", "#15795D"),
}
"""Distinct with any colour vision (least CIEDE2000 distance 12), each with a contrast of at least 3:1 against its background."""
GREYS = {"light": ("#767676", "#5C5C5C", "#8C8C8C"), "dark": ("#9A9A9A", "#B8B8B8", "#7E7E7E")}
"""The first is for the rest; the others, in turns, are for names beyond the palette."""
BACKGROUND = {"light": "#FFFFFF", "dark": "#171614"}
TEXT = {"light": "#1B1F24", "dark": "#ECEAE6"}
GRID = {"light": "#E7EAEE", "dark": "#33312E"}


@dataclass(frozen=True)
class Theme:
    """The look of figures for one visitor: `light` or `dark`, the sign before amounts, the d3 format of days, and compact numbers."""

    name: str = "light"
    sign: str = ""
    day_format: str = "%b %-d"
    compact_number: Callable[[int], str] = "{:,}".format

    def colour(self, name: T, ranks: Mapping[T, int]) -> str:
        """Return the colour of a name by its rank over all days, the same on every page; grey from the eighth on."""
        palette, greys = PALETTES[self.name], GREYS[self.name]
        rank = ranks.get(name, len(palette))
        return palette[rank] if rank < len(palette) else greys[1 + rank % 2]

    @property
    def rest_colour(self) -> str:
        """The colour of the rest, and of what has no series of its own."""
        return GREYS[self.name][0]
