"""The principal start reconstructs as principal component analysis does, where a network can express that."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Conv2D, Dense, Dropout, Flatten, GaussianCode, Network, Reshape
from npae.activations import ACTIVATIONS
from npae.estimators.principal_start import principal_start, reading_all_units
from npae.network.scaling import Scaling
from npae.samples import Samples, rows
from npae.samples.moments import moments_of

RNG = np.random.default_rng(0)
X = RNG.standard_normal((200, 4)) @ RNG.standard_normal((4, 7)) + 0.3 * RNG.standard_normal((200, 7)) + 5


def pca_error(X, k):
    x = X.reshape(len(X), -1)
    x = x - x.mean(axis=0)
    s = np.linalg.svd(x, compute_uv=False)
    return np.sum(s[k:] ** 2) / x.size


def started(network, X, kind="common", seed=0, all_units=False):
    """Return the network, scaled, and the theta of its principal start, which may read all units."""
    samples = Samples(X)
    network = network.scaled_by(kind and Scaling.of(moments_of(samples), kind, network.dtype))
    theta = principal_start(network, samples, network.init(np.random.default_rng(seed)))
    return network, reading_all_units(network, samples, theta) if all_units else theta


def assert_pca(network, theta, X, k, rtol=1e-6):
    error = np.mean(np.square(X - network.reconstruct(theta, X)))
    assert error <= pca_error(X, k) * (1 + rtol)
    return error


@pytest.mark.fast_cases(10)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("code", ["identity", "tanh", "relu"])
@pytest.mark.parametrize("hidden", [(), (6,), (9, 5)], ids=str)
@pytest.mark.parametrize("k", [1, 3])
def test_the_error_is_that_of_pca_for_every_activation_and_depth(activation, code, hidden, k):
    encoder = [*(Dense(units, activation) for units in hidden), Dense(k, code)]
    decoder = [*(Dense(units, activation) for units in hidden[::-1]), Dense(7)]
    network, theta = started(Network(encoder, decoder, in_shape=(7,)), X)
    np.testing.assert_allclose(assert_pca(network, theta, X, k), pca_error(X, k), rtol=1e-6)


@in_one_test("activation", [name for name in ACTIVATIONS if name != "identity"])
@in_one_test("k", [1, 3])
def test_units_without_a_component_lower_the_error(activation, k):
    layers = [Dense(9, activation), Dense(k)], [Dense(9, activation), Dense(7)]
    network, theta = started(Network(*layers, in_shape=(7,)), X, all_units=True)
    assert assert_pca(network, theta, X, k) < 0.999 * pca_error(X, k)


@in_one_test("activation", ACTIVATIONS)
@in_one_test("code", ACTIVATIONS)
def test_units_without_a_component_do_no_harm(activation, code):
    """They may be silent, or see a code that is almost 0."""
    layers = [Dense(9, activation), Dense(3, code)], [Dense(9, activation), Dense(7)]
    network, theta = started(Network(*layers, in_shape=(7,)), X, all_units=True)
    assert_pca(network, theta, X, 3)


@pytest.mark.parametrize("deviations", [[1e-7, 1], [1e6, 1, 1e-2]], ids=str)
def test_an_error_too_small_for_a_refinement_is_below_that_of_pca(deviations):
    """Of 1e-11 and less of the variance, which L-BFGS cannot lower."""
    tables = np.random.default_rng(1).standard_normal((300, len(deviations))) * deviations
    network, theta = started(
        Network([Dense(9, "tanh"), Dense(1)], [Dense(9, "tanh"), Dense(len(deviations))], in_shape=(len(deviations),)),
        tables,
        all_units=True,
    )
    assert np.mean(np.square(tables - network.reconstruct(theta, tables))) < pca_error(tables, 1)


def test_a_mapped_file_is_read_piece_by_piece(tmp_path, monkeypatch):
    layers = [Dense(9, "tanh"), Dense(2)], [Dense(9, "tanh"), Dense(7)]
    mapped = np.memmap(tmp_path / "X", np.float64, "w+", shape=X.shape)
    mapped[:] = X
    network, whole = started(Network(*layers, in_shape=(7,)), X, all_units=True)
    monkeypatch.setattr(rows, "PIECE", 1000)
    _, pieces = started(Network(*layers, in_shape=(7,)), mapped, all_units=True)
    np.testing.assert_allclose(network.reconstruct(pieces, X), network.reconstruct(whole, X), rtol=1e-6)


@pytest.mark.parametrize("kind", [None, "common"])
def test_the_error_is_that_of_pca_without_scaling_too(kind):
    network, theta = started(
        Network([Dense(5, "tanh"), Dense(2)], [Dense(5, "tanh"), Dense(7)], in_shape=(7,)), X, kind
    )
    assert_pca(network, theta, X, 2)


@in_one_test("size", [1e-100, 1e-6, 1e6, 1e100])
@in_one_test("kind", [None, "common"])
def test_no_warning_leaks_whatever_the_size_of_the_data(size, kind):
    network, theta = started(
        Network([Dense(5, "tanh"), Dense(2)], [Dense(5, "tanh"), Dense(7)], in_shape=(7,)), size * X, kind
    )
    if kind is not None:
        assert_pca(network, theta, size * X, 2)


def test_columns_have_the_components_of_standardised_data():
    scales = 10.0 ** np.arange(7)
    network, theta = started(Network([Dense(5, "tanh"), Dense(2)], [Dense(7)], in_shape=(7,)), X * scales, "columns")
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(network.value(theta, X * scales), pca_error(Z, 2), rtol=1e-4)


@in_one_test("in_shape", [(4, 2, 1), (2, 2, 3), (5, 3)], ids=str)
def test_shaped_samples_are_flattened(in_shape):
    D = int(np.prod(in_shape))
    pictures = (RNG.standard_normal((60, 5)) @ RNG.standard_normal((5, D)) + 0.1 * RNG.random((60, D))).reshape(
        60, *in_shape
    )
    layers = [Flatten(), Dense(6, "tanh"), Dense(2)], [Dense(6, "tanh"), Dense(D), Reshape(in_shape)]
    network, theta = started(Network(*layers, in_shape=in_shape), pictures)
    # shifts are those of the last axis, and the components those of pixels
    assert_pca(network, theta, pictures, 2)


@in_one_test("N", [1, 2, 3])
def test_few_samples_are_reconstructed(N):
    few = X[:N]
    network, theta = started(Network([Dense(6, "tanh"), Dense(2)], [Dense(6, "tanh"), Dense(7)], in_shape=(7,)), few)
    if N == 1:
        assert theta is None
    else:
        assert np.mean(np.square(few - network.reconstruct(theta, few))) < 1e-6 * few.var(axis=0).mean()


def test_a_code_wider_than_the_data_copies_them():
    network, theta = started(Network([Dense(9)], [Dense(7)], in_shape=(7,)), X)
    assert np.mean(np.square(X - network.reconstruct(theta, X))) < 1e-12


def test_float32_is_as_near_as_it_can_be():
    network = Network([Dense(6, "tanh"), Dense(2)], [Dense(6, "tanh"), Dense(7)], in_shape=(7,), dtype="float32")
    network, theta = started(network, X.astype(np.float32))
    assert_pca(network, theta, X, 2, rtol=1e-3)


def test_what_is_not_needed_is_as_drawn():
    layers = [Dense(6, "tanh"), Dense(2)], [Dense(6, "tanh"), Dense(7)]
    network, theta = started(Network(*layers, in_shape=(7,)), X)
    drawn = network.init(np.random.default_rng(0))
    same = network.parameters(theta)["encoder.0.W"][:, 2:] == network.parameters(drawn)["encoder.0.W"][:, 2:]
    assert same.all()


OTHERS = {
    "a convolution": ([Conv2D(2, 3), Flatten(), Dense(2)], [Dense(16), Reshape((4, 4, 1))], (4, 4, 1), {}),
    "steps": ([Dense(4), Dense(2)], [Dense(4, "tanh"), Dense(3)], (5, 3), {}),
    "dropout": ([Dropout(0.1), Dense(2)], [Dense(7)], (7,), {}),
    "a variational code": ([GaussianCode(2)], [Dense(7)], (7,), {}),
    "a penalty": ([Dense(2)], [Dense(7)], (7,), {"penalty": npae.MaxNorm(1.0)}),
    "a bounded output": ([Dense(2)], [Dense(7, "tanh")], (7,), {}),
    "logits": ([Dense(2)], [Dense(7)], (7,), {"loss": "bce"}),
    "a layer narrower than the code": ([Dense(2, "tanh"), Dense(3)], [Dense(7)], (7,), {}),
}


@in_one_test("case", OTHERS)
def test_there_is_none_for_other_networks(case):
    encoder, decoder, in_shape, options = OTHERS[case]
    network = Network(encoder, decoder, in_shape=in_shape, **options)
    samples = Samples(RNG.random((20, *in_shape)))
    assert principal_start(network, samples, network.init(np.random.default_rng(0))) is None


def test_there_is_none_for_padded_series_and_for_what_does_not_vary():
    network = Network([Flatten(), Dense(2)], [Dense(6), Reshape((2, 3))], in_shape=(2, 3))
    drawn, series = network.init(np.random.default_rng(0)), RNG.random((5, 2, 3))
    assert principal_start(network, Samples(series), drawn) is not None
    assert principal_start(network, Samples(series, mask=np.ones((5, 2), bool)), drawn) is None
    assert principal_start(network, Samples(np.ones((5, 2, 3))), drawn) is None
