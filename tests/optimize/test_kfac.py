"""KFAC against a slow step with dense matrices, and against what theory says."""

import dataclasses
import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import KFAC, LSTM, Conv2D, ConvTranspose2D, Dense, Flatten, GaussianCode, Network, Repeat, Reshape
from npae.execution.threads import Threads
from npae.network.batch_curvature import BatchCurvature, CurvatureWorkers
from npae.network.gauss_newton import GaussNewton
from npae.optimize import kfac as kfac_module
from npae.optimize.kronecker import averaged, damped_inverses, damping_of_factors
from npae.optimize.quadratic_model import best_combination
from npae.samples import Samples

RNG = np.random.default_rng(0)
X = RNG.random((9, 5))


@pytest.fixture(scope="module")
def letters():
    return npae.datasets.load_font("capitals")


def dense(loss="bce", output="sigmoid", **options):
    return Network([Dense(4, "tanh"), Dense(2)], [Dense(4, "tanh"), Dense(5, output)], loss, in_shape=(5,), **options)


def curvature_of(network, theta, samples, team=None, rows=None):
    """Return the gradient at theta, and the batch as a step sees it."""
    team = team or Threads(1)
    loss, gradient = network.value_and_gradient(theta, samples.X if rows is None else samples.X[rows])

    def value(at, seed):
        return network.value(at, samples.X if rows is None else samples.X[rows])

    return gradient, BatchCurvature(CurvatureWorkers(network, team), value, samples, rows, loss, 0.0)


def curvature_matrix(network, theta, samples):
    return np.stack([network.gauss_newton_product(theta, e, samples) for e in np.eye(network.n_parameters)])


def slow_steps(network, optimizer, steps, damping):
    """Take steps on the whole of X by the formulas of the docstring, with dense matrices."""
    theta = network.init(np.random.default_rng(1))
    seed = optimizer.start(theta)["seed"]
    before, means, lam, c2, doubts = np.zeros_like(theta), {}, damping, damping, False
    places = {f"{name}.Wb": network.indices([name]) for name in network.layer_names}
    gn = GaussNewton(network)

    def inverses(c2):
        return {n: np.linalg.inv(block(L, R, c2)) for n, (L, R) in means.items()}

    def block(L, R, c2):
        R = np.diag(R) if R.ndim == 1 else R
        pi = np.sqrt((np.trace(L) / len(L)) / (np.trace(R) / len(R)))
        return np.kron(L + pi * np.sqrt(c2) * np.eye(len(L)), R + np.sqrt(c2) / pi * np.eye(len(R)))

    def best(inverse, g, B):
        d = np.zeros_like(g)
        for n, at in places.items():
            d[at] = -inverse[n] @ g[at]
        D = np.stack([d, before] if before.any() else [d], axis=1)
        A = D.T @ (B + lam * np.eye(len(g))) @ D
        c = np.linalg.solve(A, -D.T @ g)
        return D @ c, float((D.T @ g) @ c + c @ A @ c / 2)

    for t in range(1, steps + 1):
        loss, g = network.value_and_gradient(theta, X)
        gn.move(theta, X, X)
        keep = min(1 - 1 / t, optimizer.decay if t <= 3 else optimizer.decay**2)
        looked = t <= 3 or t % 2 == 0
        for name, of in zip(network.layer_names, gn.factors(np.random.default_rng([seed + t, 0, 1])), strict=True):
            old = means.get(f"{name}.Wb", (0, 0))
            new = map(np.asarray, of["Wb"] if looked else old)
            means[f"{name}.Wb"] = tuple(keep * a + (1 - keep) * b for a, b in zip(old, new, strict=True))
        B = curvature_matrix(network, theta, X)
        if t <= 3:
            inverse = inverses(c2)
        elif t % optimizer.inverse_every == 0:
            other = c2 / 2 if t // optimizer.inverse_every % 2 else 2 * c2
            c2 = min((c2, other), key=lambda c: best(inverses(c), g, B)[1])
            inverse = inverses(c2)
        step, promised = best(inverse, g, B)
        if doubts or promised < -loss / 2 or t % 5 == 0:
            ratio = (network.value(theta + step, X) - loss) / promised
            doubts = ratio < 0.25
            lam *= 0.95**5 if ratio > 0.75 else 0.95**-5 if ratio < 0.25 else 1
            lam, step = (lam, step) if ratio >= 0 else (4 * lam, 0 * step)
        theta, before = theta + step, step
    return theta


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(("loss", "output"), [("bce", "sigmoid"), ("mse", "identity")])
@pytest.mark.parametrize("momentum", [True, False])
def test_steps_are_those_of_dense_matrices(loss, output, momentum):
    network, optimizer = dense(loss, output), KFAC(damping=0.02, inverse_every=4, momentum=momentum)
    theta = network.init(np.random.default_rng(1))
    memory, samples = optimizer.start(theta), Samples(X)
    for _ in range(12):
        gradient, curvature = curvature_of(network, theta, samples)
        optimizer.step(theta, gradient, 1.0, memory, None, curvature)
    if momentum:
        np.testing.assert_allclose(theta, slow_steps(network, optimizer, 12, 0.02), rtol=1e-7, atol=1e-9)
    else:
        assert network.value(theta, X) < 0.85 * network.value(network.init(np.random.default_rng(1)), X)


