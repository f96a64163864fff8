"""A network with a scaling is a network on scaled data whose predictions are brought back."""

import pickle

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Conv1D, Conv2D, Dense, Flatten, GaussianCode, Network, Reshape
from npae.layers.scratch import Scratch
from npae.network import Shards
from npae.network.scaling import Scaling, restored_scaling
from npae.samples import Samples
from npae.samples.moments import Moments, columns

RNG = np.random.default_rng(0)
LAYERS = {
    "flat": ((3,), [Dense(4, "tanh"), Dense(2)], [Dense(4, "tanh"), Dense(3)]),
    "series": ((5, 3), [Conv1D(4, 3, activation="tanh"), Flatten(), Dense(2)], [Dense(15), Reshape((5, 3))]),
    "steps": ((5, 3), [Dense(4, "tanh"), Dense(2)], [Dense(4, "tanh"), Dense(3)]),
    "colours": ((4, 4, 3), [Conv2D(2, 3, activation="tanh"), Flatten(), Dense(2)], [Dense(48), Reshape((4, 4, 3))]),
}
KINDS = ("common", "columns")
CASES = in_one_test("case", LAYERS)
EACH_KIND = in_one_test("kind", KINDS)


def data(case, n=11):
    in_shape = LAYERS[case][0]
    return np.array([1e3, -5, 0.1]) + np.array([10, 1, 0.01]) * np.random.default_rng(1).standard_normal((n, *in_shape))


def scaling_of(X, kind, dtype=np.float64):
    return Scaling.of(Moments.of(columns(X)), kind, np.dtype(dtype))


def networks(case, kind, dtype=np.float64, **options):
    """Return a network with a scaling, one without, the scaling, and a theta."""
    in_shape, encoder, decoder = LAYERS[case]
    scaling = scaling_of(data(case).astype(dtype), kind, dtype)
    options = {"in_shape": in_shape, "dtype": dtype, **options}
    plain = Network(encoder, decoder, **options)
    theta = plain.init(np.random.default_rng(2))
    return Network(encoder, decoder, scaling=scaling, **options), plain, scaling, theta


@EACH_KIND
def test_columns_get_mean_0_and_variance_1(kind):
    X = RNG.standard_normal((50, 3)) * [1, 10, 100] + [5, 6, 7]
    Z = scaling_of(X, kind).scaled(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-13)
    variances = Z.var(axis=0)
    np.testing.assert_allclose(variances if kind == "columns" else variances.mean(), 1)
    if kind == "common":
        np.testing.assert_allclose(variances / variances[0], X.var(axis=0) / X[:, 0].var())


@EACH_KIND
@pytest.mark.parametrize("dtype, near", [("float64", 1e-15), ("float32", 1e-6)])
def test_the_way_back_is_the_inverse(kind, dtype, near):
    X = data("series").astype(dtype)
    scaling, scratch = scaling_of(X, kind, dtype), Scratch(np.dtype(dtype))
    Z = scaling.into(X, scratch)
    np.testing.assert_array_equal(Z, scaling.scaled(X))
    assert Z.dtype == scaling.unit.dtype == dtype
    back = Z.copy()
    scaling.back(back)
    np.testing.assert_allclose(back, X, rtol=0, atol=near * 1e3)


@EACH_KIND
def test_what_does_not_vary_keeps_its_unit(kind):
    unit = scaling_of(np.full((7, 3), [0.1, 1e9, -1e-300]), kind).unit
    np.testing.assert_array_equal(unit, 1)


def test_rounding_of_a_constant_column_is_no_variation():
    X = np.c_[np.full(1000, 0.1), RNG.standard_normal(1000)]
    assert scaling_of(X, "columns").unit[0] == 1


@pytest.mark.parametrize("size", [1e9, 1e15])
def test_a_large_constant_column_hides_no_small_one(size):
    X = np.c_[np.full(100, size), 1e-3 * RNG.standard_normal(100)]
    np.testing.assert_allclose(scaling_of(X, "common").unit, X[:, 1].std() / np.sqrt(2))


@CASES
@EACH_KIND
def test_values_and_gradients_are_those_on_scaled_data(case, kind):
    scaled, plain, scaling, theta = networks(case, kind)
    X = data(case)
    value, gradient = scaled.value_and_gradient(theta, X)
    expected, slope = plain.value_and_gradient(theta, scaling.scaled(X))
    assert value == expected * scaled.loss_unit == scaled.value(theta, X)
    np.testing.assert_allclose(gradient, slope * scaled.loss_unit, rtol=1e-10, atol=1e-12)


