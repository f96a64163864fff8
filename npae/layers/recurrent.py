"""The long short-term memory: a state that is carried from step to step of a series."""

from dataclasses import dataclass

import numpy as np

from ..settings.checks import positive_integer
from .dense import Dense
from .parameters import Bias, Weight
from .protocol import Layer
from .shape import Repeat

BLOCK = 8  # steps whose slopes are computed at a time: few calls, and what they make stays in the cache


@dataclass(frozen=True)
class LSTM(Layer):
    """A recurrent layer on series x (N, T, C), whose U cells are read, written and forgotten through gates.

        o_t, i_t, f_t = sigmoid(x_t W + b + h_{t-1} R)      output, input and forget gate, (N, U) each
        g_t = tanh(x_t W + b + h_{t-1} R)                   what the input gate may let in, (N, U)
        c_t = f_t c_{t-1} + i_t g_t                         the cells, (N, U)
        h_t = o_t tanh(c_t)                                 the state, (N, U); h_0 = c_0 = 0

    The columns of W (C, 4 U), b (4 U,) and R (U, 4 U) stand in the order o, i, f, g: sigmoids side by side, and what
    dc reaches. y is the last state h_T (N, U), or every one (N, T, U).

    Where `context.mask` (N, T) is false a step is padding: the state passes through it as it is, and so does the
    gradient. The last state is then the one of a series' last real step. What x holds there is not looked at.

    Each gate's part of W starts as Glorot's, each part of R as an orthogonal matrix, which neither stretches nor
    shrinks a state from step to step. The bias of the forget gate starts at 1, so that cells remember before they have
    learned what to forget.

    Parameters
    ----------
    units : int, U, at least 1.
    sequences : whether y holds the states of all steps; False (default): the last one.

    Sources: Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9 (1997); Gers, Schmidhuber &
    Cummins, "Learning to forget", Neural Computation 12 (2000), eqs. 3-9, for the forget gate; Jozefowicz et al.,
    "An empirical exploration of recurrent network architectures", ICML 2015, for its bias; Saxe, McClelland & Ganguli,
    "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", ICLR 2014, for R.
    """

    units: int
    sequences: bool = False

    def __post_init__(self):
        positive_integer("units", self.units)
        if not isinstance(self.sequences, (bool, np.bool_)):
            raise ValueError(f"sequences must be True or False, got {self.sequences!r}.")

    def parameters(self, in_shape):
        if len(in_shape) != 2 or 0 in in_shape:
            hint = "One channel is X[:, :, None]."
            raise ValueError(f"samples must be series (T, C) of at least one step for LSTM, got {in_shape}. {hint}")
        (_, C), U = in_shape, self.units
        forget = (0.0,) * (2 * U) + (1.0,) * U + (0.0,) * U
        return {
            "W": Weight((C, 4 * U), C, U, joined=("b", "R")),
            "b": Bias((4 * U,), forget),
            "R": Weight((U, 4 * U), U, U, "orthogonal"),
        }

    def out_shape(self, in_shape):
        return (in_shape[0], self.units) if self.sequences else (self.units,)

    def forward(self, x, params, context):
        steps = _Steps(x, params["WbR"], self.units, context)
        states = steps.forward()  # (T, U, N)
        if self.sequences:
            return states.transpose(2, 0, 1), steps.backward
        y = context.output(len(x), self.units)
        np.copyto(y, states[-1].T)
        return y, steps.backward

    def mirror(self, in_shape, activation):
        steps = [LSTM(self.units, sequences=True), Dense(in_shape[1], activation)]
        if self.sequences:
            return steps
        return [Repeat(in_shape[0]), *steps]


