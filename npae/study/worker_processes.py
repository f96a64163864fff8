"""A pool of processes of a study's own, which end with it."""

import functools
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from ..execution.threads import available_cores
from ..settings.checks import positive_integer
from .attempt import attempt

MOST_WORKERS = 61  # that Windows can wait for
_worker = {}  # in a process of the pool: the function of its study


def worker_count(workers):
    return min(MOST_WORKERS, available_cores() if workers is None else positive_integer("workers", workers))


@contextmanager
def processes(workers, function):
    _check_travels(function)
    context = _Recording(multiprocessing.get_context("spawn"))
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(function,))
    try:
        yield functools.partial(pool.submit, _run)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in context.started:
            process.terminate()
        raise
    finally:
        pool.shutdown()


class _Recording:
    """A context of multiprocessing that remembers which processes it started."""

    def __init__(self, context):
        self._context, self.started = context, []

    def __getattr__(self, name):
        return getattr(self._context, name)

    def Process(self, *args, **options):  # noqa: N802 -- the name that a context has
        """Return a new process, as a context does under this name."""
        self.started.append(self._context.Process(*args, **options))
        return self.started[-1]


def _check_travels(function):
    """Raise before any process starts what would only show as its sudden death."""
    hint = "Define it in a file, or use executor='serial' or a ThreadPoolExecutor."
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        hint = "Put it under: if __name__ == '__main__':"
        raise RuntimeError(f"a study must start once, got one at the top level of a script that workers import. {hint}")
    try:
        content = pickle.dumps(function)
    except Exception as error:  # whatever objects raise that do not want to be pickled
        raise TypeError(
            f"function must be one that can be sent to other processes, got {function!r} ({error}). {hint}"
        ) from error
    main = sys.modules["__main__"]
    if b"__main__" in content and getattr(main, "__spec__", None) is None and not hasattr(main, "__file__"):
        raise TypeError(
            f"function must be importable by other processes, got one typed in by hand, {function!r}. {hint}"
        )


def _begin(function):
    """Prepare a process of the pool: Ctrl-C is for the study, and nobody outlives it."""
    _worker["function"] = function
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _run(settings, seed):
    return attempt(_worker["function"], settings, seed)


def _end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
