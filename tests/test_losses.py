import math
from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

from npae import Dense, Loss, Network
from npae.layers.context import Context
from npae.losses import LOSSES, BinaryCrossEntropy, CrossEntropy, MeanSquaredError


def evaluated(loss, z, target, samples=None):
    """Return the value and a copy of dz."""
    context = Context(z.dtype)
    context.begin(samples or len(z))
    value, backward = loss.forward(z, target, context)
    return value, backward().copy()


def naive_mse(z, t):
    n, d = z.shape
    return sum((z[i, j] - t[i, j]) ** 2 for i in range(n) for j in range(d)) / (n * d)


def naive_bce(z, t):
    n, d = z.shape
    p = 1 / (1 + np.exp(-z))
    terms = (-t[i, j] * math.log(p[i, j]) - (1 - t[i, j]) * math.log(1 - p[i, j]) for i in range(n) for j in range(d))
    return sum(terms) / (n * d)


def naive_cross_entropy(z, t):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -sum(t[i, k] * math.log(p[i, k]) for i, k in np.ndindex(*z.shape)) / len(z)


ELEMENTWISE = [(MeanSquaredError(), naive_mse), (BinaryCrossEntropy(), naive_bce)]
NAIVE = [*ELEMENTWISE, (CrossEntropy(), naive_cross_entropy)]


def named(part):
    """Return what a loss or a function is called in the name of a test: no address, which differs between processes."""
    return getattr(part, "__name__", str(part))


TARGETS = {
    "soft": lambda rng, shape: rng.random(shape),
    "hard": lambda rng, shape: rng.integers(0, 2, shape).astype(float),
    "ends": lambda rng, shape: np.resize([0.0, 1.0, 0.5], shape),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_every_named_loss_has_a_naive_formula_here():
    assert {type(loss) for loss in LOSSES.values()} <= {type(loss) for loss, _ in NAIVE}


@in_one_test("targets", TARGETS.values(), ids=TARGETS)
@in_one_test(("loss", "naive"), NAIVE, ids=named)
def test_the_value_is_the_mean_of_the_formula(loss, naive, targets, rng):
    z = 5 * rng.standard_normal((6, 7))
    t = targets(rng, z.shape)
    np.testing.assert_allclose(evaluated(loss, z, t)[0], naive(z, t), rtol=1e-13)


@in_one_test("shape", [(3, 4, 2, 2), (3, 1), (1, 5), (3, 2, 6)], ids=str)
@in_one_test(("loss", "naive"), ELEMENTWISE, ids=named)
def test_the_mean_is_over_all_features_of_any_shape(loss, naive, shape, rng):
    z, t = rng.standard_normal(shape), rng.random(shape)
    value, dz = evaluated(loss, z, t)
    np.testing.assert_allclose(value, naive(z.reshape(len(z), -1), t.reshape(len(z), -1)), rtol=1e-13)
    assert dz.shape == shape


@in_one_test("targets", TARGETS.values(), ids=TARGETS)
@in_one_test("loss", LOSSES.values(), ids=LOSSES)
def test_gradient_has_second_order_remainder(loss, targets, rng):
    z, v = rng.standard_normal((2, 6, 7))
    t = targets(rng, z.shape)
    value, dz = evaluated(loss, z, t)
    remainder = [abs(evaluated(loss, z + h * v, t)[0] - value - h * np.vdot(dz, v)) for h in (1e-3, 5e-4)]
    np.testing.assert_allclose(remainder[0] / remainder[1], 4, rtol=0.01)


@in_one_test("loss", [loss for loss, _ in NAIVE], ids=str)
def test_second_order_agrees_with_central_differences_of_dz(loss, rng):
    z, rz, context = *rng.standard_normal((2, 6, 7)), Context()
    t, h = rng.random(z.shape), 1e-5
    context.begin(len(z))
    before = z.copy(), t.copy(), rz.copy()
    rdz = loss.second_order(z, t, context)(rz)
    numeric = (evaluated(loss, z + h * rz, t)[1] - evaluated(loss, z - h * rz, t)[1]) / (2 * h)
    np.testing.assert_allclose(rdz, numeric, rtol=1e-7, atol=1e-10)
    for now, then in zip((z, t, rz), before, strict=True):
        np.testing.assert_array_equal(now, then)


@in_one_test("loss", LOSSES.values(), ids=LOSSES)
def test_shards_add_up_to_the_whole(loss, rng):
    z, t = rng.standard_normal((6, 7)), rng.random((6, 7))
    value, dz = evaluated(loss, z, t)
    shards = [evaluated(loss, z[rows], t[rows], samples=6) for rows in (slice(0, 2), slice(2, 6))]
    np.testing.assert_allclose(sum(v for v, _ in shards), value, rtol=1e-14)
    np.testing.assert_allclose(np.concatenate([d for _, d in shards]), dz, rtol=1e-14)


@in_one_test("loss", LOSSES.values(), ids=LOSSES)
def test_z_and_target_are_not_changed(loss, rng):
    z, t = rng.standard_normal((6, 7)), rng.random((6, 7))
    before = z.copy(), t.copy()
    evaluated(loss, z, t)
    np.testing.assert_array_equal(z, before[0])
    np.testing.assert_array_equal(t, before[1])


@in_one_test("loss", LOSSES.values(), ids=LOSSES)
def test_float32_stays_float32(loss, rng):
    z, t = rng.standard_normal((6, 7)), rng.random((6, 7))
    value, dz = evaluated(loss, z.astype(np.float32), t.astype(np.float32))
    assert isinstance(value, float)
    assert dz.dtype == np.float32
    np.testing.assert_allclose(value, evaluated(loss, z, t)[0], rtol=1e-5)
    np.testing.assert_allclose(dz, evaluated(loss, z, t)[1], rtol=1e-4, atol=1e-7)


@in_one_test("dtype", [np.float32, np.float64])
@in_one_test("logit", [-1e4, -1000.0, -40.0, 40.0, 1000.0, 1e4])
@in_one_test("target", [0.0, 0.3, 1.0])
def test_bce_is_finite_and_right_where_the_sigmoid_saturates(logit, target, dtype):
    """For |z| >= 40, log p is min(z, 0) and log(1 - p) is min(-z, 0), to the last digit."""
    value, dz = evaluated(BinaryCrossEntropy(), np.full((1, 1), logit, dtype), np.full((1, 1), target, dtype))
    expected = target * max(-logit, 0) + (1 - target) * max(logit, 0)
    np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(dz, [[(logit > 0) - target]], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_is_finite_and_right_for_logits_of_any_size(dtype):
    z, t = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4]], dtype), np.eye(3, dtype=dtype)[:2]
    value, dz = evaluated(CrossEntropy(), z, t)
    np.testing.assert_allclose(value, math.log(3) / 2, rtol=1e-6)
    np.testing.assert_allclose(dz, [[0, 0, 0], [1 / 6, -1 / 3, 1 / 6]], atol=1e-7)


