"""Convolutions and their transposes as linear maps, with Kronecker factors."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..activations import ACTIVATIONS
from ..settings.array_types import FloatArray, Views
from .context import Context
from .filters import Filters, add_rows, matrix
from .linearization import Factors, LinearBack, Linearization
from .linearized_affine import share_of_rows, slope_of
from .second_moment import SecondMoment, mix


def linearize_convolution(self: Filters, x: FloatArray, params: Views, context: Context) -> Linearization:
    """Return the layer as a linear map, as `Layer` describes it: ry = f'(z) (rx * W + x * V + c).

    Its factors take windows for independent and alike [1]_: as if each were a sample of a Dense layer.

    Parameters
    ----------
    x, params, context : as in `forward`
        The samples, the parameters and the circumstances of the pass.

    Returns
    -------
    Linearization
        With the factors of W and b together, "Wb": the sum over windows of [p 1]^T [p 1], where p are the numbers of a
        window, and the mean over windows of dz^T dz, each a mean over samples.

    References
    ----------
    .. [1] Grosse & Martens, "A Kronecker-factored approximate Fisher matrix for convolution layers", ICML 2016, eqs. 21
       to 23, theorem 1.
    """
    part = _Convolved(self, x, params, context)
    return Linearization(part.y, part.along, part.factors)


def linearize_transpose(self: Filters, x: FloatArray, params: Views, context: Context) -> Linearization:
    """Return the layer as a linear map, as `Layer` describes it: ry = f'(z) (rx *' W + x *' V + c).

    Its factors take the windows of y for independent and alike, as those of a convolution do.

    Parameters
    ----------
    x, params, context : as in `forward`
        The samples, the parameters and the circumstances of the pass.

    Returns
    -------
    Linearization
        With the factors of W (T C, K): the mean over windows of q^T q, where q are the numbers of dz in a window, and
        the sum over windows of x^T x; and of b (1, C): 1, and d^T d, where d is the sum of dz over places, so that the
        matrix of b alone is exact in expectation. Each is a mean over samples.
    """
    part = _Transposed(self, context.scratch.by_row(x), params, context)
    return Linearization(part.y, part.along, part.factors)


class _Filtered:
    """A layer of filters at x: what both kinds have in common."""

    def __init__(self, layer: Filters, x: FloatArray, params: Views, context: Context) -> None:
        self.x, self.W, self.context, self.scratch = x, matrix(params["W"]), context, context.scratch
        self.windows = layer.windows(x.shape[1:])
        self.y, _ = layer.forward(x, params, context)
        self.slope = slope_of(ACTIVATIONS[layer.activation], self.y, context)

    def times_slope(self, dy: FloatArray) -> FloatArray:
        """Return dz = f'(z) dy, which lies by row."""
        dy = self.scratch.by_row(dy)
        return dy if self.slope is None else np.multiply(dy, self.slope, out=self.scratch.empty(*dy.shape))


class _Convolved(_Filtered):
    """A convolution at x."""

    def along(self, rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        ry, V = self.scratch.empty(*self.y.shape), matrix(v["W"])
        rz = matrix(ry)
        for part, rows in self.windows.im2col(self.x, self.context):
            np.matmul(rows, V, out=rz[part])
            rz[part] += v["b"]
        if rx is not None:
            for part, rows in self.windows.im2col(rx, self.context):
                rz[part] += np.matmul(rows, self.W)
        if self.slope is not None:
            ry *= self.slope
        return ry, partial(self._back, rx is not None)

    def _back(self, moves: bool, dy: FloatArray, products: Views) -> FloatArray | None:
        dz, dW = matrix(self.times_slope(dy)), matrix(products["W"])
        add_rows(dz, products["b"], self.context)
        dW.fill(0.0)
        for part, rows in self.windows.im2col(self.x, self.context):
            dW += np.matmul(rows.T, dz[part])
        return self._back_to_x(dz) if moves else None

    def _back_to_x(self, dz: FloatArray) -> FloatArray:
        dx = self.scratch.empty(*self.x.shape)
        for part, rows in self.windows.col2im(dx, self.context):
            np.matmul(dz[part], self.W.T, out=rows)
        return dx

    def factors(self, dy: FloatArray) -> tuple[FloatArray | None, Factors]:
        dz = matrix(self.times_slope(dy))
        weight, count = share_of_rows(self.y, self.context)
        L = np.zeros((len(self.W) + 1,) * 2, self.x.dtype)
        for part, rows in self.windows.im2col(self.x, self.context):
            _add_moment_with_ones(L, rows, weight if isinstance(weight, float) else weight[part])
        made: Factors = {"Wb": (L, SecondMoment(dz, 1.0 / count))}
        return (self._back_to_x(dz) if self.context.wants_dx else None), made


class _Transposed(_Filtered):
    """A transposed convolution at x, which lies by row."""

    def along(self, rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        ry, V, x = self.scratch.empty(*self.y.shape), matrix(v["W"]), matrix(self.x)
        rows_of_rx = None if rx is None else matrix(self.scratch.by_row(rx))
        for part, rows in self.windows.col2im(ry, self.context):
            np.matmul(x[part], V.T, out=rows)
            if rows_of_rx is not None:
                rows += np.matmul(rows_of_rx[part], self.W.T)
        ry += v["b"]
        if self.slope is not None:
            ry *= self.slope
        return ry, partial(self._back, rx is not None)

    def _back(self, moves: bool, dy: FloatArray, products: Views) -> FloatArray | None:
        dz, dW, x = self.times_slope(dy), matrix(products["W"]), matrix(self.x)
        add_rows(matrix(dz), products["b"], self.context)
        dx = self.scratch.empty(*self.x.shape) if moves else None
        dW.fill(0.0)
        for part, rows in self.windows.im2col(dz, self.context):
            dW += np.matmul(rows.T, x[part])
            if dx is not None:
                np.matmul(rows, self.W, out=matrix(dx)[part])
        return dx

    def factors(self, dy: FloatArray) -> tuple[FloatArray | None, Factors]:
        dz, x, context = self.times_slope(dy), self.x, self.context
        weight, count = share_of_rows(x, context)
        dx, L = self.scratch.empty(*x.shape) if context.wants_dx else None, np.zeros((len(self.W),) * 2, x.dtype)
        for part, rows in self.windows.im2col(dz, context):
            mix(L, 1.0, [SecondMoment(rows, 1.0 / count)])
            if dx is not None:
                np.matmul(rows, self.W, out=matrix(dx)[part])
        share = context.share_of_samples(x)
        whole = share * len(x) if isinstance(share, float) else share.sum()
        sums = dz.reshape(len(x), -1, dz.shape[-1]).sum(axis=1)
        of_b = np.full((1, 1), whole, x.dtype), SecondMoment(sums)
        return dx, {"W": (L, SecondMoment(matrix(x), weight)), "b": of_b}


def _add_moment_with_ones(L: FloatArray, rows: FloatArray, share: float | FloatArray) -> None:
    """Add the sum of share [r 1]^T [r 1] over the rows r, without a copy of them."""
    mix(L[:-1, :-1], 1.0, [SecondMoment(rows, share)])
    if isinstance(share, float):
        edge, corner = rows.sum(axis=0) * share, share * len(rows)
    else:
        edge, corner = np.dot(share[:, 0], rows), float(share.sum())
    L[:-1, -1] += edge
    L[-1, :-1] += edge
    L[-1, -1] += corner
