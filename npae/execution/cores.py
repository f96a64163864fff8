"""How many threads are worth while on the cores of this machine."""

import os

WORTH_A_THREAD = 8_000_000  # multiplications of a part from which on a thread of its own makes it faster


def worthwhile_threads(wanted, rows, cost_per_sample):
    """Return how many threads to cut `rows` for: as many as `wanted`, or where that is None as have enough to do."""
    most = available_cores() if wanted is None else wanted
    useful = rows * cost_per_sample // WORTH_A_THREAD if wanted is None else rows
    return max(1, min(most, useful))


def available_cores():
    """Return how many processor cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1
