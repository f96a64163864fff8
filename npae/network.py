"""Encoder, decoder and loss: from one flat theta to a value and one flat gradient."""

import dataclasses
import numbers
from collections import deque

import numpy as np

from .description import choose, positive_integer
from .hessian import Hessian, check_second_order, offers_second_order
from .initializers import INITIALIZERS, Initializer
from .layers import Chain
from .losses import LOSSES, Loss
from .noise import Noise
from .parameters import Layout
from .series import check_mask
from .threads import Threads
from .workspace import Borrowed, Workspace

INFERENCE_ROWS = 1024  # rows that encode and decode hold at a time: what a layer makes of them fits into a cache


class Network:
    """Encoder and decoder as one differentiable function of theta.

    The network owns no weights. Every method takes `theta`, the flat vector of all learnable numbers, in the
    order of `parameters`: encoder.0.W, encoder.0.b, ..., decoder.0.W, ... Methods may be called from several
    threads at once.

    Parameters
    ----------
    encoder_layers, decoder_layers : lists of layers.
    loss : "mse" (default), "bce" or a Loss. "bce" works on logits: a sigmoid in the last layer is fused with
        it, and predictions pass through the sigmoid either way.
    in_shape : shape of one sample, such as (35,).
    init : Initializer, its name, or None (default): what the literature pairs with each layer's activation.
    noise : Noise that spoils the input of training passes, or None (default).
    dtype : float64 (default) or float32; of all arrays that come out.

    Attributes
    ----------
    n_parameters : length of theta. code_shape, out_shape : shapes of one code and one prediction.
    encoder, decoder : the layers as chains. stochastic : whether training passes draw random numbers.
    has_exact_hessian : whether `hessian_product` works: all layers and the loss offer `second_order`.

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
        self, encoder_layers, decoder_layers, loss="mse", *, in_shape, init=None, noise=None, dtype=np.float64
    ):
        self.loss = choose("loss", loss, LOSSES, Loss)
        self.initializer = None if init is None else choose("init", init, INITIALIZERS, Initializer)
        self.dtype = check_dtype(dtype)
        in_shape = _checked_shape(in_shape)
        self.encoder = Chain("encoder", encoder_layers, in_shape)
        self.decoder = Chain("decoder", _fused(decoder_layers, self.loss), self.encoder.out_shape)
        self.layers = self.encoder.layers + self.decoder.layers
        self.in_shape, self.code_shape, self.out_shape = in_shape, self.encoder.out_shape, self.decoder.out_shape
        self.noise = _checked_noise(noise, in_shape)
        self.stochastic = noise is not None or any(layer.stochastic for layer in self.layers)
        self.has_exact_hessian = all(map(offers_second_order, (*self.layers, self.loss)))
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
            view[...] = spec.first(rng, self.initializer or INITIALIZERS[spec.initializer])
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
        with self._workspace() as work:
            value = self.evaluate(work, self._vector(theta), X, T, rng, mask=mask)
            return value, work.gradient.copy()

    def value(self, theta, X, T=None, *, mask=None, rng=None):
        """Return the loss alone, in bounded scratch memory; arguments as in `value_and_gradient`."""
        theta, (X, T) = self._vector(theta), self._checked(X, T)
        mask = check_mask(mask, X)
        options = {"rng": rng, "samples": len(X), "real": None if mask is None else mask.mean(), "gradient": False}
        pieces = [slice(start, start + INFERENCE_ROWS) for start in range(0, len(X), INFERENCE_ROWS)]
        with self._workspace() as work:
            return sum(self._value_of(work, theta, X[p], T[p], mask=_rows(mask, p), **options) for p in pieces)

    def _value_of(self, work, theta, X, T, **options):
        return self.evaluate(work, theta, _cast(X, self.dtype), _cast(T, self.dtype), **options)

    def hessian_product(self, theta, v, X, T=None):
        """Return H v, a fresh vector, for a vector v like theta; H holds the exact second derivatives of the loss."""
        with np.errstate(all="ignore"):
            return self.hessian(X, T).product(self._vector(theta), self._vector(v, "v"))

    def hessian(self, X, T=None, *, samples=None):
        """Return the Hessian on X for many `product(theta, v)`; ValueError where `has_exact_hessian` is false."""
        check_second_order((*self.layers, self.loss))
        return Hessian(self.layers, self.loss, self._layout, *self._batch(X, T), samples or len(X))

    def encode(self, theta, X, *, mask=None, threads=1):
        """Return the codes (N, *code_shape) of samples X, in bounded scratch memory; `threads` share the rows out."""
        x = self._samples(X, self.in_shape, "X")
        return self._in_pieces(theta, x, self.code_shape, self._code, False, threads, check_mask(mask, x))

    def decode(self, theta, Z, *, threads=1):
        """Return the predictions (N, *out_shape) for codes Z (N, *code_shape), in the same way."""
        z = self._samples(Z, self.code_shape, "codes")
        return self._in_pieces(theta, z, self.out_shape, self._decoded, True, threads)

    def reconstruct(self, theta, X, *, mask=None, threads=1):
        """Return the predictions (N, *out_shape) for samples X: decode(encode(X)), piece by piece."""
        x, function = self._samples(X, self.in_shape, "X"), lambda w, x: self._decoded(w, self._code(w, x))
        return self._in_pieces(theta, x, self.out_shape, function, True, threads, check_mask(mask, x))

    def new_workspace(self):
        """Return the scratch memory that one thread needs for `evaluate`."""
        return Workspace(self._layout, self.dtype)

    def evaluate(self, work, theta, X, T, rng=None, *, samples=None, mask=None, real=None, gradient=True):
        """Return the loss and leave the gradient in `work.gradient`: the hot path, nothing is checked or copied.

        `samples` is the size of the whole batch where X and T are only a shard of it, and `real` the share of its
        steps that its mask leaves: shards' values and gradients then add up to the batch's.
        """
        run, depth = work.run, len(self.encoder.layers)
        work.bind(theta)
        real = 1.0 if mask is None else float(real or mask.mean())
        run.begin(samples or len(X), rng, mask, real, gradient)
        if rng is not None and self.noise is not None:
            X = self.noise.apply(X, rng)
        code, encoder_back = self.encoder.forward(X, work.params[:depth], run)
        z, decoder_back = self.decoder.forward(code, work.params[depth:], run, last=True)
        value, loss_back = self.loss.forward(z, T, run)
        if gradient:
            dcode = decoder_back(loss_back(), work.grads[depth:])
            encoder_back(dcode, work.grads[:depth], wants_dx=False)
        return value

    def first_nonfinite(self, theta, X):
        """Return the name of the parameter, layer or value that is first not finite on the way forward, or None."""
        for name, view in self.parameters(theta).items():
            if not np.isfinite(view).all():
                return f"parameter {name}"
        with self._workspace() as work:
            work.bind(self._vector(theta))
            work.run.begin(len(X))
            stack = Chain("", self.layers, self.in_shape)
            names = [prefix for prefix, _ in self.encoder.groups + self.decoder.groups]
            for name, layer, y in zip(names, self.layers, stack.outputs(X, work.params, work.run), strict=True):
                if not np.isfinite(y).all():
                    return f"layer {name} ({type(layer).__name__})"
        return "the loss"

    def _code(self, work, x):
        return self.encoder.forward(x, work.params[: len(self.encoder.layers)], work.run)[0]

    def _decoded(self, work, z):
        return self.decoder.forward(z, work.params[len(self.encoder.layers) :], work.run, last=True)[0]

    def _in_pieces(self, theta, x, shape, function, linked, threads, mask=None):
        """Return function(workspace, rows of x) for all rows, INFERENCE_ROWS at a time in each thread."""
        theta, out = self._vector(theta), np.empty((len(x), *shape), self.dtype)

        def part(number):
            mine = team.part(number, len(x))
            with self._workspace() as work:
                work.bind(theta)
                for start in range(mine.start, mine.stop, INFERENCE_ROWS):
                    rows = slice(start, min(start + INFERENCE_ROWS, mine.stop))
                    work.run.begin(0, mask=_rows(mask, rows), gradient=False)
                    out[rows] = function(work, _cast(x[rows], self.dtype))
                    if linked:
                        self.loss.predict(out[rows], work.run)

        with Threads(threads) as team:
            team.run(part)
        return out

    def _workspace(self):
        return Borrowed(self._idle, self.new_workspace)

    def _vector(self, vector, what="theta"):
        vector = _cast(np.ascontiguousarray(vector), self.dtype)
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
        cast = _cast(X, self.dtype)
        return cast, cast if T is X else _cast(T, self.dtype)

    def _checked(self, X, T):
        X = self._samples(X, self.in_shape, "X")
        if T is None and self.out_shape != self.in_shape:
            raise ValueError(f"T must be given where the network's out_shape {self.out_shape} is not {self.in_shape}.")
        T = X if T is None else self._samples(T, self.out_shape, "T")
        if len(T) != len(X) or len(X) == 0:
            raise ValueError(f"X and T must have the same number of samples, at least 1, got {len(X)} and {len(T)}.")
        return X, T


def _rows(mask, rows):
    return None if mask is None else mask[rows]


def _checked_noise(noise, in_shape):
    if noise is not None:
        if not isinstance(noise, Noise):
            raise ValueError(f"noise must be None or a noise such as FlipPixels(2), got {noise!r}.")
        noise.check(in_shape)
    return noise


def check_dtype(dtype):
    """Return float64 or float32 as a numpy dtype, or raise ValueError."""
    try:
        known = np.dtype(dtype)
    except TypeError:
        known = None
    if known not in (np.float64, np.float32):
        raise ValueError(f"dtype must be float64 or float32, got {dtype!r}.")
    return known


def _checked_shape(shape):
    sizes = (shape,) if isinstance(shape, numbers.Integral) else shape
    if not isinstance(sizes, (tuple, list)) or not sizes:
        raise ValueError(f"in_shape must be the shape of one sample, such as (35,), got {shape!r}.")
    return tuple(positive_integer("in_shape", size) for size in sizes)


def _cast(array, dtype):
    """Return array itself where it has the dtype; what is too large for it becomes infinite, without a warning."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def _fused(layers, loss):
    """Take the loss's own link function out of the last layer: the loss applies it, in its stable form."""
    layers = list(layers)
    if not layers:
        raise ValueError("decoder must have at least one layer, got none.")
    activation = getattr(layers[-1], "activation", "identity")
    if loss.link == "identity" or activation == "identity":
        return layers
    if activation != loss.link:
        known = f"'{loss.link}' or 'identity'"
        raise ValueError(f"output must be {known} for the loss {type(loss).__name__}, got {activation!r}.")
    return [*layers[:-1], dataclasses.replace(layers[-1], activation="identity")]
