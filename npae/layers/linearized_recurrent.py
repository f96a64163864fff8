"""The steps of an LSTM as a linear map: forward along a direction, and back, through time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..settings.array_types import FloatArray, Views
from .linearization import LinearBack, Linearization

if TYPE_CHECKING:
    from .recurrent import Steps


def linearized_steps(steps: Steps, y: FloatArray) -> Linearization:
    """Return the steps of a batch that have been gone forward as a linear map; y holds the last state, or all.

    Along (rx, V), where a product with s is elementwise and s_k is the slope at gate k:

        rz_t = rx_t W + [x_t 1 h_{t-1}] V + rh_{t-1} R
        rc_t = f_t rc_{t-1} + s_i rz_i + s_f rz_f + s_g rz_g,    rh_t = s_o rz_o + o (1 - tanh(c_t)^2) rc_t
    """
    (N, T, C), U, same, scratch = steps.x.shape, steps.units, steps.same, steps.context.scratch
    joined, sequences = steps.joined, y.ndim == 3
    slopes = steps.slopes(0, T, scratch.empty(T, 4 * U, N))  # from here on tanh_c holds the derivative of h by c
    forget, dh_by_dc, padding = steps.gates[:T, 2 * U : 3 * U], steps.tanh_c, steps.padding

    def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
        V, moves = v["WbR"], rx is not None
        states = scratch.empty(T, U, N)
        of_x = V[:same].T @ steps.x1 if same else None
        rh, rc = np.zeros((2, U, N), joined.dtype)
        for t in range(T):
            rz = V[same:].T @ steps.inputs[t]
            rz += joined[-U:].T @ rh
            if of_x is not None:
                rz += of_x
            if rx is not None:
                rz += joined[:C].T @ rx[:, t].T
            rz *= slopes[t]
            rz_o, rz_i, rz_f, rz_g = rz.reshape(4, U, N)
            rc = forget[t] * rc + rz_i + rz_f + rz_g
            np.multiply(dh_by_dc[t], rc, out=states[t])
            states[t] += rz_o
            if padding is not None:
                states[t] += padding[t] * rh
            rh = states[t]
        alike = rx is not None and T > 1 and rx.strides[1] == 0

        def back(dy: FloatArray, products: Views) -> FloatArray | None:
            return _back(steps, slopes, dy, products["WbR"], moves, alike)

        return states.transpose(2, 0, 1) if sequences else rh.T, back

    return Linearization(y, along)


def _back(
    steps: Steps, slopes: FloatArray, dy: FloatArray, gradient: FloatArray, wants_dx: bool, alike: bool
) -> FloatArray | None:
    """Fill the gradient of the joined matrix; return dx, or if rx was `alike` at all steps, the mean over these."""
    (N, T, C), U, same, scratch = steps.x.shape, steps.units, steps.same, steps.context.scratch
    dz, dh, dc, spare = scratch.empty(*slopes.shape), *(scratch.empty(U, N) for _ in range(3))
    np.copyto(dz, slopes)
    dh[...], dc[...] = 0.0 if dy.ndim == 3 else dy.T, 0.0
    steps.back_through(0, dz, dh, dc, dy, spare)
    np.matmul(steps.inputs[:T], dz.transpose(0, 2, 1)).sum(axis=0, out=gradient[same:])
    if same:
        np.matmul(steps.x1, dz.sum(axis=0).T, out=gradient[:same])
    if not wants_dx:
        return None
    W = steps.joined[:C]
    if alike:
        return np.broadcast_to((W @ dz.sum(axis=0) / T).T[:, None], (N, T, C))
    dx: FloatArray = np.matmul(W, dz).transpose(2, 0, 1)
    return dx
