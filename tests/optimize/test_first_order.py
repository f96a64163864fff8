import numpy as np
import pytest
from looped import in_one_test

from npae import Adam, AdaptiveEta, GradientDescent, Momentum, RMSprop
from npae.optimize import first_order
from npae.optimize import optimizer as optimizer_module


def test_gradient_descent_moves_along_the_negative_gradient():
    theta, gradient = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    GradientDescent().step(theta, gradient, 0.1, {})
    np.testing.assert_allclose(theta, [0.95, 2.1])
    np.testing.assert_array_equal(gradient, [0.5, -1.0])


def test_adam_follows_the_published_formula_step_by_step():
    """Kingma & Ba 2015, algorithm 1, written out with its bias corrections."""
    rng = np.random.default_rng(0)
    optimizer = Adam(eta=0.01, beta1=0.8, beta2=0.95, epsilon=1e-3)
    theta = rng.normal(size=7)
    expected, m, v = theta.copy(), np.zeros(7), np.zeros(7)
    memory = optimizer.start(theta)
    for t in range(1, 6):
        g = rng.normal(size=7)
        optimizer.step(theta, g, 0.01, memory)
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g**2
        expected -= 0.01 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-3)
        np.testing.assert_allclose(theta, expected, rtol=1e-12)


def test_adam_steps_do_not_depend_on_the_size_of_pieces(monkeypatch):
    def walk():
        theta = np.linspace(-1, 1, 50)
        memory = Adam().start(theta)
        for _ in range(3):
            Adam().step(theta, np.sin(theta), 0.1, memory)
        return theta

    whole = walk()
    monkeypatch.setattr(optimizer_module, "PIECE", 7)
    np.testing.assert_array_equal(walk(), whole)


def test_float32_stays_float32():
    theta = np.ones(3, dtype=np.float32)
    memory = Adam().start(theta)
    Adam().step(theta, np.ones(3, dtype=np.float32), 0.1, memory)
    assert theta.dtype == memory["m"].dtype == memory["v"].dtype == np.float32


def test_a_refinement_resets_adams_direction_but_not_its_scale():
    theta = np.ones(3)
    memory = Adam().start(theta)
    Adam().step(theta, np.ones(3), 0.1, memory)
    Adam().after_refinement(memory)
    np.testing.assert_array_equal(memory["m"], 0)
    assert (memory["v"] > 0).all()


@in_one_test("eta", [0, -1.0, np.inf, np.nan, "fast", True])
def test_eta_must_be_positive(eta):
    with pytest.raises(ValueError, match="eta must be a number in"):
        GradientDescent(eta=eta)


def test_bad_fields_are_refused():
    with pytest.raises(ValueError, match="adapt must be None or an eta schedule"):
        Adam(adapt="often")
    with pytest.raises(ValueError, match=r"beta2 must be a number in \[0, 1\[, got 1"):
        Adam(beta2=1)
    with pytest.raises(ValueError, match="epsilon must be a number"):
        Adam(epsilon=-1)


def test_optimizers_are_values():
    assert GradientDescent(0.5, AdaptiveEta()) == GradientDescent(0.5, AdaptiveEta())
    assert hash(Adam(0.1)) == hash(Adam(0.1))


ALL = [GradientDescent, Momentum, RMSprop, Adam]


def trajectory(optimizer, steps=6, eta=0.01, dtype=float):
    """Return the thetas and the gradients of a walk along random gradients."""
    rng = np.random.default_rng(3)
    theta = rng.normal(size=7).astype(dtype)
    memory, thetas, gradients = optimizer.start(theta), [theta.copy()], []
    for _ in range(steps):
        gradients.append(rng.normal(size=7).astype(dtype))
        optimizer.step(theta, gradients[-1].copy(), eta, memory)
        thetas.append(theta.copy())
    return thetas, gradients


def test_classical_momentum_follows_its_published_formula():
    """Sutskever et al. 2013, eqs. 1 and 2."""
    thetas, gradients = trajectory(Momentum(momentum=0.8))
    theta, velocity = thetas[0], 0
    for g, found in zip(gradients, thetas[1:], strict=True):
        velocity = 0.8 * velocity - 0.01 * g
        theta = theta + velocity
        np.testing.assert_allclose(found, theta, rtol=1e-12)


def test_nesterov_momentum_follows_its_published_formula():
    """Sutskever et al. 2013, eqs. 3 and 4, on a quadratic: npae's theta is the point ahead, theta + momentum v."""
    curvature, mu, eta = np.array([1.0, 10.0]), 0.9, 0.02
    ahead, memory = np.ones(2), Momentum(nesterov=True).start(np.ones(2))
    theta, velocity = np.ones(2), np.zeros(2)
    for _ in range(20):
        Momentum(momentum=mu, nesterov=True).step(ahead, curvature * ahead, eta, memory)
        velocity = mu * velocity - eta * curvature * (theta + mu * velocity)
        theta = theta + velocity
        np.testing.assert_allclose(ahead, theta + mu * velocity, rtol=1e-12)


