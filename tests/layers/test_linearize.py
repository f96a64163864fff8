"""Layers as linear maps: along a direction, back, and their Kronecker factors, against differences and slow loops."""

import itertools
from dataclasses import dataclass

import numpy as np
from cases import CASES, FEATURES, Case, Shaped
from looped import in_one_test

import npae
from npae.activations import ACTIVATIONS
from npae.layers.context import Context
from npae.layers.linearization import linearized_by_second_order
from npae.layers.parameters import Layout

LAYERS = [
    *{(case.layer, case.in_shape): case for case in CASES}.values(),
    Case(npae.Conv1D(2, 3, activation="softplus"), in_shape=(5, 9)),
    Case(npae.Conv2D(2, 3, activation="elu"), in_shape=(4, 3, 2)),
    Case(npae.ConvTranspose1D(9, 3, activation="sigmoid"), in_shape=(4, 2)),
    Case(npae.GaussianCode(2), in_shape=(70,)),
    Case(npae.Dense(70, "tanh"), in_shape=(3,)),
]
CONVOLUTIONS = [case for case in LAYERS if isinstance(case.layer, (npae.Conv1D, npae.Conv2D))]
TRANSPOSES = [case for case in LAYERS if isinstance(case.layer, (npae.ConvTranspose1D, npae.ConvTranspose2D))]
SERIES = [case for case in LAYERS if len(case.in_shape) == 2 and not isinstance(case.layer, npae.Reshape)]


class Point:
    """A layer at x and theta, with the same draws at every pass."""

    def __init__(self, layer, in_shape, N=5, dtype=np.float64, weights=None, mask=None, samples=None, theta=None):
        rng = np.random.default_rng(3)
        self.layer, self.layout = layer, Layout([("layer", layer.parameters(in_shape))])
        self.x = rng.standard_normal((N, *in_shape)).astype(dtype)
        theta = 0.6 * rng.standard_normal(self.layout.size) if theta is None else theta
        self.theta, self.dtype = theta.astype(dtype), dtype
        self.weights, self.mask, self.samples = weights, mask, samples or N
        self.rng = rng

    def context(self):
        context = Context(self.dtype)
        rng = np.random.default_rng(8) if self.layer.stochastic else None
        context.begin(self.samples, rng, self.mask, real=None, weights=self.weights)
        context.factor_rng = np.random.default_rng(9)
        return context

    def forward(self, x, theta):
        (params,) = self.layout.by_layer(theta)
        return self.layer.forward(x, params, self.context())

    def linear(self, context=None):
        (params,) = self.layout.by_layer(self.theta)
        return self.layer.linearize(self.x, params, context or self.context())

    def direction(self):
        """Return a change of x, one of theta and one of y."""
        y, _ = self.forward(self.x, self.theta)
        shapes = self.x.shape, self.theta.shape, y.shape
        return [self.rng.standard_normal(shape).astype(self.dtype) for shape in shapes]

    def views(self, vector):
        return self.layout.by_layer(vector)[0]

    def back(self, back, dy):
        """Return dx and the gradient or product that a way back fills."""
        filled = np.full(self.layout.size, np.nan, self.dtype)
        dx = back(dy.copy(), self.views(filled))
        return dx, filled


def at(case, **options):
    return Point(case.layer, case.in_shape, **options)


def assert_close(actual, desired, rtol):
    np.testing.assert_allclose(actual, desired, rtol=rtol, atol=rtol * max(np.abs(desired).max(), 1e-3))


def test_every_layer_of_the_table_can_be_taken_as_a_linear_map():
    assert all(case.layer.linearize is not None for case in CASES)


@in_one_test("case", LAYERS, ids=str)
def test_along_equals_central_differences_of_forward(case):
    for N, is_data in ((1, False), (5, False), (5, True)):
        point, h = at(case, N=N), 1e-5
        rx, v, _ = point.direction()
        part, (y, _), moves = point.linear(), point.forward(point.x, point.theta), None if is_data else rx
        np.testing.assert_allclose(part.y, y, rtol=1e-13, atol=1e-14)
        step = 0.0 if is_data else h * rx
        ahead, behind = (point.forward(point.x + s * step, point.theta + s * h * v)[0].copy() for s in (1, -1))
        ry, _ = part.along(moves, point.views(v))
        assert_close(ry, (ahead - behind) / (2 * h), rtol=1e-6)


