import dataclasses
import json

import numpy as np
import pytest
from looped import in_one_test

import npae
from experiments.letters import denoising_networks as networks
from experiments.letters import font_denoising as experiment
from experiments.shared.training import fitted
from npae.network import Network

LETTERS = npae.datasets.load_font("lowercase")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A short run of the published recipe: its table and its results."""
    out = tmp_path_factory.mktemp("published")
    short = ["--networks", "2-once", "3-afresh", "--quick", "--seeds", "2", "--epochs", "10", "--inner", "20"]
    experiment.main(["--published", *short, "--out", str(out)])
    return out


def summary(out, font=0):
    results = json.loads((out / "results.json").read_text())["fonts"][font]
    return {(each["way"], each["level"]): each for each in results["summary"]}


def test_the_yardsticks_are_what_probability_says(published):
    """40 noisy versions of each of 32 letters: standard error of a share at most 1.4 points."""
    table = summary(published)
    for p in (0.05, 0.1, 0.2):
        none, one = (1 - p) ** 35, 35 * p * (1 - p) ** 34
        untouched = table["untouched", f"p = {p:.2f}"]
        np.testing.assert_allclose([untouched["exact"], untouched["within_one"]], [none, none + one], atol=0.06)
    assert table["untouched", "1 flipped"]["within_one"] == 1
    assert table["untouched", "2 flipped"]["within_one"] == 0
    np.testing.assert_allclose(table["nearest", "p = 0.10"]["exact"], 0.957, atol=0.03)


def test_every_way_is_tested_on_the_same_number_of_noisy_letters(published):
    table = summary(published)
    assert {each["n"] for (_, level), each in table.items() if level != "seen"} == {2 * 20 * 32}
    assert {way for way, _ in table} >= {"untouched", "nearest", "2-once", "3-afresh", "3-afresh x3"}


def test_intervals_and_seeds_lie_around_the_rate(published):
    for each in summary(published).values():
        for name in ("exact", "within_one"):
            for low, high in (each[f"{name}_interval"], each[f"{name}_seeds"]):
                assert low - 1e-12 <= each[name] <= high + 1e-12
        assert each["exact"] <= each["within_one"]


def test_a_network_looks_better_on_the_noise_it_was_trained_with(published):
    table = summary(published)
    assert table["2-once", "seen"]["wrong_pixels_a_letter"] < table["2-once", "2 flipped"]["wrong_pixels_a_letter"] / 2
    assert ("3-afresh", "seen") not in table


@pytest.mark.slow
def test_every_font_gets_its_figures_and_results(tmp_path, capsys):
    experiment.main(
        ["--quick", "--font", "all", "--networks", "35-25-20-25-35", "--versions", "4", "--out", str(tmp_path)]
    )
    results = json.loads((tmp_path / "results.json").read_text())
    assert [each["font"] for each in results["fonts"]] == list(npae.datasets.FONTS)
    for font in npae.datasets.FONTS:
        assert {path.name for path in (tmp_path / font).iterdir()} == {"denoising_curve.png", "denoising.png"}
    assert "published best 86.6 %" in capsys.readouterr().out


def test_held_out_noise_is_the_same_for_all_networks_and_another_for_each_seed():
    given = []

    class Model:
        def reconstruct(self, x):
            given.append(x)
            return x

    args = experiment.completed(experiment.parser().parse_args(["--quick", "--passes", "1"]))
    for seed in (0, 1):
        experiment.measured(LETTERS, {"a": Model(), "b": Model()}, seed, args)
    first, second = np.split(np.array(given), 2)
    np.testing.assert_array_equal(first[0::4], first[1::4])
    assert (first != second).any()


def test_passes_send_what_came_out_in_again():
    class Halves:
        def reconstruct(self, x):
            return x / 2

    np.testing.assert_array_equal(experiment.repeated(Halves(), 3)(np.ones((1, 2))), [[0.125, 0.125]])


def test_the_loss_of_whole_letters_has_its_gradient():
    network = Network([npae.Dense(4, "tanh")], [npae.Dense(35)], networks.WholeLetter(0.1), in_shape=(35,))
    letters = LETTERS.pixels[:6]
    assert npae.check_gradients(network, letters, entries=60, tolerance=1e-7).entries == 60


@in_one_test("weight", [0.0, 0.01, 1.0])
def test_the_loss_of_whole_letters_is_its_formula(weight):
    rng = np.random.default_rng(0)
    network = Network([npae.Dense(3)], [npae.Dense(5)], networks.WholeLetter(weight), in_shape=(5,))
    theta, X = network.init(rng), rng.integers(0, 2, (4, 5)).astype(float)
    p = network.reconstruct(theta, X)
    whole = np.prod(np.where(X == 1, p, 1 - p), axis=1)
    np.testing.assert_allclose(network.value(theta, X), np.mean(1 - whole - weight * np.log(whole)))


@pytest.mark.filterwarnings("ignore:predictions must be better")  # than the mean, which is all that can be known
def test_the_loss_of_whole_letters_chooses_where_cross_entropy_blends():
    """One input, two letters that it may be: the bias alone can learn, and the answer should be one of the two."""
    X = np.array([[0.0, 0, 1], [1, 1, 1]])

    @dataclasses.dataclass(frozen=True)
    class Blank(npae.Noise):
        def apply(self, x, rng):
            return np.zeros_like(x)

    def answer(loss):
        ae = npae.Autoencoder([2], activation="tanh", loss=loss, noise=Blank(), epochs=600, random_state=0).fit(X)
        return ae.reconstruct(np.zeros((1, 3)))[0]

    np.testing.assert_allclose(answer("bce")[:2], 0.5, atol=0.02)
    chosen = answer(networks.WholeLetter(0.01))
    assert npae.metrics.pixel_errors(X, np.tile(chosen, (2, 1))).min() == 0
    assert npae.metrics.crispness([chosen])[0] > 0.8


def test_the_loss_of_whole_letters_refuses_grey():
    with pytest.raises(ValueError, match="targets must be 0 or 1, got values from 0.5 to 0.5. Round them"):
        npae.Autoencoder([2], loss=networks.WholeLetter()).fit(np.full((2, 3), 0.5))


def test_noise_that_is_drawn_once_stays():
    noise = networks.Once(npae.FlipPixels(2), seed=4)
    once, again = (noise.apply(LETTERS.pixels, np.random.default_rng(seed)) for seed in (0, 1))
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(np.abs(once - LETTERS.pixels).sum(axis=1), 2)
    assert (once != dataclasses.replace(noise, seed=5).apply(LETTERS.pixels, None)).any()


def test_eta_falls_to_a_fiftieth():
    recipe = networks.denoiser((35, 4, 35), epochs=30, eta=0.01)
    eta = fitted(recipe.autoencoder(0), LETTERS.pixels).history_["eta"]
    np.testing.assert_allclose([eta[0], eta[-1] * 0.02 ** (1 / 30)], [0.01, 0.0002])


@in_one_test(
    ("arguments", "message"),
    [
        (["--networks", "deep"], "--networks must be among wide; wide-bce; 35-25-20-25-35, got 'deep'"),
        (["--published", "--networks", "wide"], "--networks must be among 2-once; .*, got 'wide'"),
        (["--font", "upper"], "font must be one of capitals, .*, got 'upper'"),
        (["--seed", "-1"], "random_state must be None, an integer >= 0"),
    ],
    ids=" ".join,
)
def test_options_that_cannot_work_end_with_one_message(tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main([*arguments, "--quick", "--out", str(tmp_path)])


@pytest.mark.slow
def test_the_wide_network_comes_within_one_and_a_half_points_of_the_nearest_letter(tmp_path):
    experiment.main(["--networks", "wide", "--seeds", "1", "--out", str(tmp_path)])
    table = summary(tmp_path)
    for level in ("p = 0.10", "p = 0.15", "p = 0.20"):
        assert table["wide", level]["exact"] > table["nearest", level]["exact"] - 0.015
