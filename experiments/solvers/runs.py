"""One run of the study: a method trains a task's network from the start of a seed, and its errors are tracked."""

import zlib
from dataclasses import dataclass, field

import numpy as np

import npae
from experiments.shared.training import fitted
from experiments.solvers import torch_adam
from experiments.solvers.methods import METHODS
from experiments.solvers.tasks import THREADS, recipe, samples, start
from experiments.solvers.track import AT_A_TIME, Clock, Track
from npae.network import Shards
from npae.samples import Samples
from npae.training.frozen_objective import FrozenObjective

MOST_EPOCHS = 10**6


@dataclass(frozen=True)
class Run:
    """Trains as the settings say; an instance is what `npae.study.run_all` calls.

    Attributes
    ----------
    data : str, default None
        The folder of MNIST.
    seconds : float, default None
        Ends the training earlier than `minutes`, when it can no longer be the first. Not part of a run's identity.
    rival : dict, default None
        The errors of the run that is the first so far, for `Track`. Not part of a run's identity.
    """

    data: str | None = None
    seconds: float | None = field(default=None, compare=False)
    rival: dict | None = field(default=None, compare=False)

    def __call__(self, *, seed, task, method, solver, activation, quick, minutes, stop, eta, batch):
        X, X_test = samples(task, self.data, quick)
        kind = METHODS[method].kind
        batch = batch and min(batch, len(X))
        settings = recipe(task, activation, quick, batch_size=batch)
        network, theta = start(settings, X.shape[1], seed)
        limit = min(60 * minutes, np.inf if self.seconds is None else self.seconds)
        track = Track(network, X, X_test, limit, stop, f"{task}, {METHODS[method].label}, seed {seed}", self.rival)
        first = zlib.crc32(theta.tobytes())
        track.look(theta, 0.0, 0, 0)
        if kind == "torch":
            torch_adam.train(network, theta, X, track, eta=eta, batch=batch, seed=seed)
        elif kind == "refine":
            refined(network, theta, X, track, solver, seed)
        else:
            stepped(settings, X, track, solver, seed)
        return {"start": first, "parameters": network.n_parameters, "limit": float(limit), **track.row()}


def stepped(settings, X, track, optimizer, seed):
    """Train with an optimizer, epoch by epoch."""
    per_epoch = -(-len(X) // settings.batch_size)

    def after_epoch(training):
        epochs = training.epoch
        return track.look(training.theta, training.history["seconds"][-1], epochs, epochs * per_epoch)

    model = settings.autoencoder(seed, [after_epoch], optimizer=optimizer, epochs=MOST_EPOCHS)
    try:
        fitted(model, X)
    except npae.TrainingDiverged:
        track.end = "diverged"


class Ended(Exception):
    """The training has had its time, or its target."""


class Watched:
    """The objective of a refinement, which tracks the best point that the method has seen.

    An epoch is as many evaluations of the loss, its gradient or a product with its curvature as see all samples once;
    a step is an evaluation of the gradient.
    """

    def __init__(self, frozen, track, clock, share):
        self._frozen, self._track, self._clock, self._share = frozen, track, clock, share
        self._loss, self._best = np.inf, None
        self.epochs, self.steps = 0.0, 0

    def __getattr__(self, name):
        return getattr(self._frozen, name)

    @property
    def gauss_newton_product(self):
        """The product with the Gauss-Newton matrix, counted."""

        def product(x, v):
            Bv = self._frozen.gauss_newton_product(x, v)
            self._count()
            return Bv

        return product

    @property
    def residual_map(self):
        """The residuals, counted; None if there are none."""
        found = self._frozen.residual_map
        return None if found is None else WatchedResiduals(found, self._seen, self._count)

    def value(self, x):
        """Return the loss at x."""
        return self._seen(x, self._frozen.value(x))

    def value_and_gradient(self, x):
        """Return the loss at x and the gradient."""
        value, gradient = self._frozen.value_and_gradient(x)
        self.steps += 1
        return self._seen(x, value), gradient

    def go_on(self, frozen):
        """Take another draw of samples."""
        self._frozen, self._loss = frozen, np.inf

    def _seen(self, x, value):
        if value < self._loss:
            self._loss, self._best = value, x.copy()
        self._count()
        return value

    def _count(self):
        self.epochs += self._share
        self.look()

    def look(self):
        """Measure the best point if it is due; raise Ended if the training is over."""
        seconds = self._clock.seconds
        if self._best is None or not self._track.due(seconds):
            return
        with self._clock.paused():
            if self._track.look(self._best, seconds, self.epochs, self.steps):
                raise Ended


class WatchedResiduals:
    """Residuals that tell seen(x, loss) of each point, and count() products with their derivative."""

    def __init__(self, residual_map, seen, count):
        self._map, self._seen, self._count = residual_map, seen, count
        self.count = residual_map.count

    def residuals(self, x):
        """Return the residuals at x."""
        found = self._map.residuals(x)
        self._seen(x, 0.5 * float(found @ found))
        return found

    def along(self, x, v):
        """Return J v."""
        self._count()
        return self._map.along(x, v)

    def back(self, x, u):
        """Return J^T u."""
        self._count()
        return self._map.back(x, u)


def refined(network, theta, X, track, refine, seed, threads=THREADS):
    """Train with a Refine: once, or again and again if each refinement draws other samples."""
    rng, data, share = np.random.default_rng(seed), Samples(X), min(refine.sample or len(X), len(X)) / len(X)
    point, clock = theta.astype(np.float64), Clock()
    with Shards(network, threads, at_a_time=AT_A_TIME) as shards:
        shards.begin_epoch(0)
        watched = Watched(None, track, clock, share)
        try:
            while True:
                watched.go_on(FrozenObjective(network, shards, data, rng, refine.sample))
                point, record = refine.improve(watched, point, rng)
                if record["stopped"] == "interrupted":
                    raise KeyboardInterrupt
                if refine.sample is None:  # the method sees no way on
                    track.look(point, clock.seconds, watched.epochs, watched.steps, now=True)
                    track.end = track.end or record["stopped"]
                    return
        except Ended:
            return