def test_one_affine_layer_is_solved_in_a_step():
    """With mse B is L (x) R exactly, for any number of samples, so that a step with little damping ends at the least
    squares solution.
    """
    rng = np.random.default_rng(2)
    inputs, T = rng.standard_normal((20, 4)), rng.standard_normal((20, 3))
    network = Network([Flatten()], [Dense(3)], "mse", in_shape=(4,))
    theta, optimizer = network.init(rng), KFAC(damping=1e-12)
    memory, samples = optimizer.start(theta), Samples(inputs, T)
    gradient = network.value_and_gradient(theta, inputs, T)[1]
    value = lambda at, seed: network.value(at, inputs, T)  # noqa: E731  # as a batch has it
    workers, loss = CurvatureWorkers(network, Threads(1)), value(theta, 0)
    optimizer.step(theta, gradient, 1.0, memory, None, BatchCurvature(workers, value, samples, None, loss, 0.0))
    solved, *_ = np.linalg.lstsq(np.column_stack([inputs, np.ones(20)]), T, rcond=None)
    np.testing.assert_allclose(theta.reshape(5, 3), solved, atol=1e-5)


@in_one_test("loss", ["mse", "bce", "cross_entropy"])
def test_one_sample_of_one_layer_has_the_matrix_of_its_factors(loss):
    network = Network([Flatten()], [Dense(3, "identity")], loss, in_shape=(4,))
    theta, x, t = RNG.standard_normal(15), RNG.random((1, 4)), np.full((1, 3), 1 / 3)
    gn = GaussNewton(network)
    gn.move(theta, x, t)
    L, R = map(np.asarray, gn.factors(np.random.default_rng(0))[-1]["Wb"])
    B = np.stack([network.gauss_newton_product(theta, e, x, t) for e in np.eye(15)])
    np.testing.assert_allclose(np.kron(L, R if R.ndim == 2 else np.diag(R)), B, atol=1e-14)


def test_damped_factors_have_their_inverses_and_the_damping_is_balanced():
    rng = np.random.default_rng(3)
    L, R = (lambda a: a @ a.T)(rng.standard_normal((4, 4))), rng.random(3)
    on_L, on_R = damping_of_factors(L, R, 0.09)
    np.testing.assert_allclose(on_L * on_R, 0.09)
    np.testing.assert_allclose(on_L / on_R, np.trace(L) / 4 / R.mean())
    assert damping_of_factors(np.zeros((2, 2)), R, 0.09) == (0.3, 0.3)
    memory = {"rows a": L, "columns a": R}
    inverses, firm = damped_inverses(memory, 0.09, Threads(1))
    np.testing.assert_allclose(inverses["inverse rows a"] @ (L + on_L * np.eye(4)), np.eye(4), atol=1e-12)
    np.testing.assert_allclose(inverses["inverse columns a"] * (R + on_R), 1)
    assert firm


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_singular_factor_gets_more_damping(dtype):
    memory = {"rows a": np.full((3, 3), 1e6, dtype), "columns a": np.ones((2, 2), dtype)}
    inverses, firm = damped_inverses(memory, 1e-30, Threads(1))
    assert not firm
    assert all(np.isfinite(inverse).all() and inverse.dtype == dtype for inverse in inverses.values())


