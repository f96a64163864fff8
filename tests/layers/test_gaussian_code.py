"""The Gaussian code: its draws and its divergence by statistics, since a gradient check sees neither."""

import numpy as np
import pytest
from looped import in_one_test

from npae import Autoencoder, BetaSchedule, BetaWarmUp, Dense, GaussianCode, Network, check_gradients
from npae.layers import mirrored
from npae.layers.gaussian_code import HIGH, LOW, divergence
from npae.layers.parameters import Layout
from npae.layers.workspace import Workspace

X = np.random.default_rng(0).random((12, 6))


def coded(layer, mean, log_variance, n, rng=None, dtype=np.float64, **options):
    """Return (z, charged, backward, gradient) for n rows whose heads say `mean` and `log_variance`: their biases."""
    layout = Layout([("code", layer.parameters((1,)))])
    workspace = Workspace(layout, dtype)
    workspace.bind(np.concatenate([np.zeros(2 * layer.units), np.ravel(mean), np.ravel(log_variance)]))
    workspace.context.begin(n, rng, **options)
    z, backward = layer.forward(np.zeros((n, 1), dtype), workspace.params[0], workspace.context)
    return z, workspace.context.charged, lambda dz: backward(dz, workspace.grads[0]), workspace.gradient


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("units", [2, 70])
def test_draws_have_the_mean_and_the_variance_that_the_heads_say(units, dtype):
    """10^6 draws of each entry at 2 units: standard errors s / 10^3 (mean) and sqrt(2) s^2 / 10^3 (variance)."""
    n = 10**6 if units == 2 else 10**4
    mean, log_variance = np.linspace(-1, 2, units), np.linspace(1.2, -3, units)
    z, *_ = coded(GaussianCode(units), mean, log_variance, n, np.random.default_rng(1), dtype)
    variance = np.exp(log_variance)
    error = 3 if units == 2 else 4.5  # standard errors: 140 numbers are compared there
    assert z.dtype == dtype
    assert (np.abs(z.mean(axis=0, dtype=float) - mean) < error * np.sqrt(variance / n)).all()
    assert (np.abs(z.var(axis=0, dtype=float) - variance) < error * np.sqrt(2 / n) * variance).all()
    assert abs(np.corrcoef(z[:, 0], z[:, 1])[0, 1]) < error / np.sqrt(n)
    assert abs(np.corrcoef(z[1:, 0], z[:-1, 0])[0, 1]) < error / np.sqrt(n)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(("mean", "log_variance"), [(0.0, 0.0), (1.5, -2.0), (-0.3, 1.0), (0.0, -6.0)])
def test_the_divergence_is_what_10_to_the_6_draws_say(mean, log_variance):
    """E_q[log q(z) - log p(z)], within 3 standard errors."""
    z, charged, *_ = coded(GaussianCode(1), mean, log_variance, 10**6, np.random.default_rng(2))
    log_q = -0.5 * ((z - mean) ** 2 * np.exp(-log_variance) + log_variance)
    difference = log_q + 0.5 * z**2
    error = 3 * difference.std() / 1e3
    np.testing.assert_allclose(charged, difference.mean(), atol=error + 1e-12)


@in_one_test("beta", [1.0, 0.25, 0.0])
def test_beta_times_the_divergence_is_charged_whether_codes_are_drawn_or_not(beta):
    expected = beta * (0.5 * (1.0 + np.exp(0.4) - 1 - 0.4) + 0.5 * (0.25 + np.exp(-1) - 1 + 1))
    for rng in (None, np.random.default_rng(0)):
        _, charged, *_ = coded(GaussianCode(2, beta), [1.0, -0.5], [0.4, -1.0], 8, rng)
        np.testing.assert_allclose(charged, expected, rtol=1e-14)


def test_the_code_is_the_mean_when_not_learning():
    z, *_ = coded(GaussianCode(2), [1.0, -0.5], [0.4, -1.0], 3)
    np.testing.assert_array_equal(z, [[1.0, -0.5]] * 3)