@in_one_test("case", LAYERS, ids=str)
def test_back_is_the_transpose_of_along(case):
    point = at(case)
    rx, v, dy = point.direction()
    context = point.context()
    part = point.linear(context)
    ry, back = part.along(rx, point.views(v))
    ry, charged = ry.copy(), sum(np.vdot(r, Kr) for r, Kr in context.charged_along)
    dx, products = point.back(back, dy)
    np.testing.assert_allclose(np.vdot(ry, dy) + charged, np.vdot(rx, dx) + v @ products, rtol=1e-11, atol=1e-11)
    still, back = part.along(None, point.views(v))
    ry, (_, products) = still.copy(), point.back(back, dy)
    charged = sum(np.vdot(r, Kr) for r, Kr in context.charged_along[1:])
    np.testing.assert_allclose(np.vdot(ry, dy) + charged, v @ products, rtol=1e-11, atol=1e-11)


@in_one_test("case", LAYERS, ids=str)
def test_back_is_that_of_the_gradient(case):
    """Without what a layer charges, of which the gradient holds the slope and the product the curvature."""
    point = at(case)
    rx, v, dy = point.direction()
    ways = [lambda: point.forward(point.x, point.theta)[1], lambda: point.linear().along(rx, point.views(v))[1]]
    (dx, gradient), (same_dx, products) = (
        [a - b for a, b in zip(point.back(way(), dy), point.back(way(), 0 * dy), strict=True)] for way in ways
    )
    assert_close(same_dx, dx, rtol=1e-12)
    if products.size:
        assert_close(products, gradient, rtol=1e-12)


@in_one_test("case", LAYERS, ids=str)
def test_calls_may_be_repeated_and_change_nothing(case):
    point = at(case)
    rx, v, dy = point.direction()
    context = point.context()
    part = point.linear(context)
    held = part.y, point.x, point.theta, rx, v, dy
    before, mark, results = [array.copy() for array in held], context.scratch.mark(), []
    for _ in range(3):
        context.scratch.rewind(mark)
        ry, back = part.along(rx, point.views(v))
        filled = np.full(point.layout.size, np.nan)
        dx = back(dy, point.views(filled))
        results.append([ry.copy(), np.array(dx), filled])
        if part.factors is not None:
            part.factors(dy)
        other = np.full(point.layout.size, np.nan)
        part.along(-2 * rx, point.views(0 * v))[1](3 * dy, point.views(other))
    for result in results[1:]:
        for now, then in zip(result, results[0], strict=True):
            np.testing.assert_array_equal(now, then)
    for now, then in zip(held, before, strict=True):
        np.testing.assert_array_equal(now, then)


@in_one_test("case", [case for case in LAYERS if not case.layer.stochastic], ids=str)
def test_float32_gives_float32_close_to_float64(case):
    exact, rough = at(case), at(case, dtype=np.float32)
    rx, v, dy = exact.direction()
    results = []
    for point, dtype in ((exact, np.float64), (rough, np.float32)):
        ry, back = point.linear().along(rx.astype(dtype), point.views(v.astype(dtype)))
        results.append([ry, *point.back(back, dy.astype(dtype))])
    for near, true in zip(results[1], results[0], strict=True):
        assert near.dtype == np.float32
        if true.size:
            np.testing.assert_allclose(near, true, atol=2e-5 * np.abs(true).max())


@in_one_test("case", [case for case in SERIES if isinstance(case.layer, (npae.LSTM, npae.Dense))], ids=str)
def test_padding_is_passed_by(case):
    mask = np.arange(case.in_shape[0]) < np.array([[1], [1], [case.in_shape[0]], [2], [3]])
    point, h = at(case, mask=mask), 1e-5
    rx, v, dy = point.direction()
    part = point.linear()
    ahead, behind = (point.forward(point.x + s * h * rx, point.theta + s * h * v)[0].copy() for s in (1, -1))
    ry, back = part.along(rx, point.views(v))
    assert_close(ry, (ahead - behind) / (2 * h), rtol=1e-6)
    dx, products = point.back(back, dy)
    np.testing.assert_allclose(np.vdot(ry, dy), np.vdot(rx, dx) + v @ products, rtol=1e-11)


