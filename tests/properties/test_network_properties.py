"""Networks of every kind: shapes and dtypes, and what must not change the loss and its derivatives."""

import pickle

import numpy as np
from hypothesis import strategies as st
from properties import property_of
from strategies import Example, dtypes, networks, noises, nothing, rngs

from npae import Bias, Network, Weight, check_gradients
from npae.network import Shards
from npae.samples import Samples

ROUNDING = 1e-9  # of float64, after the sums of a small network


def near(gradient, other, tolerance=ROUNDING):
    """Assert that two gradients differ by little of their length."""
    assert np.linalg.norm(gradient - other) <= tolerance * (np.linalg.norm(other) + 1e-3)


def in_single_precision(network):
    """Return the same network in float32."""
    layers = network.encoder.layers, network.decoder.layers
    return Network(*layers, network.loss, in_shape=network.in_shape, penalty=network.penalties, dtype="float32")


@property_of(
    "npae.Network",
    "npae.Network.encode",
    "npae.Network.decode",
    "npae.Network.reconstruct",
    "npae.Network.logits",
    "npae.Network.errors",
    "npae.Network.init",
    "npae.Network.value",
    example=networks(dtype=dtypes),
)
def test_results_have_the_shapes_that_the_network_names_and_its_dtype(example):
    network, theta, X = example.network, example.theta, example.X
    codes, rebuilt = network.encode(theta, X), network.reconstruct(theta, X)
    assert codes.shape == (len(X), *network.code_shape) and rebuilt.shape == X.shape
    assert network.decode(theta, codes).shape == network.logits(theta, codes).shape == X.shape
    assert network.errors(theta, X).shape == (len(X),)
    assert network.errors(theta, X, features=True).shape == X.shape
    value, gradient = example.value_and_gradient
    assert type(value) is float and value == network.value(theta, X)
    assert gradient.shape == theta.shape == (network.n_parameters,)
    arrays = (theta, codes, rebuilt, gradient, network.decode(theta, codes), network.errors(theta, X))
    assert {array.dtype for array in arrays} == {network.dtype}


@property_of("npae.Network.decode", "npae.Network.reconstruct", "npae.Network.errors", example=networks())
def test_reconstructions_are_decoded_codes_and_errors_are_theirs(example):
    network, theta, X = example.network, example.theta, example.X
    rebuilt = network.reconstruct(theta, X)
    np.testing.assert_allclose(rebuilt, network.decode(theta, network.encode(theta, X)), rtol=1e-12, atol=1e-14)
    squares = np.square(rebuilt - X)
    np.testing.assert_allclose(network.errors(theta, X, features=True), squares, rtol=1e-9, atol=1e-12)
    means = squares.reshape(len(X), -1).mean(axis=1)
    np.testing.assert_allclose(network.errors(theta, X), means, rtol=1e-9, atol=1e-12)


@property_of("npae.Network.value_and_gradient", example=networks(noise=noises), rng=rngs)
def test_the_order_of_samples_changes_loss_and_gradient_by_rounding_alone(example, rng):
    order = rng.permutation(len(example.X))
    value, gradient = example.value_and_gradient
    other, turned = Example(example.network, example.theta, example.X[order]).value_and_gradient
    np.testing.assert_allclose(other, value, rtol=ROUNDING)
    near(turned, gradient)


