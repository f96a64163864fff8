"""Sentences of the docstrings of layers, penalties, noise and initialisers, each taken as a claim that can be false."""

import math

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Dense, Network
from npae.layers.context import Context

RNG = np.random.default_rng(3)


def context(n=1, rng=None, mask=None):
    made = Context()
    made.begin(n, rng) if mask is None else made.begin(n, rng, mask=mask)
    return made


def output(layer, x, params, rng=None):
    return np.array(layer.forward(np.array(x, float), joined(params), context(len(x), rng))[0])


def joined(params):
    """Return arrays with the matrix that some of them make together, as a network gives it to a layer."""
    names = [name for name in ("W", "b", "R") if name in params]
    if len(names) < 2 or params["W"].ndim > 2:
        return params
    return {**params, "".join(names): np.vstack([params[name] for name in names])}


def ones(layer, in_shape):
    """Return parameters of a layer: weights that are all different, and no bias."""
    arrays = layer.parameters(in_shape)
    return {name: np.zeros(array.shape) if name == "b" else _counted(array.shape) for name, array in arrays.items()}


def _counted(shape):
    return np.arange(1.0, 1 + math.prod(shape)).reshape(shape)


# Convolutions


def test_a_padding_before_alone_sees_the_past_only():
    layer = npae.Conv1D(2, 3, padding=(2, 0))
    params, x = ones(layer, (9, 2)), RNG.random((1, 9, 2))
    before = output(layer, x, params)
    x[0, 5] += 1
    changed = np.flatnonzero((output(layer, x, params) != before).any(axis=(0, 2)))
    assert before.shape == (1, 9, 2) and changed.tolist() == [5, 6, 7]


def test_weights_of_a_convolution_are_not_flipped():
    layer = npae.Conv2D(1, 2, padding="valid")
    x = np.zeros((1, 2, 2, 1))
    x[0, 0, 1, 0] = 1
    assert output(layer, x, ones(layer, (2, 2, 1))).item() == 2  # W[0, 1]


@in_one_test(("padding", "pair"), [(1, ((1, 1), (1, 1))), ((0, 2), ((0, 0), (2, 2))), ("valid", ((0, 0), (0, 0)))])
def test_an_int_stands_for_both_sides(padding, pair):
    x = RNG.random((1, 5, 5, 1))
    one, other = (npae.Conv2D(2, 3, padding=value) for value in (padding, pair))
    params = ones(one, (5, 5, 1))
    np.testing.assert_array_equal(output(one, x, params), output(other, x, params))


@in_one_test(("kernel", "stride"), [(2, 2), (3, 2), (2, 3)])
def test_every_number_adds_the_weights_to_a_window_and_windows_overlap_beyond_the_stride(kernel, stride):
    layer = npae.ConvTranspose1D(1, kernel, stride, padding="valid")
    params = ones(layer, (2, 1))
    apart = [output(layer, np.eye(2)[None, :, [i]], params).ravel() for i in range(2)]
    for i, y in enumerate(apart):
        expected = np.zeros(stride + kernel)
        expected[i * stride : i * stride + kernel] = np.arange(1, 1 + kernel)
        np.testing.assert_array_equal(y, expected)
    assert np.any((apart[0] > 0) & (apart[1] > 0)) == (kernel > stride)
    np.testing.assert_array_equal(output(layer, [[[2.0], [3.0]]], params).ravel(), 2 * apart[0] + 3 * apart[1])


@in_one_test("dilation", [1, 2])
@in_one_test("padding", [0, 1, (2, 1)])
@in_one_test("more", [0, 1])
def test_a_transpose_has_the_height_of_its_formula(padding, dilation, more):
    layer = npae.ConvTranspose1D(4, 3, 2, padding, dilation, output_padding=more)
    taken = sum(padding) if isinstance(padding, tuple) else 2 * padding
    assert layer.out_shape((7, 2)) == (2 * (7 - 1) + dilation * (3 - 1) + 1 - taken + more, 4)


@in_one_test(
    "make",
    [
        lambda: npae.Dense(2),
        lambda: npae.Conv1D(2, 3),
        lambda: npae.Conv2D(2, 3),
        lambda: npae.ConvTranspose1D(2, 3),
        lambda: npae.ConvTranspose2D(2, 3),
    ],
)
def test_a_layer_is_linear_and_an_int_is_not(make):
    layer = make()
    shape = {1: (6, 1), 2: (6, 6, 1)}.get(getattr(layer, "rank", 0), (6,))
    params, x = ones(layer, shape), RNG.random((2, *shape))
    np.testing.assert_allclose(output(layer, -3 * x, params), -3 * output(layer, x, params))
    assert npae.Autoencoder([3, 2]).summary(6).layers[0].activation == "tanh"


# Pooling


