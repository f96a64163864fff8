"""The long short-term memory: a state that is carried from step to step of a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..settings.array_types import BoolArray, FloatArray, Shape, Views
from ..settings.checks import positive_integer, true_or_false
from .context import Context
from .dense import Dense
from .layer import Layer, Pass
from .linearization import Linearization
from .linearized_recurrent import linearized_steps
from .parameters import Bias, Weight
from .shape import Repeat

STEPS = 8  # whose slopes are computed at a time: few calls, and their results stay in the cache


@dataclass(frozen=True)
class LSTM(Layer):
    """A recurrent layer on series x (N, T, C), with U cells that are read, written and forgotten through gates.

        o_t, i_t, f_t = sigmoid(x_t W + b + h_{t-1} R)      output, input and forget gate, (N, U) each
        g_t = tanh(x_t W + b + h_{t-1} R)                   what the input gate may let in, (N, U)
        c_t = f_t c_{t-1} + i_t g_t                         the cells, (N, U)
        h_t = o_t tanh(c_t)                                 the state, (N, U); h_0 = c_0 = 0

    The output is the last state h_T (N, U), or all of them (N, T, U). W (C, 4 U), b (4 U,) and R (U, 4 U) lie one after
    another in theta and are one matrix; what it is multiplied by at a step is another. The gates stand in the order
    o, i, f, g: the sigmoids side by side, and so are the three that the derivative of c reaches.

                                           o      i      f      g
                                       +------+------+------+------+
           C      1    U               |             W             |  C rows
        +------+---+---------+         +---------------------------+
      N |  x_t | 1 | h_{t-1} |    @    |             b             |  1 row      =   z_t (N, 4 U)
        +------+---+---------+         +---------------------------+
                                       |             R             |  U rows
                                       +------+------+------+------+
                                        sigmoid = (1 + tanh(z / 2)) / 2   tanh

    Where `context.mask` (N, T) is false a step is padding: the state passes through it unchanged, and so does the
    gradient. The last state is then that of a series' last real step. What x holds at padding makes no difference.

    Each gate's part of W starts as Glorot's, each part of R as an orthogonal matrix, which neither stretches nor
    shrinks a state from step to step [4]_. The bias of the forget gate starts at 1 [3]_, so that cells remember before
    they have learned what to forget.

    Parameters
    ----------
    units : int
        U, at least 1.
    sequences : bool, default False
        Whether the output holds the states of all steps instead of the last one.

    Raises
    ------
    ValueError
        If a parameter is something else, if samples are not series (T, C), or if their mask has other steps.

    References
    ----------
    .. [1] Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9 (1997).
    .. [2] Gers, Schmidhuber & Cummins, "Learning to forget", Neural Computation 12 (2000), eqs. 3-9, for the forget
       gate.
    .. [3] Jozefowicz et al., "An empirical exploration of recurrent network architectures", ICML 2015.
    .. [4] Saxe, McClelland & Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
       networks", ICLR 2014.

    Examples
    --------
    >>> import npae
    >>> npae.LSTM(16).out_shape((100, 3)), npae.LSTM(16, sequences=True).out_shape((100, 3))
    ((16,), (100, 16))
    >>> npae.check_gradients(npae.LSTM(4), in_shape=(5, 2)).error < 1e-6
    True
    """

    units: int
    sequences: bool = False

    def __post_init__(self) -> None:
        positive_integer("units", self.units)
        true_or_false("sequences", self.sequences)

    def parameters(self, in_shape: Shape) -> dict[str, Weight | Bias]:
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

    def out_shape(self, in_shape: Shape) -> Shape:
        return (in_shape[0], self.units) if self.sequences else (self.units,)

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        steps, y = self._steps(x, params, context)
        return y, steps.backward

    def linearize(self, x: FloatArray, params: Views, context: Context) -> Linearization:
        """Return the layer as a linear map, as `Layer` describes it: along a direction from step to step, and back.

        Parameters
        ----------
        x, params, context : as in `forward`
            The samples, the parameters and the circumstances of the pass.

        Returns
        -------
        Linearization
            Without factors.
        """
        return linearized_steps(*self._steps(x, params, context))

    def _steps(self, x: FloatArray, params: Views, context: Context) -> tuple[Steps, FloatArray]:
        """Go forward through the steps; return them, and y."""
        steps = Steps(x, params["WbR"], self.units, context)
        states = steps.forward()  # (T, U, N)
        if self.sequences:
            return steps, states.transpose(2, 0, 1)
        y = context.scratch.output(len(x), self.units, context.feeds_loss)
        np.copyto(y, states[-1].T)
        return steps, y

    def mirror(self, in_shape: Shape, activation: str) -> list[Layer]:
        steps = [LSTM(self.units, sequences=True), Dense(in_shape[1], activation)]
        return steps if self.sequences else [Repeat(in_shape[0]), *steps]


class Steps:
    """One pass of an LSTM through the steps of a batch, and what its way back needs.

    All arrays hold units by samples, the transpose of the diagram above, so that each gate of a step is one piece of
    memory. At step t:

        inputs[t]    x_t | 1 | h_{t-1}             (C + 1 + U, N)
        gates[t]     o | i | f | g | c_{t-1}       (5 U, N); [i f] * [g c_{t-1}] are the two summands of c_t
        tanh_c[t]    tanh(c_t)                     (U, N); on the way back the derivative of h_t by c_t

    `weights` is the joined matrix as the forward pass needs it: transposed, and halved where tanh(z / 2) is wanted, so
    that one call of tanh serves all four gates. If no backward pass follows, `gates` and `tanh_c` have room for the
    current step only.

    An x that is the same memory at every step, as `Repeat` makes it, meets W once: `same` rows of the joined matrix, W
    and b, then have the same input at every step, and `inputs` holds h_{t-1} alone. The dx of such an x is the same at
    every step too: the mean, of which the layer that made the memory takes the sum.
    """

    def __init__(self, x: FloatArray, joined: FloatArray, units: int, context: Context):
        (N, T, C), U, empty = x.shape, units, context.scratch.empty
        self.x, self.units, self.context, self.joined = x, units, context, joined
        self.same = C + 1 if T > 1 and x.strides[1] == 0 else 0
        self.weights = empty(4 * U, len(joined))
        np.copyto(self.weights, joined.T)
        self.weights[: 3 * U] *= 0.5
        self.inputs = empty(T + 1, len(joined) - self.same, N)
        held = T + 1 if context.wants_gradient else 2  # steps; step t lies at t % held
        self.gates = empty(held, 5 * U, N)
        self.tanh_c = empty(held - 1, U, N)
        self.padding = _padding(x, context)

    def forward(self) -> FloatArray:
        """Return the states of all steps (T, U, N)."""
        U, (N, T, _), padding = self.units, self.x.shape, self.padding
        weights, z_of_x, summands = self.weights[:, self.same :], self._fill(), self.context.scratch.empty(2 * U, N)
        gates, inputs, states, held = self.gates, self.inputs, self.inputs[:, -U:], len(self.gates)
        states[0] = 0.0
        gates[0, 4 * U :] = 0.0
        for t in range(T):
            now, c, tanh_c = gates[t % held], gates[(t + 1) % held, 4 * U :], self.tanh_c[t % (held - 1)]
            z, sigmoids = now[: 4 * U], now[: 3 * U]
            np.matmul(weights, inputs[t], out=z)
            if z_of_x is not None:
                z += z_of_x
            np.tanh(z, out=z)
            sigmoids += 1.0
            sigmoids *= 0.5
            np.multiply(now[U : 3 * U], now[3 * U :], out=summands)  # i g, f c_{t-1}
            np.add(summands[:U], summands[U:], out=c)
            np.tanh(c, out=tanh_c)
            np.multiply(now[:U], tanh_c, out=states[t + 1])
            if padding is not None and padding[t].any():
                np.copyto(c, now[4 * U :], where=padding[t])
                np.copyto(states[t + 1], states[t], where=padding[t])
        return states[1:]

    def _fill(self) -> FloatArray | None:
        """Put x and 1 into the inputs of all steps; if x is the same at all, return its share of z (4 U, N) instead."""
        _, T, C = self.x.shape
        if self.same:
            self.x1 = self.context.scratch.empty(C + 1, len(self.x))
            self.x1[:C], self.x1[C] = self.x[:, 0].T, 1.0
            return self.weights[:, : C + 1] @ self.x1
        x = self.inputs[:T, :C]
        np.copyto(x, self.x.transpose(1, 2, 0))
        if self.padding is not None:
            np.copyto(x, 0.0, where=self.padding[:, None])
        self.inputs[:T, C] = 1.0
        return None

    def backward(self, dy: FloatArray, grads: Views) -> FloatArray | None:
        """Go back from dy, (N, U) or (N, T, U), through all steps, `STEPS` of them at a time."""
        (N, T, C), U, empty, gradient = self.x.shape, self.units, self.context.scratch.empty, grads["WbR"]
        wants_dx, same = self.context.wants_dx, self.same
        dh, dc, dx = empty(U, N), empty(U, N), empty(T, C, N) if wants_dx and not same else None
        slopes, total, spare = empty(STEPS, 4 * U, N), empty(4 * U, N), empty(U, N)
        flats = [empty(array.shape[1] * STEPS * N) for array in (slopes, self.inputs)]
        gradient[...], dc[...], total[...], dh[...] = 0.0, 0.0, 0.0, 0.0 if dy.ndim == 3 else dy.T
        for stop in range(T, 0, -STEPS):
            start = max(stop - STEPS, 0)
            dz = self.slopes(start, stop, slopes[: stop - start])
            self.back_through(start, dz, dh, dc, dy, spare)
            flat, inputs = map(_flat, (dz, self.inputs[start:stop]), flats)
            gradient[same:] += inputs @ flat.T
            if same:
                total += np.add.reduce(dz, axis=0)
            elif dx is not None:
                dx[start:stop] = (self.joined[:C] @ flat).reshape(C, -1, N).transpose(1, 0, 2)
        if same:
            np.matmul(self.x1, total.T, out=gradient[: C + 1])
        if same and wants_dx:
            return np.broadcast_to((self.joined[:C] @ total / T).T[:, None], self.x.shape)
        return None if dx is None else dx.transpose(2, 0, 1)

    def back_through(
        self, start: int, dz: FloatArray, dh: FloatArray, dc: FloatArray, dy: FloatArray, spare: FloatArray
    ) -> None:
        """Turn the slopes of the steps from `start` on into dz; dh and dc go back to the step before `start`."""
        U, N, R = self.units, len(self.x), self.joined[-self.units :]
        for t in range(start + len(dz) - 1, start - 1, -1):
            if dy.ndim == 3:
                dh += dy[:, t].T
            dc += np.multiply(dh, self.tanh_c[t], out=spare)
            now = dz[t - start].reshape(4, U, N)
            now[0] *= dh
            now[1:] *= dc
            dc *= self.gates[t, 2 * U : 3 * U]
            if self.padding is None:
                np.matmul(R, dz[t - start], out=dh)
            else:
                dh *= self.padding[t]
                dh += R @ dz[t - start]

    def slopes(self, start: int, stop: int, slopes: FloatArray) -> FloatArray:
        """Fill slopes (steps, 4 U, N) with the derivatives of h by z_o, and of c by z_i, z_f and z_g, at these steps.

        tanh(c) becomes the derivative of h by c. A padded step has slopes 0 and f = 1, so that dc passes.
        """
        U, gates, dh_by_dc = self.units, self.gates[start:stop], self.tanh_c[start:stop]
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


def _flat(steps: FloatArray, memory: FloatArray) -> FloatArray:
    """Return steps (S, K, N) as (K, S N) in memory, for products that sum over steps and samples."""
    S, K, N = steps.shape
    flat = memory[: steps.size].reshape(K, S, N)
    np.copyto(flat, steps.transpose(1, 0, 2))
    return flat.reshape(K, S * N)


def _padding(x: FloatArray, context: Context) -> BoolArray | None:
    """Return where the steps of x are padding, (T, N), or None if none is."""
    mask = context.mask
    if mask is None:
        return None
    if not context.masks(x):
        raise ValueError(f"mask must have the {x.shape[1]} steps that this layer sees, got {context.steps}.")
    return None if mask.all() else ~mask.T