@CASES
def test_the_loss_is_that_of_the_data_with_a_common_unit(case):
    scaled, _, _, theta = networks(case, "common")
    X = data(case)
    np.testing.assert_allclose(scaled.value(theta, X), np.square(X - scaled.reconstruct(theta, X)).mean(), rtol=1e-9)


@CASES
@EACH_KIND
def test_targets_of_their_own_are_scaled_too(case, kind):
    scaled, plain, scaling, theta = networks(case, kind)
    X, T = data(case), data(case) + 1
    value, gradient = scaled.value_and_gradient(theta, X, T)
    expected, slope = plain.value_and_gradient(theta, scaling.scaled(X), scaling.scaled(T))
    assert value == expected * scaled.loss_unit
    np.testing.assert_allclose(gradient, slope * scaled.loss_unit, rtol=1e-10, atol=1e-12)
    assert value != scaled.value(theta, X)


@pytest.mark.parametrize("case", ["flat", "steps"])
@EACH_KIND
def test_hessian_products_are_those_on_scaled_data(case, kind):
    scaled, plain, scaling, theta = networks(case, kind)
    X, v = data(case), np.random.default_rng(3).standard_normal(theta.size)
    product = scaled.hessian_product(theta, v, X)
    np.testing.assert_array_equal(product, plain.hessian_product(theta, v, scaling.scaled(X)) * scaled.loss_unit)
    h = 1e-5
    after, before = (scaled.value_and_gradient(theta + step * v, X)[1] for step in (h, -h))
    np.testing.assert_allclose(product, (after - before) / (2 * h), rtol=1e-4, atol=1e-6 * scaled.loss_unit)


@pytest.mark.fast_cases(2)
@CASES
@EACH_KIND
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_codes_and_predictions_are_scaled_and_brought_back(case, kind, threads, dtype):
    scaled, plain, scaling, theta = networks(case, kind, dtype)
    X = data(case, 1500)
    Z = scaling.scaled(X.astype(dtype))
    codes = scaled.encode(theta, X, threads=threads)
    np.testing.assert_array_equal(codes, plain.encode(theta, Z))
    expected = plain.reconstruct(theta, Z) * scaling.unit + scaling.shift
    for predictions in (scaled.reconstruct(theta, X, threads=threads), scaled.decode(theta, codes, threads=threads)):
        np.testing.assert_array_equal(predictions, expected)
        assert predictions.dtype == dtype
    np.testing.assert_array_equal(scaled.logits(theta, codes), plain.logits(theta, codes))
    for one, other in zip(scaled.outputs(theta, X[:9]), plain.outputs(theta, Z[:9]), strict=True):
        np.testing.assert_array_equal(one[2], other[2])


@CASES
@pytest.mark.parametrize("features", [False, True])
def test_errors_are_those_of_the_data_with_a_common_unit(case, features):
    scaled, _, _, theta = networks(case, "common")
    X = data(case)
    squares = np.square(X - scaled.reconstruct(theta, X))
    expected = squares if features else squares.reshape(len(X), -1).mean(axis=1)
    np.testing.assert_allclose(scaled.errors(theta, X, features=features), expected, rtol=1e-9, atol=1e-9)


