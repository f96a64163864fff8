"""Convolutions and their transposes as linear maps, with Kronecker factors."""

from __future__ import annotations

import numpy as np

from ..activations import ACTIVATIONS
from ..settings.array_types import FloatArray, Views
from .context import Context
from .filters import Filters, add_rows, matrix
from .linearization import Factors, LinearBack, Linearization, second_moment
from .linearized_affine import share_of_rows, slope_of


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
    windows, W, scratch = self.windows(x.shape[1:]), matrix(params["W"]), context.scratch
    y, _ = self.forward(x, params, context)
    slope, shape = slope_of(ACTIVATIONS[self.activation], y, context), x.shape

    def times_slope(dy: FloatArray) -> FloatArray:
        dy = scratch.by_row(dy)
        return matrix(dy if slope is None else np.multiply(dy, slope, out=scratch.empty(*dy.shape)))

    def back_to_x(dz: FloatArray) -> FloatArray:
        dx = scratch.empty(*shape)
        for part, rows in windows.col2im(dx, context):
            np.matmul(dz[part], W.T, out=rows)
        return dx

    def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        ry, V = scratch.empty(*y.shape), matrix(v["W"])
        rz = matrix(ry)
        for part, rows in windows.im2col(x, context):
            np.matmul(rows, V, out=rz[part])
            rz[part] += v["b"]
        if rx is not None:
            for part, rows in windows.im2col(rx, context):
                rz[part] += np.matmul(rows, W)
        if slope is not None:
            ry *= slope

        def back(dy: FloatArray, products: Views) -> FloatArray | None:
            dz, dW = times_slope(dy), matrix(products["W"])
            add_rows(dz, products["b"], context)
            dW.fill(0.0)
            for part, rows in windows.im2col(x, context):
                dW += np.matmul(rows.T, dz[part])
            return None if rx is None else back_to_x(dz)

        return ry, back

    def factors(dy: FloatArray) -> tuple[FloatArray | None, Factors]:
        dz = times_slope(dy)
        weight, count = share_of_rows(y, context)
        L = np.zeros((len(W) + 1,) * 2, x.dtype)
        for part, rows in windows.im2col(x, context):
            _add_moment_with_ones(L, rows, weight if isinstance(weight, float) else weight[part])
        made = {"Wb": (L, second_moment(dz, 1.0 / count))}
        return (back_to_x(dz) if context.wants_dx else None), made

    return Linearization(y, along, factors)


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
    windows, W, scratch = self.windows(x.shape[1:]), matrix(params["W"]), context.scratch
    x = scratch.by_row(x)
    y, _ = self.forward(x, params, context)
    slope, rows_of_x = slope_of(ACTIVATIONS[self.activation], y, context), matrix(x)

    def times_slope(dy: FloatArray) -> FloatArray:
        dy = scratch.by_row(dy)
        return dy if slope is None else np.multiply(dy, slope, out=scratch.empty(*dy.shape))

    def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        ry, V = scratch.empty(*y.shape), matrix(v["W"])
        rows_of_rx = None if rx is None else matrix(scratch.by_row(rx))
        for part, rows in windows.col2im(ry, context):
            np.matmul(rows_of_x[part], V.T, out=rows)
            if rows_of_rx is not None:
                rows += np.matmul(rows_of_rx[part], W.T)
        ry += v["b"]
        if slope is not None:
            ry *= slope

        def back(dy: FloatArray, products: Views) -> FloatArray | None:
            dz, dW = times_slope(dy), matrix(products["W"])
            add_rows(matrix(dz), products["b"], context)
            dx = None if rx is None else scratch.empty(*x.shape)
            dW.fill(0.0)
            for part, rows in windows.im2col(dz, context):
                dW += np.matmul(rows.T, rows_of_x[part])
                if dx is not None:
                    np.matmul(rows, W, out=matrix(dx)[part])
            return dx

        return ry, back

    def factors(dy: FloatArray) -> tuple[FloatArray | None, Factors]:
        dz = times_slope(dy)
        weight, count = share_of_rows(x, context)
        dx, L = scratch.empty(*x.shape) if context.wants_dx else None, np.zeros((len(W),) * 2, x.dtype)
        for part, rows in windows.im2col(dz, context):
            L += second_moment(rows, 1.0 / count)
            if dx is not None:
                np.matmul(rows, W, out=matrix(dx)[part])
        share = context.share_of_samples(x)
        whole = share * len(x) if isinstance(share, float) else share.sum()
        sums = dz.reshape(len(x), -1, dz.shape[-1]).sum(axis=1)
        of_b = np.full((1, 1), whole, x.dtype), second_moment(sums)
        return dx, {"W": (L, second_moment(rows_of_x, weight)), "b": of_b}

    return Linearization(y, along, factors)


def _add_moment_with_ones(L: FloatArray, rows: FloatArray, share: float | FloatArray) -> None:
    """Add the sum of share [r 1]^T [r 1] over the rows r, without a copy of them."""
    L[:-1, :-1] += second_moment(rows, share)
    if isinstance(share, float):
        edge, corner = rows.sum(axis=0) * share, share * len(rows)
    else:
        edge, corner = np.dot(share[:, 0], rows), float(share.sum())
    L[:-1, -1] += edge
    L[-1, :-1] += edge
    L[-1, -1] += corner
