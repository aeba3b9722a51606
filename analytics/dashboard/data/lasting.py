"""What a server keeps until it ends, spared by the collector of garbage; it frees nothing."""

import gc
import sys

_spared = 0


def spare() -> None:
    """Let the collector pass over all that is loaded, where more is loaded than the last time.

    Streamlit collects after every run, each look of an open tab for something newer included, and answers nobody until it is done: a
    tenth of a second for modules alone. That comes right before this, so that little which could be freed is spared with them.
    """
    global _spared  # noqa: PLW0603 - of the process, as the collector
    if len(sys.modules) > _spared:
        _spared = len(sys.modules)
        gc.freeze()
