"""Where a warning belongs: to the line outside of this package that led to it."""

from __future__ import annotations

import os
import sys

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def stacklevel_of_caller() -> int:
    """Return the `stacklevel` for a `warnings.warn` of the calling function that names the user's line."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
