"""The estimator: what a user configures, fits, looks into, saves and loads."""

import numpy as np

from . import metrics, persistence
from .activations import check_activation
from .description import choose, describe, positive_integer, restore
from .estimator import Estimator, check_fitted, check_samples
from .initializers import INITIALIZERS
from .layers import listed, mirrored
from .losses import LOSSES, Loss
from .network import Network
from .optimize import OPTIMIZERS, Optimizer, Refine
from .training import Callback, Plan, Training


class Autoencoder(Estimator):
    """A network that learns to rebuild its input through a narrow code.

    Parameters
    ----------
    encoder : list of layers; an int stands for `Dense(int, activation)`. The last one makes the code.
    decoder : list of layers from the code back to the input, the last one included; an int stands for a Dense
        layer. None (default): the mirror of the encoder.
    activation : of the Dense layers given as ints, the code included; default "tanh".
    output : activation of the last layer. None (default): what the loss implies, "sigmoid" for "bce" and
        "identity" for "mse".
    loss : "mse" (default) or "bce" (for data in [0, 1]), a mean over samples and features; or a Loss.
    init : Initializer or its name; None (default) picks Glorot, He or LeCun to match each activation.
    optimizer : "adam" (default), "gradient_descent", an Optimizer, or None: then every epoch is a refinement.
    refine : Refine, or None (default): when and how theta is handed to SciPy.
    epochs : passes over the data, at most; default 200.
    batch_size : samples of one step; None (default) for all of them (full batch).
    callbacks : sequence of callbacks such as EarlyStopping, or functions f(training).
    dtype : "float64" (default) or "float32", of the weights and of all results.
    random_state : int, numpy.random.Generator or None (default): fresh randomness.

    Attributes (after fit)
    ----------------------
    theta_ : all weights and biases, one flat vector. network_ : the Network that gives it meaning.
    history_ : dict of lists, one entry an epoch: loss (at the epoch's end with full batches, else the mean over
        its batches), eta, seconds since training began, val_loss and metrics where asked for; and `refinements`,
        one dict each with epoch, method, loss_before, loss_after, iterations, evaluations, seconds, stopped.
    n_epochs_, stop_reason_ : how far training went, and why it ended.
    code_mean_, code_covariance_ : of the training data's codes, flattened; what `sample` draws from.
    n_features_in_, feature_names_in_ : as in scikit-learn.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(encoder=[29, 23, 2], loss="bce", epochs=1000, random_state=0)
    >>> ae.fit(letters.pixels).encode(letters.pixels).shape
    (32, 2)
    """

    _named = {"optimizer": OPTIMIZERS, "loss": LOSSES, "init": INITIALIZERS}

    def __init__(
        self,
        encoder=(16, 2),
        decoder=None,
        *,
        activation="tanh",
        output=None,
        loss="mse",
        init=None,
        optimizer="adam",
        refine=None,
        epochs=200,
        batch_size=None,
        callbacks=(),
        dtype="float64",
        random_state=None,
    ):
        self.encoder = encoder
        self.decoder = decoder
        self.activation = activation
        self.output = output
        self.loss = loss
        self.init = init
        self.optimizer = optimizer
        self.refine = refine
        self.epochs = epochs
        self.batch_size = batch_size
        self.callbacks = callbacks
        self.dtype = dtype
        self.random_state = random_state

    @classmethod
    def from_sizes(cls, sizes, **params):
        """Build an autoencoder from all layer sizes, input and output included; the narrowest inside is the code.

        >>> Autoencoder.from_sizes([35, 29, 23, 2, 23, 29, 35]).encoder
        [29, 23, 2]
        """
        sizes = [positive_integer("sizes", size) for size in sizes]
        if len(sizes) < 3 or sizes[0] != sizes[-1]:
            raise ValueError(f"sizes must be at least 3 numbers that end as they begin, got {sizes}.")
        code = 1 + int(np.argmin(sizes[1:-1]))
        return cls(encoder=sizes[1 : code + 1], decoder=sizes[code + 1 :], **params)

    def fit(self, X, y=None, *, validation_data=None):
        """Train on samples X from fresh weights; `y` is ignored.

        Parameters
        ----------
        X : array (N, D), or (N, ...) for layers that take shaped samples.
        validation_data : samples like X, or None; their loss is recorded as `val_loss`.

        Returns
        -------
        self. Ctrl-C ends training early and keeps the model so far.

        Raises
        ------
        ValueError, TypeError for data or parameters that cannot work.
        TrainingDiverged if the loss stops being finite; the last finite weights are kept.
        """
        X = self._check_features(X, None, reset=True)
        network = self._build(X.shape[1:])
        state = self._plan().start(network, self._generator())
        return self._train(network, state, X, positive_integer("epochs", self.epochs), validation_data)

    def partial_fit(self, X, y=None):
        """Train one epoch more on samples X, going on from where the model is."""
        fitted = self.__sklearn_is_fitted__()
        X = self._check_features(X, self.network_.in_shape if fitted else None, reset=not fitted)
        network = self.network_ if fitted else self._build(X.shape[1:])
        state = getattr(self, "_state", None)
        if not fitted or state is None:
            state = self._plan().start(network, self._generator(), getattr(self, "theta_", None))
        return self._train(network, state, X, 1)

    def encode(self, X):
        """Return the codes (N, L) of samples X."""
        check_fitted(self)
        return self.network_.encode(self.theta_, self._check_features(X, self.network_.in_shape))

    def decode(self, Z):
        """Return the predictions (N, D) for codes Z (N, L)."""
        check_fitted(self)
        Z = check_samples(Z, "Z")
        if Z.shape[1:] != self.network_.code_shape:
            raise ValueError(f"Z must have codes of shape {self.network_.code_shape}, got {Z.shape[1:]}.")
        return self.network_.decode(self.theta_, Z)

    def reconstruct(self, X):
        """Return decode(encode(X)), (N, D)."""
        check_fitted(self)
        return self.network_.reconstruct(self.theta_, self._check_features(X, self.network_.in_shape))

    def sample(self, n, random_state=None):
        """Return n new samples (n, D): decoded draws from a Gaussian with the mean and covariance of the codes."""
        check_fitted(self)
        rng = self._generator() if random_state is None else np.random.default_rng(random_state)
        Z = rng.multivariate_normal(self.code_mean_, self.code_covariance_, positive_integer("n", n), method="eigh")
        return self.decode(Z.reshape(-1, *self.network_.code_shape))

    def score(self, X, y=None):
        """Return minus the mean squared error of the reconstruction of X: greater is better."""
        reconstruction = self.reconstruct(X)
        return -metrics.mse(np.asarray(X, dtype=float), reconstruction)

    transform = encode
    inverse_transform = decode

    def get_feature_names_out(self, input_features=None):
        """Return the names of the code's entries, as scikit-learn's pipelines ask for them."""
        check_fitted(self)
        size = int(np.prod(self.network_.code_shape))
        return np.array([f"autoencoder{i}" for i in range(size)], dtype=object)

    def save(self, path):
        """Write the fitted model to one .npz file, atomically: parameters, weights and history, no pickle.

        Parameters that are not plain data (a function among the callbacks, a generator) are left out.
        """
        check_fitted(self)
        document = {
            "params": _describable({**self.get_params(deep=False), "dtype": self.network_.dtype.name}),
            "in_shape": list(self.network_.in_shape),
            "history": self.history_,
            "n_epochs": self.n_epochs_,
            "stop_reason": self.stop_reason_,
            "feature_names": list(getattr(self, "feature_names_in_", [])),
        }
        arrays = {"theta": self.theta_, "code_mean": self.code_mean_, "code_covariance": self.code_covariance_}
        persistence.write(path, "autoencoder", document, arrays)

    def _build(self, in_shape):
        loss = choose("loss", self.loss, LOSSES, Loss)
        output = loss.link if self.output is None else check_activation(self.output)
        activation = check_activation(self.activation)
        encoder = listed("encoder", self.encoder, activation)
        if self.decoder is None:
            decoder = mirrored(encoder, in_shape, output)
        else:
            decoder = listed("decoder", self.decoder, activation, output)
        network = Network(encoder, decoder, loss, in_shape=in_shape, init=self.init, dtype=self.dtype)
        if network.out_shape != network.in_shape:
            raise ValueError(f"decoder must end with samples of shape {network.in_shape}, got {network.out_shape}.")
        return network

    def _plan(self):
        optimizer, refine = self.optimizer, self.refine
        if optimizer is not None:
            optimizer = choose("optimizer", optimizer, OPTIMIZERS, Optimizer)
        if refine is not None and not isinstance(refine, Refine):
            raise ValueError(f"refine must be None or a Refine such as Refine('CG', every=4), got {refine!r}.")
        if optimizer is None and refine is None:
            raise ValueError("optimizer or refine must be given, got None for both.")
        batch_size = None if self.batch_size is None else positive_integer("batch_size", self.batch_size)
        return Plan(optimizer, refine, batch_size, _checked_callbacks(self.callbacks))

    def _generator(self):
        seed = self.random_state
        if isinstance(seed, np.random.RandomState):
            seed = seed.randint(2**31)
        try:
            return np.random.default_rng(seed)
        except (TypeError, ValueError) as error:
            cure = "must be None, an integer >= 0 or a numpy.random.Generator"
            raise ValueError(f"random_state {cure}, got {self.random_state!r}.") from error

    def _train(self, network, state, X, epochs, validation=None):
        X = self._prepared(X, network, "X")
        if validation is not None:
            validation = self._prepared(self._check_features(validation, network.in_shape), network, "validation_data")
        training = Training(network, X, self._plan(), state, validation)
        try:
            training.run(epochs)
        finally:
            self._keep(network, state, X)
        return self

    def _prepared(self, X, network, what):
        with np.errstate(over="ignore"):
            X = np.asarray(X, dtype=network.dtype)
        if not np.isfinite(X).all():
            raise ValueError(f"{what} must fit into {network.dtype}, got values that are too large. Scale the data.")
        network.loss.check_target(X)
        return X

    def _keep(self, network, state, X):
        self.network_, self._state = network, state
        self.theta_, self.history_ = state.theta, state.history
        self.n_epochs_, self.stop_reason_ = state.epoch, state.stopped
        codes = network.encode(state.theta, X).reshape(len(X), -1).astype(np.float64)
        with np.errstate(all="ignore"):
            self.code_mean_ = codes.mean(axis=0)
            self.code_covariance_ = np.cov(codes.T, bias=True).reshape(codes.shape[1], -1)