def test_codes_are_drawn_where_a_loss_is_measured_with_a_generator_for_them():
    seeded = [
        coded(GaussianCode(2), [0, 0], [0, 0], 3, rng, code_rng=code_rng)[0]
        for rng, code_rng in [(None, np.random.default_rng(1)), (np.random.default_rng(1), None)]
    ]
    np.testing.assert_array_equal(*seeded)
    assert seeded[0].std() > 0.1


def test_nothing_is_charged_where_no_loss_is_wanted():
    layer = GaussianCode(2)
    workspace = Workspace(Layout([("code", layer.parameters((1,)))]), np.float64)
    workspace.bind(np.ones(8))
    workspace.context.begin(0)
    layer.forward(np.ones((3, 1)), workspace.params[0], workspace.context)
    assert workspace.context.charged == 0.0


def test_a_small_divergence_is_not_lost_to_rounding():
    np.testing.assert_allclose(divergence(np.float32(0), np.float32(1e-3)), 1e-6 / 4, rtol=1e-3)


@in_one_test("dtype", [np.float32, np.float64])
@in_one_test("extreme", [-1e4, 1e4])
def test_log_variances_that_overflow_are_cut_off_and_pull_no_more(extreme, dtype):
    rng = np.random.default_rng(0)
    z, charged, backward, gradient = coded(GaussianCode(2), [0, 0], [extreme, 0.5], 4, rng, dtype)
    backward(np.ones((4, 2), dtype))
    assert np.isfinite(z).all() and np.isfinite(charged) and np.isfinite(gradient).all()
    np.testing.assert_allclose(charged, divergence(0, np.clip([extreme, 0.5], LOW, HIGH)).sum(), rtol=1e-6)
    assert gradient[-2] == 0
    assert gradient[-1] != 0


def test_bits_that_are_free_cost_the_same_and_do_not_pull():
    """Three entries with KL 0.005, 0.125 and 2, of which 0.2 nats are free."""
    mean = np.array([0.1, 0.5, 2.0])
    _, charged, backward, gradient = coded(GaussianCode(3, beta=0.5, free_bits=0.2), mean, np.zeros(3), 4)
    backward(np.zeros((4, 3)))
    np.testing.assert_allclose(charged, 0.5 * (0.2 + 0.2 + 2.0), rtol=1e-14)
    np.testing.assert_allclose(gradient[6:9], [0, 0, 0.5 * 2.0], atol=1e-14)


def test_free_bits_are_of_the_mean_over_the_batch_not_of_each_sample():
    """Kingma et al. (2016): means 0 and 2 have KL 0 and 2, on average 1, which is more than the 0.5 that are free."""
    layer = GaussianCode(1, free_bits=0.5)
    workspace = Workspace(Layout([("code", layer.parameters((1,)))]), np.float64)
    workspace.bind(np.array([1.0, 0.0, 0.0, 0.0]))
    workspace.context.begin(2)
    layer.forward(np.array([[0.0], [2.0]]), workspace.params[0], workspace.context)
    np.testing.assert_allclose(workspace.context.charged, 1.0, rtol=1e-14)


