"""Where runs are carried out: in processes of our own, by any concurrent.futures.Executor, or in this thread."""

from __future__ import annotations

import functools
import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ..execution.pickling import pickled
from .attempt import attempt
from .run_types import Function, Outcome, Settings, Submit, Where
from .worker_processes import may_start_processes, processes, worker_count


class Serial(Executor):
    """Carries out each run at once, in this thread."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """Call the function; return a future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def opened(executor: Where, workers: int | None, function: Function, runs: int) -> Iterator[Submit]:
    """Open the executor for so many runs of the function.

    An executor that was given stays open. Processes of our own end with the block: at once if it ends with an
    exception. Where this process may not start any, as in a worker of multiprocessing.Pool, runs are carried out in it.

    Yields
    ------
    Submit
        submit(settings, seed) returns the Future of an outcome.
    """
    if executor is None and not may_start_processes():
        executor = "serial"
    if executor is None:
        with processes(min(worker_count(workers), max(runs, 1)), function) as submit:
            yield submit
        return
    if not isinstance(executor, Executor) and executor != "serial":
        rule = "a concurrent.futures.Executor, 'serial' or None for a pool of processes"
        raise ValueError(f"executor must be {rule}, got {executor!r}.")
    yield functools.partial(_submit, Serial() if executor == "serial" else executor, function)


def _submit(executor: Executor, function: Function, settings: Settings, seed: int) -> Future[Outcome]:
    call, *arguments = _call(executor, function, settings, seed)
    try:
        return executor.submit(call, *arguments)
    except (BrokenExecutor, TypeError):
        raise
    except Exception as error:  # executors do not agree on a class
        raise ValueError(f"executor must be open, got one that takes no runs ({error}). Make a new one.") from error


def _call(executor: Executor, function: Function, settings: Settings, seed: int) -> tuple[Any, ...]:
    """Return what to submit.

    Executors from other libraries get a call of `pickle.loads`, which also works on a worker without npae: there it
    raises ImportError, and we can tell that from a worker that died. What cannot be pickled stays as it is. `loads`
    ignores the random bytes after the pickle. They make equal runs differ; otherwise Dask would compute them only once.
    """
    if not isinstance(executor, (Serial, ThreadPoolExecutor, ProcessPoolExecutor)):
        with suppress(Exception):
            return pickle.loads, pickled(_Attempt(function, settings, seed)) + os.urandom(16)
    return attempt, function, settings, seed


@dataclass(frozen=True)
class _Attempt:
    """A run that is carried out when it is unpickled."""

    function: Function
    settings: Settings
    seed: int

    def __reduce__(self) -> tuple[Any, ...]:
        return attempt, (self.function, self.settings, self.seed)


class RunLost(BrokenExecutor):
    """The executor could not carry out a run.

    Examples
    --------
    >>> import concurrent.futures
    >>> import npae
    >>> issubclass(npae.study.RunLost, concurrent.futures.BrokenExecutor)     # catch either
    True
    """


def outcome_of(future: Future[Outcome]) -> Outcome:
    """Return the outcome of a run that has ended; raise RunLost if the executor gave none."""
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except ImportError as error:
        hint = "Install this version of npae, and what the runs import, where the executor has its workers"
        raise RunLost(f"workers must be able to import what runs need, got: {error}. {hint}") from error
    except (Exception, CancelledError) as error:
        text = f"{type(error).__name__}: {error}".rstrip(": ")
        raise RunLost(f"executor must bring every run to an end, got one that lost a run ({text})") from error


def slots(executor: Where, workers: int | None) -> int:
    """Return how many runs to keep under way if the next ones depend on those that have ended."""
    alone = executor == "serial" or (executor is None and not may_start_processes())
    return 1 if alone else worker_count(workers)