def test_an_lstm_may_see_one_vector_at_all_steps():
    layer, rng = npae.LSTM(3, sequences=True), np.random.default_rng(0)
    point = Point(layer, (4, 2))
    point.x = np.broadcast_to(point.x[:, :1], point.x.shape)
    rx, v, dy = point.direction()
    alike = np.broadcast_to(rng.standard_normal((5, 1, 2)), rx.shape)
    for moves in (rx, alike, None):
        ry, back = point.linear().along(moves, point.views(v))
        dx, products = point.back(back, dy)
        step = 0.0 if moves is None else 1e-5 * moves
        ahead, behind = (point.forward(point.x + s * step, point.theta + s * 1e-5 * v)[0].copy() for s in (1, -1))
        assert_close(ry, (ahead - behind) / 2e-5, rtol=1e-6)
        expected = v @ products + (0.0 if moves is None else np.vdot(moves, dx))
        np.testing.assert_allclose(np.vdot(ry, dy), expected, rtol=1e-11)


@in_one_test("rows", [1, 7, 60])
def test_dense_does_not_mind_how_its_samples_lie(rows):
    """Small and large, by row, by column, and series as an LSTM leaves them."""
    for in_shape in ((6,), (70,), (3, 6)):
        point = Point(npae.Dense(70, "tanh"), in_shape, N=rows)
        rx, v, dy = point.direction()
        ry, back = point.linear().along(rx, point.views(v))
        dx, products = point.back(back, dy)
        point.x = np.moveaxis(np.ascontiguousarray(np.moveaxis(point.x, 0, -1)), -1, 0)
        turned = [np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 0, -1)), -1, 0) for array in (rx, dy)]
        ry_too, back = point.linear().along(turned[0], point.views(v))
        filled = np.empty_like(point.theta)
        dx_too = back(turned[1], point.views(filled))
        for now, then in ((ry_too, ry), (dx_too, dx), (filled, products)):
            assert_close(now, then, rtol=1e-12)


def test_a_layer_that_has_the_passes_of_a_hessian_alone_is_a_linear_map_too():
    case = Case(npae.Dense(3, "tanh"), in_shape=(5,))
    point = at(case)
    rx, v, dy = point.direction()
    fallback = linearized_by_second_order(case.layer.second_order, point.x, point.views(point.theta), point.context())
    for part in (fallback, point.linear()):
        ry, back = part.along(rx, point.views(v))
        kept = dy.copy()
        filled = np.empty_like(v)
        dx = back(dy, point.views(filled))
        np.testing.assert_array_equal(dy, kept)
        if part is fallback:
            expected = ry.copy(), dx.copy(), filled.copy()
    for now, then in zip((ry, dx, filled), expected, strict=True):
        assert_close(now, then, rtol=1e-12)


# Factors


def moment(vectors, share):
    """Return sum over vectors (M, D) of share v v^T, one after another."""
    total = np.zeros((vectors.shape[1],) * 2)
    for v, s in zip(vectors, np.broadcast_to(share, len(vectors)), strict=True):
        total += s * np.outer(v, v)
    return total


def slopes(point, dy):
    """Return dz = f'(z) dy."""
    y, _ = point.forward(point.x, point.theta)
    slope, _ = ACTIVATIONS[point.layer.activation].derivatives(y, Context())
    return slope * dy


WEIGHTS = np.array([0.5, 0.0, 2.0, 1.5, 1.0])


@in_one_test(("weights", "samples"), [(None, 5), (WEIGHTS, 20)], ids=["alike", "weighted"])
@in_one_test("case", CONVOLUTIONS, ids=str)
def test_factors_of_convolutions_equal_a_loop_over_samples_and_windows(case, samples, weights):
    point = at(case, weights=weights, samples=samples)
    _, _, dy = point.direction()
    dx, made = point.linear().factors(dy)
    dz, places = slopes(point, dy).reshape(5, -1, case.layer.filters), np.prod(dy.shape[1:-1])
    shares = np.ones(5) / samples if weights is None else weights / samples
    windows, straight = [], Point(type(case.layer)(**{**vars(case.layer), "activation": "identity"}), case.in_shape)
    for n in range(5):
        for place in np.ndindex(dy.shape[1:-1]):  # of a straight layer, dz/dW at a place is what the window sees
            one = np.zeros((1, *dy.shape[1:]))
            one[(0, *place, 0)] = 1.0
            straight.samples = 1
            _, gradient = straight.back(straight.forward(point.x[n : n + 1], point.theta)[1], one)
            windows.append(straight.views(gradient)["Wb"][:, 0])
    L, R = made["Wb"]
    assert_close(L, moment(np.array(windows), np.repeat(shares, places)), rtol=1e-12)
    assert_close(R, moment(dz.reshape(-1, dz.shape[-1]), 1 / places), rtol=1e-12)
    assert_close(dx, point.back(point.forward(point.x, point.theta)[1], dy)[0], rtol=1e-12)