def test_what_needs_the_whole_batch_gets_it(monkeypatch):
    monkeypatch.setattr("npae.network.pieces.ROWS", 4)
    network = Network([GaussianCode(2, free_bits=0.3)], [Dense(6)], in_shape=(6,))
    theta = network.init(np.random.default_rng(0))
    assert network.whole_batch and not Network([GaussianCode(2)], [Dense(6)], in_shape=(6,)).whole_batch
    np.testing.assert_allclose(network.value(theta, X), network.value_and_gradient(theta, X)[0], rtol=1e-14)
    one, two = (
        Autoencoder([GaussianCode(2, free_bits=0.3)], epochs=3, threads=threads, random_state=0).fit(X).theta_
        for threads in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_shards_add_up_to_the_whole_batch(monkeypatch):
    network = Network([Dense(5, "tanh"), GaussianCode(2, 0.7)], [Dense(6)], in_shape=(6,))
    theta, workspace = network.init(np.random.default_rng(0)), network.new_workspace()
    value, gradient = network.value_and_gradient(theta, X)
    parts = [(network.evaluate(workspace, theta, x, x, samples=12), workspace.gradient.copy()) for x in (X[:5], X[5:])]
    np.testing.assert_allclose(sum(v for v, _ in parts), value, rtol=1e-13)
    np.testing.assert_allclose(sum(g for _, g in parts), gradient, rtol=1e-11, atol=1e-14)
    monkeypatch.setattr("npae.network.pieces.ROWS", 4)
    np.testing.assert_allclose(network.value(theta, X), value, rtol=1e-13)


@pytest.mark.parametrize("layer", [GaussianCode(3), GaussianCode(2, 0.1, 0.05)], ids=str)
def test_check_gradients_sees_what_the_layer_adds_to_the_loss(layer, monkeypatch):
    assert check_gradients(layer, in_shape=(5,)).error < 1e-7
    wrong = GaussianCode._charge
    monkeypatch.setattr(GaussianCode, "_charge", lambda *args: 1.01 * wrong(*args))
    with pytest.raises(AssertionError, match="must agree with central differences"):
        check_gradients(layer, in_shape=(5,))


def test_beta_warms_up_in_a_line_and_then_stays():
    layer = GaussianCode(2, BetaWarmUp(4, beta=2.0, first=0.4))
    np.testing.assert_allclose([layer.beta_at(e) for e in range(6)], [0.4, 0.8, 1.2, 1.6, 2.0, 2.0])
    assert layer.beta_at(np.inf) == 2.0
    assert [layer.loss_changes(e) for e in range(1, 7)] == [True] * 4 + [False] * 2
    assert not any(GaussianCode(2, 3.0).loss_changes(e) for e in range(1, 5))


def test_the_mirror_is_the_affine_map_back():
    assert mirrored([Dense(5, "relu"), GaussianCode(2)], (6,), "sigmoid") == [Dense(5, "relu"), Dense(6, "sigmoid")]
    assert mirrored([GaussianCode(2)], (6,), "sigmoid") == [Dense(6, "sigmoid")]


@in_one_test(
    ("make", "message"),
    [
        (lambda: GaussianCode(0), "units must be an integer of at least 1, got 0"),
        (lambda: GaussianCode(2, beta=-0.1), r"beta must be a number in \[0, inf\[, got -0.1"),
        (lambda: GaussianCode(2, beta="warm"), r"beta must be a number in \[0, inf\[, got 'warm'"),
        (lambda: GaussianCode(2, free_bits=-1), r"free_bits must be a number in \[0, inf\[, got -1"),
        (lambda: BetaWarmUp(0), "epochs must be an integer of at least 1, got 0"),
        (lambda: BetaWarmUp(3, beta=-1), r"beta must be a number in \[0, inf\[, got -1"),
        (lambda: BetaWarmUp(3, first=np.nan), r"first must be a number in \[0, inf\[, got nan"),
        (
            lambda: Network([GaussianCode(2), Dense(2)], [Dense(6)], in_shape=(6,)),
            r"GaussianCode must be the encoder's last layer, got it as encoder\.0\. Move the layers after it",
        ),
        (
            lambda: Network([Dense(2)], [Dense(3), GaussianCode(6)], in_shape=(6,)),
            r"GaussianCode must be the encoder's last layer, got it as decoder\.1",
        ),
        (
            lambda: Network([GaussianCode(2)], [Dense(6)], in_shape=(4, 3)),
            r"encoder\.0: samples must be flat \(D,\) for GaussianCode, got shape \(4, 3\)\. Use Flatten\(\)",
        ),
    ],
)
def test_bad_codes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_schedule_without_a_formula_says_so():
    with pytest.raises(NotImplementedError, match=r"BetaSchedule must define at\(epoch\)"):
        BetaSchedule().at(0)
