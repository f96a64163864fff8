"""Optuna's journal of trials, whose lines are there as a whole or not at all, also where the disk is full."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

from ..settings.archive import append_whole, naming
from .journal import no_room


class WholeLines(JournalFileBackend):
    """A JournalFileBackend that takes back the beginning of a line that the disk had no room for.

    Optuna leaves it there. Whatever is written next, maybe by another process, would go on with that line, and no
    search could read the file again.
    """

    def __init__(self, path: str) -> None:
        self._journal, self._one_writer = path, JournalFileSymlinkLock(path)
        with naming(path):
            super().__init__(path, lock_obj=self._one_writer)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append a line for each log, all of them or none; OSError if there is no room."""
        content = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        try:
            with self._open() as handle:
                append_whole(handle, content, self._journal, durable=True)
        except OSError as error:
            raise no_room(self._journal, error) from error

    @contextmanager
    def _open(self) -> Iterator[int]:
        """Yield a handle to append to, while no other process does."""
        self._one_writer.acquire()
        try:
            handle = os.open(self._journal, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
            try:
                yield handle
            finally:
                os.close(handle)
        finally:
            with suppress(RuntimeError):  # where it cannot be removed, what could not be written is the error
                self._one_writer.release()
