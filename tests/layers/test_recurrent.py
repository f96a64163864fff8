"""LSTM: against loops over single numbers, a step computed by hand, and padded batches against each series alone."""

import math
import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

from npae import LSTM, Adam, Bias, Dense, Layer, Network, Weight, check_gradients
from npae.datasets import sines
from npae.layers import mirrored
from npae.layers.parameters import Layout
from npae.layers.recurrent import STEPS
from npae.layers.workspace import Workspace
from npae.series import pad

N, T, C, U = 3, 5, 2, 4


@dataclass(frozen=True)
class Spread(Layer):
    """The same vector at every step, in the same memory."""

    steps: int

    def out_shape(self, in_shape):
        return (self.steps, *in_shape)

    def forward(self, x, params, context):
        y = np.broadcast_to(x[:, None], (len(x), self.steps, x.shape[1]))
        return y, lambda dy, grads: np.add.reduce(dy, axis=1)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def bound(layer, theta, in_shape, samples, mask=None):
    workspace = Workspace(Layout([("layer", layer.parameters(in_shape))]), theta.dtype)
    workspace.bind(theta)
    workspace.context.begin(samples, mask=mask)
    workspace.gradient.fill(np.nan)
    return workspace


def passed(layer, x, theta, dy, mask=None):
    """Return y, dx and the gradient of <dy, y> with respect to theta."""
    workspace = bound(layer, theta, x.shape[1:], len(x), mask)
    y, backward = layer.forward(x, workspace.params[0], workspace.context)
    y = y.copy()
    return y, backward(dy.copy(), workspace.grads[0]), workspace.gradient


def size(units, channels):
    return 4 * units * (channels + 1 + units)


def drawn(rng, sequences, steps=T):
    """Return random x, theta and dy of the right sizes."""
    dy = (N, steps, U) if sequences else (N, U)
    return rng.standard_normal((N, steps, C)), 0.5 * rng.standard_normal(size(U, C)), rng.standard_normal(dy)


def slow_states(x, theta, units):
    """Return the states (T, U) of one series x (T, C) by loops over single numbers."""
    channels = x.shape[1]
    W, b, R = np.split(theta, [4 * units * channels, 4 * units * (channels + 1)])
    W, R = W.reshape(channels, 4 * units), R.reshape(units, 4 * units)
    h, c, states = [0.0] * units, [0.0] * units, []
    for step in x:
        z = [
            b[k] + sum(step[d] * W[d, k] for d in range(channels)) + sum(h[u] * R[u, k] for u in range(units))
            for k in range(4 * units)
        ]
        o, i, f = ([1 / (1 + math.exp(-z[gate * units + u])) for u in range(units)] for gate in range(3))
        g = [math.tanh(z[3 * units + u]) for u in range(units)]
        c = [f[u] * c[u] + i[u] * g[u] for u in range(units)]
        h = [o[u] * math.tanh(c[u]) for u in range(units)]
        states.append(h)
    return np.array(states)


def slow_gradient(dz_of, dy, x, theta):
    """Return dx and the gradient of <dy, y> by central differences."""

    def numeric(function, at, h=1e-6):
        flat, gradient = at.ravel(), np.zeros(at.size)
        for k in range(at.size):
            ahead, behind = flat.copy(), flat.copy()
            ahead[k] += h
            behind[k] -= h
            ends = (np.vdot(dy, function(end.reshape(at.shape))) for end in (ahead, behind))
            gradient[k] = np.subtract(*ends) / (2 * h)
        return gradient.reshape(at.shape)

    return numeric(lambda x: dz_of(x, theta), x), numeric(lambda theta: dz_of(x, theta), theta)


