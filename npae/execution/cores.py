"""How many threads are worthwhile, and how many this process may start."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from .cpu_quota import cores_by_quota

WORTH_A_THREAD = 8_000_000  # multiplications per shard above which a thread of its own makes it faster
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # what limits the threads of a process


def worthwhile_threads(wanted: int | None, samples: int, cost_per_sample: int) -> int:
    """Return how many threads should share this many samples.

    That is as many as `wanted`, or if that is None, as many as this process may start and the cost of the samples
    justifies. There is at least one thread, and at most one per sample.
    """
    if wanted is not None:
        return max(1, min(wanted, samples))
    useful = samples * cost_per_sample // WORTH_A_THREAD
    return 1 if useful <= 1 or samples <= 1 else min(allowed_threads(), samples, useful)


def allowed_threads() -> int:
    """Return how many threads this process may start: one per core, or fewer if the environment says so."""
    return min([available_cores(), *_numbers_in(THREADS)])


def available_cores() -> int:
    """Return how many processor cores this process may use: by affinity, a container's quota, and LOKY_MAX_CPU_COUNT.

    From Python 3.13 on, PYTHON_CPU_COUNT counts too.
    """
    cores = _cores_of_process()
    return max(1, min([cores, cores_by_quota() or cores, *_numbers_in(["LOKY_MAX_CPU_COUNT"])]))


def _cores_of_process() -> int:
    """Return how many cores the system gives this process."""
    process_cpu_count = getattr(os, "process_cpu_count", None)  # from Python 3.13 on
    if process_cpu_count is not None:
        return process_cpu_count() or 1
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # not on this system
        return os.cpu_count() or 1


def _numbers_in(names: Iterable[str]) -> Iterator[int]:
    """Yield the positive numbers that environment variables begin with: "4", or "4,2" for nested teams."""
    for name in names:
        found = re.match(r"\s*(\d+)\s*(,|$)", os.environ.get(name, ""))
        if found and int(found[1]) > 0:
            yield int(found[1])
