import numpy as np
import pytest

from npae import Adam, AdaptiveEta, GradientDescent
from npae.optimize import descent


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


def test_adam_steps_do_not_depend_on_the_block_size(monkeypatch):
    def run():
        theta = np.linspace(-1, 1, 50)
        memory = Adam().start(theta)
        for _ in range(3):
            Adam().step(theta, np.sin(theta), 0.1, memory)
        return theta

    whole = run()
    monkeypatch.setattr(descent, "BLOCK", 7)
    np.testing.assert_array_equal(run(), whole)


def test_float32_stays_float32():
    theta = np.ones(3, dtype=np.float32)
    memory = Adam().start(theta)
    Adam().step(theta, np.ones(3, dtype=np.float32), 0.1, memory)
    assert theta.dtype == memory["m"].dtype == memory["v"].dtype == np.float32


def test_a_refinement_makes_adam_forget_its_direction_but_not_its_scale():
    theta = np.ones(3)
    memory = Adam().start(theta)
    Adam().step(theta, np.ones(3), 0.1, memory)
    Adam().moved(memory)
    np.testing.assert_array_equal(memory["m"], 0)
    assert (memory["v"] > 0).all()


@pytest.mark.parametrize("eta", [0, -1.0, np.inf, np.nan, "fast", True])
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


def test_optimisers_are_values():
    assert GradientDescent(0.5, AdaptiveEta()) == GradientDescent(0.5, AdaptiveEta())
    assert hash(Adam(0.1)) == hash(Adam(0.1))
