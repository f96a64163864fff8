"""Where progress is shown: on a terminal, in a notebook, in a log file, or nowhere."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from typing import Any


def shows_bars() -> bool:
    """Return whether somebody sees a bar move: standard error is a terminal, or this is a notebook."""
    return _is_terminal() or _is_notebook()


def bar_class() -> Any:
    """Return tqdm for a terminal, or for a notebook: a widget, or text where ipywidgets is missing."""
    if _is_terminal() or not _is_notebook():
        from tqdm import tqdm

        return tqdm
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says at its import that ipywidgets is missing
        from tqdm.auto import tqdm as tqdm_auto
    return tqdm_auto


def tell(line: str) -> None:
    """Write a line to standard error, if there is one that takes it."""
    if sys.stderr is not None:  # print would write to standard output
        with suppress(AttributeError, OSError, ValueError):  # closed, or a stand-in that cannot write
            print(line, file=sys.stderr, flush=True)


def _is_terminal() -> bool:
    """Return whether standard error is a terminal: it may be missing, closed, or a stand-in without `isatty`."""
    try:
        return bool(sys.stderr.isatty())
    except (AttributeError, OSError, ValueError):
        return False


def _is_notebook() -> bool:
    """Return whether IPython runs here with a kernel, as in Jupyter, and has a standard error to draw on."""
    ipython = sys.modules.get("IPython")  # where it is not loaded, this is no notebook
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return "IPKernelApp" in (getattr(shell, "config", None) or {}) and hasattr(sys.stderr, "write")
