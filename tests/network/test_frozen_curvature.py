"""Second derivatives and residuals as refinements see them: with the draws, threads and pieces of the loss itself."""

import numpy as np
import pytest

import npae
from npae import LSTM, Conv1D, Dense, Dropout, GaussianCode, Network
from npae.network import Shards, frozen_curvature
from npae.network.scaling import Scaling
from npae.samples import Samples
from npae.training.frozen_objective import FrozenObjective

RNG = np.random.default_rng(0)
TABLE, SERIES, WEIGHTS = RNG.random((11, 4)), RNG.random((11, 4, 2)), RNG.integers(0, 3, 11).astype(float)
MASK = np.arange(4) < RNG.integers(1, 5, 11)[:, None]
GAPS = np.where(RNG.random((11, 4)) < 0.2, np.nan, TABLE)


def shallow(*middle, in_shape=(4,), **options):
    return Network([Dense(3, "tanh"), *middle], [Dense(in_shape[-1])], in_shape=in_shape, **options)


KINDS = {
    "plain": (shallow(), Samples(TABLE)),
    "targets": (shallow(), Samples(TABLE, TABLE[:, ::-1].copy())),
    "weights": (shallow(), Samples(TABLE, weights=WEIGHTS)),
    "gaps": (shallow(fill=np.full(4, 0.5)), Samples(GAPS, gaps=True, weights=WEIGHTS)),
    "scaled": (shallow(scaling=Scaling(np.full(4, 0.3), np.array([2.0, 0.5, 1.0, 3.0]), "standard")), Samples(TABLE)),
    "penalty": (shallow(penalty=[npae.L2(0.03), npae.L2(0.01), npae.MaxNorm(9.0)]), Samples(TABLE)),
    "noise": (shallow(noise=npae.GaussianNoise(0.1)), Samples(TABLE)),
    "dropout": (shallow(Dropout(0.4)), Samples(TABLE)),
    "masked": (shallow(in_shape=(4, 2)), Samples(SERIES, mask=MASK, weights=WEIGHTS)),
    "recurrent": (Network([LSTM(2, sequences=True)], [Dense(2)], in_shape=(4, 2)), Samples(SERIES, mask=MASK)),
    "convolution": (Network([Conv1D(2, 3)], [Conv1D(2, 2, activation="tanh")], in_shape=(4, 2)), Samples(SERIES)),
}


@pytest.fixture(params=[1, 2], ids=["1 thread", "2 threads"])
def frozen(request):
    """Return frozen(network, samples) -> the objective of a refinement, on so many threads."""
    shards = []

    def frozen(network, samples, at_a_time=None):
        shards.append(Shards(network, request.param, at_a_time))
        shards[-1].begin_epoch(3)
        return FrozenObjective(network, shards[-1], samples, np.random.default_rng(1))

    yield frozen
    for each in shards:
        each.__exit__()


def vectors(network, count):
    rng = np.random.default_rng(2)
    return network.init(rng) + 0.2 * rng.standard_normal((count, network.n_parameters))


@pytest.mark.parametrize("kind", KINDS)
def test_residuals_and_their_derivative_give_the_loss_and_its_gradient(kind, frozen):
    """With other draws, shares or pieces than those of the loss they would not."""
    objective = frozen(*KINDS[kind])
    theta, v, w = vectors(KINDS[kind][0], 3)
    residuals = objective.residual_map
    value, gradient = objective.value_and_gradient(theta)
    r = residuals.residuals(theta)
    assert r.shape == (residuals.count,) and r.dtype == np.float64
    np.testing.assert_allclose(0.5 * r @ r, value, rtol=1e-12)
    np.testing.assert_allclose(residuals.back(theta, r), gradient, rtol=1e-10, atol=1e-14)
    ahead, behind = (residuals.residuals(theta + step * v) for step in (1e-5, -1e-5))
    np.testing.assert_allclose(residuals.along(theta, v), (ahead - behind) / 2e-5, rtol=1e-6, atol=1e-9)
    Jv, Jw = residuals.along(theta, v), residuals.along(theta, w)
    np.testing.assert_allclose(
        objective.gauss_newton_product(theta, v), residuals.back(theta, Jv), rtol=1e-9, atol=1e-13
    )
    np.testing.assert_allclose(Jw @ Jv, w @ objective.gauss_newton_product(theta, v), rtol=1e-10)


