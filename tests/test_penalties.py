import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import L1, L2, Autoencoder, CodeKL, CodeL1, Dense, MaxNorm, Network
from npae.settings.description import describe, restore

X = np.random.default_rng(0).random((12, 6))
PENALTIES = [L1(0.01), L2(0.02), CodeL1(0.03), CodeKL(0.2, 0.05), [L1(0.01), L2(0.02), CodeKL(0.1, 0.1), MaxNorm(3)]]


def network(penalty, code="sigmoid", **options):
    return Network([Dense(5, "tanh"), Dense(3, code)], [Dense(6)], in_shape=(6,), penalty=penalty, **options)


def start(net):
    return net.init(np.random.default_rng(1)) + 0.1 * np.random.default_rng(2).standard_normal(net.n_parameters)


def weights(net, theta):
    return [view for name, view in net.parameters(theta).items() if name.endswith("W")]


@in_one_test("penalty", PENALTIES, ids=str)
def test_the_gradient_of_a_penalised_loss_is_exact(penalty):
    npae.check_gradients(network(penalty), X, theta=start(network(penalty)), tolerance=1e-7)


@in_one_test(
    ("penalty", "formula"),
    [
        (L1(0.01), lambda net, theta: 0.01 * sum(np.abs(w).sum() for w in weights(net, theta))),
        (L2(0.02), lambda net, theta: 0.02 * sum((w**2).sum() for w in weights(net, theta))),
        (CodeL1(0.03), lambda net, theta: 0.03 * np.abs(net.encode(theta, X)).sum(axis=1).mean()),
    ],
    ids=["L1", "L2", "CodeL1"],
)
def test_a_penalty_adds_its_formula_to_the_loss(penalty, formula):
    plain, penalised = network(None), network(penalty)
    theta = start(plain)
    expected = plain.value(theta, X) + formula(plain, theta)
    np.testing.assert_allclose(penalised.value(theta, X), expected, rtol=1e-12)
    np.testing.assert_allclose(penalised.value_and_gradient(theta, X)[0], expected, rtol=1e-12)


def test_the_divergence_is_that_of_bernoulli_variables():
    theta = start(network(None))
    r, t = network(None).encode(theta, X).mean(axis=0), 0.2
    expected = 0.05 * sum(t * np.log(t / q) + (1 - t) * np.log((1 - t) / (1 - q)) for q in r)
    found = network(CodeKL(0.2, 0.05)).value(theta, X) - network(None).value(theta, X)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_the_divergence_is_zero_at_the_target_and_finite_at_dead_units():
    net = Network([Dense(2, "sigmoid")], [Dense(6)], in_shape=(6,), penalty=CodeKL(0.5, 1.0))
    bare = Network([Dense(2, "sigmoid")], [Dense(6)], in_shape=(6,))
    theta = np.zeros(net.n_parameters)
    np.testing.assert_allclose(net.value(theta, X), bare.value(theta, X), rtol=1e-12)
    net.parameters(theta)["encoder.0.b"][...] = -1e4
    value, gradient = net.value_and_gradient(theta, X)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@in_one_test("penalty", [L1(0.01), L2(0.02), CodeL1(0.03)], ids=str)
def test_shards_add_up_to_the_whole_batch(penalty):
    net = network(penalty)
    theta, workspace = start(net), net.new_workspace()
    value, gradient = net.value_and_gradient(theta, X)
    parts = [(net.evaluate(workspace, theta, x, x, samples=12), workspace.gradient.copy()) for x in (X[:5], X[5:])]
    np.testing.assert_allclose(sum(v for v, _ in parts), value, rtol=1e-12)
    np.testing.assert_allclose(sum(g for _, g in parts), gradient, rtol=1e-10)


def test_what_needs_the_whole_batch_gets_it(monkeypatch):
    """Batches are not cut into shards, nor values into pieces."""
    monkeypatch.setattr("npae.network.pieces.ROWS", 4)
    net, theta = network(CodeKL(0.2, 0.5)), start(network(None))
    np.testing.assert_allclose(net.value(theta, X), net.value_and_gradient(theta, X)[0], rtol=1e-12)
    one, two = (
        Autoencoder([5, Dense(3, "sigmoid")], penalty=CodeKL(0.2, 0.5), epochs=5, threads=threads, random_state=0).fit(
            X
        )
        for threads in (1, 2)
    )
    np.testing.assert_array_equal(one.theta_, two.theta_)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_stay_within_their_norm_after_every_step(dtype):
    norms = []

    def look(training):
        norms.extend(np.linalg.norm(w, axis=0).max() for w in weights(training.network, training.theta))

    Autoencoder([4, 2], penalty=MaxNorm(0.5), callbacks=[look], epochs=30, dtype=dtype, random_state=0).fit(X)
    assert 0.49 < max(norms) <= 0.5 * (1 + 1e-6)


