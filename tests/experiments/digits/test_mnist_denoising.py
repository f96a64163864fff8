import json

import numpy as np
import pytest

import npae
from experiments.digits import mnist_denoising as experiment


@pytest.fixture(scope="module")
def folder(bars):
    """A set like MNIST, in which bright bars stand for digits."""
    return bars(64, 30)


@pytest.fixture(scope="module")
def quick(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    experiment.main(["--quick", "--data", str(folder), "--out", str(out)])
    return out


@pytest.mark.slow
def test_a_run_leaves_its_figures_and_a_row_for_each_way_and_level(quick):
    assert {path.name for path in quick.iterdir()} == {
        *("mnist_denoising_curves.png", "mnist_denoising_digits.png", "results.json"),
    }
    rows = json.loads((quick / "results.json").read_text())["rows"]
    levels = {(noise, level) for noise, (_, _, levels) in experiment.NOISES.items() for level in levels}
    ways = {
        "untouched",
        "best filter",
        *experiment.NETWORKS,
        *(f"{n}, trained without noise" for n in experiment.CONTROLS),
    }
    assert {(row["noise"], row["level"]) for row in rows} == levels
    assert {row["way"] for row in rows} == ways
    assert len(rows) == len(levels) * len(ways)


@pytest.mark.slow
def test_the_untouched_input_is_off_by_what_the_noise_says(quick, folder):
    """std^2, and p times the mean of x^2 and (1 - x)^2: 23,520 pixels, and images that are nearly black and white."""
    x = experiment.spread(npae.datasets.load_images(folder).test_images, 50)
    for row in json.loads((quick / "results.json").read_text())["rows"]:
        if row["way"] == "untouched":
            both = row["level"] / 2 * np.mean(x**2 + (1 - x) ** 2)
            expected = both if row["noise"] == "salt and pepper" else row["level"] ** 2
            np.testing.assert_allclose(row["mse"], expected, rtol=0.1)


def test_the_best_filter_is_a_median_for_salt_and_a_gaussian_for_gaussian_noise():
    x, rng = np.zeros((40, 28, 28, 1), np.float32), np.random.default_rng(0)
    x[:, 8:20, 8:20] = 1
    median, gaussian = (
        experiment.best_filter(noise, x, rng) for noise in (npae.SaltAndPepper(0.2), npae.GaussianNoise(0.5))
    )
    assert (median.func.__name__, gaussian.func.__name__) == ("median_filter", "gaussian_filter")
    assert npae.metrics.mse(x, median(npae.SaltAndPepper(0.2).apply(x, rng))) < 0.02


def test_filters_leave_images_apart():
    x = np.random.default_rng(0).random((3, 9, 9, 1))
    for denoise in experiment.FILTERS:
        np.testing.assert_allclose(denoise(x)[1:2], denoise(x[1:2]))


def test_every_way_gets_the_same_noise_which_training_does_not_use(monkeypatch):
    given = []

    class Model:
        def reconstruct(self, x):
            given.append(x)
            return x

    x = np.full((50, 28, 28, 1), 0.5, np.float32)
    for seed in (0, 1):
        experiment.measured("Gaussian", [0.4], {"a": Model(), "b": Model()}, x, x, seed)
    np.testing.assert_array_equal(given[0], given[1])
    assert (given[0] != given[2]).any()


def test_means_and_seeds_are_told_apart():
    rows = [{"way": "a", "noise": "n", "level": 1, "seed": seed, "mse": value} for seed, value in enumerate((1.0, 3.0))]
    assert experiment.averaged(rows) == [{"way": "a", "noise": "n", "level": 1, "mse": 2.0, "seeds": [1.0, 3.0]}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--data", "nowhere"], "mnist_denoising: nowhere must hold train-images"), (["--epochs", "0"], "2")],
)
def test_what_cannot_work_ends_with_one_message(tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main([*arguments, "--quick", "--out", str(tmp_path)])