def test_rmsprop_follows_its_published_formula():
    """Tieleman & Hinton 2012: a running mean of squared gradients divides the gradient."""
    thetas, gradients = trajectory(RMSprop(rho=0.7, epsilon=1e-3))
    theta, mean = thetas[0], 0
    for g, found in zip(gradients, thetas[1:], strict=True):
        mean = 0.7 * mean + 0.3 * g**2
        theta = theta - 0.01 * g / (np.sqrt(mean) + 1e-3)
        np.testing.assert_allclose(found, theta, rtol=1e-12)


def test_adam_with_weight_decay_is_adamw():
    """Loshchilov & Hutter 2019, algorithm 2, with the schedule multiplier in eta."""
    thetas, gradients = trajectory(Adam(weight_decay=0.1))
    theta, m, v = thetas[0], 0, 0
    for t, (g, found) in enumerate(zip(gradients, thetas[1:], strict=True), 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        step = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        theta = theta - 0.01 * (step + 0.1 * theta)
        np.testing.assert_allclose(found, theta, rtol=1e-11)


@in_one_test("optimizer", ALL)
def test_weight_decay_shrinks_theta_before_the_step(optimizer):
    plain, decayed = np.linspace(-1, 1, 7), np.linspace(-1, 1, 7) * (1 - 0.05 * 0.3)
    other = np.linspace(-1, 1, 7)
    g = np.cos(plain)
    optimizer().step(decayed, g.copy(), 0.05, optimizer().start(decayed))
    optimizer(weight_decay=0.3).step(other, g.copy(), 0.05, optimizer().start(other))
    np.testing.assert_allclose(other, decayed, rtol=1e-14)


@in_one_test("optimizer", ALL)
def test_only_a_long_gradient_is_shortened(optimizer):
    g = np.array([3.0, -4.0])
    for clip, expected in ((1.0, g / 5), (5.1, g)):
        clipped, plain = np.ones(2), np.ones(2)
        optimizer(clip=clip).step(clipped, g.copy(), 0.1, optimizer().start(clipped))
        optimizer().step(plain, expected.copy(), 0.1, optimizer().start(plain))
        np.testing.assert_allclose(clipped, plain, rtol=1e-14)


@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e30), (np.float64, 1e200)])
def test_a_gradient_whose_squares_overflow_is_shortened_too(dtype, size):
    theta = np.zeros(2, dtype)
    GradientDescent(clip=1.0).step(theta, np.array([3 * size, -4 * size], dtype), 1.0, {})
    np.testing.assert_allclose(theta, [-0.6, 0.8], rtol=1e-6)
    for bad in (np.inf, np.nan):
        GradientDescent(clip=1.0).step(theta, np.array([bad, 1.0], dtype), 1.0, {})
        assert not np.isfinite(theta[0])


@pytest.mark.parametrize("optimizer", [Momentum(nesterov=True), RMSprop(), Adam(), Adam(weight_decay=0.1)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_do_not_depend_on_the_size_of_pieces_and_keep_the_dtype(optimizer, dtype, monkeypatch):
    whole, _ = trajectory(optimizer, dtype=dtype)
    monkeypatch.setattr(optimizer_module, "PIECE", 3)
    pieces, _ = trajectory(optimizer, dtype=dtype)
    np.testing.assert_array_equal(np.array(pieces), np.array(whole))
    assert pieces[-1].dtype == dtype


@in_one_test("optimizer", [Momentum(), RMSprop(), Adam()], ids=str)
def test_moments_that_have_almost_vanished_become_zero(optimizer):
    theta = np.ones(3, np.float32)
    memory = optimizer.start(theta)
    optimizer.step(theta, np.full(3, 1e-30, np.float32), 0.1, memory)
    for _ in range(first_order.FLUSH):
        optimizer.step(theta, np.zeros(3, np.float32), 0.1, memory)
    for array in (value for value in memory.values() if isinstance(value, np.ndarray)):
        assert not ((array != 0) & (np.abs(array) < np.finfo(np.float32).tiny)).any()


@in_one_test(
    ("make", "message"),
    [
        (lambda: Momentum(momentum=1), r"momentum must be a number in \[0, 1\[, got 1"),
        (lambda: Momentum(nesterov="yes"), "nesterov must be True or False"),
        (lambda: RMSprop(rho=1), r"rho must be a number in \[0, 1\[, got 1"),
        (lambda: RMSprop(epsilon=-1), "epsilon must be a number"),
        (lambda: RMSprop(epsilon=0), r"epsilon must be a number in \]0, inf\["),  # 0 / 0 if a pixel is always black
        (lambda: Adam(epsilon=0), r"epsilon must be a number in \]0, inf\["),
        (lambda: Adam(weight_decay=-1), "weight_decay must be a number"),
        (lambda: GradientDescent(clip=0), "clip must be a number"),
    ],
)
def test_bad_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
