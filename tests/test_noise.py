from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Dense, FlipPixels, GaussianNoise, MaskPixels, Network, Noise, SaltAndPepper
from npae.settings.description import describe, restore

NOISES = [FlipPixels(2), FlipPixels(p=0.2), SaltAndPepper(0.3), GaussianNoise(0.2), MaskPixels(0.4)]


def letters():
    return npae.datasets.load_font("capitals").pixels


def draws(noise, x, n=2000):
    rng = np.random.default_rng(0)
    return np.stack([noise.apply(x, rng) for _ in range(n)])


@in_one_test("noise", NOISES, ids=str)
@in_one_test("dtype", [np.float32, np.float64])
@in_one_test("shape", [(1, 6), (5, 6), (4, 3, 2)])
def test_noise_gives_a_fresh_array_of_the_same_kind(noise, dtype, shape):
    x = np.random.default_rng(1).random(shape).astype(dtype)
    before = x.copy()
    noisy = noise.apply(x, np.random.default_rng(0))
    assert (noisy.shape, noisy.dtype) == (x.shape, x.dtype)
    assert not np.shares_memory(noisy, x)
    np.testing.assert_array_equal(x, before)


@in_one_test("noise", NOISES, ids=str)
def test_noise_is_drawn_from_the_generator_alone(noise):
    one, same, other = (noise.apply(letters(), np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@in_one_test("k", [1, 2, 3, 35])
def test_exactly_k_pixels_are_flipped(k):
    x = letters()
    noisy = FlipPixels(k).apply(x, np.random.default_rng(0))
    np.testing.assert_array_equal((noisy != x).sum(axis=1), k)
    np.testing.assert_array_equal(np.abs(noisy - x)[noisy != x], 1)


def test_every_pixel_is_flipped_as_often_as_any_other():
    """Standard error of a share of 2/35 in 20,000 draws: 0.0016."""
    shares = (draws(FlipPixels(2), np.zeros((10, 35))) == 1).mean(axis=(0, 1))
    np.testing.assert_allclose(shares, 2 / 35, atol=5 * 0.0016)


@in_one_test(("noise", "changed"), [(FlipPixels(p=0.2), 0.2), (SaltAndPepper(0.2), 0.2), (MaskPixels(0.2), 0.2)])
def test_entries_change_with_the_probability(noise, changed):
    """Standard error of 0.2 in 100,000 draws: 0.0013."""
    noisy = draws(noise, np.full((10, 10), 0.3), 1000)
    np.testing.assert_allclose((noisy != 0.3).mean(), changed, atol=5 * 0.0013)


def test_salt_is_as_likely_as_pepper():
    noisy = draws(SaltAndPepper(0.4), np.full((10, 10), 0.3), 1000)
    np.testing.assert_allclose([(noisy == 0).mean(), (noisy == 1).mean()], 0.2, atol=5 * 0.0013)
    assert set(np.unique(noisy)) == {0.0, 0.3, 1.0}


def test_gaussian_noise_has_its_mean_and_deviation():
    error = draws(GaussianNoise(0.5), np.full((10, 10), 0.3), 1000) - 0.3
    np.testing.assert_allclose([error.mean(), error.std()], [0, 0.5], atol=5 * 0.0016)


@in_one_test("noise", [SaltAndPepper(0), MaskPixels(0), GaussianNoise(0), FlipPixels(p=0)], ids=str)
def test_no_noise_changes_nothing(noise):
    np.testing.assert_array_equal(noise.apply(letters(), np.random.default_rng(0)), letters())


def test_training_passes_see_noise_and_clean_targets():
    seen = []

    @dataclass(frozen=True)
    class Seen(Noise):
        def apply(self, x, rng):
            seen.append(x.copy())
            return np.zeros_like(x)

    network = Network([Dense(2)], [Dense(35)], in_shape=(35,), noise=Seen())
    theta, X = network.init(np.random.default_rng(0)), letters()
    blank = network.value(theta, np.zeros_like(X), X)
    np.testing.assert_allclose(network.value(theta, X, rng=np.random.default_rng(0)), blank)
    np.testing.assert_allclose(network.value_and_gradient(theta, X, rng=np.random.default_rng(0))[0], blank)
    np.testing.assert_array_equal(seen[0], X)
    assert network.value(theta, X) != blank
    assert network.stochastic


@in_one_test("noise", NOISES, ids=str)
@in_one_test("threads", [1, 2])
def test_equal_seeds_give_equal_bits_under_noise(noise, threads):
    def theta():
        params = {"noise": noise, "epochs": 4, "batch_size": 10, "threads": threads, "random_state": 5}
        return (
            npae.Autoencoder([6, 2], refine=npae.Refine("BFGS", every=2, max_iterations=3), **params)
            .fit(letters())
            .theta_
        )

    np.testing.assert_array_equal(theta(), theta())


@pytest.mark.parametrize("method", ["BFGS", "Newton-CG", "Powell"])
def test_noise_is_frozen_for_a_refinement(method):
    """Else the least value of the many draws would be taken for an improvement, and SciPy would not converge."""
    ae = npae.Autoencoder([2], noise=FlipPixels(5), optimizer=None, refine=npae.Refine(method, 1, 20, 2000), epochs=1)
    record = ae.set_params(random_state=0).fit(letters()).history_["refinements"][0]
    assert record["loss_after"] < 0.9 * record["loss_before"]


def test_a_denoising_model_is_the_same_after_saving(tmp_path):
    ae = npae.Autoencoder([6, 2], noise=FlipPixels(2), epochs=3, random_state=0).fit(letters())
    ae.save(tmp_path / "model.npz")
    same = npae.load(tmp_path / "model.npz")
    assert same.noise == same.network_.noise == FlipPixels(2)
    np.testing.assert_array_equal(same.reconstruct(letters()), ae.reconstruct(letters()))
    same.partial_fit(letters())


def test_a_denoising_network_recovers_letters_that_a_plain_one_does_not():
    X, rng = letters(), np.random.default_rng(7)
    noisy = np.concatenate([FlipPixels(2).apply(X, rng) for _ in range(20)])

    def recovered(noise):
        ae = npae.Autoencoder([40], loss="bce", noise=noise, optimizer=npae.Adam(0.01), epochs=800, random_state=0)
        errors = npae.metrics.pixel_errors(np.tile(X, (20, 1)), ae.fit(X).reconstruct(noisy))
        return (errors == 0).mean()

    assert recovered(FlipPixels(2)) > recovered(None) + 0.1


@in_one_test("noise", NOISES, ids=str)
def test_noises_are_plain_data(noise):
    assert restore(describe(noise)) == noise


@in_one_test(
    ("make", "message"),
    [
        (lambda: FlipPixels(), "FlipPixels must get either k or p, got k=None and p=None"),
        (lambda: FlipPixels(2, p=0.1), "FlipPixels must get either k or p"),
        (lambda: FlipPixels(0), "k must be an integer of at least 1"),
        (lambda: FlipPixels(p=1.5), r"p must be a number in \[0, 1\]"),
        (lambda: SaltAndPepper(-0.1), r"p must be a number in \[0, 1\]"),
        (lambda: MaskPixels("half"), r"p must be a number in \[0, 1\]"),
        (lambda: GaussianNoise(-1), r"std must be a number in \[0"),
        (lambda: npae.Autoencoder([2], noise=FlipPixels(36)).fit(letters()), "k must be at most the 35 entries"),
        (
            lambda: npae.Autoencoder([2], noise=0.1).fit(letters()),
            r"noise must be None or a noise such as FlipPixels\(2\), got 0.1",
        ),
        (lambda: Noise().apply(letters(), None), r"Noise must define draw\(x, rng\) or apply\(x, rng\)"),
    ],
)
def test_bad_noise_is_refused(make, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        make()


@in_one_test("dtype", [int, bool, np.float16])
def test_gaussian_noise_takes_data_of_any_kind(dtype):
    noisy = GaussianNoise(0.1).apply(np.eye(3).astype(dtype), np.random.default_rng(0))
    assert noisy.dtype == np.float64
    assert 0 < np.abs(noisy - np.eye(3)).max() < 1
