"""How an estimator learns: from samples and parameters to a training run, and back to a fitted model."""

import numpy as np

from ..execution.threads import blas_threads, worthwhile_threads
from ..losses import Loss
from ..samples.masks import zero_padding
from ..samples.rows import is_mapped, walk
from ..samples.validation import check_range
from ..settings.checks import number_in, positive_integer
from ..training import Samples, Training
from .construction import build_plan, generator
from .estimator import Estimator
from .saving import Saved

NETWORK = ("encoder", "decoder", "activation", "output", "loss", "noise", "penalty", "dtype")


class Learner(Saved, Estimator):
    """An estimator with a network, and the state of its training run: what an autoencoder and a classifier share."""

    def _learn(self, X, data, network, epochs, validation=None, **kept):
        """Train `network` anew on `data`, Samples; X is what the user gave, `kept` what else a fitted model has.

        `epochs` None stands for one epoch of a stream: nothing is held out of it.
        """
        plan = self._plan()
        if epochs is not None:
            data, validation = self._held_out(data, validation)
            plan.check(network, len(data))
        rng = generator(self.random_state)
        state = plan.start(network, rng, self._first_theta(network, rng))
        training = Training(
            network, prepared(data, network), plan, state, prepared(validation, network, "validation_data")
        )
        return self._run(training, epochs, X, kept)

    def _plan(self):
        return build_plan(self)

    def _first_theta(self, network, rng):
        """Return the theta that training begins with."""
        return network.init(rng)

    def _learn_on(self, data):
        """Train one epoch more on `data`, from where the model is."""
        self._check_same_network()
        plan = self._plan()
        training = Training(self.network_, prepared(data, self.network_), plan, self._continued(plan))
        return self._run(training)

    def _held_out(self, data, validation):
        """Return (data, validation), the last rows held out where `validation_fraction` says so."""
        fraction = self.validation_fraction
        if fraction is None:
            return data, validation
        number_in("validation_fraction", fraction, 0, 1, closed=False)
        if validation is not None:
            raise ValueError("validation_data must be None where validation_fraction is set, got both.")
        count = round(fraction * len(data))
        if not 0 < count < len(data):
            hint = f"Give validation_data, or a fraction that is at least 1 of the {len(data)} samples and leaves one."
            raise ValueError(f"validation_fraction must hold samples out, got {fraction} of {len(data)}. {hint}")
        return data[:-count], data[-count:]

    def _run(self, training, epochs=None, X=None, kept=None):
        """Train, and keep the result; of what was refused before it began nothing is kept."""
        try:
            training.run(epochs or 1, stream=epochs is None)
        finally:
            if training.begun:
                self._take(training, X, kept or {})
        return self

    def _take(self, training, X, kept):
        """Become the model that was trained, on fresh weights if X is not None."""
        vars(self).update(kept)
        if X is not None:
            self._learn_features(X, training.data.X.shape[1])
            self._fitted_with = self.get_params(deep=False)
        self.network_, self._state, self._optimizer = training.network, training.state, training.plan.optimizer
        self.theta_, self.history_ = training.theta.copy(), training.history
        self.n_epochs_, self.stop_reason_ = training.epoch, training.state.stopped
        self._keep(training)

    def _keep(self, training):
        """Keep what else a fitted model has, at theta_."""

    def _continued(self, plan):
        """Return the state to go on from: as it was left, or anew at the same theta if it is not this plan's."""
        state = getattr(self, "_state", None)
        if state is not None and plan.optimizer == self._optimizer:
            return state
        fresh = plan.start(self.network_, state.rng if state else generator(self.random_state), self.theta_)
        fresh.history, fresh.epoch = self.history_, self.n_epochs_
        fresh.seconds = self.history_["seconds"][-1] if self.history_["seconds"] else 0.0
        return fresh

    def _check_same_network(self):
        for name in NETWORK:
            value, fitted = getattr(self, name, None), self._fitted_with.get(name)
            if repr(value) != repr(fitted):
                hint = "Call fit to train another network."
                raise ValueError(f"{name} must be {fitted!r} as in fit to go on training, got {value!r}. {hint}")

    def _samples(self, X, mask=None):
        X = self._compared(zero_padding(X, mask), self.network_.in_shape)
        check_range(X, self.network_.dtype, "X")
        return X

    def _inferred(self, function, samples, **options):
        threads = None if self.threads is None else positive_integer("threads", self.threads)
        with blas_threads(1):
            count = worthwhile_threads(threads, len(samples), self.network_.cost_per_sample)
            return function(self.theta_, samples, threads=count, **options)


def prepared(data, network, what="X"):
    """Return Samples as they are trained on: checked, cast where they fit into memory."""
    if data is None:
        return None
    check_range(data.X, network.dtype, what)
    if type(network.loss).check_target is not Loss.check_target:  # else a file would be read for nothing
        for _, piece in walk(data.target):
            network.loss.check_target(piece)
    X = data.X if is_mapped(data.X) else np.asarray(data.X, dtype=network.dtype, order="C")
    return Samples(X, None if data.T is None else np.asarray(data.T, dtype=network.dtype), data.mask)
