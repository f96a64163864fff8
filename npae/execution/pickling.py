"""How things that a user made travel to another process."""

from __future__ import annotations

import pickle
import sys
from typing import Any


def pickled(thing: Any) -> bytes:
    """Pickle a thing, with cloudpickle if that is loaded: like Dask, it can send what was typed in, or a script's."""
    content: bytes = sys.modules.get("cloudpickle", pickle).dumps(thing)
    return content
