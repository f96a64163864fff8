"""The affine map x W + b and the activation after it, as a linear map with Kronecker factors."""

from __future__ import annotations

import numpy as np

from ..activations import Activation
from ..settings.array_types import FloatArray, Views
from .context import Context
from .linearization import Factors, LinearBack, Linearization
from .second_moment import SecondMoment


def linearized_affine(x: FloatArray, params: Views, context: Context, f: Activation) -> Linearization:
    """Return y = f(x W + b) as a linear map, for x (N, D), or each step of series x (N, T, D).

    Along (rx, V, c), ry = f'(z) (rx W + x V + c). The factors of [W; b] are L = E [x 1]^T [x 1] and R = E dz^T dz [1]_.
    Those of series assume that steps are independent and alike, as for convolutions [2]_: L is a sum over steps, R
    a mean.

    References
    ----------
    .. [1] Martens & Grosse, "Optimizing neural networks with Kronecker-factored approximate curvature", ICML 2015,
       eqs. 1 and 3.
    .. [2] Grosse & Martens, "A Kronecker-factored approximate Fisher matrix for convolution layers", ICML 2016, eq. 22.
    """
    scratch, W = context.scratch, params["W"]
    rows = x if x.ndim == 2 else np.ascontiguousarray(x).reshape(-1, x.shape[-1])
    x1, units = rows_with_ones(rows, context), W.shape[1]
    y = scratch.output(len(rows), units, context.feeds_loss)
    np.matmul(x1, params["Wb"], out=y)
    f.apply(y, scratch)
    slope = slope_of(f, y, context)
    weight, steps = share_of_rows(x, context)

    def shaped(flat: FloatArray) -> FloatArray:
        return flat if x.ndim == 2 else flat.reshape(*x.shape[:-1], -1)

    def times_slope(dy: FloatArray) -> FloatArray:
        flat = dy.reshape(-1, units)
        return flat if slope is None else np.multiply(flat, slope, out=scratch.empty(*flat.shape))

    def back_to_x(dz: FloatArray) -> FloatArray:
        return shaped(np.matmul(dz, W.T, out=scratch.empty(len(dz), len(W))))

    def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        ry = np.matmul(x1, v["Wb"], out=scratch.empty(len(rows), units))
        if rx is not None:
            ry += np.matmul(rx.reshape(len(rows), -1), W, out=scratch.empty(*ry.shape))
        if slope is not None:
            ry *= slope

        def back(dy: FloatArray, products: Views) -> FloatArray | None:
            dz = times_slope(dy)
            np.dot(x1.T, dz, out=products["Wb"])
            return None if rx is None else back_to_x(dz)

        return shaped(ry), back

    def factors(dy: FloatArray) -> tuple[FloatArray | None, Factors]:
        dz = times_slope(dy)
        made: Factors = {"Wb": (SecondMoment(x1, weight), SecondMoment(dz, 1.0 / steps))}
        return (back_to_x(dz) if context.wants_dx else None), made

    return Linearization(shaped(y), along, factors)


def rows_with_ones(rows: FloatArray, context: Context) -> FloatArray:
    """Return [x 1], (N, D + 1), of rows x (N, D): their own memory, or a copy."""
    x1 = context.scratch.with_ones(rows)
    if x1 is None:
        copy = context.scratch.output(*rows.shape)
        np.copyto(copy, rows)
        x1 = context.scratch.with_ones(copy)
    assert x1 is not None
    return x1


def slope_of(f: Activation, y: FloatArray, context: Context) -> FloatArray | None:
    """Return f'(z), given y = f(z), which stays as it is; None if f is the identity."""
    if type(f).times_derivative is Activation.times_derivative:
        return None
    copy, slope = context.scratch.empty(*y.shape), context.scratch.empty(*y.shape)
    np.copyto(copy, y)
    slope.fill(1.0)
    f.times_derivative(copy, slope, context.scratch)
    return slope


def share_of_rows(x: FloatArray, context: Context) -> tuple[float | FloatArray, float]:
    """Return the weight of each row of x (N, ..., D) in a mean over samples, and how many rows a sample has.

    Padding has weight 0 and is not counted.
    """
    share, places = context.share_of_samples(x), x[0, ..., 0].size
    if isinstance(share, float) and not context.masks(x):
        return share, float(places)
    shares = np.broadcast_to(share, (*x.shape[:-1], 1))
    if context.masks(x):
        assert context.mask is not None
        shares, real = shares * context.mask[:, :, None], places * context.real
    else:
        real = float(places)
    return shares.reshape(-1, 1).astype(x.dtype, copy=False), real