@in_one_test("steps", [1, 2, T])
def test_the_states_are_those_of_the_slow_loop(steps, rng):
    x, theta, dy = drawn(rng, True, steps)
    expected = np.array([slow_states(series, theta, U) for series in x])
    np.testing.assert_allclose(passed(LSTM(U, sequences=True), x, theta, dy)[0], expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(passed(LSTM(U), x, theta, dy[:, -1])[0], expected[:, -1], rtol=1e-12, atol=1e-14)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("sequences", [False, True])
def test_the_way_back_is_the_derivative_of_the_slow_loop(sequences, rng):
    x, theta, dy = drawn(rng, sequences)

    def y(x, theta):
        states = np.array([slow_states(series, theta, U) for series in x])
        return states if sequences else states[:, -1]

    _, dx, gradient = passed(LSTM(U, sequences), x, theta, dy)
    expected = slow_gradient(y, dy, x, theta)
    np.testing.assert_allclose(dx, expected[0], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-6, atol=1e-8)


def test_a_step_equals_the_numbers_computed_by_hand():
    """One unit, one channel, x = 1 and then -1, W = (0.5, -0.5, 1, 2), b = (0, 0, 1, 0), R = (1, 2, -1, 0.5).

    Step 1: o = sigmoid(0.5) = 0.62245933, i = sigmoid(-0.5) = 0.37754067, f = sigmoid(2), g = tanh(2) = 0.96402758;
    c = i g = 0.36395962, h = o tanh(c) = 0.21704970. Step 2: o = sigmoid(-0.5 + h) = 0.42973062,
    i = sigmoid(0.5 + 2 h) = 0.71790622, f = sigmoid(-h) = 0.44594960, g = tanh(-2 + h / 2) = -0.95550167;
    c = f c + i g = -0.52365295, h = o tanh(c) = -0.20649177.
    """
    theta = np.array([0.5, -0.5, 1, 2, 0, 0, 1, 0, 1, 2, -1, 0.5])
    y = passed(LSTM(1, sequences=True), np.array([[[1.0], [-1.0]]]), theta, np.zeros((1, 2, 1)))[0]
    np.testing.assert_allclose(y[0, :, 0], [0.21704970, -0.20649177], atol=5e-9)


def test_the_way_back_through_a_step_equals_the_numbers_computed_by_hand():
    """The first step above: dh/dz_o = h (1 - o), dh/dc = o (1 - tanh(c)^2), dc/dz_i = c (1 - i), dc/dz_g = i (1 - g^2).

    h = 0.21704970, o = 0.62245933, i = 0.37754067, g = 0.96402758, c = 0.36395962, tanh(c) = 0.34869699.
    """
    theta, x = np.array([0.5, -0.5, 1, 2, 0, 0, 1, 0, 1, 2, -1, 0.5]), np.array([[[1.0]]])
    y, dx, gradient = passed(LSTM(1), x, theta, np.ones((1, 1)))
    h, o, i, g, c = 0.21704970, 0.62245933, 0.37754067, 0.96402758, 0.36395962
    dc = o * (1 - 0.34869699**2)
    dz = [h * (1 - o), dc * c * (1 - i), 0, dc * i * (1 - g * g)]
    np.testing.assert_allclose(y, [[h]], atol=1e-8)
    np.testing.assert_allclose(gradient, [*dz, *dz, 0, 0, 0, 0], atol=1e-7)
    np.testing.assert_allclose(dx[0, 0, 0], np.dot(dz, theta[:4]), atol=1e-7)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("steps", [1, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS + 3])
@pytest.mark.parametrize("sequences", [False, True])
def test_the_derivative_is_right_for_any_number_of_steps(steps, sequences):
    assert check_gradients(LSTM(2, sequences), in_shape=(steps, 3)).error < 1e-7


def test_the_gradient_has_a_second_order_remainder_through_many_steps(rng):
    """|f(t + h v) - f(t) - h g.v| falls fourfold when h halves: true only for the exact gradient."""
    x, theta, dy = drawn(rng, True, 30)
    direction = rng.standard_normal(theta.size)
    y, _, gradient = passed(LSTM(U, True), x, theta, dy)

    def remainder(h):
        moved = passed(LSTM(U, True), x, theta + h * direction, dy)[0]
        return abs(np.vdot(dy, moved - y) - h * gradient @ direction)

    np.testing.assert_allclose(remainder(1e-4) / remainder(5e-5), 4, rtol=0.05)


@pytest.mark.parametrize("sequences", [False, True])
def test_an_input_that_is_the_same_memory_at_every_step_gives_the_same(sequences, rng):
    x, theta, dy = drawn(rng, sequences)
    still = np.broadcast_to(x[:, :1], x.shape)
    y, dx, gradient = passed(LSTM(U, sequences), still, theta, dy)
    expected = passed(LSTM(U, sequences), still.copy(), theta, dy)
    np.testing.assert_allclose(y, expected[0], rtol=1e-12)
    np.testing.assert_allclose(dx.sum(axis=1), expected[1].sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(gradient, expected[2], rtol=1e-11, atol=1e-14)


@in_one_test("still", [False, True])
@in_one_test("sequences", [False, True])
def test_a_padded_batch_equals_each_series_alone(sequences, still, rng):
    """Values and gradients; what stands in the padding, not even a number, makes no difference."""
    lengths, steps = [12, 1, 7], 12
    x, theta, dy = drawn(rng, sequences, steps)
    if still:
        x = np.broadcast_to(x[:, :1], x.shape)
    mask = np.arange(steps) < np.array(lengths)[:, None]
    if sequences:
        dy[~mask] = 0
    dirty = x if still else np.where(mask[:, :, None], x, np.nan)
    y, dx, gradient = passed(LSTM(U, sequences), dirty, theta, dy, mask)
    total = np.zeros_like(gradient)
    for n, length in enumerate(lengths):
        alone = np.array(x[n : n + 1, :length])
        own_dy = dy[n : n + 1, :length] if sequences else dy[n : n + 1]
        own_y, own_dx, own_gradient = passed(LSTM(U, sequences), alone, theta, own_dy)
        np.testing.assert_allclose(y[n : n + 1, :length] if sequences else y[n : n + 1], own_y, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(dx[n].sum(axis=0), own_dx[0].sum(axis=0), rtol=1e-11, atol=1e-14)
        if not still:
            np.testing.assert_allclose(dx[n, :length], own_dx[0], rtol=1e-11, atol=1e-15)
            np.testing.assert_array_equal(dx[n, length:], 0)
        total += own_gradient
    np.testing.assert_allclose(gradient, total, rtol=1e-11, atol=1e-14)


def test_states_and_gradients_pass_through_padding_anywhere(rng):
    """Padding in front and in the middle: as if the steps were not there, and every padded state is the one before."""
    x, theta, dy = drawn(rng, True, 6)
    mask = np.array([[0, 1, 0, 1, 1, 0], [1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 1]], dtype=bool)
    y, dx, gradient = passed(LSTM(U, True), x, theta, dy, mask)
    total = np.zeros_like(gradient)
    for n, real in enumerate(mask):
        carried = np.cumsum(real) - 1  # which real step each step shows
        own_dy = np.zeros((1, real.sum(), U))
        for t, at in enumerate(carried):
            if at >= 0:
                own_dy[0, at] += dy[n, t]
        own_y, own_dx, own_gradient = passed(LSTM(U, True), x[n : n + 1, real], theta, own_dy)
        np.testing.assert_allclose(y[n], [own_y[0, at] if at >= 0 else np.zeros(U) for at in carried], rtol=1e-12)
        np.testing.assert_allclose(dx[n, real], own_dx[0], rtol=1e-11, atol=1e-15)
        total += own_gradient
    np.testing.assert_allclose(gradient, total, rtol=1e-11, atol=1e-14)


def test_a_mask_of_real_steps_only_changes_no_bit(rng):
    x, theta, dy = drawn(rng, False)
    masked = passed(LSTM(U), x, theta, dy, np.ones((N, T), bool))
    for got, expected in zip(masked, passed(LSTM(U), x, theta, dy), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_mask_for_other_steps_than_the_layer_sees_is_refused(rng):
    x, theta, dy = drawn(rng, False)
    with pytest.raises(ValueError, match="mask must have the 5 steps that this layer sees, got 6"):
        passed(LSTM(U), x, theta, dy, np.ones((N, 6), bool))


@pytest.mark.parametrize("sequences", [False, True])
def test_without_a_way_back_the_states_are_the_same(sequences, rng):
    x, theta, _ = drawn(rng, sequences)
    mask = np.arange(T) < np.array([[5], [2], [3]])
    workspace = bound(LSTM(U), theta, (T, C), N, mask)
    kept = LSTM(U, sequences).forward(x, workspace.params[0], workspace.context)[0].copy()
    workspace.context.begin(N, mask=mask, gradient=False)
    np.testing.assert_array_equal(LSTM(U, sequences).forward(x, workspace.params[0], workspace.context)[0], kept)


def test_without_a_way_back_the_gates_of_one_step_are_held(rng):
    """Gates and cells are six parts in eight of what 300 steps of few channels need."""
    x, theta = rng.standard_normal((20, 300, C)), 0.1 * rng.standard_normal(size(U, C))

    def peak(gradient):
        workspace = bound(LSTM(U), theta, (300, C), len(x))
        workspace.context.begin(len(x), gradient=gradient)
        tracemalloc.start()
        LSTM(U).forward(x, workspace.params[0], workspace.context)
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    assert peak(False) < 0.3 * peak(True)


def test_no_dx_is_computed_where_nobody_reads_it(rng):
    x, theta, dy = drawn(rng, False)
    for series in (x, np.broadcast_to(x[:, :1], x.shape)):
        workspace = bound(LSTM(U), theta, (T, C), N)
        _, backward = LSTM(U).forward(series, workspace.params[0], workspace.context)
        workspace.context.wants_dx = False
        assert backward(dy.copy(), workspace.grads[0]) is None
        np.testing.assert_array_equal(workspace.gradient, passed(LSTM(U), series, theta, dy)[2])


@pytest.mark.parametrize("sequences", [False, True])
def test_x_and_theta_are_not_changed(sequences, rng):
    x, theta, dy = drawn(rng, sequences)
    before = x.copy(), theta.copy()
    passed(LSTM(U, sequences), x, theta, dy, np.arange(T) < np.array([[5], [2], [3]]))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(theta, before[1])


@pytest.mark.parametrize("sequences", [False, True])
def test_float32_stays_float32_and_is_as_exact_as_it_can_be(sequences, rng):
    drawn64 = drawn(rng, sequences, 20)
    single = passed(LSTM(U, sequences), *(a.astype(np.float32) for a in drawn64))
    assert {a.dtype for a in single} == {np.dtype(np.float32)}
    for got, expected in zip(single, passed(LSTM(U, sequences), *drawn64), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_an_autoencoder_of_series_has_the_right_gradient(rng):
    network = Network([LSTM(U)], [Spread(T), LSTM(U, sequences=True), Dense(C)], in_shape=(T, C))
    assert check_gradients(network, rng.standard_normal((N, T, C))).error < 1e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saturated_gates_stay_finite(dtype, rng):
    network = Network([LSTM(U)], [Spread(T), Dense(C)], in_shape=(T, C), dtype=dtype)
    theta = 1e4 * network.init(rng)
    value, gradient = network.value_and_gradient(theta, rng.standard_normal((N, T, C)))
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_parameters_are_two_matrices_and_a_bias_that_remembers():
    parameters = LSTM(2).parameters((T, C))
    assert parameters == {
        "W": Weight((C, 8), C, 2, joined=("b", "R")),
        "b": Bias((8,), (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0)),
        "R": Weight((2, 8), 2, 2, "orthogonal"),
    }
    assert LSTM(2).out_shape((T, C)) == (2,)
    assert LSTM(2, sequences=True).out_shape((T, C)) == (T, 2)


def test_every_gate_starts_with_a_matrix_that_keeps_a_states_length(rng):
    network = Network([LSTM(20)], [Spread(1), Dense(1)], in_shape=(1, 1))
    R = network.parameters(network.init(rng))["encoder.0.R"]
    for part in np.split(R, 4, axis=1):
        np.testing.assert_allclose(part.T @ part, np.eye(20), atol=1e-13)


def test_the_mirror_repeats_the_code_and_rebuilds_every_step():
    shape = pytest.importorskip("npae.layers.shape")
    decoder = [shape.Repeat(T), LSTM(U, sequences=True), Dense(C, "sigmoid")]
    assert mirrored([LSTM(U)], (T, C), "sigmoid") == decoder
    assert mirrored([LSTM(U), Dense(2)], (T, C), "sigmoid") == [Dense(U), *decoder]


def test_the_mirror_of_sequences_takes_sequences():
    stack = [LSTM(U, sequences=True), Dense(2, "tanh")]
    assert mirrored(stack, (T, C), "identity") == [Dense(U), LSTM(U, sequences=True), Dense(C)]


@in_one_test("in_shape", [(7,), (7, 5, 1), ()])
def test_samples_that_are_no_series_are_refused(in_shape):
    with pytest.raises(ValueError, match=r"samples must be series \(T, C\) of at least one step for LSTM, got "):
        LSTM(3).parameters(in_shape)


def test_series_of_length_0_are_refused():
    with pytest.raises(
        ValueError, match=r"samples must be series \(T, C\) of at least one step for LSTM, got \(0, 2\)"
    ):
        LSTM(3).parameters((0, 2))


@in_one_test("units", [0, -1, 2.0, "3", None, True])
def test_units_that_are_no_positive_integer_are_refused(units):
    with pytest.raises(ValueError, match="units must be an integer of at least 1, got "):
        LSTM(units)


@in_one_test("sequences", [1, "last", None])
def test_sequences_is_true_or_false(sequences):
    with pytest.raises(ValueError, match="sequences must be True or False, got "):
        LSTM(3, sequences)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("longest", [pytest.param(12, marks=pytest.mark.slow), 20])
def test_an_autoencoder_learns_more_than_the_mean_of_its_series(longest):
    """The classic failure: a decoder that shows the same series whatever the code is. Padding is no way out either."""
    X = sines(48, 12, waves=1, frequencies=(1, 2)).values
    lengths = np.resize([12, 9, 7], len(X)) if longest > 12 else np.full(len(X), 12)
    X, mask = pad([one[:length] for one, length in zip(X, lengths, strict=True)], steps=longest)
    network = Network([LSTM(16)], [Spread(longest), LSTM(16, sequences=True), Dense(1)], in_shape=(longest, 1))
    theta, adam = network.init(np.random.default_rng(0)), Adam(0.01)
    memory = adam.start(theta)
    for _ in range(200):
        adam.step(theta, network.value_and_gradient(theta, X, mask=mask)[1], adam.eta, memory)
    mean = (X.sum(axis=0) / np.maximum(mask.sum(axis=0), 1)[:, None])[None]
    assert network.value(theta, X, mask=mask) < ((X - mean)[mask] ** 2).mean() / 4
