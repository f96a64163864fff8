import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from looped import in_one_test

import npae
from experiments import font_latent2 as experiment
from experiments.letters.letter_recipe import GOOD, letter_recipe


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The default run, as the README gives it."""
    out = tmp_path_factory.mktemp("default")
    experiment.main(["--out", str(out)])
    return out


def test_the_default_run_rebuilds_every_capital_without_a_wrong_pixel(finished):
    results = json.loads((finished / "results.json").read_text())
    assert results["font"] == "capitals"
    assert results["sizes"] == [35, 29, 23, 2, 23, 29, 35]
    assert results["exact"] == results["n_glyphs"] == 32
    assert results["pixel_errors"] == [0] * 32
    assert results["refinements"] > 0
    assert results["epochs_run"] > 0
    assert results["seconds_training"] > 0


def test_the_saved_model_is_the_one_reported(finished):
    letters = npae.datasets.load_font("capitals")
    model = npae.load(finished / "model.npz")
    assert npae.metrics.pixel_errors(letters.pixels, model.reconstruct(letters.pixels)).sum() == 0
    assert model.encode(letters.pixels).shape == (32, 2)


def test_the_figures_are_written(finished):
    names = {path.name for path in finished.glob("*.png")}
    assert {"latent_space.png", "reconstructions.png", "manifold.png", "history.png", "new_letters.png"} <= names
    assert (finished / "explorer.html").stat().st_size < 300_000


def test_new_letters_are_crisp_and_unlike_every_training_glyph(finished):
    letters = npae.datasets.load_font("capitals")
    found = npae.discover(npae.load(finished / "model.npz"), letters)
    assert len(found) > 0
    differing = ((found.samples > 0.5)[:, None] != (letters.pixels > 0.5)[None]).sum(axis=2)
    assert (differing.min(axis=1) >= 3).all()
    np.testing.assert_array_equal(differing[np.arange(len(found)), found.nearest], found.distance)
    assert (np.abs(found.samples - 0.5) >= 0.25).all()


def test_the_new_letters_are_printed(finished, capsys):
    letters, model = npae.datasets.load_font("capitals"), npae.load(finished / "model.npz")
    found = npae.discover(model, letters)
    experiment.print_new_letters(letters, found)
    experiment.print_new_letters(letters, npae.discover(model, letters, least_distance=35))
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[1] == f"{len(found)} new letters in the code space of capitals (code: pixels away from the nearest glyph)"
    )
    assert lines[2].endswith(f"): {found.distance[0]} from {found.labels[0]}")
    assert lines[-1].startswith("no new letter in the code space of capitals")


@pytest.mark.slow
def test_the_script_runs_alone(tmp_path):
    """Only npae and what npae needs: no other file of the experiments."""
    shutil.copy(experiment.__file__, tmp_path)
    arguments = ["--sizes", "35-6-2-6-35", "--epochs", "4", "--quick", "--out", "here"]
    path = {"PYTHONPATH": str(Path(npae.__file__).parents[1])}
    without = (
        "import runpy, sys; sys.modules['experiments'] = None; runpy.run_path('font_latent2.py', None, '__main__')"
    )
    command = [sys.executable, "-c", without, *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here" / "results.json").exists()


def test_the_letter_studies_train_the_network_of_the_main_job():
    args = experiment.completed(experiment.parser().parse_args([]))
    main_job = experiment.autoencoder(npae.datasets.load_font("capitals"), 0, args).get_params(deep=False)
    studies = letter_recipe(GOOD).autoencoder(0).get_params(deep=False)
    main_job["refine"] = dataclasses.replace(main_job["refine"], max_seconds=None)  # studies: seeds repeat anywhere
    main_job["callbacks"] = main_job["callbacks"][:1]  # studies print nothing
    main_job["threads"] = 1  # studies use the other cores for other runs
    assert repr(main_job) == repr(studies)


@pytest.mark.slow
def test_seeds_give_runs_and_a_success_rate(tmp_path, capsys):
    experiment.main(["--font", "all", "--seeds", "2", "--optimizer", "adam", "--quick", "--out", str(tmp_path)])
    results = json.loads((tmp_path / "results.json").read_text())
    assert [(run["font"], run["seed"]) for run in results["runs"]] == [
        (font, seed) for seed in (0, 1) for font in ("capitals", "symbols", "lowercase")
    ]
    assert 0 <= results["success_rate"] <= 1
    assert "Wilson" in capsys.readouterr().out
    assert (tmp_path / "symbols" / "model.npz").exists()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["CG", "BFGS", "Powell"])
def test_every_method_runs(tmp_path, method):
    arguments = ["--method", method, "--sizes", "35-6-2-6-35", "--iterations", "1", "--seconds", "0.2", "--epochs", "4"]
    experiment.main([*arguments, "--layers", "decoder.0,encoder", "--out", str(tmp_path)])
    assert json.loads((tmp_path / "results.json").read_text())["refinements"] == 1


@in_one_test("method", ["CG", "BFGS", "L-BFGS-B", "Powell"])
def test_blocks_and_layers_go_with_any_method(method):
    arguments = ["--method", method, "--block", "50", "--layers", "decoder.2,encoder.0"]
    refine = experiment.refinement(experiment.completed(experiment.parser().parse_args(arguments)))
    assert (refine.method, refine.block_size, refine.layers) == (method, 50, ["decoder.2", "encoder.0"])


@in_one_test(
    ("arguments", "message"),
    [
        (["--sizes", "35-2"], "sizes must be at least 3 numbers"),
        (["--sizes", "20-2-20"], r"decoder must end with samples of shape \(35,\)"),
        (["--eta", "-1"], "eta must be a number"),
        (["--std", "nan"], "std must be a number"),
        (["--output", "relu"], "output must be 'sigmoid' or 'identity'"),
        (["--seed", "-1"], "random_state must be None, an integer >= 0"),
        (["--seconds", "0"], "max_seconds must be a number"),
        (["--seeds", "0"], "--seeds must be an integer of at least 1, got 0"),
        (["--margin", "1"], r"--margin must be a number in \[0, 1\[, got 1.0"),
        (["--every", "0"], "every must be an integer of at least 1, got 0"),
        (["--layers", "decoder.2,code"], "layers must be names of layers or arrays among .*, got 'code'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_work_end_with_one_message(tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main([*arguments, "--out", str(tmp_path)])


def test_an_interrupted_run_is_not_counted(tmp_path, monkeypatch):
    def interrupted(self, *args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(npae.Network, "evaluate", interrupted)
    with pytest.raises(SystemExit, match="interrupted"), pytest.warns(UserWarning, match="interrupted"):
        experiment.main(["--seeds", "3", "--quick", "--out", str(tmp_path)])
    assert not (tmp_path / "results.json").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="shows an error that only root's files have")
def test_an_out_that_is_a_file_is_refused_as_root_too(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(SystemExit, match="--out must be a folder that can be written to, got .*taken"):
        experiment.main(["--out", str(tmp_path / "taken")])


@pytest.mark.slow
def test_57_of_60_runs_are_exact(tmp_path):
    experiment.main(["--font", "all", "--seeds", "20", "--out", str(tmp_path)])
    assert json.loads((tmp_path / "results.json").read_text())["runs_exact"] >= 57


@pytest.mark.slow
def test_96_glyphs_fit_into_one_code_plane(tmp_path):
    experiment.main(["--font", "joint", "--out", str(tmp_path)])
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["exact"] == results["n_glyphs"] == 96
