"""Encoder, decoder and loss: from one flat theta to a value and one flat gradient."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..initializers import INITIALIZERS, Initializer
from ..layers import Chain, Layer, without_link
from ..layers.parameters import Layout
from ..layers.workspace import LentWorkspace, Workspace
from ..losses import Loss, chosen_loss
from ..noise import Noise
from ..penalties import CodePenalty, MaxNorm, Penalty, WeightPenalty
from ..samples import Samples, match
from ..settings.array_types import ArrayLike, BoolArray, DTypeLike, FloatArray
from ..settings.checks import choose
from . import curvature_checks, derivatives, diagnosis, inference, network_summary, sides, theta
from .assembly import cast, check_dtype, checked_noise, checked_shape, ends_variational
from .charges import charged_weights, charges, take_penalties
from .curvature_offers import offers, offers_linearization
from .hessian import offers_second_order
from .scaling import SAME, Scaling
from .sides import both_filled, both_scaled, take_fill, take_scaling

if TYPE_CHECKING:
    pass


class Network:
    """Encoder and decoder as one differentiable function of theta.

    The network owns no weights. Every method takes `theta`, the flat vector of all learnable numbers, in the
    order of `parameters`: encoder.0.W, encoder.0.b, ..., decoder.0.W, ... Methods may be called from several
    threads at once. Data comes as arrays, or as Samples that have been checked.

    Parameters
    ----------
    encoder_layers, decoder_layers : list of Layer
        From the samples to the code, and from the code to the predictions.
    loss : str or Loss, default "mse"
        "mse", "bce", "cross_entropy" or a Loss. "bce" works on logits: a sigmoid in the last layer (or before a last
        Reshape and the like) is fused with it, and predictions pass through the sigmoid either way. Named losses are
        means over features, but sums after a GaussianCode.
    in_shape : tuple of int
        The shape of one sample, such as (35,).
    init : str or Initializer, default None
        How the first weights are drawn; None means as the literature recommends for each layer's activation.
    noise : Noise, default None
        What corrupts the input of training passes.
    penalty : Penalty or list of Penalty, default None
        Such as L2(1e-4) or CodeL1(1e-3). They are part of the loss.
    dtype : dtype, default float64
        float64 or float32, of all arrays that come out, except derivatives at a theta of float64.
    scaling : Scaling, default None
        How samples are scaled on the way in, and predictions brought back, unless the loss is for targets of a given
        range. None leaves them as they are.
    target_scaling : Scaling or None, default "same"
        How targets are scaled, and predictions brought back. "same" stands for `scaling`, None for not at all.
    fill : array of shape (C,) or of the shape of a sample, default None
        What enters for an entry of a sample that is not observed: NaN. Its error does not count. None for samples in
        which everything is observed.
    completes : bool, default False
        Whether predictions are samples again, so that gaps are filled with them after the first pass, until they no
        longer change. The loss alone does not do that: it leaves what `fill` says.

    Attributes
    ----------
    n_parameters : int
        The length of theta.
    cost_per_sample : int
        About how many multiplications the forward pass of one sample takes.
    code_shape, out_shape : tuple of int
        The shapes of one code and of one prediction.
    encoder, decoder : Chain
        The layers.
    layer_names : list of str
        Names of all layers, in order: "encoder.0", ...
    stochastic : bool
        Whether training passes draw random numbers.
    has_exact_hessian : bool
        Whether `hessian_product` works: all layers and the loss offer `second_order`, and all penalties are bounds.
    has_gauss_newton : bool
        Whether `gauss_newton_product` works: all layers offer `linearize` or `second_order`, and the loss `curvature`.
    variational : bool
        Whether the encoder ends with a GaussianCode.
    whole_batch : bool
        Whether the loss needs all samples of a batch at once (CodeKL, free bits).

    Raises
    ------
    ValueError
        For layers, a loss or options that do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from npae import Dense, Network
    >>> network = Network([Dense(2, "tanh")], [Dense(3, "sigmoid")], "bce", in_shape=(3,))
    >>> network
    Network(3-2 | 3, BinaryCrossEntropy, 17 parameters)
    >>> theta = network.init(np.random.default_rng(0))
    >>> value, gradient = network.value_and_gradient(theta, np.eye(3))
    >>> gradient.shape
    (17,)

    SciPy takes value and gradient as they are. Some of its methods need a theta of float64:

    >>> import scipy.optimize
    >>> network = Network([Dense(2, "tanh")], [Dense(3, "sigmoid")], "bce", in_shape=(3,), dtype="float32")
    >>> theta = network.init(np.random.default_rng(0)).astype(float)
    >>> result = scipy.optimize.minimize(network.value_and_gradient, theta, args=(np.eye(3),), jac=True, method="SLSQP")
    >>> bool(result.fun < 0.1)
    True
    """

    scaling: Scaling | None
    target_scaling: Scaling | None
    loss_unit: float
    fill: FloatArray | None
    completes: bool
    _unscaled: bool
    penalties: tuple[Penalty, ...]
    _on_weights: list[WeightPenalty]
    _on_code: list[CodePenalty]
    _bounds: list[MaxNorm]

    init = theta.init
    parameters = theta.parameters
    indices = theta.indices
    name_of = theta.name_of
    as_theta = theta.as_theta
    project = theta.project
    scaled_by = sides.scaled_by
    filled_by = sides.filled_by
    value_and_gradient = derivatives.value_and_gradient
    hessian_product = derivatives.hessian_product
    hessian = derivatives.hessian
    gauss_newton_product = derivatives.gauss_newton_product
    gauss_newton = derivatives.gauss_newton
    value = inference.value
    encode = inference.encode
    posterior = inference.posterior
    decode = inference.decode
    logits = inference.logits
    reconstruct = inference.reconstruct
    errors = inference.errors
    outputs = diagnosis.outputs
    first_nonfinite = diagnosis.first_nonfinite
    summary = network_summary.summary
    check_factors = curvature_checks.check_factors
    check_gauss_newton = curvature_checks.check_gauss_newton
    check_sum_of_squares = curvature_checks.check_sum_of_squares

    def __init__(
        self,
        encoder_layers: Sequence[Layer],
        decoder_layers: Sequence[Layer],
        loss: str | Loss = "mse",
        *,
        in_shape: int | Sequence[int],
        init: str | Initializer | None = None,
        noise: Noise | None = None,
        penalty: Penalty | Sequence[Penalty] | None = None,
        dtype: DTypeLike = np.float64,
        scaling: Scaling | None = None,
        target_scaling: Scaling | str | None = SAME,
        fill: ArrayLike | None = None,
        completes: bool = False,
    ) -> None:
        self.variational = ends_variational(encoder_layers, decoder_layers)
        self.loss = chosen_loss(loss, summed=self.variational)
        self.initializer: Initializer | None = None if init is None else choose("init", init, INITIALIZERS, Initializer)
        self.dtype, self.in_shape = check_dtype(dtype), checked_shape(in_shape)
        take_fill(self, fill, completes)
        self.encoder = Chain("encoder", encoder_layers, self.in_shape)
        decoder_layers = without_link(decoder_layers, self.loss, self.encoder.out_shape)
        self.decoder = Chain("decoder", decoder_layers, self.encoder.out_shape)
        self.layers = self.encoder.layers + self.decoder.layers
        self.code_shape, self.out_shape = self.encoder.out_shape, self.decoder.out_shape
        take_scaling(self, scaling, target_scaling)
        self.noise = checked_noise(noise, self.in_shape)
        self.stochastic = noise is not None or any(layer.stochastic for layer in self.layers)
        take_penalties(self, penalty)
        self.whole_batch = any(layer.whole_batch for layer in self.layers)
        self.whole_batch |= any(item.whole_batch for item in self._on_code)
        self.has_exact_hessian = not self._on_weights and not self._on_code
        self.has_exact_hessian &= all(map(offers_second_order, self.layers)) and offers_second_order(self.loss)
        self.has_gauss_newton = all(map(offers_linearization, self.layers)) and offers(self.loss, "curvature")
        self.cost_per_sample = self.encoder.cost_per_sample + self.decoder.cost_per_sample
        self.outputs_per_sample = sum(math.prod(shape) for shape in self.encoder.shapes + self.decoder.shapes)
        self._layout = Layout(self.encoder.groups + self.decoder.groups)
        self.layer_names = [name for name, _ in self.encoder.groups + self.decoder.groups]
        self.n_parameters = self._layout.size
        self._idle: deque[Workspace] = deque()

    def __repr__(self) -> str:
        encoder = "-".join("x".join(map(str, shape)) for shape in self.encoder.shapes)
        decoder = "-".join("x".join(map(str, shape)) for shape in self.decoder.shapes[1:])
        return f"Network({encoder} | {decoder}, {type(self.loss).__name__}, {self.n_parameters} parameters)"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_idle": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _idle=deque())

    def evaluate(
        self,
        workspace: Workspace,
        theta: FloatArray,
        X: FloatArray,
        T: FloatArray,
        rng: np.random.Generator | None = None,
        *,
        samples: int | None = None,
        mask: BoolArray | None = None,
        real: float | None = None,
        gradient: bool = True,
        code_rng: np.random.Generator | None = None,
        weights: FloatArray | None = None,
        seen: float = 1.0,
    ) -> float:
        """Return the loss, and leave the gradient in `workspace.gradient`. This is the hot path: nothing is checked.

        `samples` is the size of the whole batch if X and T are a shard of it, and `real` the share of the batch's
        steps that are not padding: values and gradients of the shards then add up to the batch's. `code_rng` draws
        codes where rng is None. `weights` (N,) are those of the rows, 1 on average over the training data,
        and `seen` is the share of its entries that are observed.
        """
        context, depth = workspace.context, len(self.encoder.layers)
        workspace.bind(theta)
        context.begin(samples or len(X), rng, mask, real, gradient, code_rng, weights)
        observed = None
        if self.fill is not None:
            X, T, observed = both_filled(self, X, T, seen)
        noisy = X if rng is None or self.noise is None else self.noise.apply(X, rng)
        X, T = (noisy, T) if self._unscaled else both_scaled(self, noisy, X, T, context.scratch)
        code, encoder_back = self.encoder.forward(context.without_padding(X), workspace.params[:depth], context)
        z, decoder_back = self.decoder.forward(code, workspace.params[depth:], context, last=True)
        (value, loss_back), charged = charges(self, z, T, code, context, observed, seen)
        value *= self.loss_unit
        if gradient:
            dz = loss_back()
            if self.loss_unit != 1.0:
                dz *= self.loss_unit
            dcode = decoder_back(dz, workspace.grads[depth:])
            for _, penalty_back in charged:
                penalty_back(dcode)
            encoder_back(dcode, workspace.grads[:depth], wants_dx=False)
        value += context.charged + sum(charge for charge, _ in charged)
        if self._on_weights:
            value += charged_weights(self, workspace, len(X) / context.samples, gradient)
        return value

    def loss_changes(self, epoch: int) -> bool:
        """Return whether the loss becomes another function as epoch number `epoch` begins, counted from 0."""
        return any(layer.loss_changes(epoch) for layer in self.layers)

    def new_workspace(self, gradient: FloatArray | None = None) -> Workspace:
        """Return the memory that one thread needs for `evaluate`; the gradient may be given a place."""
        return Workspace(self._layout, self.dtype, gradient)

    def borrow(self) -> LentWorkspace:
        """Return a context manager that lends a workspace to the calling thread alone."""
        return LentWorkspace(self._idle, self.new_workspace)

    def _match(
        self,
        X: ArrayLike | Samples,
        T: ArrayLike | None,
        mask: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Samples:
        shape, gaps = self.in_shape, self.fill is not None
        return match(X, T, mask, in_shape=shape, out_shape=self.out_shape, weights=weights, gaps=gaps)

    def _cast(self, samples: Samples) -> tuple[FloatArray, FloatArray]:
        """Return X and T in the network's dtype; T is X itself if there are no other targets."""
        x = cast(samples.X, self.dtype)
        return x, x if samples.T is None else cast(samples.T, self.dtype)
