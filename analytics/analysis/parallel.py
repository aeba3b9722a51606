"""One function applied to several parts in threads: NumPy releases the GIL while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def side_by_side(compute: Callable[[Part], Result], parts: Sequence[Part]) -> Iterator[Result]:
    """The result of `compute` for each part, in their order; a single part is computed without a thread."""
    if len(parts) < 2:
        yield from map(compute, parts)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1)) as pool:
        yield from pool.map(compute, parts)
