"""One run of where_each_wins.py: a method trains the network of a task from the start of a seed."""

import zlib
from dataclasses import dataclass

import numpy as np

from experiments.solvers.contenders import CONTENDERS, UNFIT
from experiments.solvers.runs import Ended, refined
from experiments.solvers.sized_tasks import TASKS, recipe, samples
from experiments.solvers.tasks import THREADS, start
from experiments.solvers.track import Clock, Track
from npae.execution.blas import blas_threads
from npae.execution.cores import worthwhile_threads
from npae.network import Batch, Shards
from npae.samples import Samples

SEEN = 1000  # training samples, the first ones, whose error is measured
GROWTH = 1.12  # of the seconds from one measurement to the next


@dataclass(frozen=True)
class Race:
    """Trains as the settings say; an instance is what `npae.study.run_all` calls.

    Attributes
    ----------
    data : str, default None
        The folder of MNIST.
    """

    data: str | None = None

    def __call__(self, *, seed, task, method, solver, eta, batch, limit, stop, quick):
        X = samples(TASKS[task], self.data, quick)
        network, theta = start(recipe(TASKS[task], quick), X.shape[1:], seed)
        track = Track(network, X, None, limit, stop, seen=SEEN, growth=GROWTH)
        track.look(theta, 0.0, 0, 0)
        facts = {"start": zlib.crc32(theta.tobytes()), "weights": network.n_parameters, "samples": len(X)}
        facts["mean_error"] = error_of_mean(X[:SEEN])
        with np.errstate(all="ignore"), blas_threads(1):
            if CONTENDERS[method].kind == "fit":
                stepped(network, theta, X, track, solver, min(batch, len(X)), seed)
            else:
                refined_if_fit(network, theta, X, track, solver, seed)
        return facts | track.row()


def error_of_mean(X):
    """Return the squared error, summed over the outputs, of the mean of samples."""
    return float(np.square(X - X.mean(axis=0, dtype=np.float64)).sum() / len(X))


def threads_for(network, rows):
    """Return how many threads npae would start for so many samples at a time, at most THREADS."""
    return min(THREADS, worthwhile_threads(None, rows, network.cost_per_sample))


def refined_if_fit(network, theta, X, track, refine, seed):
    """Train with a Refine, unless it says that it does not fit to this loss or into memory."""
    try:
        refine.check(network)
    except (MemoryError, ValueError) as error:
        track.end = f"{UNFIT}: {error}"
        return
    try:
        refined(network, theta, X, track, refine, seed, threads_for(network, len(X)))
    except MemoryError as error:
        track.end = f"{UNFIT}: {error}"


def stepped(network, theta, X, track, optimizer, batch, seed):
    """Train with an optimizer, to the bit as `fit` does, except that the error is measured inside epochs, too."""
    rng, data, steps = np.random.default_rng(seed), Samples(X), 0
    network.init(rng)  # theta comes first out of the generator of `fit`
    theta, clock = theta.copy(), Clock()
    memory = optimizer.start(theta)
    with Shards(network, threads_for(network, batch)) as shards:
        shards.begin_epoch(0)
        while True:
            for rows in batches(rng, len(X), batch):
                loss = shards.evaluate(theta, data, rows=rows, rng=rng if network.stochastic else None)
                shards.step(optimizer, theta, optimizer.eta, memory, Batch(data, rows, loss))
                network.project(theta)
                steps += 1
                try:
                    measure(track, theta, clock, steps * batch / len(X), steps)
                except Ended:
                    return


def batches(rng, count, batch):
    """Return the samples of each step of an epoch; None for all of them at once."""
    if batch >= count:
        return [None]
    order = rng.permutation(count)
    return [order[first : first + batch] for first in range(0, count, batch)]


def measure(track, theta, clock, epochs, steps):
    """Measure theta if it is due; raise Ended if the training is over."""
    seconds = clock.seconds
    if track.due(seconds):
        with clock.paused():
            if track.look(theta, seconds, epochs, steps):
                raise Ended
