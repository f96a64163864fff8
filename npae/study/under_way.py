"""Runs that an executor has been given: taken in one thread as they end."""

from contextlib import contextmanager
from queue import SimpleQueue

from .executors import outcome_of


@contextmanager
def under_way(submit, ended):
    """Context manager that yields an UnderWay; at the end of the block it waits for all of its runs.

    If the block raises an exception, what waits is cancelled, and what has ended is still taken.

    Parameters
    ----------
    submit : function(settings, seed) -> Future of the outcome.
    ended : function(run, outcome), called in this thread.
    """
    runs = UnderWay(submit, ended)
    try:
        yield runs
        while len(runs):
            runs.take()
    except BaseException:
        runs.cancel()
        raise


class UnderWay:
    """The runs that have been submitted and not yet taken."""

    def __init__(self, submit, ended):
        self._submit, self._ended = submit, ended
        self._runs, self._queue = {}, SimpleQueue()

    def __len__(self):
        return len(self._runs)

    def begin(self, run, settings, seed):
        """Submit a run."""
        future = self._submit(settings, seed)
        self._runs[future] = run
        future.add_done_callback(self._queue.put)

    def take(self):
        """Wait until one more run has ended."""
        future = self._queue.get()
        self._ended(self._runs.pop(future), outcome_of(future))

    def take_ended(self):
        """Take what has ended by now."""
        while not self._queue.empty():
            self.take()

    def cancel(self):
        """Cancel what waits; take what has ended well."""
        for future, run in list(self._runs.items()):
            if not future.cancel() and future.done() and future.exception() is None:
                self._ended(run, future.result())
