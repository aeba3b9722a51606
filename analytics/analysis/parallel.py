"""Parts of one computation at the same time: NumPy lets go of Python while it computes. It knows nothing of what is computed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def side_by_side(compute: Callable[[Part], Result], parts: Sequence[Part]) -> Iterator[Result]:
    """What comes of each part, in their order; of a single one without a thread."""
    if len(parts) < 2:
        yield from map(compute, parts)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1)) as pool:
        yield from pool.map(compute, parts)
