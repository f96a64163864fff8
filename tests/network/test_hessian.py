"""Exact Hessian products against differences of the exact gradient."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from cases import CASES
from looped import in_one_test

from npae import Autoencoder, Dense, Layer, Loss, Network, Refine
from npae.layers.parameters import Weight
from npae.losses import BinaryCrossEntropy, MeanSquaredError
from npae.network.hessian import Hessian

EXACT = [case for case in CASES if case.network().has_exact_hessian]


@dataclass(frozen=True)
class Square(Layer):
    """y = gain x^2, a user's layer with all four passes."""

    def parameters(self, in_shape):
        return {"gain": Weight(in_shape, 1, 1)}

    def forward(self, x, params, context):
        def backward(dy, grads):
            grads["gain"][...] = (dy * x**2).sum(axis=0)
            return 2 * params["gain"] * x * dy

        return params["gain"] * x**2, backward

    def second_order(self, x, params, context):
        gain = params["gain"]

        def backward(dy):
            def along(rx, v):
                moved = 0 if rx is None else rx

                def backward_along(rdy, products):
                    products["gain"][...] = (rdy * x**2 + 2 * dy * x * moved).sum(axis=0)
                    return 2 * (v["gain"] * x * dy + gain * moved * dy + gain * x * rdy)

                return v["gain"] * x**2 + 2 * gain * x * moved, backward_along

            return 2 * gain * x * dy, along

        return gain * x**2, backward


@dataclass(frozen=True)
class Plain(Layer):
    """y = x, without a second order."""

    def forward(self, x, params, context):
        return x, lambda dy, grads: dy


@dataclass(frozen=True)
class Doubled(Dense):
    """A forward of its own, and Dense's second order, which does not belong to it."""

    def forward(self, x, params, context):
        y, backward = super().forward(x, params, context)
        return 2 * y, lambda dy, grads: backward(2 * dy, grads)


@dataclass(frozen=True)
class Shaky(Dense):
    """Dense in every way, but said to draw random numbers."""

    stochastic = True


@dataclass(frozen=True)
class Halved(MeanSquaredError):
    """A loss with a forward of its own."""

    def forward(self, z, target, context):
        value, backward = super().forward(z, target, context)
        return value / 2, lambda: backward() / 2


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def X(rng):
    return rng.random((9, 6))


def build(*middle, loss="bce", **options):
    """Return a network 6-5-...-6."""
    return Network([Dense(5, "tanh"), *middle], [Dense(6)], loss, in_shape=(6,), **options)


def vectors(network, rng, count):
    """Return so many random vectors like theta."""
    return 0.5 * rng.standard_normal((count, network.n_parameters)).astype(network.dtype)


def product_and_difference(network, theta, v, X, T=None, h=1e-5):
    """Return H v and the central difference of gradients along v."""
    ahead, behind = (network.value_and_gradient(theta + step * v, X, T)[1] for step in (h, -h))
    return network.hessian_product(theta, v, X, T), (ahead - behind) / (2 * h)


def assert_close(actual, desired, rtol):
    np.testing.assert_allclose(actual, desired, rtol=rtol, atol=rtol * np.abs(desired).max())


def test_dense_layers_and_the_named_losses_are_exact():
    named = (MeanSquaredError, BinaryCrossEntropy)
    assert all(case in EXACT for case in CASES if type(case.layer) is Dense and isinstance(case.loss, named))
    assert {type(case.loss) for case in EXACT} >= set(named)


@in_one_test("case", EXACT, ids=str)
def test_product_agrees_with_central_differences_of_the_gradient(case):
    f, theta, v = case.objective()
    product = case.network().hessian_product(theta, v, *case.data())
    numeric = (f(theta + 1e-5 * v)[1] - f(theta - 1e-5 * v)[1]) / 2e-5
    assert_close(product, numeric, rtol=1e-7)


@in_one_test("case", EXACT, ids=str)
def test_product_leaves_a_remainder_of_second_order(case):
    """|g(t + h v) - g(t) - h H v| falls fourfold when h halves: true only for the exact product."""
    f, theta, v = case.objective()
    gradient, product = f(theta)[1], case.network().hessian_product(theta, v, *case.data())
    remainder = [np.linalg.norm(f(theta + h * v)[1] - gradient - h * product) for h in (1e-3, 5e-4)]
    np.testing.assert_allclose(remainder[0] / remainder[1], 4, rtol=0.02)


@in_one_test("case", EXACT, ids=str)
def test_the_hessian_is_symmetric_and_linear(case, rng):
    network, (X, T) = case.network(), case.data()
    theta, u, v = vectors(network, rng, 3)
    Hu, Hv, both = (network.hessian_product(theta, w, X, T) for w in (u, v, 2 * u - 3 * v))
    np.testing.assert_allclose(u @ Hv, v @ Hu, rtol=1e-10)
    assert_close(both, 2 * Hu - 3 * Hv, rtol=1e-12)
    np.testing.assert_array_equal(network.hessian_product(theta, 0 * v, X, T), 0)


@in_one_test("case", EXACT, ids=str)
def test_float32_gives_float32_close_to_float64(case, rng):
    exact, rough, data = case.network(), case.network(np.float32), case.data()
    theta, v = vectors(exact, rng, 2)
    product = rough.hessian_product(theta.astype(np.float32), v, *data)
    assert product.dtype == np.float32
    expected = exact.hessian_product(theta, v, *data)
    np.testing.assert_allclose(product, expected, atol=1e-5 * np.abs(expected).max())


@in_one_test("loss", ["mse", "bce"])
@in_one_test("rows", [1, 9, 3000])
def test_it_is_exact_for_few_rows_and_many(rows, loss, rng):
    """So many that the samples are not copied to get a column of ones."""
    network, X = build(Dense(2), loss=loss), rng.random((rows, 6))
    assert_close(*product_and_difference(network, *vectors(network, rng, 2), X), rtol=1e-7)