@CASES
def test_errors_are_measured_in_the_units_of_columns(case):
    scaled, _, scaling, theta = networks(case, "columns")
    X = data(case)
    expected = np.square((X - scaled.reconstruct(theta, X)) / scaling.unit)
    np.testing.assert_allclose(scaled.errors(theta, X, features=True), expected, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(scaled.errors(theta, X), expected.reshape(len(X), -1).mean(axis=1), rtol=1e-8)


@EACH_KIND
def test_padding_is_not_looked_at(kind):
    scaled, plain, scaling, theta = networks("steps", kind)
    X, mask = data("steps"), np.arange(5) < RNG.integers(1, 6, 11)[:, None]
    Z = np.where(mask[:, :, None], scaling.scaled(X), 0)
    padded = np.where(mask[:, :, None], X, 1e6)
    value, gradient = scaled.value_and_gradient(theta, padded, mask=mask)
    expected, slope = plain.value_and_gradient(theta, Z, mask=mask)
    np.testing.assert_allclose(value, expected * scaled.loss_unit, rtol=1e-14)
    np.testing.assert_allclose(gradient, slope * scaled.loss_unit, rtol=1e-10, atol=1e-12)
    codes = scaled.encode(theta, padded, mask=mask)
    np.testing.assert_array_equal(codes, plain.encode(theta, Z, mask=mask))
    errors = scaled.errors(theta, padded, mask=mask, steps=True)
    assert (np.isnan(errors) == ~mask).all()
    expected = plain.errors(theta, Z, mask=mask, steps=True) * scaling.error_unit
    np.testing.assert_allclose(errors, expected, rtol=1e-12)


@CASES
@EACH_KIND
def test_shards_add_up_to_the_whole(case, kind):
    scaled, _, _, theta = networks(case, kind)
    X = data(case)
    value, gradient = scaled.value_and_gradient(theta, X)
    with Shards(scaled, 3) as shards:
        np.testing.assert_allclose(shards.evaluate(theta, Samples(X)), value, rtol=1e-13)
        np.testing.assert_allclose(shards.gradient, gradient, rtol=1e-9, atol=1e-12)
        some = shards.evaluate(theta, Samples(X), rows=np.array([7, 2]))
    np.testing.assert_allclose(some, scaled.value(theta, X[[7, 2]]), rtol=1e-13)


@EACH_KIND
@pytest.mark.parametrize("stored", ["float64", "float32", "int16"])
def test_a_mapped_file_is_scaled_as_it_is_read(kind, stored, tmp_path):
    scaled, _, _, theta = networks("series", kind, "float32")
    X = (10 * data("series", 300)).astype(stored)
    mapped = np.memmap(tmp_path / "X", stored, "w+", shape=X.shape)
    mapped[:] = X
    np.testing.assert_array_equal(scaled.reconstruct(theta, mapped), scaled.reconstruct(theta, X))
    assert scaled.value(theta, mapped) == scaled.value(theta, X)


@EACH_KIND
def test_the_noise_is_added_in_the_units_of_the_data(kind):
    scaled, plain, scaling, theta = networks("flat", kind, noise=npae.GaussianNoise(0.1))
    X = data("flat")
    value, _ = scaled.value_and_gradient(theta, X, rng=np.random.default_rng(4))
    noisy = npae.GaussianNoise(0.1).apply(X, np.random.default_rng(4))
    assert value == plain.value(theta, scaling.scaled(noisy), scaling.scaled(X)) * scaled.loss_unit


def test_only_the_input_is_scaled_where_the_loss_asks_for_a_range():
    X = RNG.random((11, 3))
    scaling = scaling_of(X, "columns")
    layers = {"encoder_layers": [Dense(2, "tanh")], "decoder_layers": [Dense(3)], "loss": "bce", "in_shape": (3,)}
    scaled, plain = Network(**layers, scaling=scaling), Network(**layers)
    theta = plain.init(np.random.default_rng(0))
    assert scaled.value(theta, X) == plain.value(theta, scaling.scaled(X), X)
    np.testing.assert_array_equal(scaled.reconstruct(theta, X), plain.reconstruct(theta, scaling.scaled(X)))
    np.testing.assert_allclose(scaled.errors(theta, X), np.square(X - scaled.reconstruct(theta, X)).mean(axis=1))


@EACH_KIND
def test_posteriors_are_those_of_scaled_data(kind):
    X = data("flat")
    scaling = scaling_of(X, kind)
    layers = {"encoder_layers": [GaussianCode(2)], "decoder_layers": [Dense(3)], "in_shape": (3,)}
    scaled, plain = Network(**layers, scaling=scaling), Network(**layers)
    theta = plain.init(np.random.default_rng(0))
    for one, other in zip(scaled.posterior(theta, X), plain.posterior(theta, scaling.scaled(X)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_network_with_another_scaling_is_a_copy():
    scaled, plain, scaling, theta = networks("flat", "columns")
    X = data("flat")
    assert plain.scaled_by(scaling).value(theta, X) == scaled.value(theta, X)
    assert scaled.scaled_by(None).value(theta, X) == plain.value(theta, X)
    assert plain.scaling is None and scaled.scaling is scaling
    assert pickle.loads(pickle.dumps(scaled)).value(theta, X) == scaled.value(theta, X)


@in_one_test(
    "kind, shift, unit, message",
    [
        ("rows", [0.0], [1.0], r"scaling must be a shift and a unit for each column, got 'rows' with shape \(1,\)"),
        ("columns", [0.0, 1.0], [1.0], r"a unit for each column, got 'columns' with shape \(2,\)"),
        ("columns", [], [], "a shift and a unit for each column"),
        ("columns", [np.nan], [1.0], "finite shifts and units above 0"),
        ("columns", [0.0], [0.0], "finite shifts and units above 0"),
        ("columns", [0.0], [np.inf], "finite shifts and units above 0"),
    ],
)
def test_what_cannot_be_a_scaling_is_refused(kind, shift, unit, message):
    with pytest.raises(ValueError, match=message):
        restored_scaling(kind, np.array(shift), np.array(unit))
