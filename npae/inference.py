"""What a network makes of samples at a given theta: codes, predictions, the outputs of its layers."""

import math

import numpy as np

from .assembly import cast
from .layers import Chain
from .rows import Rows, slices
from .series import check_mask
from .threads import Threads

ROWS = 1024  # that are held at a time, at most: what a layer makes of them fits into a cache
NUMBERS = 2**21  # that a layer makes of them, at most: of images there are fewer rows, 32 at least


class Inference:
    """The methods of a Network that only look, in bounded scratch memory."""

    def value(self, theta, X, T=None, *, mask=None, rng=None, threads=1):
        """Return the loss alone; arguments as in `value_and_gradient`. `threads` share the rows out, where they can."""
        theta, (X, T), mask = self._vector(theta), self._checked(X, T), check_mask(mask, X)
        options = {"samples": len(X), "real": None if mask is None else mask.mean(), "gradient": False}
        step = len(X) if self.whole_batch else self._rows_at_a_time()
        values = [0.0] * (1 if self.whole_batch or rng is not None else threads)

        def part(number):
            with self._workspace() as work, Rows(self.dtype) as inputs, Rows(self.dtype) as targets:
                for rows in slices(team.part(number, len(X)), step):
                    x = inputs.of(X, rows)
                    t = x if T is X else targets.of(T, rows)
                    values[number] += self.evaluate(work, theta, x, t, rng, mask=rows_of(mask, rows), **options)

        with Threads(len(values)) as team:
            team.run(part)
        return sum(values)

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

    def outputs(self, theta, X):
        """Yield (name, layer, y) for all layers on the way forward; y is scratch memory, the last one has no link."""
        X = cast(self._samples(X, self.in_shape, "X"), self.dtype)
        with self._workspace() as work:
            work.bind(self._vector(theta))
            work.run.begin(len(X))
            stack = Chain("", self.layers, self.in_shape)
            names = [prefix for prefix, _ in self.encoder.groups + self.decoder.groups]
            yield from zip(names, self.layers, stack.outputs(X, work.params, work.run), strict=True)

    def first_nonfinite(self, theta, X):
        """Return the name of the parameter, layer or value that is first not finite on the way forward."""
        for name, view in self.parameters(theta).items():
            if not np.isfinite(view).all():
                return f"parameter {name}"
        for name, layer, y in self.outputs(theta, X):
            if not np.isfinite(y).all():
                return f"layer {name} ({type(layer).__name__})"
        return "the loss"

    def _code(self, work, x):
        return self.encoder.forward(x, work.params[: len(self.encoder.layers)], work.run)[0]

    def _decoded(self, work, z):
        return self.decoder.forward(z, work.params[len(self.encoder.layers) :], work.run, last=True)[0]

    def _rows_at_a_time(self):
        largest = max(math.prod(shape) for shape in self.encoder.shapes + self.decoder.shapes)
        return max(min(32, ROWS), min(ROWS, NUMBERS // largest))

    def _in_pieces(self, theta, x, shape, function, linked, threads, mask=None):
        """Return function(workspace, rows of x) for all rows, some at a time in each thread."""
        theta, out = self._vector(theta), np.empty((len(x), *shape), self.dtype)

        def part(number):
            mine = team.part(number, len(x))
            with self._workspace() as work, Rows(self.dtype) as inputs:
                work.bind(theta)
                for rows in slices(mine, self._rows_at_a_time()):
                    work.run.begin(0, mask=rows_of(mask, rows), gradient=False)
                    out[rows] = function(work, work.run.without_padding(inputs.of(x, rows)))
                    if linked:
                        self.loss.predict(out[rows], work.run)

        with Threads(threads) as team:
            team.run(part)
        return out


def rows_of(mask, rows):
    """Return those rows of a mask, or None for None."""
    return None if mask is None else mask[rows]
