"""How many threads BLAS may use."""

import threading
from contextlib import contextmanager


@contextmanager
def blas_threads(limit):
    """Context manager: at most `limit` BLAS threads, or None for no limit. Small products run fastest on one.

    The libraries are looked up once a process; later calls cost microseconds. Several threads may be inside at
    the same time; the limit of the first holds until the last has left.
    """
    if limit is None:
        yield
        return
    _blas.enter(limit)
    try:
        yield
    finally:
        _blas.leave()


def _blas_libraries():
    from threadpoolctl import ThreadpoolController  # here: looking for libraries is not for whoever only imports npae

    return ThreadpoolController()


class _BlasLimit:
    """One limit for the process: whoever comes first sets it, whoever leaves last restores what was before."""

    def __init__(self):
        self._lock, self._users, self._controller, self._limiter = threading.Lock(), 0, None, None

    def enter(self, limit):
        """Count one user more; the first one's limit is set."""
        with self._lock:
            self._controller = self._controller or _blas_libraries()
            if self._users == 0:
                self._take_control()
                self._limiter = self._controller.limit(limits=limit, user_api="blas")
            self._users += 1

    def leave(self):
        """Count one user less; behind the last one the limit goes."""
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._take_control()
                self._limiter.restore_original_limits()

    def _take_control(self):
        """Threadpoolctl lets one thread set limits, from 3.8 on; whose turn it is here, the count above decides."""
        for library in self._controller.lib_controllers:
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread(force=True)


_blas = _BlasLimit()