def test_factors_that_are_not_finite_leave_the_averages_alone():
    network, memory = dense(), {}
    theta = network.init(np.random.default_rng(1))
    curvature = curvature_of(network, theta, Samples(X))[1]
    curvature.move(theta, 1.0, 1, 5)
    assert averaged(memory, curvature, 0.0, 5)
    first = {key: average.copy() for key, average in memory.items()}
    curvature.move(np.where(np.arange(len(theta)) == 0, np.nan, theta), 1.0, 1, 5)
    assert not averaged(memory, curvature, 0.5, 5)
    for key, average in first.items():
        np.testing.assert_array_equal(memory[key], average)
    curvature.move(theta, 1.0, 1, 5)
    assert averaged(memory, curvature, 0.5, 5)
    for key, average in first.items():
        np.testing.assert_allclose(memory[key], average, rtol=1e-12)


def test_the_best_combination_is_the_minimum_of_the_model():
    rng = np.random.default_rng(4)
    A = rng.standard_normal((6, 6))
    B, g, directions = A @ A.T, rng.standard_normal(6), list(rng.standard_normal((3, 6)))

    class Model:
        gradient = g

        def products(self, vectors):
            return np.array([[v @ B @ w for w in vectors] for v in vectors])

        def inner_products(self, vectors):
            return np.array([[v @ w for w in vectors] for v in vectors])

    def value(v):
        return g @ v + v @ (B + 0.1 * np.eye(6)) @ v / 2

    def step_of(combination):
        return combination.coefficients @ np.array(combination.directions)

    best = best_combination(directions, Model(), 0.1)
    step = step_of(best)
    np.testing.assert_allclose(best.promised, value(step), rtol=1e-12)
    np.testing.assert_allclose(best.promised_at(0.3), value(0.3 * step), rtol=1e-10)
    for direction in directions:
        assert abs((g + (B + 0.1 * np.eye(6)) @ step) @ direction) < 1e-10
    twice = best_combination([*directions, directions[0]], Model(), 0.1)  # two that are the same
    np.testing.assert_allclose(step_of(twice), step, rtol=1e-8)


@pytest.mark.parametrize("threads", [2, 3])
def test_curvature_does_not_depend_on_the_threads(threads):
    network, samples = dense(), Samples(X)
    theta, vectors = network.init(np.random.default_rng(1)), list(RNG.standard_normal((2, network.n_parameters)))
    with Threads(threads) as team:
        whole, parts = (curvature_of(network, theta, samples, of)[1] for of in (None, team))
        for curvature in (whole, parts):
            curvature.move(theta, 1.0, 1, 5)
        np.testing.assert_allclose(parts.products(vectors), whole.products(vectors), rtol=1e-12)
        one: dict = {}
        many: dict = {}
        assert whole.mix_factors(one, 0.0, 5)
        assert parts.mix_factors(many, 0.0, 5)
    for name, pair in one.items():
        for factor, by_many in zip(pair, many[name], strict=True):
            np.testing.assert_allclose(by_many, factor, rtol=1e-12)


def test_a_small_part_of_a_batch_tells_the_curvature():
    network, samples = dense(), Samples(np.random.default_rng(1).random((400, 5)))
    theta = network.init(np.random.default_rng(1))
    rows = np.random.default_rng(2).permutation(400)[:300]
    for given, share, least, count in (
        (rows, 0.5, 10, 150),
        (rows, 0.01, 128, 128),
        (None, 0.1, 1, 40),
        (None, 0.1, 500, 400),
    ):
        curvature = curvature_of(network, theta, samples, rows=given)[1]
        chosen, weights = curvature._chosen(share, least, 3)
        assert weights is None
        assert len(np.unique(chosen)) == count
        assert given is None or set(chosen) <= set(given)


