"""The exemption of loaded modules from garbage collection, because a server keeps them until it ends."""

import gc
import sys

_frozen_module_count = 0


def freeze_objects() -> None:
    """Exempt all existing objects from garbage collection, where more modules are loaded than at the last call.

    Streamlit collects garbage after every run, also after each check of an open tab for changes, and serves no request meanwhile: a
    tenth of a second for modules alone. Its collection comes right before this call, so that little garbage is exempted too.
    """
    global _frozen_module_count  # noqa: PLW0603 - of the process, as the collector
    if len(sys.modules) > _frozen_module_count:
        _frozen_module_count = len(sys.modules)
        gc.freeze()
