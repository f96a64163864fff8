"""The autoencoder: what a user configures, fits, looks into and saves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..initializers import Initializer
from ..layers import Layer
from ..losses import Loss
from ..network import Network
from ..noise import Noise
from ..optimize import Optimizer, Refine
from ..penalties import Penalty
from ..samples import Schema
from ..settings.array_types import DTypeLike, FloatArray
from ..settings.checks import positive_integer
from . import learning, notebook_view, predicting, scoring, sklearn_contract, transforming, variational
from .estimator import Estimator
from .saving import write_model


class Autoencoder(Estimator):
    """A network that learns to reconstruct its input through a narrow code.

    Parameters
    ----------
    encoder : list of Layer or int, default (16, 2)
        An int stands for `Dense(int, activation)`, while a `Dense` or `Conv2D` without an activation is linear. The
        last layer makes the code: a GaussianCode for a variational autoencoder. If an int comes first, it sees whole
        samples: images (N, H, W) and series (N, T, C) are flattened, by a Flatten that becomes encoder.0, and get their
        shape back. With a mask, or a `Dense` as the first layer, each step of a series is a row of its own. A code
        wider than the samples is allowed: it can copy them, unless a noise or a penalty such as CodeL1 prevents that.
    decoder : list of Layer or int, default None
        The layers from the code back to the input, the last one included. None stands for the mirror of the encoder.
        Flat predictions get the shape of the samples.
    activation : str, default "auto"
        Of the Dense layers given as ints. "auto" stands for "tanh", and a linear code. A name is for the code too.
    code_activation : str, default "auto"
        Of the code, if it is given as an int. "auto" stands for "identity", or for `activation` if that is a name. A
        bounded code, such as one of "tanh", can saturate: all samples then get almost the same code.
    output : str, default None
        The activation of the last layer. None takes what the loss implies, "sigmoid" for "bce" and "identity" for
        "mse".
    loss : str or Loss, default "mse"
        "mse" or "bce" (for data in [0, 1]), a mean over samples and features, but with a GaussianCode a sum over
        features; or a Loss.
    noise : Noise, default None
        What corrupts the input while the model learns, for a denoising autoencoder: FlipPixels, SaltAndPepper,
        GaussianNoise, MaskPixels, or one of your own.
    penalty : Penalty or list of Penalty, default None
        What is kept small besides the loss: L1, L2, CodeL1, CodeKL, and the bound MaxNorm.
    init : str or Initializer, default None
        How first weights are drawn. None takes Glorot, He or LeCun to match each activation, and lets the default
        recipe begin with principal components where these lead to less error.
    scale : str, default "auto"
        How samples are scaled on the way into the network, and predictions brought back. "common" subtracts the
        mean of each column and divides all by one number, so that squared errors keep their proportions.
        "columns" divides each column by its own standard deviation: right for columns with units of their own,
        which then count alike. None leaves samples as they are. "auto" stands for "common" if the output is
        linear, the loss "mse" and the code no GaussianCode, otherwise for None. What is learned from the
        training data (of a stream, its first chunk) is part of the model. With "columns" the loss is measured
        in scaled numbers, otherwise in those of the data, as `score` always is. A column is an entry of the
        samples' last axis.
    missing : str, default "error"
        "error" refuses samples with gaps (NaN, pandas' NA, masked entries). "ignore" takes them: a gap enters the
        network as the mean of its feature over the training data, then as the network's own prediction, until that no
        longer changes. Its error counts nowhere: not in the loss, nor in scores. `reconstruct` fills it in. A row
        without any number is left out of the training. A mapped file with gaps is read.
    optimizer : str or Optimizer, default "auto"
        "adam", "gradient_descent", "momentum", "rmsprop", "kfac", or an Optimizer. None makes every epoch a refinement.
        "auto" stands for "adam", except in the default recipe.
    refine : Refine, default "auto"
        When and how theta is handed to SciPy; None for never, and so is "auto", except in the default recipe.
    epochs : int, default "auto"
        Passes over the data, at most. "auto" stands for 200, except in the default recipe: if optimizer, refine and
        epochs are "auto", there is no batch_size and nothing is random, every epoch is a refinement by 50 iterations of
        L-BFGS, and training ends when an epoch lowers the loss by less than 3 %.
    batch_size : int, default None
        Samples per step; None takes all of them (full batch).
    validation_fraction : float, default None
        The share of the samples, in ]0, 1[, that `fit` holds out for validation: the last ones, so shuffle them if
        their order means something.
    callbacks : sequence, default ()
        EarlyStopping, ReduceOnPlateau, Checkpoint, Progress, Record, UnitReport, CodeReport, a Callback of your own,
        or functions f(training).
    dtype : dtype, default "float64"
        "float64" or "float32", of the weights and of all results.
    threads : int, default None
        The number of shards that a batch is cut into, each on a thread of its own. None takes as many processor cores
        as the work is worth, one for small work, and no more than OMP_NUM_THREADS, affinity and a container allow.
    workers : int, default None
        The number of processes that share a batch, in place of threads; 1 for threads alone. None takes as many as
        there are threads, once training has lasted for 3 seconds and a trial shows that they are faster. Processes give
        the same bits as equally many threads.
    random_state : int or numpy.random.Generator, default None
        The source of randomness; None takes a fresh one. The same int gives the same bits on the same machine with
        the same NumPy, SciPy and BLAS, and the same number of threads. Another processor rounds differently, since its
        BLAS has other kernels, and so gives other codes, of the same quality.

    Attributes
    ----------
    theta_ : array of shape (n_parameters,)
        All weights and biases, one flat vector.
    network_ : Network
        What gives theta_ its meaning.
    history_ : dict of lists
        One entry per epoch: `loss` (at the epoch's end with full batches, otherwise the mean over its batches), `eta`,
        `seconds` and `evaluations` of the loss since training began (a batch is one), and `val_loss` and metrics if
        they were asked for; and `refinements`, one dict each with epoch, method, loss_before, loss_after, iterations,
        evaluations, seconds, stopped, curve (and blocks); `Refine.improve` describes them. If `fit` warned of
        something, `notes` is a list of the texts.
    n_epochs_ : int
        How many epochs training took.
    stop_reason_ : str
        Why training ended.
    code_mean_, code_variance_ : arrays of shape (L,)
        Of the training data's codes, flattened.
    code_covariance_ : array of shape (L, L), or None
        Of the same codes; `sample` draws from it if there is no prior. None for codes of more than 512 numbers whose
        covariance would be larger than `theta_`.
    n_features_in_, feature_names_in_ : as in scikit-learn
        The features of the data.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(encoder=[29, 23, 2], loss="bce", epochs=1000, random_state=0)
    >>> ae.fit(letters.pixels).encode(letters.pixels).shape
    (32, 2)
    """

    theta_: FloatArray
    network_: Network
    history_: dict[str, Any]
    n_epochs_: int
    stop_reason_: str
    code_mean_: FloatArray
    code_variance_: FloatArray
    code_covariance_: FloatArray | None
    n_features_in_: int
    feature_names_in_: Any
    _fitted_with: dict[str, Any]
    _targets: Schema | None
    _within_loss: bool
    _masked: bool
    _state: Any
    _optimizer: Optimizer | None

    fit = learning.fit
    partial_fit = learning.partial_fit
    encode = predicting.encode
    decode = predicting.decode
    reconstruct = predicting.reconstruct
    predict = predicting.predict
    sample = predicting.sample
    score = scoring.score
    score_samples = scoring.score_samples
    threshold = scoring.threshold
    posterior = variational.posterior
    sample_posterior = variational.sample_posterior
    elbo = variational.elbo
    log_likelihood = variational.log_likelihood
    transform = transforming.transform
    inverse_transform = transforming.inverse_transform
    fit_transform = transforming.fit_transform
    get_feature_names_out = transforming.get_feature_names_out
    set_output = transforming.set_output
    summary = notebook_view.summary
    __sklearn_tags__ = sklearn_contract.transformer_tags

    def __init__(
        self,
        encoder: Sequence[Layer | int] = (16, 2),
        decoder: Sequence[Layer | int] | None = None,
        *,
        activation: str = "auto",
        code_activation: str = "auto",
        output: str | None = None,
        loss: str | Loss = "mse",
        noise: Noise | None = None,
        penalty: Penalty | Sequence[Penalty] | None = None,
        init: str | Initializer | None = None,
        scale: str | None = "auto",
        missing: str = "error",
        optimizer: str | Optimizer | None = "auto",
        refine: str | Refine | None = "auto",
        epochs: str | int = "auto",
        batch_size: int | None = None,
        validation_fraction: float | None = None,
        callbacks: Sequence[Any] = (),
        dtype: DTypeLike = "float64",
        threads: int | None = None,
        workers: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.encoder, self.decoder = encoder, decoder
        self.activation, self.code_activation = activation, code_activation
        self.output, self.loss = output, loss
        self.noise, self.penalty = noise, penalty
        self.init, self.scale, self.missing = init, scale, missing
        self.optimizer, self.refine = optimizer, refine
        self.epochs, self.batch_size = epochs, batch_size
        self.validation_fraction, self.callbacks = validation_fraction, callbacks
        self.dtype, self.threads, self.workers = dtype, threads, workers
        self.random_state = random_state

    @classmethod
    def from_sizes(cls, sizes: Sequence[int], **params: Any) -> Autoencoder:
        """Build an autoencoder from the sizes of all layers; the narrowest inside is the code.

        Parameters
        ----------
        sizes : list of int
            Input and output included.
        **params : object
            Further parameters of the constructor.

        Returns
        -------
        Autoencoder
            Unfitted.

        Raises
        ------
        ValueError
            For fewer than 3 sizes, or ones that do not end as they begin.

        Examples
        --------
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

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "theta_")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to one .npz file, atomically: parameters, network, weights and history, no pickle.

        What is saved is what was fitted. Parameters that do not shape the network and are not plain data (a
        function among the callbacks, a generator) are left out, and so is what the optimizer remembers, such as Adam's
        moments: `partial_fit` after `npae.load` goes on with the history, and starts them from scratch. A `Checkpoint`
        keeps them.

        Parameters
        ----------
        path : str or Path
            The file; `npae.load` reads it.

        Raises
        ------
        TypeError
            If a layer or the loss is not plain data.
        OSError
            If the file cannot be written; what was there before stays.
        """
        write_model(self, path, "autoencoder")
