"""Where runs are carried out: processes of our own, any concurrent.futures.Executor, or right here."""

import functools
import os
import pickle
import sys
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

from .attempt import attempt
from .worker_processes import processes, worker_count


class Serial(Executor):
    """Carries out each run at once, in this thread."""

    def submit(self, function, /, *args, **options):
        """Call the function; return a future that is done."""
        future = Future()
        try:
            future.set_result(function(*args, **options))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def opened(executor, workers, function, runs):
    """Context manager that yields submit(settings, seed) -> Future of the outcome.

    An executor that was given stays open. Processes of our own end with the block: at once if it ends by an exception.
    """
    if executor is None:
        with processes(min(worker_count(workers), max(runs, 1)), function) as submit:
            yield submit
        return
    if not isinstance(executor, Executor) and executor != "serial":
        rule = "a concurrent.futures.Executor, 'serial' or None for a pool of processes"
        raise ValueError(f"executor must be {rule}, got {executor!r}.")
    yield functools.partial(_submit, Serial() if executor == "serial" else executor, function)


def _submit(executor, function, settings, seed):
    call, *arguments = _call(executor, function, settings, seed)
    try:
        return executor.submit(call, *arguments)
    except (BrokenExecutor, TypeError):
        raise
    except Exception as error:  # of any class: executors do not agree
        raise ValueError(f"executor must be open, got one that takes no runs ({error}). Make a new one.") from error


def _call(executor, function, settings, seed):
    """Return what to submit: to strange executors a call of `pickle.loads`, which a worker without npae has too.

    There it fails as a run does, and can be told from a worker that died. What cannot be pickled stays as it is. Bytes
    behind a pickle's end are not read: here they tell equal runs apart, to which Dask would give the same answer twice.
    """
    if not isinstance(executor, (Serial, ThreadPoolExecutor, ProcessPoolExecutor)):
        with suppress(Exception):
            return pickle.loads, _dumps(_Attempt(function, settings, seed)) + os.urandom(16)
    return attempt, function, settings, seed


def _dumps(thing):
    """Pickle a thing; by cloudpickle where that is loaded, as Dask does, so that functions typed by hand travel too."""
    return sys.modules.get("cloudpickle", pickle).dumps(thing)


@dataclass(frozen=True)
class _Attempt:
    """A run that is carried out when it is unpickled."""

    function: object
    settings: dict
    seed: int

    def __reduce__(self):
        return attempt, (self.function, self.settings, self.seed)


class RunLost(BrokenExecutor):
    """The executor could not carry out a run."""


def outcome_of(future):
    """Return the outcome of a run that has ended; RunLost if the executor gave none."""
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


def slots(executor, workers):
    """Return how many runs to have under way at once where the next ones depend on what has ended."""
    return 1 if executor == "serial" else worker_count(workers)
