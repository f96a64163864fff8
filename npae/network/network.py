"""Encoder, decoder and loss: from one flat theta to a value and one flat gradient."""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..initializers import INITIALIZERS, Initializer
from ..layers import Chain, Layer, without_link
from ..layers.context import Context
from ..layers.parameters import Layout
from ..layers.workspace import LentWorkspace, Workspace
from ..losses import Loss, LossPass, chosen_loss
from ..noise import Noise
from ..penalties import CodePenalty, MaxNorm, Penalty, PenaltyPass, WeightPenalty, checked_penalties
from ..samples import Samples, match
from ..settings.array_types import ArrayLike, BoolArray, DTypeLike, FloatArray, IntArray
from ..settings.checks import choose
from ..settings.returned import has_shape, promise
from . import inference
from .assembly import cast, check_dtype, checked_noise, checked_shape, ends_variational, filled
from .contracts import check_contracts
from .hessian import Hessian, check_second_order, offers_second_order
from .scaling import SAME, Scaling

if TYPE_CHECKING:
    from ..layers.scratch import Scratch


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
    stochastic : bool
        Whether training passes draw random numbers.
    has_exact_hessian : bool
        Whether `hessian_product` works: all layers and the loss offer `second_order`, and all penalties are bounds.
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

    value = inference.value
    encode = inference.encode
    posterior = inference.posterior
    decode = inference.decode
    logits = inference.logits
    reconstruct = inference.reconstruct
    errors = inference.errors
    outputs = inference.outputs
    first_nonfinite = inference.first_nonfinite

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
        self.fill, self.completes = None if fill is None else np.asarray(fill, self.dtype), completes
        self.encoder = Chain("encoder", encoder_layers, self.in_shape)
        decoder_layers = without_link(decoder_layers, self.loss, self.encoder.out_shape)
        self.decoder = Chain("decoder", decoder_layers, self.encoder.out_shape)
        self.layers = self.encoder.layers + self.decoder.layers
        self.code_shape, self.out_shape = self.encoder.out_shape, self.decoder.out_shape
        self._scale(scaling, target_scaling)
        self.noise = checked_noise(noise, self.in_shape)
        self.stochastic = noise is not None or any(layer.stochastic for layer in self.layers)
        self.penalties = checked_penalties(penalty)
        self._on_weights = [item for item in self.penalties if isinstance(item, WeightPenalty)]
        self._on_code = [item for item in self.penalties if isinstance(item, CodePenalty)]
        self._bounds = [item for item in self.penalties if isinstance(item, MaxNorm)]
        for item in self._on_code:
            item.check(self.encoder.layers[-1])
        self.whole_batch = any(layer.whole_batch for layer in self.layers)
        self.whole_batch |= any(item.whole_batch for item in self._on_code)
        self.has_exact_hessian = not self._on_weights and not self._on_code
        self.has_exact_hessian &= all(map(offers_second_order, self.layers)) and offers_second_order(self.loss)
        self.cost_per_sample = self.encoder.cost_per_sample + self.decoder.cost_per_sample
        self.outputs_per_sample = sum(math.prod(shape) for shape in self.encoder.shapes + self.decoder.shapes)
        self._layout = Layout(self.encoder.groups + self.decoder.groups)
        self.n_parameters = self._layout.size
        self._idle: deque[Workspace] = deque()

    def __repr__(self) -> str:
        encoder = "-".join("x".join(map(str, shape)) for shape in self.encoder.shapes)
        decoder = "-".join("x".join(map(str, shape)) for shape in self.decoder.shapes[1:])
        return f"Network({encoder} | {decoder}, {type(self.loss).__name__}, {self.n_parameters} parameters)"

    def scaled_by(self, scaling: Scaling | None, target_scaling: Scaling | str | None = SAME) -> Network:
        """Return this network with another scaling.

        Parameters
        ----------
        scaling : Scaling or None
            How samples are scaled on the way in; None for not at all.
        target_scaling : Scaling or None, default "same"
            How targets are scaled; "same" stands for `scaling`.

        Returns
        -------
        Network
            A copy.
        """
        other = copy.copy(self)
        other._scale(scaling, target_scaling)
        return other

    def filled_by(self, fill: FloatArray | None, completes: bool = False) -> Network:
        """Return this network with other numbers for entries that are not observed, a copy; None takes no gaps."""
        other = copy.copy(self)
        other.fill, other.completes = None if fill is None else np.asarray(fill, self.dtype), completes
        return other

    def _scale(self, scaling: Scaling | None, target_scaling: Scaling | str | None) -> None:
        """Take over a scaling: of samples, of targets, and of the loss, which is measured in the units of targets."""
        if scaling is not None:
            scaling.check(self.in_shape)
        own = scaling if isinstance(target_scaling, str) else target_scaling
        own = None if self.loss.restricts_targets else own
        if own is not None and own is not scaling:
            own.check(self.out_shape)
        self.scaling, self.target_scaling, self._unscaled = scaling, own, scaling is None and own is None
        unit = 1.0 if self.target_scaling is None else self.target_scaling.error_unit
        smallest = float(np.finfo(self.dtype).tiny)
        self.loss_unit = unit if smallest**0.8 < unit < smallest**-0.8 else 1.0  # gradients must not under- or overflow

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_idle": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _idle=deque())

    def init(self, rng: np.random.Generator) -> FloatArray:
        """Draw a first theta.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of randomness.

        Returns
        -------
        array of shape (n_parameters,)
            Drawn by the initialiser, with biases at their constants.
        """
        theta = np.empty(self.n_parameters, self.dtype)
        for view, spec in zip(self.parameters(theta).values(), self._layout.specs.values(), strict=True):
            values = spec.initial_values(rng, self.initializer or INITIALIZERS[spec.initializer])
            if self.initializer is not None:
                what = f"draw of {type(self.initializer).__name__}"
                promise(has_shape(values, view.shape), what, f"an array of shape {view.shape}", values)
            view[...] = values
        return theta

    def parameters(self, vector: ArrayLike) -> dict[str, FloatArray]:
        """Return the arrays that a vector like theta or the gradient consists of.

        Parameters
        ----------
        vector : array of shape (n_parameters,)
            The vector. One of another dtype, or that is not contiguous, is copied first.

        Returns
        -------
        dict of str to array
            Reshaped views of the vector in order: {"encoder.0.W": view, ...}.
        """
        return self._layout.views(self.as_theta(vector))

    def indices(self, names: Sequence[str]) -> IntArray:
        """Return the positions in theta of layers or arrays.

        Parameters
        ----------
        names : list of str
            Such as ["decoder", "encoder.0", "encoder.1.W"].

        Returns
        -------
        array of int
            The positions in ascending order.

        Raises
        ------
        ValueError
            For an unknown name; the message lists the known ones.
        """
        return self._layout.indices(names)

    def name_of(self, index: int) -> str:
        """Return the name of one entry of theta.

        Parameters
        ----------
        index : int
            Its position.

        Returns
        -------
        str
            Such as "encoder.1.W[3, 0]".
        """
        return self._layout.name_of(index)

    def value_and_gradient(
        self,
        theta: ArrayLike,
        X: ArrayLike | Samples,
        T: ArrayLike | None = None,
        *,
        mask: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        rng: np.random.Generator | None = None,
    ) -> tuple[float, FloatArray]:
        """Return the loss of theta on samples, and its gradient.

        Parameters
        ----------
        theta : array of shape (n_parameters,)
            The parameters.
        X : array of shape (N, *in_shape)
            The samples.
        T : array of shape (N, *out_shape), default None
            The targets; None means X itself.
        mask : bool array of shape (N, steps), default None
            False where a step of the series X (N, steps, C) is padding. Padding is ignored: the loss is the mean over
            the other steps.
        sample_weight : array of shape (N,), default None
            How much each sample counts, at least 0 and relative to the others: a sample of weight 2 counts as if it
            were there twice. None means that all count alike.
        rng : numpy.random.Generator, default None
            The source of randomness of a training pass, with noise, dropout and sampling; None for a pass without them.

        Returns
        -------
        value : float
            The loss, penalties included.
        gradient : array of shape (n_parameters,)
            A fresh vector in theta's dtype or the network's, whichever is wider: of a float64 theta, float64.

        Raises
        ------
        ValueError
            For arrays of other shapes than the network's, and for weights that are not numbers of at least 0.
        """
        samples = self._match(X, T, mask, sample_weight)
        x, t = self._cast(samples)
        with self.borrow() as workspace:
            try:
                options = {} if samples.plain else samples.shares()
                value = self.evaluate(workspace, self.as_theta(theta), x, t, rng, mask=samples.mask, **options)
            except Exception:
                check_contracts(self, self.as_theta(theta), samples, math.inf)
                raise
            return value, workspace.gradient.astype(self._wider(theta))

    def hessian_product(
        self,
        theta: ArrayLike,
        v: ArrayLike,
        X: ArrayLike | Samples,
        T: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
    ) -> FloatArray:
        """Return H v, where H holds the exact second derivatives of the loss.

        Parameters
        ----------
        theta, v : arrays of shape (n_parameters,)
            The parameters, and the vector to multiply.
        X, T, sample_weight : as in `value_and_gradient`
            The samples, their targets and weights.

        Returns
        -------
        array of shape (n_parameters,)
            A fresh vector, in the dtype that the gradient at theta has.

        Raises
        ------
        ValueError
            If a layer or the loss has no `second_order`.
        """
        with np.errstate(all="ignore"):
            hessian = self.hessian(X, T, sample_weight=sample_weight)
            product = hessian.product(self.as_theta(theta), self.as_theta(v, "v"))
        return product.astype(self._wider(theta), copy=False)

    def hessian(
        self,
        X: ArrayLike | Samples,
        T: ArrayLike | None = None,
        *,
        samples: int | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Hessian:
        """Return the Hessian on X, for many products at one theta.

        Parameters
        ----------
        X, T : as in `value_and_gradient`
            The samples and their targets.
        samples : int, default None
            The size of the batch that X is a part of; None for X alone. Products of parts add up to the batch's.
        sample_weight : array of shape (N,), default None
            As in `value_and_gradient`.

        Returns
        -------
        Hessian
            Its `product(theta, v)` is H v.

        Raises
        ------
        ValueError
            If a layer or the loss has no `second_order`.
        """
        check_second_order((*self.layers, self.loss))
        data = self._match(X, T, weights=sample_weight)
        x, t = self._cast(data)
        observed = None
        if self.fill is not None:
            x, t, observed = self._filled(x, t, data.seen_share)
        t = t if self.target_scaling is None else self.target_scaling.scaled(t)
        x = x if self.scaling is None else self.scaling.scaled(x)
        count, weights = samples or len(x), data.relative_weights
        hessian = Hessian(self.layers, self.loss, self._layout, x, t, count, self.loss_unit, weights)
        hessian.observed, hessian.seen = observed, data.seen_share if self.fill is not None else 1.0
        return hessian

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
        real = 1.0 if mask is None else float(real or mask.mean())
        context.begin(samples or len(X), rng, mask, real, gradient, code_rng, weights)
        observed = None
        if self.fill is not None:
            X, T, observed = self._filled(X, T, seen)
        noisy = X if rng is None or self.noise is None else self.noise.apply(X, rng)
        X, T = (noisy, T) if self._unscaled else self._scaled(noisy, X, T, context.scratch)
        code, encoder_back = self.encoder.forward(context.without_padding(X), workspace.params[:depth], context)
        z, decoder_back = self.decoder.forward(code, workspace.params[depth:], context, last=True)
        if weights is None and observed is None:
            value, loss_back = self.loss.forward(z, T, context)
            charged = [penalty.forward(code, context) for penalty in self._on_code]
        else:
            (value, loss_back), charged = self._weighed(z, T, code, context, observed, seen)
        value *= self.loss_unit
        if gradient:
            dz = loss_back()
            if self.loss_unit != 1.0:
                dz *= self.loss_unit
            dcode = decoder_back(dz, workspace.grads[depth:])
            assert dcode is not None
            for _, penalty_back in charged:
                penalty_back(dcode)
            encoder_back(dcode, workspace.grads[:depth], wants_dx=False)
        value += context.charged + sum(charge for charge, _ in charged)
        if self._on_weights:
            value += self._charged_weights(workspace, len(X) / context.samples, gradient)
        return value

    def _weighed(
        self,
        z: FloatArray,
        T: FloatArray,
        code: FloatArray,
        context: Context,
        observed: BoolArray | None,
        seen: float,
    ) -> tuple[LossPass, list[PenaltyPass]]:
        """Return what loss and penalties say of samples with weights or gaps.

        Raises ValueError if one takes no notice of them.
        """
        if context.charged and context.weights is not None:
            context.check_weighed("layers that charge", self.layers)
        context.observed, context.seen = observed, seen
        loss, charged = self.loss.forward(z, T, context), []
        context.check_weighed("loss", self.loss)
        context.observed = None
        for penalty in self._on_code:
            charged.append(penalty.forward(code, context))
            if context.weights is not None:
                context.check_weighed("penalty", penalty)
        return loss, charged

    def _filled(self, X: FloatArray, T: FloatArray, seen: float) -> tuple[FloatArray, FloatArray, BoolArray | None]:
        """Return samples and targets without gaps, and where the targets are observed; None for everywhere."""
        assert self.fill is not None
        x, gaps = filled(X, self.fill)
        if T is X:
            t = x
        else:
            t, gaps = filled(T, 0.0)
        if gaps is not None:
            return x, t, ~gaps
        return x, t, np.ones(t.shape, bool) if seen != 1.0 else None

    def _scaled(
        self, X: FloatArray, clean: FloatArray, T: FloatArray, scratch: Scratch
    ) -> tuple[FloatArray, FloatArray]:
        """Return samples and targets as encoder and loss see them; `clean` is what noise made X of."""
        x = X if self.scaling is None else self.scaling.into(X, scratch)
        if self.target_scaling is None:
            return x, T
        same = T is clean is X and self.target_scaling is self.scaling
        return x, x if same else self.target_scaling.into(T, scratch)

    def _charged_weights(self, workspace: Workspace, share: float, gradient: bool) -> float:
        """Return this shard's share of the penalties of weights, and add their derivatives to its gradient."""
        return sum(
            penalty.charge(w, dw if gradient else None, share, workspace.context)
            for penalty in self._on_weights
            for w, dw in zip(workspace.weights, workspace.weight_grads, strict=True)
        )

    def loss_changes(self, epoch: int) -> bool:
        """Return whether the loss becomes another function as epoch number `epoch` begins, counted from 0."""
        return any(layer.loss_changes(epoch) for layer in self.layers)

    def project(self, theta: FloatArray) -> bool:
        """Move theta in place to where the bounds among the penalties hold, and return whether there are any."""
        for bound in self._bounds:
            for w in self._layout.weights(theta):
                bound.project(w)
        return bool(self._bounds)

    def new_workspace(self) -> Workspace:
        """Return the memory that one thread needs for `evaluate`."""
        return Workspace(self._layout, self.dtype)

    def borrow(self) -> LentWorkspace:
        """Return a context manager that lends a workspace to the calling thread alone."""
        return LentWorkspace(self._idle, self.new_workspace)

    def as_theta(self, vector: ArrayLike, what: str = "theta") -> FloatArray:
        """Return a vector in the network's dtype, copied only if necessary; ValueError for another length."""
        array = cast(np.ascontiguousarray(vector), self.dtype)
        if array.shape != (self.n_parameters,):
            raise ValueError(f"{what} must have shape ({self.n_parameters},), got {array.shape}.")
        return array

    def _wider(self, theta: ArrayLike) -> np.dtype[Any]:
        """Return theta's dtype or the network's, whichever is wider: SciPy needs derivatives as wide as its theta."""
        return np.result_type(self.dtype, np.asarray(theta).dtype)

    def _match(
        self,
        X: ArrayLike | Samples,
        T: ArrayLike | None,
        mask: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Samples:
        shapes = {"in_shape": self.in_shape, "out_shape": self.out_shape}
        return match(X, T, mask, weights=weights, gaps=self.fill is not None, **shapes)

    def _cast(self, samples: Samples) -> tuple[FloatArray, FloatArray]:
        """Return X and T in the network's dtype; T is X itself if there are no other targets."""
        x = cast(samples.X, self.dtype)
        return x, x if samples.T is None else cast(samples.T, self.dtype)
