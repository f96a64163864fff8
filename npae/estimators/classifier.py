"""The classifier: an encoder with a softmax head, from random weights or from those of an autoencoder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..activations import check_activation
from ..initializers import Initializer
from ..layers import Dense, Layer, listed, of_whole_samples, warn_of_linear_pairs
from ..network import Network
from ..noise import Noise
from ..optimize import Optimizer, Refine
from ..penalties import Penalty
from ..samples import Samples, Schema, admit
from ..samples.feature_names import check_names
from ..settings.array_types import AnyArray, ArrayLike, DTypeLike, FloatArray, Shape
from ..training import Training
from . import classifying, estimator, fitting, notebook_view, pretraining, saving, sklearn_contract
from .class_labels import check_labels, distinct_classes
from .estimator import Estimator
from .gaps import takes_gaps_of
from .labelled_samples import labelled, labelled_validation, weighted_labels
from .predicting import schema_of
from .verdict import judge


class Classifier(Estimator):
    """An encoder and a softmax head, `Dense(K)` for K classes, that learn labels by cross-entropy.

    Parameters
    ----------
    encoder : list of Layer or int, default None
        An int stands for `Dense(int, activation)`, while a `Dense` or `Conv2D` without an activation is linear. If an
        int comes first, images and series are flattened before it. None stands for [100], or for the layers of `start`.
    start : Autoencoder, Classifier or list of them, default None
        A fitted model whose encoder, layers and weights, training begins with; or a list of them, each fitted to the
        codes of the one before: greedy layer-wise pre-training [1]_ [2]_. They are not changed. None stands for random
        weights.
    activation : str, default "tanh"
        Of the Dense layers given as ints.
    noise, penalty : as in Autoencoder
        What corrupts the input while the model learns, and what is kept small.
    init : str or Initializer, default None
        As in Autoencoder. It draws the weights that `start` does not bring, at least the head's.
    scale : str, default "auto"
        How samples are scaled on the way into the network: "common", "columns" or None, as in Autoencoder. "auto"
        stands for "columns", and so it does with a `start` of one common unit whose first layer is dense: that layer
        takes over the difference, so that training begins with the same codes. Otherwise it stands for the scaling of
        `start`. A stream whose first chunk has fewer than 30 rows gets "common": these are too few for each column.
    optimizer, refine, epochs, batch_size, validation_fraction, callbacks : as in Autoencoder
        How training goes.
    dtype, threads, workers, random_state : as in Autoencoder
        How it is computed.

    Attributes
    ----------
    classes_ : array of shape (K,)
        The labels in order.
    theta_, network_, history_, n_epochs_, stop_reason_ : as in Autoencoder
        What was learned, and how. `Record(["accuracy", "val_accuracy"])` among the callbacks puts accuracies into the
        history.
    n_features_in_, feature_names_in_ : as in scikit-learn
        The features of the data.

    References
    ----------
    .. [1] G. Hinton, S. Osindero and Y. Teh, "A fast learning algorithm for deep belief nets", Neural Computation 18
       (2006).
    .. [2] Y. Bengio, P. Lamblin, D. Popovici and H. Larochelle, "Greedy layer-wise training of deep networks", NIPS
       2006.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(encoder=[29, 10], loss="bce", epochs=300, random_state=0).fit(letters.pixels)
    >>> model = npae.Classifier(start=ae, epochs=100, random_state=0).fit(letters.pixels, letters.labels)
    >>> model.predict(letters.pixels[1:4]).tolist(), model.score(letters.pixels, letters.labels)
    (['A', 'B', 'C'], 1.0)
    """

    classes_: AnyArray
    theta_: FloatArray
    network_: Network
    history_: dict[str, Any]
    n_epochs_: int
    stop_reason_: str
    n_features_in_: int
    feature_names_in_: Any
    _fitted_with: dict[str, Any]
    _within_loss: bool
    _masked: bool
    _state: Any
    _optimizer: Optimizer | None

    encode = classifying.encode
    predict = classifying.predict
    predict_proba = classifying.predict_proba
    predict_log_proba = classifying.predict_log_proba
    score = classifying.score
    summary = notebook_view.classifier_summary
    __sklearn_tags__ = sklearn_contract.classifier_tags

    def __init__(
        self,
        encoder: Sequence[Layer | int] | None = None,
        *,
        start: Any = None,
        activation: str = "tanh",
        noise: Noise | None = None,
        penalty: Penalty | Sequence[Penalty] | None = None,
        init: str | Initializer | None = None,
        scale: str | None = "auto",
        optimizer: str | Optimizer | None = "adam",
        refine: Refine | None = None,
        epochs: int = 200,
        batch_size: int | None = None,
        validation_fraction: float | None = None,
        callbacks: Sequence[Any] = (),
        dtype: DTypeLike = "float64",
        threads: int | None = None,
        workers: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.encoder = encoder
        self.start = start
        self.activation = activation
        self.noise = noise
        self.penalty = penalty
        self.init = init
        self.scale = scale
        self.optimizer = optimizer
        self.refine = refine
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.callbacks = callbacks
        self.dtype = dtype
        self.threads = threads
        self.workers = workers
        self.random_state = random_state

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "theta_")

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        validation_data: Any = None,
        mask: ArrayLike | None = None,
    ) -> Classifier:
        """Train on samples and their labels, from random weights or from those of `start`.

        Parameters
        ----------
        X : array of shape (N, D), or (N, ...) for layers that take shaped samples
            The samples.
        y : array of shape (N,)
            Integers, booleans or texts; at least two different ones.
        sample_weight : array of shape (N,), default None
            How much each sample counts, at least 0 and relative to the others, as in `Autoencoder.fit`. None means
            that all count alike.
        validation_data : tuple (X, y) or (X, y, mask), default None
            Samples and labels like these; the loss on them is recorded as `val_loss`.
        mask : bool array of shape (N, T), default None
            False where a step of the series X is padding, as in `Autoencoder.fit`.

        Returns
        -------
        Classifier
            The fitted model. Ctrl-C ends training early and keeps the model so far.

        Raises
        ------
        ValueError, TypeError
            For unusable data or parameters.
        TrainingDiverged
            If the loss stops being finite; the best weights so far are kept.
        """
        training, keep = self._begin(X, y, sample_weight, mask, validation_data=validation_data)
        fitting.carry_out(training, keep)
        judge(training, autoencoder=False)
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        mask: ArrayLike | None = None,
    ) -> Classifier:
        """Train for one more epoch on samples and labels, from where the model is; the first call starts it.

        Parameters
        ----------
        X, y : as in `fit`
            The samples and their labels.
        classes : array of shape (K,), default None
            All labels there will ever be; None takes those of the first call.
        sample_weight : array of shape (N,), default None
            As in `fit`, relative to the weights of this call.
        mask : bool array of shape (N, T), default None
            As in `fit`.

        Returns
        -------
        Classifier
            The model.

        Raises
        ------
        ValueError, TypeError
            For unusable data or parameters, and for classes other than those of the first call.
        """
        if not self.__sklearn_is_fitted__():
            fitting.carry_out(*self._begin(X, y, sample_weight, mask, stream=True, classes=classes), stream=True)
        else:
            training = fitting.go_on(self, self._later(X, y, classes, sample_weight, mask))
            fitting.carry_out(training, partial(fitting.keep, self), stream=True)
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to one .npz file, as `Autoencoder.save` does.

        Parameters
        ----------
        path : str or Path
            The file; `npae.load` reads it.

        Raises
        ------
        TypeError
            If a layer is not plain data.
        OSError
            If the file cannot be written; what was there before stays.
        """
        saving.write_model(self, path, "classifier")

    def _begin(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        mask: ArrayLike | None,
        *,
        validation_data: Any = None,
        stream: bool = False,
        classes: ArrayLike | None = None,
    ) -> tuple[Training, Callable[[Training], None]]:
        """Return a training on fresh weights, and what keeps its result."""
        gaps = takes_gaps_of(self.start)
        samples, labels = weighted_labels(admit(X, mask, gaps=gaps), y, sample_weight)
        known = (
            distinct_classes(labels)
            if classes is None
            else distinct_classes(check_labels(classes, what="classes"), "classes")
        )
        if self.start is not None and self.encoder is None:
            start = schema_of(pretraining.first_model(self.start))
            check_names(samples.names, start.names, f"start ({start.owner})", "X")
        network = self._network(samples.shape, len(known), samples.mask is not None)
        schema = Schema(type(self).__name__, samples.shape, samples.names, gaps, samples.mask is not None)
        validation = None if validation_data is None else labelled_validation(validation_data, schema, known)
        training = fitting.begin(
            self,
            network,
            labelled(samples, labels, known),
            validation,
            stream=stream,
            first_theta=partial(pretraining.first_theta, self.start),
        )

        def keep(training: Training) -> None:
            self.classes_ = known
            fitting.keep(self, training, schema)

        return training, keep

    def _later(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None,
        sample_weight: ArrayLike | None,
        mask: ArrayLike | None,
    ) -> Samples:
        """Return the samples of a further `partial_fit`."""
        if classes is not None and not np.array_equal(np.unique(check_labels(classes, what="classes")), self.classes_):
            got = np.asarray(classes).tolist()
            raise ValueError(f"classes must be {self.classes_.tolist()}, as at the first call, got {got}.")
        samples = schema_of(self).admit(X, mask, needs_mask=True)
        return labelled(*weighted_labels(samples, y, sample_weight), self.classes_)

    def _network(self, in_shape: Shape, K: int, masked: bool) -> Network:
        layers = self._layers(in_shape, masked)
        options: dict[str, Any] = {name: getattr(self, name) for name in ("init", "noise", "penalty", "dtype")}
        network = Network(layers, [Dense(K)], "cross_entropy", in_shape=in_shape, **options)
        if len(network.code_shape) != 1:
            hint = "Let it end with Flatten()."
            raise ValueError(f"encoder must end with flat codes (L,), got codes of shape {network.code_shape}. {hint}")
        return network

    def _layers(self, in_shape: Shape, masked: bool) -> list[Layer]:
        """Return the layers of the encoder, given or from `start`."""
        encoder, activation = self.encoder, check_activation(self.activation)
        given = () if encoder is None else encoder
        if activation != "tanh" and (
            self.start is not None or (len(given) and all(isinstance(a, Layer) for a in given))
        ):
            rule = "activation must be left out where no layer given as an int takes it"
            raise ValueError(f"{rule}, got {activation!r}. Give the layers their own: Dense(3, 'relu').")
        if self.start is None:
            given = [100] if encoder is None else encoder
            layers = of_whole_samples(given, listed("encoder", given, activation), in_shape)
            warn_of_linear_pairs(layers, ())
            return layers
        if encoder is not None:
            raise ValueError(f"encoder must be None where start brings the layers, got {encoder!r}.")
        return pretraining.starting_layers(self.start, in_shape, masked)


# Signatures in these modules name what imports the modules: typing.get_type_hints looks it up there.
for _module in (classifying, estimator, fitting, notebook_view, pretraining, saving, sklearn_contract):
    vars(_module).update(Classifier=Classifier)
