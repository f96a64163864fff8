"""The two parts of the bound and the walks are measured rightly, and the files are written."""

import gzip
import json

import numpy as np
import pytest
from idx_files import idx

import npae
from experiments.variational import vae as experiment
from npae.command_line.claim_verdicts import JUDGES


def test_rate_and_distortion_add_up_to_the_loss():
    letters = npae.datasets.load_font("capitals")
    model = experiment.letter_network(1.0, seed=0, epochs=40).fit(letters.pixels)
    parts = experiment.parts_of_bound(model, letters.pixels)
    losses = [model.network_.value(model.theta_, letters.pixels, code_seed=seed) for seed in range(100)]
    np.testing.assert_allclose(parts["rate"] + parts["distortion"], np.mean(losses), rtol=0.01)


def test_a_plain_code_has_an_infinite_rate_and_the_same_distortion_as_its_loss():
    letters = npae.datasets.load_font("capitals")
    model = experiment.letter_network(None, seed=0, epochs=5).fit(letters.pixels)
    parts = experiment.parts_of_bound(model, letters.pixels)
    assert parts["rate"] == np.inf
    np.testing.assert_allclose(parts["distortion"], 35 * model.history_["loss"][-1], rtol=1e-12)


@pytest.fixture
def digits(tmp_path):
    """Return a folder with 200 images of noise in the four files of MNIST."""
    rng = np.random.default_rng(0)
    for part in ("train", "t10k"):
        images, labels = rng.integers(256, size=(200, 28, 28), dtype=np.uint8), np.arange(200, dtype=np.uint8) % 10
        for kind, values in {"images-idx3": images, "labels-idx1": labels}.items():
            (tmp_path / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(idx(values)))
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::npae.PosteriorCollapse")
def test_a_quick_run_writes_its_numbers_and_pictures(digits, tmp_path, capsys):
    experiment.main(["--quick", "--mnist", str(digits), "--out", str(tmp_path / "out")])
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert list(results["letters"]) == ["plain", "beta 0"]
    assert results["mnist"]["2"]["active"] in (0, 1, 2)
    assert JUDGES["S1.4"]([results], tmp_path)
    assert "-log p" in capsys.readouterr().out
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {"rate_distortion.png", "letters_variational.png", "mnist_manifold.png", "mnist_2.npz"}


def test_a_folder_without_images_ends_with_one_message(tmp_path):
    with pytest.raises(SystemExit, match=r"^vae: "):
        experiment.main(["--quick", "--mnist", str(tmp_path), "--out", str(tmp_path / "out")])


def test_frechet_is_the_distance_of_two_gaussians():
    A = np.random.default_rng(0).normal(size=(5000, 3))
    assert abs(experiment.frechet(A, A)) < 1e-9
    np.testing.assert_allclose(experiment.frechet(A, A + np.array([3, 0, 4])), 25)
    np.testing.assert_allclose(experiment.frechet(A, 3 * (A - A.mean(0)) + A.mean(0)), 4 * A.var(0, ddof=1).sum())
