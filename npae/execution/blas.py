"""How many threads BLAS may use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def blas_threads(limit: int | None) -> Iterator[None]:
    """Context manager: allow at most `limit` BLAS threads, or any number for None. One is fastest for small products.

    The libraries are looked up once per process; later calls cost microseconds. Several threads may be inside at the
    same time: the limit of the first one to enter holds until the last one has left.
    """
    if limit is None:
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
            self._users -= 1
            if self._users == 0:
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
