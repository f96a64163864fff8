"""The threads that run now, for the tests that count them."""

import threading
import time


def team_size(expected):
    """Return how many threads of teams there are; those that are ending get up to 5 s to do so."""
    deadline = time.monotonic() + 5
    while (count := sum(t.name.startswith("npae ") for t in threading.enumerate())) != expected:
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    return count