@pytest.mark.parametrize("rows", [None, np.arange(100, 400)])
def test_samples_that_weigh_most_are_not_missed(rows):
    """A few samples drawn by their weights estimate the matrix without bias, whatever few weigh."""
    data = np.random.default_rng(1).random((400, 5))
    samples = Samples(data, weights=np.where(np.arange(400) == 200, 400.0, 1.0))
    network = dense()
    theta = network.init(np.random.default_rng(1))
    v = [np.random.default_rng(3).standard_normal(network.n_parameters)]
    curvature = curvature_of(network, theta, samples, rows=rows)[1]
    assert all(200 in curvature._chosen(0.1, 1, seed)[0] for seed in range(10))
    found = []
    for seed in range(60):
        curvature.move(theta, 0.1, 1, seed)
        found.append(curvature.products(v)[0, 0])
    curvature.move(theta, 1.0, 1, 0)
    np.testing.assert_allclose(np.mean(found), curvature.products(v)[0, 0], rtol=3 * np.std(found) / 60**0.5)
    assert np.std(found) < 0.5 * np.mean(found)


def test_a_linear_autoencoder_gets_to_the_principal_components():
    data = np.random.default_rng(5).standard_normal((50, 6)) @ np.diag([3, 2, 1, 0.5, 0.3, 0.1])
    ae = npae.Autoencoder([2], optimizer="kfac", refine=None, epochs=150, scale=None, random_state=0).fit(data)
    values = np.linalg.svd(data - data.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(ae.history_["loss"][-1], (values[2:] ** 2).sum() / data.size, rtol=1e-6)


def test_letters_take_a_quarter_of_adams_passes(letters):
    def loss(optimizer, epochs):
        ae = npae.Autoencoder([29, 23, 2], loss="bce", optimizer=optimizer, refine=None, epochs=epochs, random_state=0)
        return ae.fit(letters).history_["loss"][-1]

    assert loss(KFAC(), 100) < loss(npae.Adam(0.01), 400)


KINDS = {
    "dense": ([Dense(6, "tanh"), Dense(2)], None, (12, 8), {}),
    "float32": ([Dense(6, "tanh"), Dense(2)], None, (12, 8), {"dtype": "float32"}),
    "variational": ([Dense(6, "tanh"), GaussianCode(2, 0.1)], None, (12, 8), {}),
    "free bits": ([Dense(6, "tanh"), GaussianCode(2, 0.1, free_bits=0.1)], None, (12, 8), {}),
    "convolutional": (
        [Conv2D(3, 3, 2, activation="tanh"), Flatten(), Dense(2)],
        [Dense(27), Reshape((3, 3, 3)), ConvTranspose2D(1, 3, 2)],
        (12, 6, 6, 1),
        {},
    ),
    "recurrent": ([LSTM(4, sequences=False), Dense(2)], [Repeat(5), LSTM(4, sequences=True), Dense(2)], (12, 5, 2), {}),
    "noise": ([Dense(6, "tanh"), npae.Dropout(0.1), Dense(2)], None, (12, 8), {"noise": npae.GaussianNoise(0.1)}),
    "penalties": ([Dense(6, "tanh"), Dense(2)], None, (12, 8), {"penalty": [npae.L2(1e-3), npae.CodeL1(1e-3)]}),
}


def made(kind, **more):
    encoder, decoder, shape, options = KINDS[kind]
    fixed = {"optimizer": KFAC(), "refine": None, "random_state": 0, "epochs": 25} | options | more
    return npae.Autoencoder(encoder, decoder=decoder, **fixed), np.random.default_rng(6).random(shape).astype(
        options.get("dtype", float)
    )


@in_one_test("kind", KINDS)
def test_every_kind_of_network_learns(kind):
    ae, data = made(kind)
    loss = ae.fit(data).history_["loss"]
    assert np.isfinite(loss).all()
    assert np.mean(loss[-5:]) < 0.9 * loss[0]


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_size", [5, None])
def test_training_resumes_to_the_bit(kind, batch_size, tmp_path):
    whole, data = made(kind, epochs=9, batch_size=batch_size)
    whole.fit(data)
    keep = npae.Checkpoint(tmp_path / "a.npz")
    made(kind, epochs=4, batch_size=batch_size, callbacks=[keep])[0].fit(data)
    resumed = made(kind, epochs=9, batch_size=batch_size, callbacks=[keep])[0].fit(data)
    np.testing.assert_array_equal(resumed.theta_, whole.theta_)
    assert resumed.history_["loss"] == whole.history_["loss"]


@pytest.mark.parametrize("threads", [1, 2])
def test_equal_seeds_and_threads_give_equal_bits(letters, threads):
    def theta():
        ae = npae.Autoencoder([16, 2], optimizer="kfac", refine=None, epochs=12, threads=threads, random_state=3)
        return ae.fit(letters).theta_

    np.testing.assert_array_equal(theta(), theta())


def test_weights_count_like_rows_that_are_there_twice():
    data = np.random.default_rng(7).random((10, 6))
    twice = np.concatenate([data, data[:4]])
    options = {"optimizer": KFAC(damping=0.01), "refine": None, "epochs": 15, "scale": None, "random_state": 0}

    def loss(fitted):
        return fitted.history_["loss"][-1]

    weighted = npae.Autoencoder([4, 2], **options).fit(data, sample_weight=np.where(np.arange(10) < 4, 2.0, 1.0))
    np.testing.assert_allclose(loss(weighted), loss(npae.Autoencoder([4, 2], **options).fit(twice)), rtol=0.3)


def test_gaps_and_masks_are_left_out():
    data = np.random.default_rng(8).random((30, 6))
    gaps = np.where(np.random.default_rng(9).random(data.shape) < 0.2, np.nan, data)
    ae = npae.Autoencoder([4, 2], missing="ignore", optimizer="kfac", refine=None, epochs=20, random_state=0).fit(gaps)
    assert ae.history_["loss"][-1] < ae.history_["loss"][0]
    series, mask = np.random.default_rng(10).random((8, 5, 2)), np.arange(5) < np.arange(1, 9)[:, None]
    options = {"optimizer": "kfac", "refine": None, "epochs": 12, "scale": None, "random_state": 0}
    found = []
    for padding in (0.0, 7.0):
        padded = np.where(mask[:, :, None], series, padding)
        found.append(npae.Autoencoder([Dense(4, "tanh"), Dense(1)], **options).fit(padded, mask=mask).theta_)
    np.testing.assert_array_equal(*found)


def test_an_adaptive_eta_can_undo_its_steps(letters):
    optimizer = KFAC(adapt=npae.AdaptiveEta())
    loss = (
        npae.Autoencoder([16, 2], optimizer=optimizer, refine=None, epochs=40, random_state=0)
        .fit(letters)
        .history_["loss"]
    )
    assert (np.diff(loss) <= 1e-12).all()


def test_it_goes_on_after_a_refinement(letters):
    refine = npae.Refine("BFGS", every=5, max_iterations=5)
    ae = npae.Autoencoder([16, 2], optimizer="kfac", refine=refine, epochs=20, random_state=0).fit(letters)
    assert ae.history_["loss"][-1] < ae.history_["loss"][0] / 1.5
    memory = {"before": np.ones(3), "m": np.ones(2)}
    KFAC().after_refinement(memory)
    assert not memory["before"].any()
    assert not memory["m"].any()


def test_lambda_follows_the_reduction_ratio(letters, monkeypatch):
    seen = []
    for trusted in (-1.0, 10.0):  # every step is trusted, or none is
        monkeypatch.setattr(kfac_module, "TRUSTED", trusted)
        monkeypatch.setattr(kfac_module, "DISTRUSTED", -2.0 if trusted < 0 else 9.0)
        state: dict = {}
        optimizer = KFAC(damping=1e-3)
        hook = lambda training, state=state: state.update(training.state.optimizer)  # noqa: E731  # a callback
        npae.Autoencoder([8, 2], optimizer=optimizer, refine=None, epochs=10, callbacks=[hook], random_state=0).fit(
            letters
        )
        seen.append(state["lambda"])
    np.testing.assert_allclose(seen, [1e-3 * 0.95**10, 1e-3 * 0.95**-30])  # the fifth step brings doubts, which stay


OUTLIERS = np.random.default_rng(0).random((900, 6)) @ np.random.default_rng(1).random((6, 6))
OUTLIERS[:3] *= 100


@pytest.mark.parametrize(
    ("data", "options", "fit"),
    [
        (OUTLIERS, {"batch_size": 300}, {}),
        (np.exp(2 * np.random.default_rng(2).standard_normal((600, 6))), {}, {}),
        (RNG.random((600, 6)), {}, {"sample_weight": np.where(np.arange(600) < 3, 1.0, 1e-9)}),
        (1e6 * RNG.random((200, 6)), {"dtype": "float32", "scale": None, "activation": "tanh"}, {}),
    ],
    ids=["outliers", "heavy tails", "weights", "unscaled float32"],
)
def test_steps_that_promise_too_much_are_refused(data, options, fit):
    """The few samples of the curvature do not see what makes the gradient, or the batch tells little of the data."""
    for seed in range(2):
        shared = {"refine": None, "epochs": 20, "random_state": seed, **options}
        kfac, adam = (npae.Autoencoder([4, 2], optimizer=o, **shared).fit(data, **fit) for o in ("kfac", "adam"))
        assert max(kfac.history_["loss"]) < 2 * max(adam.history_["loss"])
        assert kfac.history_["loss"][-1] < 1.1 * adam.history_["loss"][-1]


def test_a_step_that_makes_the_loss_greater_is_not_taken(letters):
    network = dense()
    theta = network.init(np.random.default_rng(1))
    memory, moved = (optimizer := KFAC(damping=0.01)).start(theta), theta.copy()
    gradient, curvature = curvature_of(network, theta, Samples(X))
    curvature._value = lambda at, seed: curvature.loss + 1.0
    memory["doubts"] = 1
    optimizer.step(moved, gradient, 1.0, memory, None, curvature)
    np.testing.assert_array_equal(moved, theta)
    assert not memory["before"].any()
    assert memory["doubts"]
    np.testing.assert_allclose(memory["lambda"], 0.01 * 0.95**-5 * 4)


def test_the_step_before_counts_at_most_once_in_mini_batches():
    rng = np.random.default_rng(4)
    A = rng.standard_normal((6, 6))
    g, directions = rng.standard_normal(6), list(rng.standard_normal((2, 6)))

    class Model:
        gradient = g

        def products(self, vectors):
            return np.array([[v @ A @ A.T @ w for w in vectors] for v in vectors])

        def inner_products(self, vectors):
            return np.array([[v @ w for w in vectors] for v in vectors])

    def value(c):
        v = c @ np.array(directions)
        return g @ v + v @ (A @ A.T + 0.1 * np.eye(6)) @ v / 2

    free = best_combination(directions, Model(), 0.1).coefficients[-1]
    for bounds in ((free + 0.5, free + 1), (free - 1, free - 0.5)):
        best = best_combination(directions, Model(), 0.1, last_in=bounds)
        nearest = min(bounds, key=lambda b: abs(b - free))
        np.testing.assert_allclose(best.coefficients[-1], nearest)
        np.testing.assert_allclose(best.promised, value(best.coefficients))
        for h in (1e-3, -1e-3):
            assert value(best.coefficients + np.array([h, 0])) > best.promised


def test_weight_decay_and_eta_act_as_in_other_optimizers(letters):
    network = dense()
    theta = network.init(np.random.default_rng(1))

    def after(**options):
        moved, optimizer = theta.copy(), KFAC(damping=0.01, **options)
        gradient, curvature = curvature_of(network, moved, Samples(X))
        optimizer.step(moved, gradient, optimizer.eta, optimizer.start(theta), None, curvature)
        return moved

    whole = after() - theta
    np.testing.assert_allclose(after(eta=0.5) - theta, whole / 2, rtol=1e-12)
    np.testing.assert_allclose(after(weight_decay=0.1), 0.9 * (theta + whole), rtol=1e-12)
    np.testing.assert_allclose(
        after(clip=1e-3) - theta, whole * np.linalg.norm(after(clip=1e-3) - theta) / np.linalg.norm(whole)
    )


def test_data_without_any_gradient_move_nothing():
    ae = npae.Autoencoder([2], optimizer="kfac", refine=None, epochs=5, scale=None, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ae.fit(np.zeros((4, 3)))
    assert np.isfinite(ae.theta_).all()


@dataclasses.dataclass(frozen=True)
class Absolute(npae.Loss):
    """A loss that says nothing of its curvature."""

    def forward(self, z, target, context):
        share = context.share_of_mean(z)
        return float(np.abs(z - target).sum()) * share, lambda: np.sign(z - target) * share


@dataclasses.dataclass(frozen=True)
class Scale(npae.Layer):
    """A layer of one's own with nothing but a forward pass."""

    def parameters(self, in_shape):
        return {"s": npae.Weight(in_shape)}

    def forward(self, x, params, context):
        def backward(dy, grads):
            grads["s"][...] = (dy * x).sum(axis=0)
            return dy * params["s"]

        return x * params["s"], backward


def test_a_layer_of_ones_own_moves_along_adams_direction():
    data = np.random.default_rng(11).random((12, 4))
    ae = npae.Autoencoder(
        [Scale(), Dense(2)], decoder=[Dense(4)], optimizer="kfac", refine=None, epochs=20, random_state=0
    )
    loss = ae.fit(data).history_["loss"]
    assert loss[-1] < loss[0]
    assert not np.array_equal(ae.network_.parameters(ae.theta_)["encoder.0.s"], np.zeros(4))


@in_one_test(
    ("options", "message"),
    [
        ({"damping": 0.0}, r"damping must be a number in \]0, inf\[, got 0.0"),
        ({"damping": -1.0}, "damping must be a number"),
        ({"decay": 1}, r"decay must be a number in \[0, 1\[, got 1"),
        ({"sample": 0}, r"sample must be a number in \]0, 1\], got 0"),
        ({"sample": 2.0}, "sample must be a number"),
        ({"momentum": 0.9}, "momentum must be True or False, got 0.9"),
        ({"inverse_every": 0}, "inverse_every must be"),
        ({"factors_every": 0}, "factors_every must be"),
        ({"eta": 0}, "eta must be a number"),
    ],
)
def test_bad_numbers_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        KFAC(**options)


def test_what_cannot_work_is_refused_before_training():
    data = np.random.default_rng(12).random((6, 4))
    with pytest.raises(ValueError, match=r"loss must offer curvature .* got Absolute\(\)\. Give it a curvature"):
        npae.Autoencoder([2], loss=Absolute(), optimizer="kfac", refine=None).fit(data)
    with pytest.raises(ValueError, match="layers must have factors for KFAC, got none that has"):
        npae.Autoencoder([Scale()], decoder=[Scale()], optimizer="kfac", refine=None).fit(data)
    with pytest.raises(ValueError, match="batch_size must be at most the 6 samples"):
        npae.Autoencoder([2], optimizer="kfac", refine=None, batch_size=7).fit(data)
    with pytest.raises(TypeError, match="KFAC.step needs the curvature of the batch, got None"):
        KFAC().step(np.zeros(2), np.zeros(2), 1.0, KFAC().start(np.zeros(2)))


def test_singular_factors_are_told_once():
    data = np.repeat(np.random.default_rng(13).random((1, 6)), 8, axis=0).astype(np.float32) * 1e4
    ae = npae.Autoencoder(
        [3], optimizer=KFAC(damping=1e-30), refine=None, epochs=12, scale=None, dtype="float32", random_state=0
    )
    with pytest.warns(
        UserWarning, match="KFAC: factors that are singular to rounding were damped more, in step 1"
    ) as told:
        ae.fit(data)
    assert sum("KFAC" in str(item.message) for item in told) == 1
    assert np.isfinite(ae.theta_).all()


def test_a_lambda_that_has_vanished_does_not_begin_again():
    optimizer, network, samples = KFAC(damping=0.01), dense(), Samples(X)
    theta = network.init(np.random.default_rng(1))
    memory = optimizer.start(theta)
    for _ in range(2):
        gradient, curvature = curvature_of(network, theta, samples)
        optimizer.step(theta, gradient, 1.0, memory, None, curvature)
        memory["lambda"] = 0.0
    gradient, curvature = curvature_of(network, theta, samples)
    optimizer.step(theta, gradient, 1.0, memory, None, curvature)
    assert memory["lambda"] == 0.0
