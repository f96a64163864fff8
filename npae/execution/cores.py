"""How many threads are worthwhile on this machine's cores."""

from __future__ import annotations

import os

WORTH_A_THREAD = 8_000_000  # multiplications per shard above which a thread of its own makes it faster


def worthwhile_threads(wanted: int | None, samples: int, cost_per_sample: int) -> int:
    """Return how many threads should share this many samples.

    That is as many as `wanted`, or if that is None, as many as the cores and the cost of the samples justify. There is
    at least one thread, and at most one per sample.
    """
    most = available_cores() if wanted is None else wanted
    useful = samples * cost_per_sample // WORTH_A_THREAD if wanted is None else samples
    return max(1, min(most, useful))


def available_cores() -> int:
    """Return how many processor cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1
