"""What a network makes of samples at a given theta: codes, predictions, the outputs of its layers."""

import math

import numpy as np

from ..execution.threads import Threads
from ..layers import Chain
from ..metrics import squared_errors
from ..samples.masks import check_mask, rows_of
from ..samples.rows import Rows, slices
from .assembly import cast

ROWS = 1024  # that are held at a time, at most: what a layer makes of them fits into a cache
NUMBERS = 2**21  # that a layer makes of them, at most: of images there are fewer rows, 32 at least


class Inference:
    """The methods of a Network that only look, in bounded scratch memory."""

    def value(self, theta, X, T=None, *, mask=None, rng=None, code_seed=None, threads=1):
        """Return the loss alone; arguments as in `value_and_gradient`. `threads` share the rows out, where they can.

        `code_seed` is None, or an int: the codes of a GaussianCode are then drawn with it, the same at every call,
        though nothing else is random. The loss is then an estimate of the negative evidence lower bound; with the
        means for codes it is less, and no bound.
        """
        theta, (X, T), mask = self._vector(theta), self._checked(X, T), check_mask(mask, X)
        options = {"samples": len(X), "real": None if mask is None else mask.mean(), "gradient": False}
        step = len(X) if self.whole_batch else self._rows_at_a_time()
        values = [0.0] * (1 if self.whole_batch or rng is not None else threads)

        def part(number):
            with self._workspace() as workspace, Rows(self.dtype) as inputs, Rows(self.dtype) as targets:
                for rows in slices(team.part(number, len(X)), step):
                    x = inputs.of(X, rows)
                    t = x if T is X else targets.of(T, rows)
                    codes = None if code_seed is None else np.random.default_rng([code_seed, rows.start])
                    masked = rows_of(mask, rows)
                    values[number] += self.evaluate(workspace, theta, x, t, rng, mask=masked, code_rng=codes, **options)

        with Threads(len(values)) as team:
            team.do(part)
        return sum(values)

    def encode(self, theta, X, *, mask=None, threads=1):
        """Return the codes (N, *code_shape) of samples X, in bounded scratch memory; `threads` share the rows out."""
        x = self._samples(X, self.in_shape, "X")
        return self._in_pieces(theta, x, self.code_shape, self._code, False, threads, check_mask(mask, x))

    def posterior(self, theta, X, *, mask=None, threads=1):
        """Return mean and log-variance of each entry of the codes, (N, L) both, of an encoder with a GaussianCode."""
        x, (units,) = self._samples(X, self.in_shape, "X"), self.code_shape
        both = self._in_pieces(theta, x, (2, units), self._posterior, False, threads, check_mask(mask, x))
        return both[:, 0], both[:, 1]

    def decode(self, theta, Z, *, threads=1):
        """Return the predictions (N, *out_shape) for codes Z (N, *code_shape), in the same way."""
        z = self._samples(Z, self.code_shape, "codes")
        return self._in_pieces(theta, z, self.out_shape, self._decoded, True, threads)

    def logits(self, theta, Z, *, mask=None, threads=1):
        """Return what the loss sees of codes Z (N, *code_shape), (N, *out_shape): for "bce" logits."""
        z = self._samples(Z, self.code_shape, "codes")
        return self._in_pieces(theta, z, self.out_shape, self._decoded, False, threads, mask)

    def reconstruct(self, theta, X, *, mask=None, threads=1):
        """Return the predictions (N, *out_shape) for samples X: decode(encode(X)), piece by piece."""
        x, function = self._samples(X, self.in_shape, "X"), lambda w, x: self._decoded(w, self._code(w, x))
        return self._in_pieces(theta, x, self.out_shape, function, True, threads, check_mask(mask, x))

    def errors(self, theta, X, *, mask=None, steps=False, threads=1):
        """Return the mean squared error of each sample's prediction, (N,), or with `steps` of each step, (N, T).

        The predictions are not kept. The error of a step of padding is NaN. ValueError for `steps` where samples are
        no series (T, C).
        """
        x, mask = self._samples(X, self.in_shape, "X"), check_mask(mask, X)
        if steps and len(self.in_shape) != 2:
            raise ValueError(f"steps must be False where samples are no series (T, C), got True for {self.in_shape}.")

        def function(workspace, x):
            y = np.array(self._decoded(workspace, self._code(workspace, x)))
            self.loss.predict(y, workspace.context)
            return cast(squared_errors(x, y, workspace.context.mask, steps), self.dtype)

        return self._in_pieces(theta, x, self.in_shape[:1] if steps else (), function, False, threads, mask)

    def outputs(self, theta, X):
        """Yield (name, layer, y) for all layers on the way forward; y is scratch memory, the last one has no link."""
        X = cast(self._samples(X, self.in_shape, "X"), self.dtype)
        with self._workspace() as workspace:
            workspace.bind(self._vector(theta))
            workspace.context.begin(len(X))
            stack = Chain("", self.layers, self.in_shape)
            names = [prefix for prefix, _ in self.encoder.groups + self.decoder.groups]
            yield from zip(names, self.layers, stack.outputs(X, workspace.params, workspace.context), strict=True)

    def first_nonfinite(self, theta, X):
        """Return the name of the parameter, layer or value that is first not finite on the way forward."""
        for name, view in self.parameters(theta).items():
            if not np.isfinite(view).all():
                return f"parameter {name}"
        for name, layer, y in self.outputs(theta, X):
            if not np.isfinite(y).all():
                return f"layer {name} ({type(layer).__name__})"
        return "the loss"

    def _code(self, workspace, x):
        return self.encoder.forward(x, workspace.params[: len(self.encoder.layers)], workspace.context)[0]

    def _posterior(self, workspace, x):
        *before, last = self.encoder.layers
        for layer, params in zip(before, workspace.params, strict=False):
            x, _ = layer.forward(x, params, workspace.context)
        return np.stack(last.posterior(x, workspace.params[len(before)], workspace.context), axis=1)

    def _decoded(self, workspace, z):
        return self.decoder.forward(z, workspace.params[len(self.encoder.layers) :], workspace.context, last=True)[0]

    def _rows_at_a_time(self):
        largest = max(math.prod(shape) for shape in self.encoder.shapes + self.decoder.shapes)
        return max(min(32, ROWS), min(ROWS, NUMBERS // largest))

    def _in_pieces(self, theta, x, shape, function, linked, threads, mask=None):
        """Return function(workspace, rows of x) for all rows, some at a time in each thread."""
        theta, out = self._vector(theta), np.empty((len(x), *shape), self.dtype)

        def part(number):
            mine = team.part(number, len(x))
            with self._workspace() as workspace, Rows(self.dtype) as inputs:
                workspace.bind(theta)
                for rows in slices(mine, self._rows_at_a_time()):
                    workspace.context.begin(0, mask=rows_of(mask, rows), gradient=False)
                    out[rows] = function(workspace, workspace.context.without_padding(inputs.of(x, rows)))
                    if linked:
                        self.loss.predict(out[rows], workspace.context)

        with Threads(threads) as team:
            team.do(part)
        return out
