"""The autoencoder: what a user configures, fits, looks into and saves."""

import numpy as np

from .. import metrics
from ..initializers import INITIALIZERS
from ..losses import LOSSES
from ..optimize import OPTIMIZERS
from ..samples.masks import check_mask, zero_padding
from ..samples.rows import slices
from ..samples.validation import check_range, check_samples
from ..settings.checks import number_in, positive_integer
from ..training import Samples
from .code_moments import moments
from .construction import build_network, generator
from .estimator import Transforms, check_fitted
from .fitting import Learner
from .variational import Variational, warn_of_collapse

CODES = 16_384  # rows whose codes are held at a time, for their mean and covariance


class Autoencoder(Transforms, Variational, Learner):
    """A network that learns to rebuild its input through a narrow code.

    Parameters
    ----------
    encoder : list of layers; an int stands for `Dense(int, activation)`. The last one makes the code:
        a GaussianCode for a variational autoencoder.
    decoder : list of layers from the code back to the input, the last one included; an int stands for a Dense
        layer. None (default): the mirror of the encoder.
    activation : of the Dense layers given as ints, the code included; default "tanh".
    output : activation of the last layer. None (default): what the loss implies, "sigmoid" for "bce" and
        "identity" for "mse".
    loss : "mse" (default) or "bce" (for data in [0, 1]), a mean over samples and features, but with a GaussianCode
        a sum over features; or a Loss.
    noise : what spoils the input while it learns (FlipPixels, SaltAndPepper, GaussianNoise, MaskPixels, or a Noise of
        your own), for a denoising autoencoder; None (default): nothing.
    penalty : what is made small besides the loss: L1, L2, CodeL1, CodeKL, and the bound MaxNorm; one, a list of
        them, or None (default).
    init : Initializer or its name; None (default) picks Glorot, He or LeCun to match each activation.
    optimizer : "adam" (default), "gradient_descent", "momentum", "rmsprop", an Optimizer, or None: then every epoch
        is a refinement.
    refine : Refine, or None (default): when and how theta is handed to SciPy.
    epochs : passes over the data, at most; default 200.
    batch_size : samples of one step; None (default) for all of them (full batch).
    validation_fraction : share of the samples, in ]0, 1[, that `fit` holds out for validation: the last ones, so
        shuffle them if their order means something. None (default): none.
    callbacks : sequence of callbacks (EarlyStopping, ReduceOnPlateau, Checkpoint, Progress, Record, UnitReport,
        CodeReport, or a Callback of your own), or functions f(training).
    dtype : "float64" (default) or "float32", of the weights and of all results.
    threads : shards that a batch is cut into, each on a thread of its own. None (default): as many processor cores as
        have enough to do, one for small work. Equal seeds and equal threads give equal bits.
    random_state : int, numpy.random.Generator or None (default): fresh randomness.

    Attributes (after fit)
    ----------------------
    theta_ : all weights and biases, one flat vector. network_ : the Network that gives it meaning.
    history_ : dict of lists, one entry an epoch: loss (at the epoch's end with full batches, else the mean over
        its batches), eta, seconds since training began, val_loss and metrics where asked for; and `refinements`,
        one dict each with epoch, method, loss_before, loss_after, iterations, evaluations, seconds, stopped (blocks).
    n_epochs_, stop_reason_ : how far training went, and why it ended.
    code_mean_, code_covariance_ : of the training data's codes, flattened. `sample` draws from it, if there is
        no prior.
    n_features_in_, feature_names_in_ : as in scikit-learn.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(encoder=[29, 23, 2], loss="bce", epochs=1000, random_state=0)
    >>> ae.fit(letters.pixels).encode(letters.pixels).shape
    (32, 2)
    """

    kind = "autoencoder"
    kept = ("code_mean_", "code_covariance_")
    _named = {"optimizer": OPTIMIZERS, "loss": LOSSES, "init": INITIALIZERS}

    def __init__(
        self,
        encoder=(16, 2),
        decoder=None,
        *,
        activation="tanh",
        output=None,
        loss="mse",
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
        self.decoder = decoder
        self.activation = activation
        self.output = output
        self.loss = loss
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

    @classmethod
    def from_sizes(cls, sizes, **params):
        """Build an autoencoder from all layer sizes, input and output included; the narrowest inside is the code.

        >>> Autoencoder.from_sizes([35, 29, 23, 2, 23, 29, 35]).encoder
        [29, 23, 2]
        """
        if not isinstance(sizes, (list, tuple, range, np.ndarray)):
            raise ValueError(f"sizes must be a list of numbers, got {sizes!r}.")
        sizes = [positive_integer("sizes", size) for size in sizes]
        if len(sizes) < 3 or sizes[0] != sizes[-1]:
            raise ValueError(f"sizes must be at least 3 numbers that end as they begin, got {sizes}.")
        code = 1 + int(np.argmin(sizes[1:-1]))
        return cls(encoder=sizes[1 : code + 1], decoder=sizes[code + 1 :], **params)

    def fit(self, X, y=None, *, validation_data=None, mask=None):
        """Train on samples X from fresh weights; `y` is ignored.

        Parameters
        ----------
        X : array (N, D), or (N, ...) for layers that take shaped samples. Of an `np.memmap` of any dtype, larger than
            memory, only the batches are ever in memory: set `batch_size`, and dtype="float32" for speed.
        validation_data : samples like X, or None; their loss is recorded as `val_loss`. With a mask: (samples, mask).
        mask : for series X (N, T, C) of different lengths, a bool array (N, T) that is false where a step is padding
            (see `npae.series.pad`): such steps are not looked at, and may be NaN in memory. None (default): no padding.

        Returns
        -------
        self. Ctrl-C ends training early and keeps the model so far.

        Raises
        ------
        ValueError, TypeError for data or parameters that cannot work.
        TrainingDiverged if the loss stops being finite; the best weights so far are kept.
        """
        return self._fit(X, positive_integer("epochs", self.epochs), validation_data, mask)

    def partial_fit(self, X, y=None, *, mask=None):
        """Train one epoch more on samples X, going on from where the model is; its first call starts a new one.

        The optimizer may have been changed in between (it then starts afresh), the network may not. A stream is
        trained on chunk by chunk; what a call costs depends on its chunk alone, and so do `code_mean_` and
        `code_covariance_` after it. Nothing is held out for validation.

        >>> rng = np.random.default_rng(0)
        >>> ae = Autoencoder([2], batch_size=100, random_state=0)
        >>> for chunk in (rng.random((1000, 8)) for _ in range(5)):
        ...     ae = ae.partial_fit(chunk)
        >>> ae.n_epochs_, ae.history_["loss"][-1] < ae.history_["loss"][0]
        (5, True)
        """
        if not self.__sklearn_is_fitted__():
            return self._fit(X, mask=mask)
        return self._learn_on(self._masked(self._compared(zero_padding(X, mask), self.network_.in_shape), mask))

    def encode(self, X, *, mask=None):
        """Return the codes (N, L) of samples X; `mask` as in `fit`."""
        check_fitted(self)
        return self._inferred(self.network_.encode, self._samples(X, mask), mask=mask)

    def decode(self, Z):
        """Return the predictions (N, D) for codes Z (N, L)."""
        check_fitted(self)
        Z = check_samples(Z, "Z")
        if Z.shape[1:] != self.network_.code_shape:
            raise ValueError(f"Z must have codes of shape {self.network_.code_shape}, got {Z.shape[1:]}.")
        check_range(Z, self.network_.dtype, "Z")
        return self._inferred(self.network_.decode, Z)

    def reconstruct(self, X, *, mask=None):
        """Return decode(encode(X)), (N, D); `mask` as in `fit`."""
        check_fitted(self)
        return self._inferred(self.network_.reconstruct, self._samples(X, mask), mask=mask)

    def sample(self, n, random_state=None):
        """Return n new samples (n, D): decoded draws from N(0, I), the prior of a GaussianCode, or else from
        a Gaussian with the mean and covariance of the codes.

        The draws come from `random_state`, or from the estimator's: the same ones at every call if that is an int.
        """
        check_fitted(self)
        rng = generator(self.random_state if random_state is None else random_state)
        mean, covariance = self.code_mean_, self.code_covariance_
        if self.network_.variational:
            mean, covariance = np.zeros_like(mean), np.eye(len(mean))
        Z = rng.multivariate_normal(mean, covariance, positive_integer("n", n), method="eigh")
        return self.decode(Z.reshape(-1, *self.network_.code_shape))

    def score(self, X, y=None, *, mask=None):
        """Return minus the mean squared error of the reconstruction of X: greater is better; `mask` as in `fit`."""
        reconstruction, where = self.reconstruct(X, mask=mask), ... if mask is None else np.asarray(mask)
        return -metrics.mse(np.asarray(X, dtype=float)[where], reconstruction[where])

    def score_samples(self, X, *, mask=None, steps=False):
        """Return how badly each sample of X is rebuilt, its mean squared error: greater is stranger.

        A model that was fitted to normal data rebuilds what is like them well, and what is not badly. (In scikit-learn
        methods of this name give what is normal the greater scores: use -score_samples there.) The reconstruction is
        not kept, so X may be larger than memory.

        Parameters
        ----------
        X : samples as in `fit`. mask : as in `fit`; what is padding does not count.
        steps : whether the steps of series X (N, T, C) get scores of their own; default False.

        Returns
        -------
        Array (N,); with steps=True (N, T), NaN at steps of padding. `npae.series.overlap_mean` turns scores of windows
        into those of the recording that they were cut from.
        """
        check_fitted(self)
        return self._inferred(self.network_.errors, self._samples(X, mask), mask=mask, steps=steps)

    def threshold(self, X, quantile=0.99, *, mask=None, steps=False):
        """Return the score, a float, that this share of the scores of normal data X does not exceed.

        With X that the model was not fitted to, 1 - `quantile` is the rate of false alarms to expect; of its training
        data it knows more, and the threshold is too low. `mask` and `steps` as in `score_samples`.

        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((300, 1)) + 0.1 * rng.standard_normal((300, 4))  # four numbers, almost equal
        >>> ae = Autoencoder([1], activation="identity", epochs=500, random_state=0).fit(X[:200])
        >>> ae.score_samples([[1, 1, 1, 1], [1, 1, 1, -1]]) > ae.threshold(X[200:])
        array([False,  True])
        """
        number_in("quantile", quantile, 0, 1)
        scores = self.score_samples(X, mask=mask, steps=steps)
        return float(np.quantile(scores if mask is None or not steps else scores[np.asarray(mask)], quantile))

    def _fit(self, X, epochs=None, validation_data=None, mask=None):
        data = self._masked(check_samples(zero_padding(X, mask)), mask)
        network, validation = build_network(self, data.X.shape[1:]), validation_data
        if validation is not None:
            samples, own = validation if isinstance(validation, tuple) else (validation, None)
            validation = self._masked(
                self._compared(zero_padding(samples, own), network.in_shape, "validation_data"), own
            )
        self._learn(X, data, network, epochs, validation)
        if network.variational and epochs is not None:
            warn_of_collapse(self.code_covariance_, stacklevel=4)
        return self

    def _masked(self, X, mask):
        return Samples(X, mask=check_mask(mask, X))

    def _keep(self, training):
        network, pieces = (
            training.network,
            (training.data[rows] for rows in slices(slice(0, len(training.data)), CODES)),
        )
        codes = (network.encode(self.theta_, piece.X, mask=piece.mask) for piece in pieces)
        with np.errstate(all="ignore"):
            self.code_mean_, self.code_covariance_ = moments(code.reshape(len(code), -1) for code in codes)