@in_one_test("bad", [[[0.5, 0.4]], [[1.5, -0.5]], [[[1.0, 0.0]]]])
def test_cross_entropy_refuses_targets_that_are_no_probabilities(bad):
    with pytest.raises(ValueError, match="targets must be rows of probabilities that add up to 1"):
        CrossEntropy().check_target(np.array(bad))


def test_bce_is_never_negative_and_zero_at_certainty():
    z = np.concatenate([np.linspace(0, 60, 20_001), np.geomspace(60, 1e300, 50)])
    values = [evaluated(BinaryCrossEntropy(), np.array([[v]]), np.ones((1, 1)))[0] for v in z[::20]]
    assert min(values) >= 0
    assert values[-1] == 0


def test_bce_is_least_where_the_prediction_is_the_target():
    target = np.array([[0.2, 0.5, 0.9]])
    _, dz = evaluated(BinaryCrossEntropy(), np.log(target / (1 - target)), target)
    np.testing.assert_allclose(dz, 0, atol=1e-16)


@in_one_test(
    ("loss", "prediction"),
    [
        ("mse", [-2.0, 0.0, 3.0]),
        ("bce", [1 / (1 + math.exp(2)), 0.5, 1 / (1 + math.exp(-3))]),
        ("cross_entropy", np.exp([-2.0, 0.0, 3.0]) / np.exp([-2.0, 0.0, 3.0]).sum()),
    ],
)
def test_predict_replaces_z_by_the_prediction(loss, prediction):
    z = np.array([[-2.0, 0.0, 3.0]])
    LOSSES[loss].predict(z, Context())
    np.testing.assert_allclose(z, [prediction], rtol=1e-14)


@in_one_test("bad", [[-0.1, 0.5], [0.5, 1.01], [0, 255]])
def test_bce_refuses_targets_outside_0_and_1(bad):
    message = r"targets must lie in \[0, 1\] for the loss 'bce', got values from .* Scale the data, or use loss='mse'"
    with pytest.raises(ValueError, match=message):
        BinaryCrossEntropy().check_target(np.array([bad]))


@in_one_test(("loss", "targets"), [("bce", [[0.0, 1.0]]), ("bce", [[0.3, 0.4]]), ("mse", [[-5.0, 255.0]])])
def test_targets_that_the_loss_is_defined_on_pass(loss, targets):
    LOSSES[loss].check_target(np.array(targets))


@in_one_test("loss", ["msee", None, 3, MeanSquaredError])
def test_an_unknown_loss_is_refused(loss):
    with pytest.raises(ValueError, match="loss must be one of 'mse', 'bce'.* or an instance of Loss, got "):
        Network([Dense(2)], [Dense(3)], loss, in_shape=(3,))


def test_the_base_class_has_no_formula():
    with pytest.raises(NotImplementedError):
        Loss().forward(np.zeros((1, 1)), np.zeros((1, 1)), Context())


@dataclass(frozen=True)
class Quartic(Loss):
    """mean((z - t)^4)."""

    def forward(self, z, target, context):
        scale = len(z) / (context.samples * z.size)
        return float(np.sum((z - target) ** 4)) * scale, lambda: 4 * scale * (z - target) ** 3


def test_a_users_loss_is_taken_as_it_is(rng):
    network = Network([Dense(2, "tanh")], [Dense(3)], Quartic(), in_shape=(3,))
    X, theta = rng.random((5, 3)), network.init(rng)
    expected = np.mean((network.reconstruct(theta, X) - X) ** 4)
    np.testing.assert_allclose(network.value(theta, X), expected, rtol=1e-12)
