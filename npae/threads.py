"""A team of threads, how many of them are worth while, and how many BLAS may use beside them."""

import os
import threading
from contextlib import contextmanager
from queue import SimpleQueue

import numpy as np

WORTH_A_THREAD = 8_000_000  # rows x parameters of a part from which on a thread of its own makes it faster


class Threads:
    """A team of threads that does numbered jobs together; a context manager, the threads end with it.

    The calling thread is number 0, so that a team of one costs nothing.

    Parameters
    ----------
    count : threads, the calling one included.
    """

    def __init__(self, count):
        self.count = count
        self._inboxes, self._done = [SimpleQueue() for _ in range(count - 1)], SimpleQueue()
        for number, inbox in enumerate(self._inboxes, 1):
            threading.Thread(target=self._work, args=(number, inbox), daemon=True).start()

    def run(self, job):
        """Call job(0), ..., job(count - 1) at the same time; wait for all, then raise the first one's exception."""
        if self.count == 1:
            job(0)
            return
        for inbox in self._inboxes:
            inbox.put(job)
        errors = dict([_attempt(job, 0)])
        while len(errors) < self.count:
            try:
                errors.update([self._done.get()])
            except KeyboardInterrupt as interrupt:  # the others still write: wait for them all the same
                errors[0] = interrupt
        for number in range(self.count):
            if errors[number] is not None:
                raise errors[number]

    def part(self, number, size):
        """Return which of `size` items thread `number` takes, a slice; parts differ by one item at most."""
        return slice(number * size // self.count, (number + 1) * size // self.count)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for inbox in self._inboxes:
            inbox.put(None)

    def _work(self, number, inbox):
        with np.errstate(all="ignore"):
            while (job := inbox.get()) is not None:
                self._done.put(_attempt(job, number))


def _attempt(job, number):
    try:
        job(number)
    except BaseException as error:
        return number, error
    return number, None


def worthwhile_threads(wanted, rows, parameters):
    """Return how many threads to cut `rows` for: as many as `wanted`, or where that is None as have enough to do."""
    most = available_cores() if wanted is None else wanted
    useful = rows * parameters // WORTH_A_THREAD if wanted is None else rows
    return max(1, min(most, useful))


def available_cores():
    """Return how many processor cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


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
                self._limiter = self._controller.limit(limits=limit, user_api="blas")
            self._users += 1

    def leave(self):
        """Count one user less; behind the last one the limit goes."""
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limiter.restore_original_limits()


_blas = _BlasLimit()
