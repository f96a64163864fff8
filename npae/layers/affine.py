"""The affine map x W + b, and the memory layouts that make it fast.

Small networks spend their time in calls of NumPy, large ones in matrix products. Each of the following was measured;
docs/decisions.md has the numbers.

*W and b are one matrix.* In theta the bias follows its weights, so that both are one array "Wb" (D + 1, K). An array
from `scratch.output` has a column of ones after it in memory. Then [x 1] [W; b] is x W + b in one product, and
[x 1]^T dz holds both gradients in another, without a copy: the letter network takes 159 us instead of 221. A small x
from elsewhere is copied to get its ones (4 % of an evaluation). For a large x the copy would cost more than the second
call: W and b are then used apart.

*Outputs lie by row or by column*, as `memory_order` says.

*`dot` on transposes* computes what lies by column. It takes half the time of `np.matmul` to call (5 % of an evaluation
of the letter network), and less still as the method of arrays, which skips the part of `np.dot` that is Python.

*Series (N, T, D) in the layout (T, D, N)*, in which an LSTM leaves its states, are multiplied step by step where they
are: copying them into rows and back took 2 of 30 ms. The cost is a gradient of W for each step, so this happens only
while these are no larger than x. All other series become the rows of a matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..settings.array_types import FloatArray, Views
from .context import Context
from .layer import Along, Backward, Pass, SecondOrderPass
from .parameters import Bias, Weight
from .scratch import Scratch

dot = np.ndarray.dot


def affine_parameters(inputs: int, units: int, initializer: str = "glorot") -> dict[str, Weight | Bias]:
    """Return W (D, K) and b (K,), which `affine` also sees as one matrix."""
    return {"W": Weight((inputs, units), inputs, units, initializer, joined="b"), "b": Bias((units,))}


def affine(x: FloatArray, params: Views, context: Context) -> Pass:
    """Return z = x W + b and `backward(dz, grads)`, which returns dx = dz W^T, or None if `context.wants_dx` is false.

    x (N, D), W (D, K), b (K,), z (N, K). If `by_steps` hands over x as (T, D, N), z is (T, K, N).
    """
    if x.ndim == 3:
        return _affine_of_columns(x, params, context)
    W, scratch = params["W"], context.scratch
    x1 = scratch.with_ones(x)
    z = scratch.output(len(x), len(params["b"]), context.feeds_loss)
    if x1 is None:
        np.matmul(x, W, out=z)
        z += params["b"]
    elif z.flags.f_contiguous:
        dot(params["Wb"].T, x1.T, out=z.T)
    else:
        np.matmul(x1, params["Wb"], out=z)

    def backward(dz: FloatArray, grads: Views) -> FloatArray | None:
        if x1 is None:
            dot(x.T, dz, out=grads["W"])
            np.add.reduce(dz, axis=0, out=grads["b"])
        else:
            dot(x1.T, dz, out=grads["Wb"])
        if not context.wants_dx:
            return None
        if x.flags.f_contiguous:
            dx = scratch.columns(*x.shape)
            dot(W, dz.T, out=dx.T)
            return dx
        return np.matmul(dz, W.T, out=scratch.empty(*x.shape))

    return z, backward


def _affine_of_columns(x: FloatArray, params: Views, context: Context) -> Pass:
    """Do the same for x (T, D, N) and z (T, K, N), with one product per step."""
    (T, D, N), W, scratch = x.shape, params["W"], context.scratch
    z = np.matmul(W.T, x, out=scratch.empty(T, W.shape[1], N))
    z += params["b"][:, None]

    def backward(dz: FloatArray, grads: Views) -> FloatArray | None:
        dW = np.matmul(x, dz.transpose(0, 2, 1), out=scratch.empty(T, *W.shape))
        np.add.reduce(dW, axis=0, out=grads["W"])
        np.add.reduce(dz, axis=(0, 2), out=grads["b"])
        return np.matmul(W, dz, out=scratch.empty(T, D, N)) if context.wants_dx else None

    return z, backward


def affine_second_order(x: FloatArray, params: Views, context: Context) -> SecondOrderPass:
    """Return the four passes of z = x W + b for x (N, D), as `npae.Layer` describes them, where v moves W by V, b by c.

    rz = rx W + x V + c; rdW = rx^T dz + x^T rdz, rdb = sum of rdz, rdx = rdz W^T + dz V^T.
    """
    W, x1 = params["W"], context.scratch.with_ones(x)
    if x1 is None:
        x1 = np.column_stack([x, np.ones(len(x), x.dtype)])
    z, _ = affine(x, params, context)

    def backward(dz: FloatArray) -> tuple[FloatArray, Along]:
        def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, Backward]:
            rz = np.matmul(x1, v["Wb"], out=np.empty_like(z))
            if rx is not None:
                rz += np.matmul(rx, W, out=np.empty_like(z))

            def backward_along(rdz: FloatArray, products: Views) -> FloatArray | None:
                np.dot(x1.T, rdz, out=products["Wb"])
                if rx is None:
                    return None
                products["W"] += np.dot(rx.T, dz)
                rdx = np.matmul(rdz, W.T, out=np.empty_like(x))
                rdx += np.matmul(dz, v["W"].T, out=np.empty_like(x))
                return rdx

            return rz, backward_along

        return np.matmul(dz, W.T), along

    return z, backward


def by_steps(forward: Callable[..., Pass], x: FloatArray, params: Views, context: Context) -> Pass:
    """Carry out `forward`, an affine map and whatever follows it, on every step of series x (N, T, D).

    `forward` sees x, and its `backward` dy, as (T, D, N) if x lies so in memory and the gradients of all steps are no
    larger than x itself (K <= N); otherwise as the rows of a matrix (N T, D).
    """
    lay_out, restore = _layout(x, params["W"].shape[1], context.scratch)
    y, back = forward(lay_out(x), params, context)

    def backward(dy: FloatArray, grads: Views) -> FloatArray | None:
        dx = back(lay_out(dy), grads)
        return None if dx is None else restore(dx)

    return restore(y), backward


def _layout(x: FloatArray, units: int, scratch: Scratch) -> tuple[Callable[..., FloatArray], Callable[..., FloatArray]]:
    """Return a function that gives series the layout that `forward` sees, and one that gives it back."""
    N, T, _ = x.shape
    if units <= N and x.transpose(1, 2, 0).flags.c_contiguous and not x.flags.c_contiguous:
        return lambda series: scratch.by_row(series.transpose(1, 2, 0)), lambda columns: columns.transpose(2, 0, 1)
    return lambda series: scratch.by_row(series).reshape(N * T, -1), lambda rows: rows.reshape(N, T, -1)


def second_order_by_steps(
    second_order: Callable[..., SecondOrderPass], x: FloatArray, params: Views, context: Context
) -> SecondOrderPass:
    """Carry out `second_order` on the steps of series x (N, T, D) as the rows of a matrix."""
    N, T, _ = x.shape

    def rows(series: Any) -> Any:
        return None if series is None else series.reshape(N * T, -1)

    def steps(rows: Any) -> Any:
        return None if rows is None else rows.reshape(N, T, -1)

    y, back = second_order(rows(x), params, context)

    def backward(dy: FloatArray) -> tuple[FloatArray, Along]:
        dx, along = back(rows(dy))

        def along_steps(rx: FloatArray | None, v: Views) -> tuple[FloatArray, Backward]:
            ry, back_along = along(rows(rx), v)
            return steps(ry), lambda rdy, products: steps(back_along(rows(rdy), products))

        return steps(dx), along_steps

    return steps(y), backward
