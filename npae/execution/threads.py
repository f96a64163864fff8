"""A team of threads that does numbered jobs together."""

import threading
from contextlib import suppress
from queue import Empty, SimpleQueue

import numpy as np

from ..settings.checks import positive_integer


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