@in_one_test("layers", [[Square()], [Dense(4, "tanh"), Square()], [Square(), Dense(4, "tanh"), Square()]])
def test_a_users_layer_can_stand_anywhere(layers, X, rng):
    network = Network(layers, [Dense(6)], in_shape=(6,))
    assert_close(*product_and_difference(network, *vectors(network, rng, 2), X), rtol=1e-7)


def test_an_empty_encoder_and_other_targets_are_fine(X, rng):
    network = Network([], [Dense(3, "sigmoid"), Dense(2)], in_shape=(6,))
    assert_close(*product_and_difference(network, *vectors(network, rng, 2), X, rng.random((9, 2))), rtol=1e-7)


def test_products_of_parts_add_up_to_the_batchs(X, rng):
    network = build()
    theta, v = vectors(network, rng, 2)
    parts = [network.hessian(X[rows], samples=9).product(theta, v) for rows in (slice(0, 4), slice(4, 9))]
    assert_close(sum(parts), network.hessian_product(theta, v, X), rtol=1e-12)


def test_it_does_not_matter_which_theta_came_before(X, rng):
    network = build(Dense(2, "sigmoid"))
    hessian, thetas, v = network.hessian(X), vectors(network, rng, 3), vectors(network, rng, 2)
    for i, j in [(0, 0), (0, 1), (1, 1), (2, 0), (2, 0), (0, 0)]:
        expected = network.hessian_product(thetas[i], v[j], X)
        np.testing.assert_array_equal(hessian.product(thetas[i], v[j]), expected)


def test_a_theta_changed_in_place_is_seen(X, rng):
    network = build()
    hessian, (theta, v) = network.hessian(X), vectors(network, rng, 2)
    hessian.product(theta, v)
    theta *= 0.5
    np.testing.assert_array_equal(hessian.product(theta, v), network.hessian_product(theta, v, X))


def test_an_interrupt_on_the_way_leaves_no_mixture(X, rng, monkeypatch):
    network = build()
    hessian, (theta, other, v) = network.hessian(X), vectors(network, rng, 3)
    expected = hessian.product(theta, v)
    monkeypatch.setattr(BinaryCrossEntropy, "forward", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hessian.product(other, v)
    monkeypatch.undo()
    np.testing.assert_array_equal(hessian.product(theta, v), expected)


def interrupted(*_):
    raise KeyboardInterrupt


def test_products_are_fresh_and_inputs_stay(X, rng):
    network = build()
    hessian, (theta, v) = network.hessian(X), vectors(network, rng, 2)
    first = hessian.product(theta, v)
    before = first.copy(), theta.copy(), v.copy(), X.copy()
    hessian.product(theta, -v), hessian.product(-theta, v)
    for now, then in zip((first, theta, v, X), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_vectors_and_samples_may_be_lists(X, rng):
    network = build()
    theta, v = vectors(network, rng, 2)
    product = network.hessian_product(theta.tolist(), v.tolist(), X.tolist())
    np.testing.assert_array_equal(product, network.hessian_product(theta, v, X))


def test_threads_give_the_same_as_one_after_another(X, rng):
    network = build()
    pairs = [vectors(network, rng, 2) for _ in range(32)]
    serial = [network.hessian_product(theta, v, X) for theta, v in pairs]
    with ThreadPoolExecutor(4) as pool:
        for product, expected in zip(pool.map(lambda p: network.hessian_product(*p, X), pairs), serial, strict=True):
            np.testing.assert_array_equal(product, expected)


@pytest.mark.filterwarnings("error")
def test_a_huge_theta_gives_no_warnings(X, rng):
    network = build(loss="mse")
    theta, v = vectors(network, rng, 2)
    network.hessian_product(1e300 * theta, 1e300 * v, X)


@in_one_test("part", [Plain(), Doubled(3), Shaky(3), Halved()], ids=lambda part: type(part).__name__)
def test_what_has_no_second_order_of_its_own_is_named(part, X):
    network = build(loss=part) if isinstance(part, Loss) else build(part)
    assert not network.has_exact_hessian
    message = rf"layers and loss must offer second_order for an exact Hessian, got {type(part).__name__}\(.* Use diff"
    with pytest.raises(ValueError, match=message):
        network.hessian_product(np.zeros(network.n_parameters), np.zeros(network.n_parameters), X)


def test_a_direction_of_another_length_is_refused(X):
    network = build()
    with pytest.raises(ValueError, match=r"v must have shape \(71,\), got \(70,\)"):
        network.hessian_product(np.zeros(71), np.zeros(70), X)
    with pytest.raises(ValueError, match=r"theta must have shape \(71,\), got \(70,\)"):
        network.hessian_product(np.zeros(70), np.zeros(71), X)


def test_samples_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"X must have shape \(N, 6\), got \(9, 5\)"):
        build().hessian(np.zeros((9, 5)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("layer", "exact"), [(Dense(3, "tanh"), True), (Doubled(3), False), (Shaky(3), False)])
def test_training_hands_scipy_exact_products_where_there_are_any(layer, exact, dtype, X, monkeypatch):
    calls, product = [], Hessian.product
    monkeypatch.setattr(Hessian, "product", lambda *args: calls.append(args) or product(*args))
    refine = Refine("Newton-CG", max_iterations=3)
    ae = Autoencoder([layer], decoder=[6], optimizer=None, refine=refine, epochs=1, dtype=dtype, random_state=0).fit(X)
    (record,) = ae.history_["refinements"]
    assert bool(calls) == exact
    assert record["loss_after"] < record["loss_before"]