def test_a_bound_changes_neither_small_weights_nor_biases():
    net = network(MaxNorm(0.5))
    theta = start(net)
    before = {name: view.copy() for name, view in net.parameters(theta).items()}
    assert net.project(theta)
    for name, view in net.parameters(theta).items():
        if name.endswith("b"):
            np.testing.assert_array_equal(view, before[name])
        else:
            small = np.linalg.norm(before[name], axis=0) <= 0.5
            np.testing.assert_array_equal(view[:, small], before[name][:, small])
            np.testing.assert_allclose(
                view / np.linalg.norm(view, axis=0), before[name] / np.linalg.norm(before[name], axis=0)
            )


def test_a_refinement_is_cut_back_to_the_bound_and_makes_nothing_worse():
    ae = Autoencoder([4, 2], penalty=MaxNorm(1.0), refine=npae.Refine("BFGS", every=3), epochs=9, random_state=0).fit(X)
    assert max(np.linalg.norm(w, axis=0).max() for w in weights(ae.network_, ae.theta_)) <= 1 + 1e-12
    for record in ae.history_["refinements"]:
        before, after = (ae.history_["loss"][record["epoch"] - k] for k in (2, 1))
        assert after <= max(before, record["loss_before"])


def test_penalties_do_what_they_are_for():
    def fitted(penalty):
        return Autoencoder([5, Dense(3, "relu")], penalty=penalty, epochs=300, random_state=0).fit(X)

    plain = fitted(None)
    size = [sum((w**2).sum() for w in weights(ae.network_, ae.theta_)) for ae in (plain, fitted(L2(1e-2)))]
    assert size[1] < size[0] / 2
    small = [
        np.mean(np.abs(np.concatenate([w.ravel() for w in weights(ae.network_, ae.theta_)])) < 1e-2)
        for ae in (plain, fitted(L1(1e-2)))
    ]
    assert small[1] > small[0] + 0.3
    codes = [ae.encode(X) for ae in (plain, fitted(CodeL1(0.02)))]
    assert codes[1].sum() < codes[0].sum() / 2
    assert np.mean(codes[1] == 0) > np.mean(codes[0] == 0)


@in_one_test("penalty", PENALTIES, ids=str)
def test_a_penalised_model_is_the_same_after_saving(penalty, tmp_path):
    ae = Autoencoder([5, Dense(3, "sigmoid")], penalty=penalty, epochs=2, random_state=0).fit(X)
    ae.save(tmp_path / "model.npz")
    same = npae.load(tmp_path / "model.npz")
    assert same.network_.penalties == ae.network_.penalties
    assert same.network_.value(same.theta_, X) == ae.network_.value(ae.theta_, X)
    assert restore(describe(penalty)) == penalty


def test_exact_hessians_are_not_promised_where_a_penalty_has_none():
    assert network(MaxNorm(2)).has_exact_hessian
    assert not network(L2(1e-3)).has_exact_hessian
    ae = Autoencoder([3], penalty=L2(1e-3), optimizer=None, refine=npae.Refine("trust-ncg"), epochs=2, random_state=0)
    record = ae.fit(X).history_["refinements"][0]
    assert record["loss_after"] < record["loss_before"]


@in_one_test(
    ("make", "message"),
    [
        (lambda: L1(-1), "weight must be a number in"),
        (lambda: L2("much"), "weight must be a number in"),
        (lambda: CodeL1(np.nan), "weight must be a number in"),
        (lambda: CodeKL(0.05, -1), "weight must be a number in"),
        (lambda: CodeKL(1.0, 1), r"target must be a number in \]0, 1\["),
        (lambda: MaxNorm(0), "limit must be a number in"),
        (lambda: network(0.1), r"penalty must be a penalty such as L2\(1e-4\), or a list of them, got 0.1"),
        (
            lambda: network(CodeKL(0.1, 1), code="tanh"),
            "code must have the activation 'sigmoid' for CodeKL, got 'tanh'",
        ),
    ],
)
def test_bad_penalties_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_base_classes_have_no_formula():
    for make in (lambda: npae.WeightPenalty().charge(X, None, 1, None), lambda: npae.CodePenalty().forward(X, None)):
        with pytest.raises(NotImplementedError, match="must define"):
            make()


@in_one_test("dtype", [np.float64, np.float32])
def test_weights_whose_squares_overflow_get_the_bound_as_their_norm(dtype):
    w = np.array([[3.0, 0.1], [-4.0, 0.2]], dtype) * dtype(np.finfo(dtype).max / 8)
    npae.MaxNorm(2.0).project(w)
    np.testing.assert_allclose(np.linalg.norm(w, axis=0), 2, rtol=1e-6)
    np.testing.assert_allclose(w[:, 0], [1.2, -1.6], rtol=1e-6)
