"""What K-FAC costs next to Adam: the time of a step, and the memory of a training."""

import statistics
import tracemalloc
from dataclasses import dataclass, replace

from experiments.shared.training import fitted
from experiments.solvers.tasks import recipe, samples

BATCH = 1000
STEPS = 20  # of K-FAC from one inversion of its factors to the next


@dataclass(frozen=True)
class StepTimes:
    """Seconds per step of K-FAC and of npae's Adam, batch 1,000, in pairs that follow one another.

    A reading is an epoch of 20 steps, so that one step in 20 inverts the factors, as in a long training.
    """

    data: str | None = None

    def __call__(self, *, seed, task, kfac, adam, activation, quick, pairs):
        X = samples(task, self.data, quick)[0][: STEPS * BATCH]
        batch = max(1, len(X) // STEPS)
        models = [
            recipe(task, activation, quick, batch_size=batch, optimizer=optimizer).autoencoder(seed)
            for optimizer in (kfac, adam)
        ]
        for model in models:
            model.partial_fit(X)  # the first steps invert more often, and get their memory
        times = [[epoch_seconds(model, X) / STEPS for model in models] for _ in range(pairs)]
        medians = {
            f"{name}_step": statistics.median(column)
            for name, column in zip(("kfac", "adam"), zip(*times, strict=True), strict=True)
        }
        return medians | {"step_ratio": statistics.median(ours / theirs for ours, theirs in times)}


def epoch_seconds(model, X):
    """Return the seconds of one more epoch."""
    before = model.history_["seconds"][-1]
    model.partial_fit(X)
    return model.history_["seconds"][-1] - before


@dataclass(frozen=True)
class Memory:
    """The peak of what K-FAC and Adam allocate beyond data and theta in a few steps of batch 1,000, in MB."""

    data: str | None = None

    def __call__(self, *, seed, task, kfac, adam, activation, quick):
        X = samples(task, self.data, quick)[0][: 4 * BATCH]
        settings = recipe(task, activation, quick, batch_size=min(BATCH, len(X)))
        return {
            f"{name}_megabytes": peak_megabytes(replace(settings, optimizer=optimizer), X, seed)
            for name, optimizer in (("kfac", kfac), ("adam", adam))
        }


def peak_megabytes(settings, X, seed):
    """Return the peak of an epoch's allocations, less theta itself, in MB."""
    model = settings.autoencoder(seed, epochs=1)
    tracemalloc.start()
    try:
        fitted(model, X)
        return (tracemalloc.get_traced_memory()[1] - model.theta_.nbytes) / 1e6
    finally:
        tracemalloc.stop()
