"""Settings of the Python process that save time, each with what it saves.

Medians of whole commands with and without each, in turn, on two cores: `report` is spend-by-key on the samples (0.24 s), `hot` the
hot keys of the samples (0.33 s).
"""

from __future__ import annotations

import atexit
import gc
import os
import sys

_frozen_module_count = 0


def prepare_command() -> None:
    """Prepare a process that runs one command and ends."""
    # The system frees the memory of a process as a whole; a last garbage collection costs 26 ms of `report`, 16 ms of `hot`.
    atexit.register(gc.freeze)
    # NumPy would start threads for linear algebra, which is not used here: 25 ms of `hot`.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def has_arrow() -> bool:
    """Whether many rows can stay in Arrow until they are read: where something else, as the dashboard, has loaded it.

    The first 50 of 20,000 rows of spend-by-key then take 57 ms instead of 88, of 40,000 rows of unit-costs 97 ms instead of 185.
    Where all rows are written, as by `keyspend report`, to load Arrow and to take them out of it again takes longer than without.
    """
    return "pyarrow" in sys.modules


def freeze_objects() -> None:
    """Exempt all existing objects from garbage collection, where more modules are loaded than at the last call.

    For a server: Streamlit collects garbage after every run, also after each check of an open tab for changes, and serves no request
    meanwhile. With the modules of the dashboard a collection takes 74 ms, without them less than 1 ms. Streamlit's collection comes
    right before this call, so that little garbage is exempted too.
    """
    global _frozen_module_count  # noqa: PLW0603 - of the process, as the collector
    if len(sys.modules) > _frozen_module_count:
        _frozen_module_count = len(sys.modules)
        gc.freeze()
