"""A temporary folder for a search without a path; those of searches that were killed are removed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..settings.archive import is_young
from .lock import Lock

BEGINNING = "npae-search-"
ENDING = ".search"  # of the lock of a search's file


@contextmanager
def own_folder() -> Iterator[Path]:
    """Make a folder, and remove it at the end.

    Yields
    ------
    Path
        A file in it that does not exist yet; whoever locks it keeps the folder from being removed by others.
    """
    _remove_those_of_the_dead()
    with tempfile.TemporaryDirectory(prefix=BEGINNING, ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "trials"


def _remove_those_of_the_dead() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{BEGINNING}*"):
        with suppress(OSError):
            if _is_old(folder):
                with Lock(folder / "trials", ENDING):  # not to be had from a search that lives
                    shutil.rmtree(folder, ignore_errors=True)


def _is_old(folder: Path) -> bool:
    """Return whether this user has made a folder some time ago."""
    state = folder.lstat()
    mine = not hasattr(os, "getuid") or state.st_uid == os.getuid()
    return mine and not is_young(state)