@in_one_test("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@in_one_test("case", TRANSPOSES, ids=str)
def test_factors_of_transposes_equal_a_loop_over_samples_and_windows(case, weights):
    point = at(case, weights=weights)
    _, _, dy = point.direction()
    dx, made = point.linear().factors(dy)
    dz, places = slopes(point, dy), np.prod(case.in_shape[:-1])
    shares = np.ones(5) / 5 if weights is None else weights / 5
    windows, straight = [], Point(type(case.layer)(**{**vars(case.layer), "activation": "identity"}), case.in_shape)
    for n in range(5):
        for place in np.ndindex(case.in_shape[:-1]):  # x is 1 at one place: dz/dW there is what the window sees of dz
            one = np.zeros((1, *case.in_shape))
            one[(0, *place, 0)] = 1.0
            straight.samples = 1
            _, gradient = straight.back(straight.forward(one, point.theta)[1], dz[n : n + 1])
            windows.append(straight.views(gradient)["W"][..., 0].ravel())
    L, R = made["W"]
    assert_close(L, moment(np.array(windows), 1 / places), rtol=1e-12)
    assert_close(R, moment(point.x.reshape(-1, case.in_shape[-1]), np.repeat(shares, places)), rtol=1e-12)
    np.testing.assert_allclose(made["b"][0], [[shares.sum()]], rtol=1e-12)
    assert_close(made["b"][1], moment(dz.reshape(5, -1, dz.shape[-1]).sum(axis=1), 1.0), rtol=1e-12)
    assert_close(dx, point.back(point.forward(point.x, point.theta)[1], dy)[0], rtol=1e-12)


@in_one_test("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@in_one_test("in_shape", [(4,), (3, 4)], ids=str)
def test_factors_of_dense_equal_a_loop_over_samples_and_steps(in_shape, weights):
    point = Point(npae.Dense(3, "tanh"), in_shape, weights=weights)
    _, _, dy = point.direction()
    dx, made = point.linear().factors(dy)
    steps = in_shape[0] if len(in_shape) > 1 else 1
    shares = np.repeat(np.ones(5) / 5 if weights is None else weights / 5, steps)
    rows = point.x.reshape(-1, 4)
    L, R = made["Wb"]
    assert_close(L, moment(np.column_stack([rows, np.ones(len(rows))]), shares), rtol=1e-12)
    assert_close(R, moment(slopes(point, dy).reshape(-1, 3), 1 / steps), rtol=1e-12)
    assert_close(dx, point.back(point.forward(point.x, point.theta)[1], dy)[0], rtol=1e-12)


@in_one_test("layer", [npae.Dense(3, "tanh"), npae.Conv1D(3, 1, activation="tanh")], ids=str)
def test_padding_has_no_part_in_factors(layer):
    mask = np.arange(3) < np.array([[1], [3], [2], [3], [1]])
    point = Point(layer, (3, 4), mask=mask)
    _, _, dy = point.direction()
    dy *= mask[:, :, None]
    L, R = point.linear().factors(dy)[1]["Wb"]
    rows = point.x[mask]
    assert_close(L, moment(np.column_stack([rows, np.ones(len(rows))]), 1 / 5), rtol=1e-12)
    assert_close(R, moment(slopes(point, dy)[mask], 1 / (3 * mask.mean())), rtol=1e-12)


WITH_FACTORS = [case for case in LAYERS if not case.layer.whole_batch and at(case).linear().factors]


def test_what_is_affine_has_factors():
    kinds = {npae.Dense, npae.GaussianCode, npae.Conv1D, npae.Conv2D, npae.ConvTranspose1D, npae.ConvTranspose2D}
    assert {type(case.layer) for case in WITH_FACTORS} == kinds


@in_one_test("case", [c for c in WITH_FACTORS if not c.layer.stochastic], ids=str)
def test_factors_of_parts_add_up_to_those_of_the_batch(case):
    point = at(case, weights=WEIGHTS)
    _, _, dy = point.direction()
    whole, x = point.linear().factors(dy)[1], point.x
    parts = []
    for rows in (slice(0, 2), slice(2, 5)):
        point.x, point.weights = x[rows], WEIGHTS[rows]
        parts.append(point.linear().factors(dy[rows])[1])
    for name, pair in whole.items():
        for side, matrix in enumerate(pair):
            assert_close(sum(np.asarray(part[name][side]) for part in parts), matrix, rtol=1e-12)


@in_one_test(
    ("layer", "in_shape"),
    [
        (npae.Dense(3, "tanh"), (4,)),
        (npae.Conv2D(3, 2, padding="valid", activation="tanh"), (2, 2, 2)),
        (npae.Conv1D(2, 3, padding="valid", activation="softplus"), (3, 2)),
        (npae.ConvTranspose2D(2, 2, padding="valid", activation="tanh"), (1, 1, 3)),
    ],
    ids=str,
)
def test_of_one_sample_and_one_window_factors_are_the_exact_block(layer, in_shape):
    point = Point(layer, in_shape, N=1)
    _, _, dy = point.direction()
    made = point.linear().factors(dy)[1]
    _, gradient = point.back(point.forward(point.x, point.theta)[1], dy)
    for name, (L, R) in made.items():
        block = point.views(gradient)[name].ravel()
        assert_close(np.kron(L, R), np.outer(block, block), rtol=1e-12)


def test_the_factors_of_a_code_hold_the_curvature_of_its_divergence(monkeypatch):
    """Of one sample, and over all signs: L (x) R is J^T J + K, where J leads to z and K is that of the KL."""
    point = Point(npae.GaussianCode(2, beta=0.7), (3,), N=1)
    total, count = 0.0, 0
    for signs in itertools.product([-1.0, 1.0], repeat=6):
        monkeypatch.setattr("npae.layers.gaussian_code.random_signs", lambda shape, _, s=signs: np.array([s[2:]]))
        L, R = point.linear().factors(np.array([signs[:2]]))[1]["Wb"]
        total, count = total + np.kron(L, R), count + 1
    B = np.empty((point.theta.size,) * 2)
    for i, v in enumerate(np.eye(point.theta.size)):
        ry, back = point.linear().along(None, point.views(v))
        B[i] = point.back(back, ry)[1]
    assert_close(total / count, B, rtol=1e-12)


def test_a_log_variance_that_is_cut_off_does_not_move():
    point = Point(npae.GaussianCode(1), (2,), N=3, theta=np.array([0.3, 9.0, 0.1, 9.0, 0.0, 500.0]))
    context = point.context()
    _, back = point.linear(context).along(None, point.views(np.ones(6)))
    ((r, Kr),) = context.charged_along
    np.testing.assert_array_equal(r[:, 1], 0)
    np.testing.assert_array_equal(Kr[:, 1], 0)
    _, products = point.back(back, np.ones((3, 1)))
    np.testing.assert_array_equal(products[1::2], 0)


def test_an_entry_of_the_code_with_free_bits_left_has_no_curvature():
    point = Point(npae.GaussianCode(2, free_bits=1.0), (2,), N=4)
    point.theta = np.array([0.0, 9.0, 0, 0, 0.0, 9.0, 0, 0, 0, 0, 0, 0])  # the first mean is 0, the second is large
    context = point.context()
    point.linear(context).along(None, point.views(np.ones(12)))
    ((_, Kr),) = context.charged_along
    assert (Kr[:, [0, 2]] == 0).all() and (Kr[:, [1, 3]] != 0).any(axis=0).all()


@dataclass(frozen=True)
class Doubled(npae.Dense):
    """A forward of its own, and Dense's linear map, which does not belong to it."""

    def forward(self, x, params, context):
        y, backward = super().forward(x, params, context)
        return 2 * y, lambda dy, grads: backward(2 * dy, grads)


@in_one_test("layer", [Doubled(3), Shaped((2, FEATURES // 2))], ids=lambda layer: type(layer).__name__)
def test_a_linear_map_that_belongs_to_another_forward_does_not_count(layer):
    decoder = [npae.Flatten(), npae.Dense(FEATURES)]
    network = npae.Network([layer], decoder, in_shape=(FEATURES,))
    assert network.has_gauss_newton == isinstance(layer, Shaped)