@in_one_test(("rank", "kind"), [(1, "MaxPool"), (2, "MaxPool"), (1, "AveragePool"), (2, "AveragePool")])
def test_windows_do_not_overlap_by_default_and_padding_takes_no_part(rank, kind):
    layer, x = getattr(npae, f"{kind}{rank}D"), -1 - RNG.random((1, *[5] * rank, 2))
    params = {}
    np.testing.assert_array_equal(output(layer(2), x, params), output(layer(2, stride=2), x, params))
    padded = output(layer(3, 1, "same"), x, params)
    assert padded.shape == x.shape and (padded <= -1).all() and (padded >= -2).all()


def test_of_equal_maxima_of_series_the_first_gets_the_derivative():
    _, back = npae.MaxPool1D(3).forward(np.array([[[0.0], [1], [1]]]), {}, context())
    assert back(np.ones((1, 1, 1)), {}).ravel().tolist() == [0, 1, 0]


# Recurrent layers and codes


def test_each_gate_begins_with_weights_of_glorot():
    network = Network([npae.LSTM(40)], [npae.Repeat(2), npae.LSTM(3, sequences=True)], in_shape=(2, 60))
    W = network.parameters(network.init(np.random.default_rng(0)))["encoder.0.W"].reshape(60, 4, 40)
    bound = (6 / (60 + 40)) ** 0.5
    for gate in range(4):
        assert 0.97 * bound < np.abs(W[:, gate]).max() <= bound
        np.testing.assert_allclose(W[:, gate].std(), bound / 3**0.5, rtol=0.05)


def test_the_weights_of_an_lstm_lie_one_after_another_in_theta():
    network = Network([npae.LSTM(2)], [npae.Repeat(2), npae.LSTM(3, sequences=True)], in_shape=(2, 3))
    places = [network.indices([f"encoder.0.{name}"]) for name in ("W", "b", "R")]
    np.testing.assert_array_equal(np.concatenate(places), np.arange(8 * (3 + 1 + 2)))


def test_what_padding_holds_makes_no_difference_to_an_lstm():
    layer, x, mask = npae.LSTM(3), RNG.random((2, 5, 2)), np.arange(5) < np.array([[5], [3]])
    params = {name: RNG.standard_normal(array.shape) for name, array in layer.parameters((5, 2)).items()}
    results = []
    for padding in (0.0, 1e3):
        x[~mask] = padding
        results.append(np.array(layer.forward(x.copy(), joined(params), context(2, mask=mask))[0]))
    np.testing.assert_array_equal(*results)


def test_the_first_columns_of_a_gaussian_code_are_those_of_the_mean():
    layer = npae.GaussianCode(2)
    params = {"W": np.zeros((3, 4)), "b": np.array([1.0, 2, 3, 4])}
    np.testing.assert_array_equal(output(layer, np.zeros((1, 3)), params), [[1, 2]])
    mean, log_variance = layer.posterior(np.zeros((1, 3)), joined(params), context())
    assert mean.tolist() == [[1, 2]] and log_variance.tolist() == [[3, 4]]


@in_one_test("loss", ["mse", "bce"])
def test_the_loss_of_a_variational_autoencoder_is_the_negative_evidence_lower_bound_in_nats(loss):
    X, sigmoid = RNG.integers(0, 2, (6, 5)).astype(float), lambda z: 1 / (1 + np.exp(-z))
    network = Network([npae.GaussianCode(2)], [Dense(5)], loss, in_shape=(5,))
    theta = network.init(np.random.default_rng(0))
    arrays = network.parameters(theta)
    m, v = np.split(X @ arrays["encoder.0.W"] + arrays["encoder.0.b"], 2, axis=1)
    z = m @ arrays["decoder.0.W"] + arrays["decoder.0.b"]
    divergence = ((m**2 + np.exp(v) - 1 - v) / 2).sum(axis=1)
    if loss == "mse":
        log_likelihood = (-((X - z) ** 2) - 0.5 * np.log(np.pi)).sum(axis=1)  # N(x; z, 1/2)
        constant = 5 * 0.5 * np.log(np.pi)
    else:
        log_likelihood = (X * np.log(sigmoid(z)) + (1 - X) * np.log(sigmoid(-z))).sum(axis=1)
        constant = 0
    np.testing.assert_allclose(network.value(theta, X), (divergence - log_likelihood).mean() - constant, rtol=1e-9)


def test_the_validation_loss_is_measured_with_the_final_beta_in_every_epoch():
    X, held = RNG.random((2, 20, 5))
    still = {"optimizer": npae.GradientDescent(1e-300), "refine": None, "epochs": 4, "random_state": 0}
    code = npae.GaussianCode(2, beta=npae.BetaWarmUp(4, beta=8.0))
    report = [npae.CodeReport()]
    history = npae.Autoencoder([code], callbacks=report, **still).fit(X, validation_data=held).history_
    np.testing.assert_allclose(history["val_loss"], history["val_loss"][0])
    assert history["beta"] == [0, 2, 4, 6]
    constant = npae.Autoencoder([npae.GaussianCode(2, beta=8.0)], **still).fit(X, validation_data=held)
    np.testing.assert_allclose(history["val_loss"], constant.history_["val_loss"])


