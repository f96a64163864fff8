"""What K-FAC costs next to Adam: the time of a step, and the memory of a training."""

import statistics
import tracemalloc
from dataclasses import dataclass

from experiments.shared.training import fitted
from experiments.solvers.methods import METHODS
from experiments.solvers.tasks import recipe, samples

BATCH = 1000
STEPS = 20  # of K-FAC from one inversion of its factors to the next


@dataclass(frozen=True)
class StepTimes:
    """Seconds per step of K-FAC and of npae's Adam, batch 1,000, in pairs that follow one another.

    A reading is an epoch of 20 steps, so that one step in 20 inverts the factors, as in a long training.
    """

    data: str | None = None

    def __call__(self, *, seed, task, activation, quick, pairs):
        X = samples(task, self.data, quick)[0][: STEPS * BATCH]
        batch = max(1, len(X) // STEPS)
        models = [
            recipe(task, activation, quick, batch_size=batch, optimizer=optimizer).autoencoder(seed)
            for optimizer in (METHODS["kfac"].make(None), METHODS["adam"].make(1e-3))
        ]
        for model in models:
            model.partial_fit(X)  # the first steps invert more often, and get their memory
        times = [[epoch_seconds(model, X) / STEPS for model in models] for _ in range(pairs)]
        kfac, adam = (statistics.median(column) for column in zip(*times, strict=True))
        return {"kfac_step": kfac, "adam_step": adam, "step_ratio": statistics.median(a / b for a, b in times)}


def epoch_seconds(model, X):
    """Return the seconds of one more epoch."""
    before = model.history_["seconds"][-1]
    model.partial_fit(X)
    return model.history_["seconds"][-1] - before


@dataclass(frozen=True)
class Memory:
    """The peak of what K-FAC and Adam allocate beyond data and theta in a few steps of batch 1,000, in MB."""

    data: str | None = None

    def __call__(self, *, seed, task, activation, quick):
        X = samples(task, self.data, quick)[0][: 4 * BATCH]
        return {
            f"{name}_megabytes": peak_megabytes(
                recipe(task, activation, quick, batch_size=min(BATCH, len(X)), optimizer=METHODS[name].make(1e-3)),
                X,
                seed,
            )
            for name in ("kfac", "adam")
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
