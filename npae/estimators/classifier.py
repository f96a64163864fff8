"""The classifier: an encoder with a softmax head, from random weights or from those of an autoencoder."""

import dataclasses
import zlib
from itertools import pairwise

import numpy as np

from ..activations import check_activation
from ..initializers import INITIALIZERS
from ..layers import Dense, listed
from ..layers.parameters import Layout
from ..network.network import Network
from ..optimize import OPTIMIZERS
from ..samples.validation import check_samples
from ..settings.checks import positive_integer
from ..training import Samples
from .class_labels import check_labels, distinct_classes, one_hot
from .estimator import Classifies, check_fitted
from .fitting import Learner


class Classifier(Classifies, Learner):
    """An encoder and a softmax head, `Dense(K)` for K classes, that learn labels by cross-entropy.

    Parameters
    ----------
    encoder : list of layers; an int stands for `Dense(int, activation)`. None (default): [100], or the layers of
        `start`.
    start : a fitted Autoencoder (or Classifier) whose encoder, layers and weights, training begins with; or a list of
        them, each fitted to the codes of the one before: greedy layer-wise pre-training (Hinton, Osindero & Teh, Neural
        Computation 18 (2006); Bengio, Lamblin, Popovici & Larochelle, NIPS 2006). They are not changed. None (default):
        random weights.
    activation : of the Dense layers given as ints; default "tanh".
    noise, penalty, init, optimizer, refine, epochs, batch_size, validation_fraction, callbacks, dtype, threads,
    random_state : as in Autoencoder. `init` draws the weights that `start` does not bring, the head's at least.

    Attributes (after fit)
    ----------------------
    classes_ : the labels in order, (K,). theta_, network_, history_, n_epochs_, stop_reason_, n_features_in_,
    feature_names_in_ : as in Autoencoder; `Record(["accuracy", "val_accuracy"])` among the callbacks puts accuracies
        into the history.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(encoder=[29, 10], loss="bce", epochs=300, random_state=0).fit(letters.pixels)
    >>> model = npae.Classifier(start=ae, epochs=100, random_state=0).fit(letters.pixels, letters.labels)
    >>> model.predict(letters.pixels[1:4]).tolist(), model.score(letters.pixels, letters.labels)
    (['A', 'B', 'C'], 1.0)
    """

    kind = "classifier"
    kept = ("classes_",)
    _named = {"optimizer": OPTIMIZERS, "init": INITIALIZERS}

    def __init__(
        self,
        encoder=None,
        *,
        start=None,
        activation="tanh",
        noise=None,
        penalty=None,
        init=None,
        optimizer="adam",
        refine=None,
        epochs=200,
        batch_size=None,
        validation_fraction=None,
        callbacks=(),
        dtype="float64",
        threads=None,
        random_state=None,
    ):
        self.encoder = encoder
        self.start = start
        self.activation = activation
        self.noise = noise
        self.penalty = penalty
        self.init = init
        self.optimizer = optimizer
        self.refine = refine
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.callbacks = callbacks
        self.dtype = dtype
        self.threads = threads
        self.random_state = random_state

    def fit(self, X, y, *, validation_data=None):
        """Train on samples X and their labels y, from random weights or from those of `start`.

        Parameters
        ----------
        X : array (N, D), or (N, ...) for layers that take shaped samples.
        y : N integers, booleans or texts; at least two different ones.
        validation_data : a pair (X, y) like these, or None; its loss is recorded as `val_loss`.

        Returns
        -------
        self. Ctrl-C ends training early and keeps the model so far.

        Raises
        ------
        ValueError, TypeError for data or parameters that cannot work.
        TrainingDiverged if the loss stops being finite; the best weights so far are kept.
        """
        return self._fit(X, y, None, positive_integer("epochs", self.epochs), validation_data)

    def partial_fit(self, X, y, classes=None):
        """Train one epoch more on samples X and labels y, going on from where the model is; the first call starts it.

        `classes` are all labels there will ever be; None (default): those of the first call.
        """
        if not self.__sklearn_is_fitted__():
            return self._fit(X, y, classes)
        if classes is not None and not np.array_equal(np.unique(check_labels(classes, what="classes")), self.classes_):
            raise ValueError(f"classes must be {self.classes_.tolist()}, as at the first call, got {list(classes)}.")
        return self._learn_on(_labelled(self._compared(X, self.network_.in_shape), y, self.classes_))

    def predict(self, X):
        """Return the most probable label of each sample of X, (N,)."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X):
        """Return the probability of each of `classes_` for samples X, (N, K)."""
        check_fitted(self)
        return self._inferred(self.network_.reconstruct, self._samples(X))

    def encode(self, X):
        """Return the codes (N, L) of samples X."""
        check_fitted(self)
        return self._inferred(self.network_.encode, self._samples(X))

    def score(self, X, y):
        """Return the accuracy: the share of samples X whose predicted label is that in y."""
        predicted = self.predict(X)
        right = zip(predicted.tolist(), check_labels(y, len(predicted)).tolist(), strict=True)
        return sum(a == b for a, b in right) / len(predicted)

    def _fit(self, X, y, classes, epochs=None, validation_data=None):
        samples = check_samples(X)
        labels = check_labels(y, len(samples))
        classes = (
            distinct_classes(labels)
            if classes is None
            else distinct_classes(check_labels(classes, what="classes"), "classes")
        )
        network, data = self._network(samples.shape[1:], len(classes)), _labelled(samples, labels, classes)
        validation = None if validation_data is None else self._validation(validation_data, network, classes)
        return self._learn(X, data, network, epochs, validation, classes_=classes)

    def _network(self, in_shape, K):
        encoder, activation = self.encoder, check_activation(self.activation)
        if self.start is None:
            encoder = listed("encoder", [100] if encoder is None else encoder, activation)
        elif encoder is None:
            encoder = _layers(_stacked(self.start, in_shape))
        else:
            raise ValueError(f"encoder must be None where start brings the layers, got {encoder!r}.")
        options = {"init": self.init, "noise": self.noise, "penalty": self.penalty, "dtype": self.dtype}
        network = Network(encoder, [Dense(K)], "cross_entropy", in_shape=in_shape, **options)
        if len(network.code_shape) != 1:
            hint = "Let it end with Flatten()."
            raise ValueError(f"encoder must end with flat codes (L,), got codes of shape {network.code_shape}. {hint}")
        return network

    def _validation(self, pair, network, classes):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(f"validation_data must be a pair (X, y), got {type(pair).__name__}.")
        X = self._compared(pair[0], network.in_shape, "validation_data")
        return _labelled(X, pair[1], classes, "validation_data")

    def _plan(self):
        """Return the plan; another start makes it another run, which must not go on from the same checkpoint."""
        plan = super()._plan()
        if self.start is None:
            return plan
        return dataclasses.replace(plan, seed=f"{plan.seed}, start {zlib.crc32(_weights(_models(self.start))):08x}")

    def _first_theta(self, network, rng):
        theta = network.init(rng)
        if self.start is not None:
            weights = _weights(_models(self.start))
            theta[: len(weights)] = weights
        return theta


def _labelled(X, y, classes, what="y"):
    """Return Samples whose targets are the labels y as rows of a unit matrix."""
    return Samples(X, one_hot(check_labels(y, len(X), what), classes, what))


def _models(start):
    """Return the fitted models that `start` stands for, from the input on; raises ValueError for anything else."""
    models = list(start) if isinstance(start, (list, tuple)) else [start]
    if not models or not all(isinstance(model, Learner) for model in models):
        raise ValueError(f"start must be None, a fitted Autoencoder or a list of them, got {start!r}.")
    for model in models:
        if not model.__sklearn_is_fitted__():
            raise ValueError(f"start must be fitted, got an unfitted {type(model).__name__}. Call its fit first.")
    return models


def _stacked(start, in_shape):
    """Return the models of `start`, each of which takes what the one before makes of samples of `in_shape`."""
    models = _models(start)
    first = models[0].network_.in_shape
    if first != in_shape:
        raise ValueError(f"X must have samples of shape {first}, as start was fitted to, got {in_shape}.")
    for i, (below, above) in enumerate(pairwise(models), 1):
        codes, taken = below.network_.code_shape, above.network_.in_shape
        if codes != taken:
            raise ValueError(
                f"start[{i}] must be fitted to codes of shape {codes}, those of start[{i - 1}], got {taken}."
            )
    return models


def _layers(models):
    return [layer for model in models for layer in model.network_.encoder.layers]


def _weights(models):
    """Return the parameters of all encoders, one flat vector: what theta begins with."""
    return np.concatenate([model.theta_[: Layout(model.network_.encoder.groups).size] for model in models])