class _Steps:
    """One pass of an LSTM through the steps of a batch, and what its way back needs.

    The arrays hold units by samples, so that each gate of a step is one piece of memory. W, b and R are one block
    (C + 1 + U, 4 U), as is what they meet, [x_t; 1; h_{t-1}]: one product a step on the way forward, and one a block
    of steps for the gradient. On the way forward the sigmoids' z are halved, since they are (1 + tanh(z / 2)) / 2.

    An x that is the same memory at every step, as `Repeat` makes it, meets W once. Its dx is then the same at every
    step too: the mean, of which what made that memory takes the sum.
    """

    def __init__(self, x, block, units, context):
        (N, T, C), U = x.shape, units
        self.x, self.units, self.context = x, units, context
        self.still = C + 1 if T > 1 and x.strides[1] == 0 else 0  # rows of the block that meet the same at every step
        self.block, self.weights = block, context.empty(4 * U, len(block))
        np.copyto(self.weights, block.T)
        self.weights[: 3 * U] *= 0.5
        self.inputs = context.empty(T + 1, len(block) - self.still, N)  # [x_t; 1; h_{t-1}], or h_{t-1} alone
        kept = T + 1 if context.wants_gradient else 2  # steps that are kept, the first begins anew behind the last
        self.gates = context.empty(kept, 5 * U, N)  # o, i, f, g, c_{t-1}
        self.squashed = context.empty(kept - 1, U, N)  # tanh(c_t)
        self.padding = _padding(x, context.mask)

    def forward(self):
        """Return the states of all steps (T, U, N)."""
        U, (N, T, _), padding = self.units, self.x.shape, self.padding
        weights, same, products = self.weights[:, self.still :], self._fill(), self.context.empty(2 * U, N)
        gates, inputs, states, kept = self.gates, self.inputs, self.inputs[:, -U:], len(self.gates)
        states[0] = 0.0
        gates[0, 4 * U :] = 0.0
        for t in range(T):
            now, c, tanh_c = gates[t % kept], gates[(t + 1) % kept, 4 * U :], self.squashed[t % (kept - 1)]
            z, sigmoids = now[: 4 * U], now[: 3 * U]
            np.matmul(weights, inputs[t], out=z)
            if same is not None:
                z += same
            np.tanh(z, out=z)
            sigmoids += 1.0
            sigmoids *= 0.5
            np.multiply(now[U : 3 * U], now[3 * U :], out=products)  # i g, f c
            np.add(products[:U], products[U:], out=c)
            np.tanh(c, out=tanh_c)
            np.multiply(now[:U], tanh_c, out=states[t + 1])
            if padding is not None and padding[t].any():
                np.copyto(c, now[4 * U :], where=padding[t])
                np.copyto(states[t + 1], states[t], where=padding[t])
        return states[1:]

    def _fill(self):
        """Put x and 1 into the inputs of all steps; where x is the same at all, return its products instead."""
        _, T, C = self.x.shape
        if self.still:
            self.x1 = self.context.empty(C + 1, len(self.x))
            self.x1[:C], self.x1[C] = self.x[:, 0].T, 1.0
            return self.weights[:, : C + 1] @ self.x1  # (4 U, N)
        x = self.inputs[:T, :C]
        np.copyto(x, self.x.transpose(1, 2, 0))
        if self.padding is not None:
            np.copyto(x, 0.0, where=self.padding[:, None])
        self.inputs[:T, C] = 1.0
        return None

    def backward(self, dy, grads):
        """Go back from dy, (N, U) or (N, T, U), through all steps, a block of them at a time."""
        (N, T, C), U, context, block = self.x.shape, self.units, self.context, grads["WbR"]
        dh, dc, dx = (
            context.empty(U, N),
            context.empty(U, N),
            context.empty(T, C, N) if context.wants_dx and not self.still else None,
        )
        slopes, total, spare = context.empty(BLOCK, 4 * U, N), context.empty(4 * U, N), context.empty(U, N)
        flats = [context.empty(array.shape[1] * BLOCK * N) for array in (slopes, self.inputs)]
        block[...], dc[...], total[...], dh[...] = 0.0, 0.0, 0.0, 0.0 if dy.ndim == 3 else dy.T
        for stop in range(T, 0, -BLOCK):
            start = max(stop - BLOCK, 0)
            dz = self._slopes(start, stop, slopes[: stop - start])
            self._back_through(start, dz, dh, dc, dy, spare)
            flat, inputs = map(_flat, (dz, self.inputs[start:stop]), flats)
            block[self.still :] += inputs @ flat.T
            if self.still:
                total += np.add.reduce(dz, axis=0)
            elif dx is not None:
                dx[start:stop] = (self.block[:C] @ flat).reshape(C, -1, N).transpose(1, 0, 2)
        if self.still:
            np.matmul(self.x1, total.T, out=block[: C + 1])
        if self.still and context.wants_dx:
            return np.broadcast_to((self.block[:C] @ total / T).T[:, None], self.x.shape)
        return None if dx is None else dx.transpose(2, 0, 1)

    def _back_through(self, start, dz, dh, dc, dy, spare):
        """Turn the slopes of steps from start on into derivatives by z; dh and dc go back to the step before."""
        U, N, R = self.units, len(self.x), self.block[-self.units :]
        for t in range(start + len(dz) - 1, start - 1, -1):
            if dy.ndim == 3:
                dh += dy[:, t].T
            dc += np.multiply(dh, self.squashed[t], out=spare)
            now = dz[t - start].reshape(4, U, N)
            now[0] *= dh
            now[1:] *= dc
            dc *= self.gates[t, 2 * U : 3 * U]
            if self.padding is None:
                np.matmul(R, dz[t - start], out=dh)
            else:
                dh *= self.padding[t]
                dh += R @ dz[t - start]

    def _slopes(self, start, stop, slopes):
        """Fill slopes (steps, 4 U, N) with the derivatives of h by z_o, and of c by z_i, z_f and z_g, at these steps.

        tanh(c) becomes the derivative of h by c. A padded step has slopes 0, and f = 1: dc passes.
        """
        U, gates, dh_by_dc = self.units, self.gates[start:stop], self.squashed[start:stop]
        sigmoids, o, i, g = gates[:, : 3 * U], gates[:, :U], gates[:, U : 2 * U], gates[:, 3 * U : 4 * U]
        np.multiply(sigmoids, sigmoids, out=slopes[:, : 3 * U])
        np.subtract(sigmoids, slopes[:, : 3 * U], out=slopes[:, : 3 * U])
        slopes[:, :U] *= dh_by_dc
        slopes[:, U : 3 * U] *= gates[:, 3 * U :]
        np.multiply(g, g, out=slopes[:, 3 * U :])
        slopes[:, 3 * U :] *= i
        np.subtract(i, slopes[:, 3 * U :], out=slopes[:, 3 * U :])
        np.multiply(dh_by_dc, dh_by_dc, out=dh_by_dc)
        np.subtract(1.0, dh_by_dc, out=dh_by_dc)
        dh_by_dc *= o
        if self.padding is not None:
            padding = self.padding[start:stop, None]
            np.copyto(slopes, 0.0, where=padding)
            np.copyto(dh_by_dc, 0.0, where=padding)
            np.copyto(gates[:, 2 * U : 3 * U], 1.0, where=padding)
        return slopes


def _flat(steps, memory):
    """Return steps (B, K, N) as (K, B N) in memory, for products that sum over steps and samples."""
    B, K, N = steps.shape
    flat = memory[: steps.size].reshape(K, B, N)
    np.copyto(flat, steps.transpose(1, 0, 2))
    return flat.reshape(K, B * N)


def _padding(x, mask):
    """Return where the steps are padding, (T, N), or None if none is."""
    if mask is None:
        return None
    if mask.shape != x.shape[:2]:
        raise ValueError(f"mask must have shape {x.shape[:2]} for this layer, got {mask.shape}.")
    return None if mask.all() else ~mask.T
