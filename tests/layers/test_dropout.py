import numpy as np
import pytest
from looped import in_one_test

from npae import Autoencoder, Dense, Dropout, GaussianNoise, MaskPixels, Network, Noise, Noisy
from npae.layers.context import Context


def passed(layer, x, rng=None):
    context = Context(x.dtype)
    context.begin(len(x), rng)
    return layer.forward(x, {}, context)


@pytest.mark.parametrize("layer", [Dropout(0.5), Noisy(GaussianNoise(1.0))], ids=str)
def test_nothing_happens_when_not_training(layer):
    x = np.random.default_rng(0).random((4, 5))
    y, backward = passed(layer, x)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(backward(x.copy(), {}), x)


@in_one_test("shape", [(200, 50), (100, 10, 10), (300, 100)], ids=str)
@in_one_test("dtype", [np.float32, np.float64])
def test_the_share_p_is_left_out_and_the_mean_is_kept(shape, dtype):
    """Standard error of a share of 0.3 in 10,000 draws: 0.0046."""
    x = np.full(shape, 2.0, dtype)
    y, backward = passed(Dropout(0.3), x, np.random.default_rng(0))
    assert y.dtype == dtype
    np.testing.assert_allclose((y == 0).mean(), 0.3, atol=5 * 0.0046)
    np.testing.assert_allclose(y[y != 0], 2 / 0.7, rtol=1e-6)
    np.testing.assert_allclose(y.mean(), 2, rtol=0.05)
    np.testing.assert_array_equal(backward(np.ones_like(x), {}) != 0, y != 0)
    np.testing.assert_array_equal(x, 2)


def test_every_pass_draws_again_and_each_number_independently():
    rng, x = np.random.default_rng(0), np.ones((50, 40))
    one, other = (passed(Dropout(0.5), x, rng)[0].copy() for _ in range(2))
    assert 0.4 < (one != other).mean() < 0.6
    assert 0.4 < (one[1:] != one[:-1]).mean() < 0.6
    assert 0.4 < (one[:, 1:] != one[:, :-1]).mean() < 0.6


def test_a_mirrored_decoder_has_no_dropout_and_the_activations_of_the_layers_around():
    ae = Autoencoder([Dense(8, "relu"), Dropout(0.2), Dense(3, "tanh"), Noisy(MaskPixels(0.1))], epochs=1)
    decoder = ae.fit(np.random.default_rng(0).random((6, 10))).network_.decoder.layers
    assert decoder == (Dense(8, "relu"), Dense(10, "identity"))


def test_a_noise_between_layers_has_the_effect_of_noise_on_the_input():
    x = np.random.default_rng(0).random((7, 4))
    inside = Network([Noisy(MaskPixels(0.5)), Dense(2)], [Dense(4)], in_shape=(4,))
    outside = Network([Dense(2)], [Dense(4)], in_shape=(4,), noise=MaskPixels(0.5))
    theta = inside.init(np.random.default_rng(1))
    values = [n.value(theta, x, rng=np.random.default_rng(2)) for n in (inside, outside)]
    assert values[0] == values[1] != inside.value(theta, x)


@in_one_test("p", [1, -0.1, 1.5, "half", None])
def test_p_must_be_a_probability_below_1(p):
    with pytest.raises(ValueError, match=r"p must be a number in \[0, 1"):
        Dropout(p)


def test_a_noise_that_has_no_slope_is_refused():
    with pytest.raises(ValueError, match="noise must be a noise that defines draw"):
        Noisy(Noise())
    with pytest.raises(ValueError, match="noise must be a noise that defines draw"):
        Noisy(0.1)
