"""The line of letters: what is counted along it is right, and an easy set of letters fits."""

import json

import numpy as np
import pytest
from looped import in_one_test
from matplotlib.image import imread

import npae
from experiments.letters import font_latent1 as experiment
from experiments.shared.training import fitted


class Thermometer:
    """Stands for a model whose code is the number of pixels that are on, counted from the left."""

    def encode(self, X):
        return X.sum(axis=1, keepdims=True)

    def decode(self, Z):
        return (np.arange(4) + 0.5 < Z).astype(float)

    def reconstruct(self, X):
        return self.decode(self.encode(X))

    n_epochs_ = 1


@pytest.fixture
def bars():
    """Bars of 4, 0 and 2 pixels."""
    pixels = np.array([[1, 1, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0]], dtype=float)
    return npae.datasets.Font("bars", pixels, ("four", "zero", "two"), (1, 4))


def recipe(*options):
    return experiment.recipe_of(experiment.parser().parse_args(list(options)))


def test_letters_stand_in_the_order_of_their_codes(bars):
    line = experiment.in_order(Thermometer(), bars)
    assert line.labels == ("zero", "two", "four")
    np.testing.assert_array_equal(line.pixels.sum(axis=1), [0, 2, 4])


def test_the_walk_goes_evenly_from_letter_to_letter(bars):
    line = experiment.in_order(Thermometer(), bars)
    np.testing.assert_allclose(experiment.walk(Thermometer(), line, 2)[:, 0], [0, 1, 2, 3, 4])


def test_what_is_counted_between_bars_is_what_one_can_count(bars):
    numbers = experiment.measured(Thermometer(), bars, steps=100)
    assert numbers["success"] and numbers["exact"] == 3 and numbers["strangers"] == 0
    assert numbers["pictures"] == 5  # with 0, 1, 2, 3 and 4 pixels
    assert numbers["letters_share"] == pytest.approx(0.5, abs=0.01)
    assert numbers["apart"] == 2 and numbers["apart_chance"] == pytest.approx(8 / 3)
    assert numbers["decimals"] == 1


def test_a_letter_met_away_from_its_place_is_a_stranger(bars):
    class Detour(Thermometer):
        def decode(self, Z):
            return np.where((Z > 0.6) & (Z < 0.9), 1.0, super().decode(Z))

    assert experiment.measured(Detour(), bars)["strangers"] > 0


def test_codes_that_are_never_right_have_no_number_of_decimals(bars):
    class Blind(Thermometer):
        def decode(self, Z):
            return np.zeros((len(Z), 4))

    assert experiment.decimals(Blind(), bars) is None


def test_ten_letters_fit_on_a_line():
    model = recipe().autoencoder(0)
    letters = npae.datasets.load_font("capitals").select("ABCDEFGHIJ")
    assert experiment.measured(model.fit(letters.pixels), letters)["wrong_pixels"] == 0


def test_without_another_solver_adam_trains():
    model = recipe().autoencoder(0)
    assert (model.optimizer, model.refine, model.epochs) == (npae.Adam(0.003), None, 6000)


@in_one_test("solver", list(experiment.SOLVERS))
def test_every_solver_begins_to_train_a_line(solver):
    model = recipe("--solver", solver, "--sizes", "35-6-1-6-35", "--quick").autoencoder(0)
    assert (model.refine is None) == (solver in ("adam", "kfac"))
    letters = npae.datasets.load_font("capitals").select("ABC")
    assert fitted(model, letters.pixels).history_["loss"][-1] < 0.67  # that of 1/2 in all pixels is 0.69


@pytest.mark.slow
def test_all_glyphs_fit_on_a_line_by_kfac():
    model, X, font = experiment.prepared(recipe("--solver", "kfac"), seed=0, font="joint")
    assert len(font) == 96 and experiment.measured(fitted(model, X), font, steps=2)["wrong_pixels"] == 0


@pytest.mark.slow
def test_a_quick_run_leaves_results_model_and_figure(tmp_path):
    experiment.main(["--font", "symbols", "--quick", "--out", str(tmp_path)])
    results = json.loads((tmp_path / "results.json").read_text())
    assert sorted(results["shown"]["symbols"]["labels"]) == sorted(npae.datasets.load_font("symbols").labels)
    assert npae.load(tmp_path / "symbols/model.npz").network_.code_shape == (1,)
    picture = imread(tmp_path / "symbols/line_of_letters.png")[..., :3]
    assert (picture.mean(axis=2) < 0.9).mean() > 0.2  # captions without letters cover 0.07


@in_one_test(
    ("arguments", "message"),
    [
        (["--sizes", "35-9-2-9-35"], "font_latent1: --sizes must have a 1 in the middle, got 35-9-2-9-35."),
        (["--code", "wavy"], "font_latent1: activation must be .* got 'wavy'"),
        (["--eta", "-1"], "font_latent1: eta must be a number"),
    ],
)
def test_options_that_cannot_work_end_with_one_message(tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main([*arguments, "--quick", "--out", str(tmp_path)])
