"""A team of threads, how many of them are worth while, and how many BLAS may use beside them."""

import os
import threading
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

import numpy as np

from ..settings.checks import positive_integer

WORTH_A_THREAD = 8_000_000  # multiplications of a part from which on a thread of its own makes it faster


class Threads:
    """A team of threads that does numbered jobs together; a context manager, the threads end with it.

    The calling thread is number 0, so that a team of one costs nothing.

    Parameters
    ----------
    count : threads, the calling one included; at least 1, else ValueError.
    """

    def __init__(self, count):
        self.count, self._inboxes = positive_integer("threads", count), []
        try:
            for number in range(1, self.count):
                inbox = SimpleQueue()
                threading.Thread(target=_work, args=(number, inbox), name=f"npae {number}", daemon=True).start()
                self._inboxes.append(inbox)
        except BaseException:
            self.__exit__()
            raise

    def do(self, job):
        """Call job(0), ..., job(count - 1) at the same time; wait for all, then raise the first one's exception.

        Ctrl-C is raised when all have ended: until then they still write.
        """
        if self.count == 1:
            job(0)
            return
        shared, interrupt, over = _Job(job, self.count), None, False
        while not over:
            try:
                over = shared.carry_out(self._inboxes)
            except KeyboardInterrupt as error:
                interrupt = error
        error = interrupt or next((error for error in shared.errors if error is not None), None)
        if error is not None:
            raise error

    def part(self, number, size):
        """Return which of `size` items thread `number` takes, a slice; parts differ by one item at most."""
        return slice(number * size // self.count, (number + 1) * size // self.count)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for inbox in self._inboxes:
            inbox.put(None)


class _Job:
    """A job under way. An interrupt may fall between any two lines: what counts is written down, and done once."""

    def __init__(self, function, count):
        self._function, self._begun = function, [False] * count
        self._ended, self._wake = [False] * count, SimpleQueue()
        self.errors = [None] * count

    def carry_out(self, inboxes):
        """Send the job round, do number 0, wait for the others; after an interrupt, go on with what is left."""
        for number, inbox in enumerate(inboxes, 1):
            if not self._begun[number]:
                inbox.put((self, number))
        self.attempt(0)
        while not all(self._ended):
            with suppress(Empty):
                self._wake.get(timeout=0.1)
        return True

    def attempt(self, number):
        """Do a thread's part, if it has not been begun."""
        if self._begun[number]:
            self._ended[number] = True
            return
        self._begun[number] = True
        try:
            self._function(number)
        except BaseException as error:
            self.errors[number] = error
        self._ended[number] = True
        self._wake.put(None)


def _work(number, inbox):
    with np.errstate(all="ignore"):
        while (order := inbox.get()) is not None:
            job, number = order
            job.attempt(number)


def worthwhile_threads(wanted, rows, cost_per_sample):
    """Return how many threads to cut `rows` for: as many as `wanted`, or where that is None as have enough to do."""
    most = available_cores() if wanted is None else wanted
    useful = rows * cost_per_sample // WORTH_A_THREAD if wanted is None else rows
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
