"""Neighbours and journeys: what is counted is right, ties included, and the files are written."""

import json

import numpy as np
import pytest

import npae
from experiments.letters import code_space as experiment


class Identity:
    """Stands for a model whose codes are the pictures themselves."""

    def encode(self, X):
        return np.asarray(X, dtype=float)

    decode = reconstruct = encode


@pytest.fixture
def steps():
    """Pictures of 0, 1, 2 and 4 pixels, each within the next."""
    pixels = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]], dtype=float)
    return npae.datasets.Font("steps", pixels, ("0", "1", "2", "4"), (2, 2))


def test_nobody_is_near_itself_and_ties_all_count():
    close = experiment.close(np.array([[0.0], [1.0], [2.0], [5.0]]), 1)
    np.testing.assert_array_equal(close, [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0]])


def test_codes_that_keep_distances_agree_fully():
    points = np.random.default_rng(0).normal(size=(20, 3))
    alike = experiment.close(points, 3)
    assert experiment.agreement(2 * points[:, ::-1] + 1, alike, 3) == 1
    assert experiment.agreement(experiment.PrincipalComponents(points).codes(points, 3), alike, 3) == 1


def test_random_codes_agree_as_often_as_chance():
    rng, letters = np.random.default_rng(0), npae.datasets.load_font("capitals")
    alike = experiment.close(letters.pixels, 3)
    shares = [experiment.agreement(rng.normal(size=(32, 2)), alike, 3) for _ in range(300)]
    np.testing.assert_allclose(np.mean(shares), alike.sum() / (32 * 31), atol=0.01)


def test_a_third_letter_is_met_only_on_the_way_past_it():
    pixels = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    font = npae.datasets.Font("corner", pixels, ("a", "b", "c"), (1, 2))
    assert experiment.journeys(Identity(), font)[0] == 0

    class Bent(Identity):
        def decode(self, Z):
            return np.column_stack([Z[:, 0] > 0.7, Z[:, 1] > 0.3]).astype(float)

    assert experiment.journeys(Bent(), font)[0] == pytest.approx(1 / 3)


def test_neighbours_are_named_with_their_distance_in_pixels(steps):
    near = experiment.neighbours(Identity(), steps, 2)
    assert near["4"] == (["2", "1"], ["2 (2)", "1 (3)"])


def test_a_journey_begins_and_ends_at_its_letters(steps):
    way = experiment.journey(Identity(), steps, steps.select(["0", "2", "4"]), 5)
    assert len(way) == 10
    assert [(step["nearest"], step["distance"]) for step in way[::5]] == [("0", 0), ("2", 0)]
    assert [(step["nearest"], step["distance"]) for step in way[4::5]] == [("2", 0), ("4", 0)]
    assert way[2]["part"] == 0.5


@pytest.mark.slow
def test_a_quick_run_leaves_results_figures_and_a_film(tmp_path, capsys):
    from PIL import Image

    experiment.main(["--font", "lowercase", "--path", "ab", "--quick", "--out", str(tmp_path)])
    results = json.loads((tmp_path / "results.json").read_text())
    assert len(results["shown"]["lowercase"]["neighbours"]) == 32
    assert len(results["shown"]["lowercase"]["journey"]) == 9
    folder = tmp_path / "lowercase"
    assert {"interpolation.png", "neighbours.png", "model.npz"} <= {path.name for path in folder.iterdir()}
    with Image.open(folder / "interpolation.gif") as film:
        assert film.n_frames > 3
    assert "a to b" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "message"),
    [("A", "--path must be at least 2 letters, got 'A'. Give a start"), ("Aa", "label must be one of .*, got 'a'")],
)
def test_paths_that_lead_nowhere_end_with_one_message(tmp_path, path, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main(["--font", "capitals", "--path", path, "--quick", "--out", str(tmp_path)])