def load(path):
    """Return the autoencoder that `Autoencoder.save` wrote to `path`; its predictions are the same to the bit.

    Raises
    ------
    FileError (a ValueError) for a damaged or foreign file, or one from a newer version of npae.
    OSError if the file cannot be opened.
    """
    document, arrays = persistence.read(path, "autoencoder")
    try:
        ae = Autoencoder(**{name: restore(value) for name, value in document["params"].items()})
        ae.network_ = ae._build(tuple(document["in_shape"]))
        ae.theta_ = ae.network_._vector(arrays["theta"])
        ae.history_, ae.n_epochs_ = document["history"], document["n_epochs"]
        ae.stop_reason_, ae.n_features_in_ = document["stop_reason"], document["in_shape"][0]
        ae.code_mean_, ae.code_covariance_ = arrays["code_mean"], arrays["code_covariance"]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise persistence.FileError(f"{path} must hold a complete npae model, got one without it: {error}") from error
    if document.get("feature_names"):
        ae.feature_names_in_ = np.array(document["feature_names"], dtype=object)
    return ae


def _checked_callbacks(callbacks):
    callbacks = (callbacks,) if isinstance(callbacks, Callback) or callable(callbacks) else tuple(callbacks or ())
    for callback in callbacks:
        if not isinstance(callback, Callback) and not callable(callback):
            raise ValueError(f"callbacks must be callbacks or functions f(training), got {callback!r}.")
    return callbacks


def _describable(params):
    """Keep what is plain data; a list keeps those of its items that are."""
    described = {}
    for name, value in params.items():
        try:
            described[name] = describe(value)
        except TypeError:
            continue
    return described
