"""A pause for the garbage collector, where thousands of objects are made that stay."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Collect no garbage until the end, and take what was made by then as old.

    Switching the collector on again is not enough: it would look through all of it at once. Freezing and unfreezing
    makes every object one of the oldest generation, without looking at any. What was switched off before stays off, and
    what somebody has frozen stays frozen.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on and not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        if was_on:
            gc.enable()
