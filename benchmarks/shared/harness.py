"""What every benchmark is made of: an entry, two measures taken in turn, and the row that results.

An entry is a generator function with a name; it yields one `Row` or many:

    @benchmark("adam-step", needs="torch")
    def adam_step(quick):
        '''One Adam step of the letter network.'''
        yield compare("Adam step", clock(ours), "PyTorch", clock(theirs), repetitions=3 if quick else 50, target=0.25)

A measure is a function of the repetition's number (which may serve as a seed) that returns a number: seconds, from
`clock` or `once`, or what the code of `in_fresh_process` printed.
"""

import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

ENTRIES = {}
SAMPLE_SECONDS = 0.01  # the least duration of one reading: the overhead of the timer and the call vanishes in it
ROOT = Path(__file__).parents[2]


class Missing(Exception):
    """Something that an entry needs, such as data, is not on this machine: the entry is skipped with this message."""


@dataclass(frozen=True)
class Entry:
    """A named benchmark: `run(quick)` yields rows; `needs` is the module of the peer, or None.

    A `long` one runs only where it is named.
    """

    name: str
    run: object
    needs: str | None
    long: bool

    @property
    def summary(self):
        """The first line of the entry's docstring."""
        return self.run.__doc__.splitlines()[0]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    what : str
        What was measured.
    npae, peer : float
        Median measures in `unit`; peer is None where there is nothing to compare with.
    peer_name : str, default None
        Who was measured for comparison.
    ratio : float, default None
        Median over repetitions of npae / peer, pair by pair.
    spread : tuple of two floats, default None
        The quartiles of these ratios.
    target : float, default None
        The largest ratio that is acceptable.
    limit : float, default None
        The largest value of `npae` that is acceptable, in `unit`.
    unit : str, default "s"
        Seconds are shown as us, ms or s; any other unit, such as "MB", as it is.
    note : str, default ""
        What else there is to know.
    size : int, default None
        Unknowns or samples, where the row is a point of the plot.
    """

    what: str
    npae: float
    peer_name: str | None = None
    peer: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    target: float | None = None
    limit: float | None = None
    unit: str = "s"
    note: str = ""
    size: int | None = None

    @property
    def verdict(self):
        """'ok', 'over', or '' where no number was asked for."""
        wanted = [(self.ratio, self.target), (self.npae, self.limit)]
        met = [value <= bound for value, bound in wanted if value is not None and bound is not None]
        return ("ok" if all(met) else "over") if met else ""


def benchmark(name, needs=None, long=False):
    """Register a generator function as an entry; it is skipped where the module `needs` is missing."""

    def register(run):
        ENTRIES[name] = Entry(name, run, needs, long)
        return run

    return register


def compare(what, npae, peer_name, peer, *, repetitions, warm_up=True, **row):
    """Take two measures in turn, A B A B ..., after one warm-up each, and return the Row of their medians.

    Noise that lasts longer than a pair of measures affects both and leaves the ratio alone. `row` holds further fields
    of the Row, such as target; a function as `note` is called after the measures.
    """
    if warm_up:
        npae(0), peer(0)
    pairs = [(npae(i), peer(i)) for i in range(repetitions)]
    ratios = [a / b for a, b in pairs]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    a, b = map(statistics.median, zip(*pairs, strict=True))
    if callable(row.get("note")):
        row["note"] = row["note"]()
    return Row(what, a, peer_name, b, ratio, (low, high), **row)


def alone(what, npae, *, repetitions, **row):
    """Return the Row of the median of one measure, where there is nothing to compare it with."""
    return Row(what, statistics.median(npae(i) for i in range(repetitions)), **row)


def clock(function):
    """Return a measure: seconds of one call of function(), averaged over enough calls to fill a reading."""
    calls = 0

    def measure(_):
        nonlocal calls
        calls = calls or max(1, round(SAMPLE_SECONDS / min(_seconds(function, 1) for _ in range(5))))
        return _seconds(function, calls)

    return measure


def once(function):
    """Return a measure: seconds of a single call of function(), for calls that take long."""
    return lambda _: _seconds(function, 1)


def _seconds(function, calls):
    began = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - began) / calls


def in_fresh_process(code):
    """Return the number that Python code prints in an interpreter of its own, which can import `benchmarks`."""
    code = f"import sys; sys.path.append({str(ROOT)!r}); {code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"code must run in a fresh process, got:\n{done.stderr}")
    return float(done.stdout)


def peak_megabytes():
    """Return the most memory that this process has held so far, in MB.

    On Linux this is the peak of the program itself: getrusage would include what its parent held when it started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (kilobytes,) = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(kilobytes) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


@contextmanager
def threads(n):
    """Context manager: n threads for BLAS, and for torch if it was imported."""
    torch = sys.modules.get("torch")
    before = torch and torch.get_num_threads()
    try:
        with threadpool_limits(n, user_api="blas"):
            if torch:
                torch.set_num_threads(n)
            yield
    finally:
        if torch:
            torch.set_num_threads(before)


def on(n, measure):
    """Return the same measure, taken with n threads."""

    def measured(i):
        with threads(n):
            return measure(i)

    return measured


@contextmanager
def cores(n):
    """Context manager: all threads of this process share n cores, also those of libraries that take what there is.

    Where the system cannot do that, Missing.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise Missing("this system does not let a process choose its cores")
    before = os.sched_getaffinity(0)
    try:
        _bind(sorted(before)[:n])
        yield
    finally:
        _bind(before)


def _bind(chosen):
    for thread in os.listdir("/proc/self/task"):
        with suppress(ProcessLookupError):  # a thread may end meanwhile
            os.sched_setaffinity(int(thread), chosen)


def best_threads(function):
    """Return 1 or 2, the number of threads on which function() is faster: a second one slows some peers down."""
    seconds = {n: min(map(on(n, once(function)), range(3))) for n in (1, 2)}
    return min(seconds, key=seconds.get)