@in_one_test("layer", [npae.Noisy(npae.GaussianNoise(0.5)), npae.Dropout(0.5)])
def test_noise_between_layers_acts_in_training_only_and_has_no_mirror(layer):
    x = RNG.random((4, 6))
    np.testing.assert_array_equal(output(layer, x, {}), x)
    assert (output(layer, x, {}, np.random.default_rng(0)) != x).any()
    ae = npae.Autoencoder([4, layer, 2]).summary(6)
    assert [one.name.split(".")[0] for one in ae.layers] == ["encoder"] * 3 + ["decoder"] * 2


# Penalties


def test_a_sparse_relu_code_has_entries_that_are_exactly_0():
    X = RNG.random((30, 6))
    ae = npae.Autoencoder([Dense(8, "relu")], penalty=npae.CodeL1(0.2), optimizer="adam", epochs=60, random_state=0)
    with pytest.warns(npae.TrainingWarning):
        zeros = (ae.fit(X).encode(X) == 0).mean()
    assert zeros > 0.5


def test_a_bound_on_norms_adds_nothing_to_the_loss():
    X = RNG.random((5, 6))
    bare, bound = (Network([Dense(2)], [Dense(6)], in_shape=6, penalty=p) for p in (None, npae.MaxNorm(0.1)))
    theta = bare.init(np.random.default_rng(0))
    assert bare.value(theta, X) == bound.value(theta, X)


def test_a_penalty_is_projected_onto_its_bound_unit_by_unit():
    w = np.array([[3.0, 0.3], [4.0, 0.4]])
    npae.MaxNorm(2.0).project(w)
    np.testing.assert_allclose(w, [[1.2, 0.3], [1.6, 0.4]])


def test_the_curvature_of_l2_is_its_second_derivative():
    w, v = RNG.random((2, 3, 4))
    network = context()
    slopes = []
    for sign in (1, -1):
        dw = np.zeros((3, 4))
        npae.L2(0.3).charge(w + sign * v, dw, 0.5, network)
        slopes.append(dw)
    np.testing.assert_allclose(npae.L2(0.3).curvature(w, v, 0.5), (slopes[0] - slopes[1]) / 2)


# Noise and initialisers


@in_one_test("noise", [npae.FlipPixels(2), npae.SaltAndPepper(0.5), npae.GaussianNoise(1.0), npae.MaskPixels(0.5)])
def test_noise_leaves_its_samples_alone_and_is_the_map_that_it_draws(noise):
    x = RNG.random((8, 5))
    before = x.copy()
    noisy = noise.apply(x, np.random.default_rng(0))
    a, b = noise.draw(x, np.random.default_rng(0))
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(noisy, a * x + b)
    assert noisy is not x and not np.shares_memory(noisy, x)
    again = noise.apply(np.ones((8, 5), int), np.random.default_rng(0))
    assert again.dtype.kind == "f"


@in_one_test("initializer", [npae.Gaussian(), npae.Glorot(), npae.He(), npae.LeCun(), npae.Orthogonal()])
def test_weights_are_drawn_in_float64(initializer):
    drawn = initializer.draw(np.random.default_rng(0), (3, 2, 4), 6, 4)
    assert drawn.dtype == np.float64 and drawn.shape == (3, 2, 4)


def test_a_gaussian_has_the_same_spread_whatever_the_size():
    for shape, fans in (((200, 300), (200, 300)), ((3, 20000), (7, 9))):
        drawn = npae.Gaussian(0.2, 5.0).draw(np.random.default_rng(0), shape, *fans)
        np.testing.assert_allclose([drawn.mean(), drawn.std()], [5, 0.2], rtol=0.02)
    assert npae.Gaussian() == npae.Gaussian(0.3, 0.0)


def test_fan_in_and_fan_out_are_what_they_are_said_to_be():
    """Numbers that are added up in one of the output, and numbers of the output that one of the input goes to."""
    for layer, shape in ((npae.Conv1D(5, 4), (16, 3)), (npae.Conv2D(5, 2), (8, 8, 3)), (Dense(5), (7,))):
        weight = layer.parameters(shape)["W"]
        count = {name: 0 * array + (name == "W") for name, array in ones(layer, shape).items()}
        assert output(layer, np.ones((1, *shape)), count).max() == weight.fan_in
        x = np.zeros((1, *shape))
        x[(0, *(n // 2 for n in shape))] = 1
        assert (output(layer, x, count) != 0).sum() == weight.fan_out
