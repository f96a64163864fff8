"""What a pass through a network needs besides theta and the data: mode, randomness, scratch memory."""

import math

import numpy as np

SMALL = 4_000  # numbers up to which calls of NumPy cost more than what they do
LONG = 100_000  # numbers from which on a copy costs more than new views
WIDE = 64  # units from which on a row is long enough to be worked on row by row


class _Replay:
    """Hands out arrays; after `rewind`, the same arrays again for the same shapes in the same order."""

    def __init__(self, make, discard=None):
        self._make, self._discard, self._arrays, self.position = make, discard, [], 0

    def take(self, shape):
        """Return the next array, which has this shape."""
        position = self.position
        self.position = position + 1
        try:
            array = self._arrays[position]
            if array.shape == shape:
                return array
            if self._discard:
                self._discard(array)
            array = self._arrays[position] = self._make(shape)
        except IndexError:
            array = self._make(shape)
            self._arrays.append(array)
        return array


class Context:
    """The circumstances of one pass at a time, handed to every layer.

    A pass that asks for the same shapes in the same order as the one before gets the same arrays again, so
    that nothing is allocated in a training loop. What a layer takes from here belongs to the current pass:
    results that outlive it are copied by the network.

    Attributes
    ----------
    training : bool, true while theta is being learned (noise and dropout act only then).
    rng : numpy.random.Generator while training, else None; the only source of randomness in a layer.
    code_rng : numpy.random.Generator that the codes of a GaussianCode are drawn from: rng while training, else None,
        or another one where codes are drawn to measure a loss, though nothing else is random.
    epoch : number of the epoch that runs, counted from 0; inf (default) outside of a training run, and behind its end.
    charged : float, what the layers of this pass have added to the loss so far.
    samples : int, rows of the whole batch that the loss is averaged over, of which this pass may see a part; 0 where
        no loss is wanted.
    mask : bool array (N, T), false where a step of the series is padding; None (default) where none is.
    real : share of the whole batch's steps that are not padding, 1.0 without a mask.
    wants_gradient : bool, false where no way back follows: nothing need be kept for it.
    wants_dx : bool, false while the backward pass is in the first layer, whose dx nobody reads.
    feeds_loss : bool, true while the forward pass is in the last layer.
    """

    def __init__(self, dtype=np.float64):
        self.dtype = np.dtype(dtype)
        self._ones, self.epoch = {}, math.inf
        self._plain = _Replay(lambda shape: np.empty(shape, self.dtype))
        self._columns = _Replay(lambda shape: np.empty(shape, self.dtype, order="F"))
        self._outputs = _Replay(self._new_output, lambda x: self._ones.pop(id(x)))
        self.begin(0)

    def begin(self, samples, rng=None, mask=None, real=1.0, gradient=True, code_rng=None):
        """Start a pass: the scratch arrays of the pass before are free again."""
        self.samples, self.training, self.rng = samples, rng is not None, rng
        self.code_rng, self.charged = (code_rng if rng is None else rng), 0.0
        self.mask, self.real, self.wants_gradient = mask, real, gradient
        self.wants_dx, self.feeds_loss = True, False
        self._plain.position = self._columns.position = self._outputs.position = 0

    def charge(self, value):
        """Add a number to the loss of this pass; whoever does adds its derivative on the way back."""
        self.charged += value

    def empty(self, *shape):
        """Return an uninitialised array of `shape` that lives until the next `begin`."""
        return self._plain.take(shape)

    def share_of_mean(self, z):
        """Return what one number of z (N, ...) counts in the mean over the whole batch, padding left out."""
        share = len(z) / (self.samples * z.size)
        return share if self.mask is None or not self._masks(z) else share / self.real

    def blank(self, z):
        """Set what is padding in z (N, T, C) to 0, in place, and return z."""
        if self.mask is not None and self._masks(z):
            np.copyto(z, 0.0, where=~self.mask[:, :, None])
        return z

    def without_padding(self, x):
        """Return x, or a copy of it where there is a mask, in which padding is 0."""
        if self.mask is None or not self._masks(x):
            return x
        copy = self.empty(*x.shape)
        np.copyto(copy, x)
        return self.blank(copy)

    def _masks(self, z):
        return z.ndim == 3 and z.shape[:2] == self.mask.shape

    def columns(self, samples, units):
        """Return uninitialised memory for (N, K) like a layer's output: column by column."""
        return self._columns.take((samples, units))

    def empty_like(self, x):
        """Return an uninitialised array of x's shape and memory order, for what meets x elementwise."""
        return (self._columns if x.flags.f_contiguous else self._plain).take(x.shape)

    def by_row(self, x):
        """Return x, or a copy of it that lies in memory sample by sample."""
        if x.flags.c_contiguous:
            return x
        copy = self.empty(*x.shape)
        np.copyto(copy, x)
        return copy

    def output(self, samples, units):
        """Return memory for a layer's output (N, K), with a column of ones behind it, but for the last layer's.

        Small and narrow ones lie column by column, the others row by row, which is faster in products. So does the
        last layer's, like the target that the loss compares it with.
        """
        return (self._plain if self.feeds_loss else self._outputs).take((samples, units))

    def with_ones(self, x):
        """Return [x 1], (N, D + 1): what lies behind x if it came from `output`, a copy if x is small, else None."""
        x1 = self._ones.get(id(x))
        if x1 is None and x.size <= SMALL:
            copy = self._outputs.take(x.shape)
            np.copyto(copy, x)
            return self._ones[id(copy)]
        return x1

    def _new_output(self, shape):
        samples, units = shape
        by_column = units < WIDE or samples * units <= SMALL
        x1 = np.ones((samples, units + 1), self.dtype, order="F" if by_column else "C")
        x = x1[:, :units]
        self._ones[id(x)] = x1
        return x


class Workspace:
    """What one thread needs to evaluate a network: a Context, theta and the gradient, seen layer by layer.

    Attributes
    ----------
    context : Context.
    gradient : flat vector that the backward pass fills. params, grads : views of theta and of it, one dict a
        layer.
    weights, weight_grads : views of the arrays of weights in both, without the biases.
    """

    def __init__(self, layout, dtype):
        self.context, self._layout, self._shown = Context(dtype), layout, None
        self._copy, self.gradient = np.zeros(layout.size, dtype), np.zeros(layout.size, dtype)
        self.grads, self.weight_grads = layout.by_layer(self.gradient), layout.weights(self.gradient)
        self.bind(self._copy)

    def bind(self, theta):
        """Make `params` show the numbers of `theta`, in the workspace's dtype.

        A long theta of that dtype is shown itself, and need not be bound anew when its numbers change; else a copy is.
        """
        if theta.size < LONG or theta.dtype != self._copy.dtype:
            np.copyto(self._copy, theta, casting="same_kind")
            theta = self._copy
        if theta is not self._shown:
            self.params, self.weights = self._layout.by_layer(theta), self._layout.weights(theta)
            self._shown = theta


class Borrowed:
    """Context manager: a workspace that no other thread uses, with NumPy's warnings off.

    (A class, not a generator: entering costs a third, and small networks are evaluated 10,000 times a second.)
    """

    __slots__ = ("_idle", "_new", "_quiet", "_work")

    def __init__(self, idle, new):
        self._idle, self._new = idle, new

    def __enter__(self):
        try:
            self._work = self._idle.pop()
        except IndexError:
            self._work = self._new()
        self._quiet = np.errstate(all="ignore")
        self._quiet.__enter__()
        return self._work

    def __exit__(self, *exception):
        self._quiet.__exit__(*exception)
        self._idle.append(self._work)
