"""Where runs are carried out: processes of our own, any concurrent.futures.Executor, or right here."""

import functools
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
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

import numpy as np

from ..execution.blas import blas_threads
from ..execution.cores import available_cores
from ..settings.checks import positive_integer
from .journal import RESERVED

MOST_WORKERS = 61  # that Windows can wait for
_worker = {}  # in a process of the pool: the function of its study


def attempt(function, settings, seed):
    """Call function(seed=seed, **settings) with one BLAS thread; return the outcome as a dict, whatever happens.

    It has `status` ("finished" or "failed"), `reason` (of the failure, else ""), `seconds` and what the function
    returned. Only what ends a process on purpose, such as KeyboardInterrupt, is raised.
    """
    began, numbers, reason = time.perf_counter(), {}, ""
    try:
        with blas_threads(1):
            numbers = _checked(function(seed=seed, **settings), settings)
    except (Exception, SystemExit) as error:  # a run that cannot work is a result of the study
        reason = f"{type(error).__name__}: {_message(error)}"
    seconds = time.perf_counter() - began
    return {"status": "failed" if reason else "finished", "reason": reason, "seconds": seconds, **numbers}


def _message(error):
    try:
        return str(error)
    except Exception:
        return "(its message raised an exception of its own)"


def _checked(numbers, settings):
    """Return what a run measured as plain values; what is not finite becomes None."""
    if not isinstance(numbers, dict) or not all(isinstance(name, str) for name in numbers):
        raise TypeError(f"a run must return a dict of numbers by name, got {numbers!r}.")
    taken = [name for name in numbers if name in RESERVED or name in settings]
    if taken:
        raise ValueError(
            f"names of numbers must differ from settings and from {', '.join(RESERVED)}, got {taken[0]!r}."
        )
    return {name: _scalar(name, value) for name, value in numbers.items()}


def _scalar(name, value):
    value = value.item() if isinstance(value, (np.generic, np.ndarray)) and np.ndim(value) == 0 else value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    raise TypeError(f"{name} must be a number, a string or None, got {value!r}.")


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
        with _processes(min(_worker_count(workers), max(runs, 1)), function) as submit:
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
    return 1 if executor == "serial" else _worker_count(workers)


def _worker_count(workers):
    return min(MOST_WORKERS, available_cores() if workers is None else positive_integer("workers", workers))


@contextmanager
def _processes(workers, function):
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

    def Process(self, *args, **options):
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
