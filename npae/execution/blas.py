"""How many threads BLAS may use."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def blas_threads(limit: int) -> Iterator[None]:
    """Context manager: allow at most `limit` BLAS threads. One is fastest for small products.

    The libraries are looked up once per process; later calls cost microseconds. Several threads may be inside at the
    same time: the limit of the first one to enter holds until the last one has left.
    """
    if limit > 1 and limit >= _blas.count():
        yield
        return
    _blas.enter(limit)
    try:
        yield
    finally:
        _blas.leave()


class _BlasLimit:
    """One limit for the process: the first user sets it, and the last one restores what was there before."""

    def __init__(self) -> None:
        self._lock, self._users = threading.Lock(), 0
        self._controller: Any = None  # threadpoolctl's
        self._limiter: Any = None

    def count(self) -> int:
        """Return how many threads BLAS may use now."""
        with self._lock:
            self._controller = self._controller or _blas_libraries()
            libraries = self._controller.lib_controllers
            return max((library.num_threads for library in libraries if library.user_api == "blas"), default=1)

    def enter(self, limit: int) -> None:
        """Add a user; the first one sets its limit."""
        with self._lock:
            self._controller = self._controller or _blas_libraries()
            if self._users == 0:
                self._take_control()
                self._limiter = self._controller.limit(limits=limit, user_api="blas")
            self._users += 1

    def leave(self) -> None:
        """Remove a user; the last one lifts the limit."""
        with self._lock:
            last, self._users = self._users == 1, max(0, self._users - 1)
            if last:
                self._lift()

    def begin_again(self) -> None:
        """In a process that was forked: forget the users, which are threads of the parent, and lift their limit."""
        self._lock = threading.Lock()  # another thread of the parent may have held it
        if self._users > 0:
            self._users = 0
            self._lift()

    def _lift(self) -> None:
        self._take_control()
        self._limiter.restore_original_limits()

    def _take_control(self) -> None:
        """Let the calling thread set limits: from version 3.8 on, threadpoolctl reserves that for one thread."""
        for library in self._controller.lib_controllers:
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread(force=True)


def _blas_libraries() -> Any:
    from threadpoolctl import ThreadpoolController  # imported here, as importing npae should not look for libraries

    return ThreadpoolController()


_blas = _BlasLimit()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_blas.begin_again)
