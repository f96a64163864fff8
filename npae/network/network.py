"""Encoder, decoder and loss: from one flat theta to a value and one flat gradient."""

from collections import deque

import numpy as np

from ..initializers import INITIALIZERS, Initializer
from ..layers import Chain, without_link
from ..layers.parameters import Layout
from ..layers.workspace import Borrowed, Workspace
from ..losses import chosen_loss
from ..penalties import CodePenalty, MaxNorm, WeightPenalty, checked_penalties
from ..samples.masks import check_mask
from ..settings.checks import choose
from .assembly import cast, check_dtype, checked_noise, checked_shape, ends_variational
from .hessian import Hessian, check_second_order, offers_second_order
from .inference import Inference


class Network(Inference):
    """Encoder and decoder as one differentiable function of theta.

    The network owns no weights. Every method takes `theta`, the flat vector of all learnable numbers, in the
    order of `parameters`: encoder.0.W, encoder.0.b, ..., decoder.0.W, ... Methods may be called from several
    threads at once.

    Parameters
    ----------
    encoder_layers, decoder_layers : lists of layers.
    loss : "mse" (default), "bce" or a Loss. "bce" works on logits: a sigmoid in the last layer (or before
        a last Reshape and the like) is fused with it, and predictions pass through the sigmoid either way. Named losses
        are means over features, but sums behind a GaussianCode.
    in_shape : shape of one sample, such as (35,).
    init : Initializer, its name, or None (default): what the literature pairs with each layer's activation.
    noise : Noise that spoils the input of training passes, or None (default).
    penalty : Penalty such as L2(1e-4) or CodeL1(1e-3), or a list of them, or None (default). They are part of the loss.
    dtype : float64 (default) or float32; of all arrays that come out.

    Attributes
    ----------
    n_parameters : length of theta. cost_per_sample : about how many multiplications a sample costs, one way.
    code_shape, out_shape : shapes of one code and one prediction.
    encoder, decoder : the layers as chains. stochastic : whether training passes draw random numbers.
    has_exact_hessian : whether `hessian_product` works: all layers and the loss offer `second_order`, and nothing but
        bounds is among the penalties.
    variational : whether the encoder ends with a GaussianCode.
    whole_batch : whether the loss can only be evaluated for all rows of a batch at once (CodeKL, free bits).

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
    """

    def __init__(
        self,
        encoder_layers,
        decoder_layers,
        loss="mse",
        *,
        in_shape,
        init=None,
        noise=None,
        penalty=None,
        dtype=np.float64,
    ):
        self.variational = ends_variational(encoder_layers, decoder_layers)
        self.loss = chosen_loss(loss, summed=self.variational)
        self.initializer = None if init is None else choose("init", init, INITIALIZERS, Initializer)
        self.dtype = check_dtype(dtype)
        in_shape = checked_shape(in_shape)
        self.encoder = Chain("encoder", encoder_layers, in_shape)
        decoder_layers = without_link(decoder_layers, self.loss, self.encoder.out_shape)
        self.decoder = Chain("decoder", decoder_layers, self.encoder.out_shape)
        self.layers = self.encoder.layers + self.decoder.layers
        self.in_shape, self.code_shape, self.out_shape = in_shape, self.encoder.out_shape, self.decoder.out_shape
        self.noise = checked_noise(noise, in_shape)
        self.stochastic = noise is not None or any(layer.stochastic for layer in self.layers)
        self.penalties = checked_penalties(penalty)
        self._on_weights, self._on_code, self._bounds = (
            [item for item in self.penalties if isinstance(item, kind)]
            for kind in (WeightPenalty, CodePenalty, MaxNorm)
        )
        for item in self._on_code:
            item.check(self.encoder.layers[-1])
        self.whole_batch = any(item.whole_batch for item in (*self._on_code, *self.layers))
        self.has_exact_hessian = not self._on_weights and not self._on_code
        self.has_exact_hessian &= all(map(offers_second_order, (*self.layers, self.loss)))
        self.cost_per_sample = self.encoder.cost_per_sample + self.decoder.cost_per_sample
        self._layout = Layout(self.encoder.groups + self.decoder.groups)
        self.n_parameters = self._layout.size
        self._idle = deque()

    def __repr__(self):
        encoder = "-".join("x".join(map(str, shape)) for shape in self.encoder.shapes)
        decoder = "-".join("x".join(map(str, shape)) for shape in self.decoder.shapes[1:])
        return f"Network({encoder} | {decoder}, {type(self.loss).__name__}, {self.n_parameters} parameters)"

    def __getstate__(self):
        return {**self.__dict__, "_idle": None}

    def __setstate__(self, state):
        self.__dict__.update(state, _idle=deque())

    def init(self, rng):
        """Draw a first theta from the `numpy.random.Generator` rng."""
        theta = np.empty(self.n_parameters, self.dtype)
        for view, spec in zip(self.parameters(theta).values(), self._layout.specs.values(), strict=True):
            view[...] = spec.initial_values(rng, self.initializer or INITIALIZERS[spec.initializer])
        return theta

    def parameters(self, vector):
        """Return {"encoder.0.W": view, ...} of a vector like theta or the gradient, in order; nothing is copied."""
        return self._layout.views(self._vector(vector))

    def indices(self, names):
        """Return the positions in theta, in order, of layers or arrays: ["decoder", "encoder.0", "encoder.1.W"].

        Raises ValueError for an unknown name; the message lists the known ones.
        """
        return self._layout.indices(names)

    def name_of(self, index):
        """Return the name of entry `index` of theta, such as 'encoder.1.W[3, 0]'."""
        return self._layout.name_of(index)

    def value_and_gradient(self, theta, X, T=None, *, mask=None, rng=None):
        """Return the loss of theta on X, a float, and its gradient, a fresh vector.

        Parameters
        ----------
        theta : vector of `n_parameters` numbers.
        X : samples, (N, *in_shape).
        T : targets, (N, *out_shape); X itself by default.
        mask : for series X (N, T, C), a bool array (N, T) that is false where a step is padding; None (default) where
            none is. Padding is not looked at, and the loss is the mean over the other steps.
        rng : numpy.random.Generator for a training pass (noise, dropout and sampling act), or None.
        """
        X, T = self._batch(X, T)
        mask = check_mask(mask, X)
        with self._workspace() as workspace:
            value = self.evaluate(workspace, self._vector(theta), X, T, rng, mask=mask)
            return value, workspace.gradient.copy()

    def hessian_product(self, theta, v, X, T=None):
        """Return H v, a fresh vector, for a vector v like theta; H holds the exact second derivatives of the loss."""
        with np.errstate(all="ignore"):
            return self.hessian(X, T).product(self._vector(theta), self._vector(v, "v"))

    def hessian(self, X, T=None, *, samples=None):
        """Return the Hessian on X for many `product(theta, v)`; ValueError where `has_exact_hessian` is false."""
        check_second_order((*self.layers, self.loss))
        return Hessian(self.layers, self.loss, self._layout, *self._batch(X, T), samples or len(X))

    def new_workspace(self):
        """Return the scratch memory that one thread needs for `evaluate`."""
        return Workspace(self._layout, self.dtype)

    def evaluate(
        self, workspace, theta, X, T, rng=None, *, samples=None, mask=None, real=None, gradient=True, code_rng=None
    ):
        """Return the loss and leave the gradient in `workspace.gradient`: the hot path, nothing is checked or copied.

        `samples` is the size of the whole batch where X and T are only a shard of it, and `real` the share of its
        steps that its mask leaves: shards' values and gradients then add up to the batch's. `code_rng` draws codes
        where rng is None.
        """
        context, depth = workspace.context, len(self.encoder.layers)
        workspace.bind(theta)
        real = 1.0 if mask is None else float(real or mask.mean())
        context.begin(samples or len(X), rng, mask, real, gradient, code_rng)
        if rng is not None and self.noise is not None:
            X = self.noise.apply(X, rng)
        code, encoder_back = self.encoder.forward(context.without_padding(X), workspace.params[:depth], context)
        z, decoder_back = self.decoder.forward(code, workspace.params[depth:], context, last=True)
        value, loss_back = self.loss.forward(z, T, context)
        charged = [penalty.forward(code, context) for penalty in self._on_code]
        if gradient:
            dcode = decoder_back(loss_back(), workspace.grads[depth:])
            for _, penalty_back in charged:
                penalty_back(dcode)
            encoder_back(dcode, workspace.grads[:depth], wants_dx=False)
        value += context.charged + sum(charge for charge, _ in charged)
        return (
            value + self._charged_weights(workspace, len(X) / context.samples, gradient) if self._on_weights else value
        )

    def _charged_weights(self, workspace, share, gradient):
        """Return this shard's share of the penalties of weights, and add their derivatives to its gradient."""
        return sum(
            penalty.charge(w, dw if gradient else None, share, workspace.context)
            for penalty in self._on_weights
            for w, dw in zip(workspace.weights, workspace.weight_grads, strict=True)
        )

    def loss_changes(self, epoch):
        """Return whether the loss becomes another function as epoch number `epoch` begins, counted from 0."""
        return any(layer.loss_changes(epoch) for layer in self.layers)

    def project(self, theta):
        """Move theta in place to where the bounds among the penalties hold; return whether there are any."""
        for bound in self._bounds:
            for w in self._layout.weights(theta):
                bound.project(w)
        return bool(self._bounds)

    def _workspace(self):
        return Borrowed(self._idle, self.new_workspace)

    def _vector(self, vector, what="theta"):
        vector = cast(np.ascontiguousarray(vector), self.dtype)
        if vector.shape != (self.n_parameters,):
            raise ValueError(f"{what} must have shape ({self.n_parameters},), got {vector.shape}.")
        return vector

    def _samples(self, x, shape, what):
        x = np.asarray(x)
        if x.ndim == 0 or x.shape[1:] != shape:
            raise ValueError(f"{what} must have shape (N, {', '.join(map(str, shape))}), got {x.shape}.")
        return x

    def _batch(self, X, T):
        X, T = self._checked(X, T)
        x = cast(X, self.dtype)
        return x, x if T is X else cast(T, self.dtype)

    def _checked(self, X, T):
        X = self._samples(X, self.in_shape, "X")
        if T is None and self.out_shape != self.in_shape:
            raise ValueError(f"T must be given where the network's out_shape {self.out_shape} is not {self.in_shape}.")
        T = X if T is None else self._samples(T, self.out_shape, "T")
        if len(T) != len(X) or len(X) == 0:
            raise ValueError(f"X and T must have the same number of samples, at least 1, got {len(X)} and {len(T)}.")
        return X, T