@pytest.mark.parametrize("kind", ["plain", "gaps", "masked", "penalty", "convolution"])
def test_samples_in_pieces_give_the_same(kind, frozen, monkeypatch):
    network, samples = KINDS[kind]
    theta, v = vectors(network, 2)
    whole = frozen(network, samples).residual_map
    expected = whole.product(theta, v), whole.residuals(theta), whole.along(theta, v)
    monkeypatch.setattr(frozen_curvature, "KEPT", 1)
    pieces = frozen(network, samples, at_a_time=2).residual_map
    assert max(map(len, pieces._pieces)) > 4
    for now, then in zip(
        (pieces.product(theta, v), pieces.residuals(theta), pieces.along(theta, v)), expected, strict=True
    ):
        np.testing.assert_allclose(now, then, rtol=1e-12, atol=1e-15)


def test_a_variational_loss_has_the_product_of_its_own_draws(frozen):
    """The matrix is linear in beta: what the epoch's beta and the draws change is told from the loss by threads."""
    network = Network([Dense(3, "tanh"), GaussianCode(2, npae.BetaWarmUp(6))], [Dense(4)], "bce", in_shape=(4,))
    objective, (theta, v) = frozen(network, Samples(TABLE)), vectors(network, 2)
    evaluator, total = objective._evaluator, 0.0
    count = evaluator._threads.count
    seeds = [objective._seed]
    if count > 1:
        seeds = np.random.default_rng(objective._seed).integers(2**63, size=count)
    for i, seed in enumerate(seeds):
        rows, matrix = evaluator._threads.part(i, 11), network.gauss_newton()
        matrix.move(theta, TABLE[rows], TABLE[rows], np.random.default_rng(seed), samples=11, epoch=3)
        total = total + matrix.product(v)
    np.testing.assert_allclose(objective.gauss_newton_product(theta, v), total, rtol=1e-12)


def test_the_matrix_is_kept_while_theta_stays_and_moves_with_it(frozen, monkeypatch):
    network, samples = KINDS["plain"]
    objective, moves = frozen(network, samples), []
    move = npae.network.gauss_newton.GaussNewton.move
    monkeypatch.setattr(npae.network.gauss_newton.GaussNewton, "move", lambda *a, **k: moves.append(1) or move(*a, **k))
    theta, other, v = vectors(network, 3)
    first = objective.gauss_newton_product(theta, v)
    objective.gauss_newton_product(theta, 2 * v)
    once = len(moves)
    objective.gauss_newton_product(other, v)
    assert len(moves) == 2 * once
    theta_too = other.copy()
    theta_too[...] = theta
    np.testing.assert_array_equal(objective.gauss_newton_product(theta_too, v), first)


def test_a_network_without_it_offers_none(frozen):
    class Plain(npae.Dense):
        def forward(self, x, params, context):
            return super().forward(x, params, context)

    network = Network([Plain(3)], [Dense(4)], in_shape=(4,))
    objective = frozen(network, Samples(TABLE))
    assert objective.residual_map is None and objective.gauss_newton_product is None


def test_float32_gives_float64_close_to_that_of_float64(frozen):
    network, samples = KINDS["plain"]
    rough = shallow(dtype="float32")
    theta, v = vectors(network, 2)
    exact, near = (frozen(each, samples).residual_map for each in (network, rough))
    for name, vector in (("product", v), ("along", v), ("back", exact.residuals(theta))):
        now, then = (getattr(each, name)(theta, vector) for each in (near, exact))
        assert now.dtype == np.float64
        np.testing.assert_allclose(now, then, atol=1e-5 * np.abs(then).max())


def test_the_diagonal_is_estimated_from_draws_that_repeat_themselves(frozen):
    network, samples = KINDS["penalty"]
    residuals, (theta,) = frozen(network, samples).residual_map, vectors(network, 1)
    exact = np.array([residuals.product(theta, e)[i] for i, e in enumerate(np.eye(theta.size))])
    estimate = residuals.diagonal(theta, 400, 0)
    np.testing.assert_allclose(estimate, exact, rtol=0.5, atol=0.05 * exact.max())
    np.testing.assert_allclose(estimate.sum(), exact.sum(), rtol=0.1)
    np.testing.assert_array_equal(residuals.diagonal(theta, 2, 5), residuals.diagonal(theta, 2, 5))
    assert (residuals.diagonal(theta, 2, 5) != residuals.diagonal(theta, 2, 6)).any()
