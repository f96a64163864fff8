"""The error of a training over seconds, epochs and steps. Measuring takes none of the training's time."""

import json
import math
import time
from contextlib import contextmanager

import numpy as np

from experiments.solvers.tasks import THREADS

SEEN = 10_000  # training samples, the first ones, whose error is measured; and test samples
AT_A_TIME = 1000
GROWTH = 1.04  # of the seconds from one measurement to the next
COLUMNS = ("seconds", "epochs", "steps", "train", "test")
SPEAK_EVERY = 60  # seconds
FAIR = 1 / 3  # share of a rival's seconds before which no run is cut off
BEHIND = 1.5  # how many times the rival's error a run may have


class Track:
    """Measures a training at moments that grow more and more distant, and says when it is over.

    Parameters
    ----------
    network : Network
    X, X_test : arrays
        What to train on and to test on; X_test may be None.
    limit : float
        Seconds that training may take.
    stop : float, default None
        The training error to stop at.
    name : str, default ""
        What progress is told of; "" for silence.
    rival : dict, default None
        `seconds` and `train` of a run to be faster than. Once a third of its seconds are over, this one ends when its
        error is more than 1.5 times that of the rival at that time.
    seen : int, default SEEN
        Samples of each set, the first ones, whose error is measured.
    growth : float, default GROWTH
        Of the seconds from one measurement to the next.
    """

    def __init__(self, network, X, X_test, limit, stop=None, name="", rival=None, *, seen=SEEN, growth=GROWTH):
        self._network, self._sets = network, [own[:seen] for own in (X, X_test) if own is not None]
        self._growth, self._rival = growth, rival
        self._limit, self._stop, self._name, self._spoken = limit, stop, name, time.perf_counter()
        self.points, self.end = [], ""

    def over(self, seconds):
        """Return whether the training has had its time."""
        return seconds >= self._limit

    def due(self, seconds):
        """Return whether it is time to measure."""
        return not self.points or self.over(seconds) or seconds >= self._growth * self.points[-1][0]

    def look(self, theta, seconds, epochs, steps, now=False):
        """Measure theta if it is due, or `now`; return why training ends, or ""."""
        if not now and not self.due(seconds):
            return ""
        errors = [squared_error(self._network, theta, X) for X in self._sets]
        if not np.isfinite(errors).all():
            self.end = "diverged"
            return self.end
        self.points.append((seconds, epochs, steps, *errors))
        self._speak()
        reached = self._stop is not None and errors[0] <= self._stop
        behind = "behind" if self._behind(seconds, errors[0]) else ""
        self.end = "reached" if reached else "time" if self.over(seconds) else behind
        return self.end

    def _behind(self, seconds, error):
        """Return whether the rival is too far ahead."""
        if self._rival is None or seconds < FAIR * self._rival["seconds"][-1]:
            return False
        place = int(np.searchsorted(self._rival["seconds"], seconds, side="right")) - 1
        return error > BEHIND * self._rival["train"][place]

    def _speak(self):
        if self._name and time.perf_counter() - self._spoken > SPEAK_EVERY:
            self._spoken = time.perf_counter()
            seconds, epochs, _, *errors = self.points[-1]
            said = ", test ".join(f"{error:.3f}" for error in errors)
            what = f"{seconds:.0f} of {self._limit:.0f} s, epoch {epochs:.1f}, error {said}"
            print(f"  {self._name}: {what}", flush=True)

    def row(self):
        """Return what a study stores of the training."""
        names = COLUMNS[: 3 + len(self._sets)]
        curve = {name: [significant(point[i]) for point in self.points] for i, name in enumerate(names)}
        return {"end": self.end, "curve": json.dumps(curve, separators=(",", ":"))}


def significant(value):
    """Return a number with six digits."""
    return float(f"{value:.6g}")


def squared_error(network, theta, X):
    """Return the squared error, summed over the pixels, as a mean over the samples."""
    total = 0.0
    with np.errstate(all="ignore"):
        for start in range(0, len(X), AT_A_TIME):
            x = X[start : start + AT_A_TIME]
            total += float(np.square(network.reconstruct(theta, x, threads=THREADS) - x, dtype=np.float64).sum())
    return total / len(X) if math.isfinite(total) else math.inf


class Clock:
    """Seconds of training, except while it is paused."""

    def __init__(self):
        self._began = time.perf_counter()

    @property
    def seconds(self):
        """The seconds so far."""
        return time.perf_counter() - self._began

    @contextmanager
    def paused(self):
        """Context manager: what happens inside takes no time."""
        stopped = time.perf_counter()
        try:
            yield
        finally:
            self._began += time.perf_counter() - stopped