@property_of("npae.Network.encode", "npae.Network.reconstruct", example=networks(), rng=rngs)
def test_what_a_sample_becomes_does_not_depend_on_the_others(example, rng):
    network, theta, X = example.network, example.theta, example.X
    rows = rng.permutation(len(X))[: len(X) // 2]
    for method in (network.encode, network.reconstruct):
        np.testing.assert_allclose(method(theta, X[rows]), method(theta, X)[rows], rtol=1e-9, atol=1e-12)


@property_of(
    "npae.Network.value_and_gradient",
    example=networks(),
    factor=st.sampled_from([1e-200, 0.25, 3.0, 1e200]),
    rng=rngs,
)
def test_only_proportions_of_weights_matter_and_whole_ones_count_samples(example, factor, rng):
    network, theta, X = example.network, example.theta, example.X
    weights = rng.integers(0, 4, len(X))
    weights[0] += 1
    value, gradient = network.value_and_gradient(theta, X, sample_weight=weights)
    for same in (
        network.value_and_gradient(theta, X, sample_weight=factor * weights),
        network.value_and_gradient(theta, np.repeat(X, weights, axis=0)),
    ):
        np.testing.assert_allclose(same[0], value, rtol=1e-8)
        near(same[1], gradient, 1e-8)


@property_of("npae.Network.value_and_gradient", example=networks(rows=7), threads=st.integers(2, 9))
def test_shards_add_up_to_the_batch_whatever_their_number(example, threads):
    value, gradient = example.value_and_gradient
    for at_a_time in (None, 2):
        with Shards(example.network, threads, at_a_time) as shards:
            found = shards.evaluate(example.theta, Samples(example.X))
            np.testing.assert_allclose(found, value, rtol=ROUNDING)
            near(shards.gradient, gradient)


@property_of(
    "npae.Network.encode", "npae.Network.errors", "npae.Network.value", example=networks(), n=st.integers(2, 5)
)
def test_threads_change_no_more_than_rounding(example, n):
    network, theta, X = example.network, example.theta, example.X
    for method in (network.encode, network.reconstruct, network.errors):
        np.testing.assert_allclose(method(theta, X, threads=n), method(theta, X), rtol=1e-9, atol=1e-12)


@property_of("npae.Network.value_and_gradient", example=networks())
def test_single_precision_is_as_near_as_its_digits(example):
    single = in_single_precision(example.network)
    value, gradient = example.value_and_gradient
    found, theirs = single.value_and_gradient(example.theta.astype(np.float32), example.X)
    assert theirs.dtype == np.float32
    np.testing.assert_allclose(found, value, rtol=1e-4, atol=1e-6)
    near(theirs, gradient, 1e-3)
    for method in ("encode", "reconstruct"):
        a, b = (getattr(n, method)(example.theta, example.X) for n in (single, example.network))
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@property_of(
    "npae.Network.hessian_product",
    "npae.Network.hessian",
    example=networks(kinds=("dense",), penalty=st.none()),
    rng=rngs,
)
def test_the_hessian_is_linear_and_symmetric_and_is_the_derivative_of_the_gradient(example, rng):
    network, theta, X = example.network, example.theta, example.X
    assert network.has_exact_hessian
    u, v = rng.standard_normal((2, theta.size))
    Hu, Hv = (network.hessian_product(theta, w, X) for w in (u, v))
    np.testing.assert_allclose(u @ Hv, v @ Hu, rtol=1e-7, atol=1e-9)
    near(network.hessian_product(theta, 2 * u - v, X), 2 * Hu - Hv)
    np.testing.assert_array_equal(network.hessian(X).product(theta, v), Hv)
    h = 1e-5
    ahead, behind = (network.value_and_gradient(theta + s * h * v, X)[1] for s in (1, -1))
    near((ahead - behind) / (2 * h), Hv, 1e-5)


@property_of(
    "npae.Network.gauss_newton_product",
    "npae.Network.gauss_newton",
    "npae.Linearization",
    "npae.LossCurvature",
    example=networks(penalty=st.sampled_from([None])),
    rng=rngs,
)
def test_the_gauss_newton_matrix_is_symmetric_and_never_negative(example, rng):
    network, theta, X = example.network, example.theta, example.X
    assert network.has_gauss_newton
    u, v = rng.standard_normal((2, theta.size))
    Bu, Bv = (network.gauss_newton_product(theta, w, X) for w in (u, v))
    np.testing.assert_allclose(u @ Bv, v @ Bu, rtol=1e-7, atol=1e-9)
    assert u @ Bu >= -1e-12 * abs(u @ u)
    near(network.gauss_newton_product(theta, u + 3 * v, X), Bu + 3 * Bv)
    matrix = network.gauss_newton()
    matrix.move(theta, X, X)
    near(matrix.product(v), Bv)


@property_of(
    "npae.check_gradients", "npae.GradientReport", many=20, example=networks(noise=noises), seed=st.integers(0, 9)
)
def test_every_gradient_agrees_with_central_differences(example, seed):
    report = check_gradients(example.network, example.X, theta=example.theta, entries=25, random_state=seed)
    assert report.error <= 1e-6
    assert report.entries <= min(25, example.theta.size) + 1 or report.ways
    assert report.name in str(report) and "relative error" in report._repr_html_()


@property_of(
    "npae.Network.parameters",
    "npae.Network.indices",
    "npae.Network.name_of",
    "npae.Weight",
    "npae.Bias",
    "npae.Weight.initial_values",
    "npae.Bias.initial_values",
    example=networks(),
    rng=rngs,
)
def test_theta_consists_of_its_arrays_and_each_entry_has_one_name(example, rng):
    network, theta = example.network, example.theta
    arrays = network.parameters(theta)
    np.testing.assert_array_equal(np.concatenate([array.ravel() for array in arrays.values()]), theta)
    positions = [network.indices([name]) for name in arrays]
    np.testing.assert_array_equal(np.sort(np.concatenate(positions)), np.arange(theta.size))
    np.testing.assert_array_equal(network.indices(["encoder", "decoder"]), np.arange(theta.size))
    names = [network.name_of(i) for i in range(theta.size)]
    assert len({*names}) == theta.size and {name.partition("[")[0] for name in names} == {*arrays}
    for prefix, group in network.encoder.groups + network.decoder.groups:
        for name, spec in group.items():
            assert isinstance(spec, (Weight, Bias)) and spec.shape == arrays[f"{prefix}.{name}"].shape
            first = spec.initial_values(rng, network.initializer)
            assert first.shape == spec.shape and np.isfinite(first).all()
            assert isinstance(spec, Weight) or (first == np.broadcast_to(spec.value, spec.shape)).all()


@property_of(
    *("npae.Network.check_factors", "npae.Network.check_gauss_newton", "npae.Network.check_sum_of_squares"),
    "npae.GaussianCode.posterior",
    example=networks(penalty=nothing),
    rng=rngs,
)
def test_what_the_checks_promise_is_there(example, rng):
    network, theta, X = example.network, example.theta, example.X
    network.check_gauss_newton()
    assert np.isfinite(network.gauss_newton_product(theta, rng.standard_normal(theta.size), X)).all()
    if "LSTM" not in repr(network.layers):
        network.check_factors()
    if network.variational:
        mean, log_variance = network.posterior(theta, X)
        np.testing.assert_array_equal(mean, network.encode(theta, X))
        assert log_variance.shape == mean.shape and ((log_variance >= -30) & (log_variance <= 20)).all()
    elif type(network.loss).__name__ == "MeanSquaredError":
        network.check_sum_of_squares()


@property_of("npae.Network.outputs", "npae.Network.first_nonfinite", example=networks())
def test_the_last_of_the_outputs_is_what_the_loss_sees(example):
    network, theta, X = example.network, example.theta, example.X
    outputs = [*network.outputs(theta, X)]
    assert [name for name, *_ in outputs] == network.layer_names
    logits = network.logits(theta, network.encode(theta, X))
    np.testing.assert_allclose(outputs[-1][2].reshape(logits.shape), logits, rtol=1e-9, atol=1e-12)
    theta = theta.copy()
    theta[network.indices(["decoder"])[-1]] = np.nan
    assert "decoder" in network.first_nonfinite(theta, Samples(X))


@property_of(
    "npae.Summary.to_pandas", "npae.Network.summary", "npae.Summary", example=networks(), batch=st.integers(1, 50)
)
def test_a_summary_adds_up(example, batch):
    network, summary = example.network, example.network.summary(batch_size=batch)
    assert [layer.name for layer in summary.layers] == network.layer_names
    assert sum(layer.parameters for layer in summary.layers) == summary.n_parameters == example.theta.size
    assert summary.theta_bytes == example.theta.nbytes
    assert (summary.in_shape, summary.code_shape, summary.out_shape) == (
        network.in_shape,
        network.code_shape,
        network.out_shape,
    )
    assert summary.activation_bytes == batch * network.summary(batch_size=1).activation_bytes
    assert all(name in str(summary) for name in network.layer_names)
    assert len(summary.to_pandas()) >= len(network.layer_names)


@property_of("npae.Network", example=networks(dtype=dtypes, noise=noises))
def test_a_pickled_network_computes_the_same_bits(example):
    copy = pickle.loads(pickle.dumps(example.network))
    value, gradient = example.value_and_gradient
    other, theirs = copy.value_and_gradient(example.theta, example.X)
    assert other == value and repr(copy) == repr(example.network)
    np.testing.assert_array_equal(theirs, gradient)


@property_of(
    "npae.Network.scaled_by", "npae.Network.filled_by", example=networks(kinds=("dense", "image", "recording"))
)
def test_a_fill_that_nothing_needs_changes_nothing(example):
    network, theta, X = example.network, example.theta, example.X
    filled = network.filled_by(np.zeros(network.in_shape[-1:]))
    value, gradient = filled.value_and_gradient(theta, X)
    np.testing.assert_allclose(value, example.value_and_gradient[0], rtol=1e-12)
    near(gradient, example.value_and_gradient[1])
    assert network.scaled_by(None).value(theta, X) == network.value(theta, X)
    holes = X.copy()
    holes[0].flat[0] = np.nan
    assert np.isfinite(filled.value(theta, holes)) and filled.fill is not None and network.fill is None
