"""A study's own pool of processes, which ends with the study."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from ..execution.cores import available_cores
from ..settings.checks import positive_integer
from .attempt import attempt
from .run_types import Function, Outcome, Settings, Submit

MOST_WORKERS = 61  # Windows can wait for no more
_worker: dict[str, Function] = {}  # in a process of the pool: the function of its study


def worker_count(workers: int | None) -> int:
    """Return the number of processes to start; None means one per core."""
    return min(MOST_WORKERS, available_cores() if workers is None else positive_integer("workers", workers))


def may_start_processes() -> bool:
    """Return whether this process may start others: the daemonic workers of other pools may not."""
    return not multiprocessing.current_process().daemon


@contextmanager
def processes(workers: int, function: Function) -> Iterator[Submit]:
    """Start processes, and end them with the block: at once if it ends with an exception.

    Yields
    ------
    Submit
        submit(settings, seed) returns the Future of an outcome.
    """
    _check_travels(function)
    context: Any = _Recording(multiprocessing.get_context("spawn"))
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(function,))
    try:
        yield lambda settings, seed: pool.submit(_run, settings, seed)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in context.started:
            if process.pid is not None:  # it may not have come to be
                process.terminate()
        raise
    finally:
        pool.shutdown()


class _Recording:
    """A context of multiprocessing that remembers which processes it started."""

    def __init__(self, context: SpawnContext) -> None:
        self._context = context
        self.started: list[BaseProcess] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def Process(self, *arguments: Any, **options: Any) -> BaseProcess:
        """Return a new process."""
        self.started.append(self._context.Process(*arguments, **options))
        return self.started[-1]


def _check_travels(function: Function) -> None:
    """Raise an error before any process starts if the function would only kill the processes."""
    hint = "Define it in a file, or use executor='serial' or a ThreadPoolExecutor."
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        hint = "Put it under: if __name__ == '__main__':"
        raise RuntimeError(f"a study must start once, got one at the top level of a script that workers import. {hint}")
    try:
        content = pickle.dumps(function)
    except Exception as error:  # objects that refuse to be pickled raise what they like
        raise TypeError(
            f"function must be one that can be sent to other processes, got {function!r} ({error}). {hint}"
        ) from error
    main = sys.modules["__main__"]
    if b"__main__" in content and getattr(main, "__spec__", None) is None and not hasattr(main, "__file__"):
        raise TypeError(
            f"function must be importable by other processes, got one typed in by hand, {function!r}. {hint}"
        )


def _begin(function: Function) -> None:
    """Prepare a process of the pool: it leaves Ctrl-C to the study, and does not outlive it."""
    _worker["function"] = function
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _run(settings: Settings, seed: int) -> Outcome:
    return attempt(_worker["function"], settings, seed)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
