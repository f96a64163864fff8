"""`npae train` gives the model that the same call gives in Python."""

import json

import numpy as np
import pytest
from csv_files import NAMES
from looped import in_one_test

import npae
from npae.settings import archive


def content(path):
    """Return what a model file holds, without the seconds that training took."""
    document, arrays = archive.read(path, "autoencoder", "anomaly_detector")
    document["history"] = {name: value for name, value in document["history"].items() if name != "seconds"}
    for refinement in document["history"]["refinements"]:
        refinement.pop("seconds")
        refinement["curve"].pop("seconds")
    return document, arrays


def assert_same_file(path, model, tmp_path):
    model.save(tmp_path / "expected.npz")
    (document, arrays), (expected, others) = content(path), content(tmp_path / "expected.npz")
    assert document == expected
    assert all(np.array_equal(arrays[name], others[name], equal_nan=True) for name in others)


CALLS = {
    "defaults": ([], {}),
    "encoder": (["--encoder", "4,2", "--epochs", "3"], {"encoder": [4, 2], "epochs": 3}),
    "refine": (
        ["--refine", "CG:2", "--optimizer", "adam", "--eta", "0.02", "--epochs", "4"],
        {"refine": npae.Refine("CG", every=2), "optimizer": npae.Adam(0.02), "epochs": 4},
    ),
    "descriptions": (
        ["--encoder", "Dense(4, 'relu'),2", "--noise", "GaussianNoise(0.1)", "--penalty", "L2(1e-3)", "--epochs", "3"],
        {
            "encoder": [npae.Dense(4, "relu"), 2],
            "noise": npae.GaussianNoise(0.1),
            "penalty": npae.L2(1e-3),
            "epochs": 3,
        },
    ),
    "set": (
        ["--set", "optimizer=rmsprop", "--set", "optimizer__rho=0.8", "--set", "epochs=3"],
        {"optimizer": npae.RMSprop(rho=0.8), "epochs": 3},
    ),
    "batches": (
        ["--batch-size", "16", "--dtype", "float32", "--scale", "none", "--threads", "1", "--epochs", "2"],
        {"batch_size": 16, "dtype": "float32", "scale": None, "threads": 1, "epochs": 2},
    ),
    "held out": (
        ["--validation-fraction", "0.2", "--seed", "3", "--epochs", "2", "--activation", "relu"],
        {"validation_fraction": 0.2, "random_state": 3, "epochs": 2, "activation": "relu"},
    ),
}


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@in_one_test("name", CALLS)
def test_results_are_those_of_python_to_the_bit(name, npae_, folder, X, tmp_path):
    pandas = pytest.importorskip("pandas")
    options, params = CALLS[name]
    params = dict(params)
    assert npae_("train", "mydata.csv", *options, "--out", "m.npz").exit_code == 0
    eta = params.pop("optimizer", None)
    ae = npae.Autoencoder(**{"random_state": 0, **params, **({} if eta is None else {"optimizer": eta})})
    ae.fit(pandas.DataFrame(X, columns=NAMES))
    assert_same_file("m.npz", ae, tmp_path)


@pytest.mark.parametrize(
    ("options", "params"),
    [([], {}), (["--contamination", "0.05", "--encoder", "2"], {"contamination": 0.05, "autoencoder__encoder": [2]})],
)
def test_a_detector_is_that_of_python(options, params, ok, folder, X, tmp_path):
    ok("train", "mydata.npy", "--kind", "anomaly", *options, "--out", "d.npz")
    assert_same_file("d.npz", npae.AnomalyDetector(random_state=0).set_params(**params).fit(X), tmp_path)


def test_further_files_are_targets_weights_and_validation(ok, folder, X, tmp_path):
    np.save("target.npy", X[:, :3])
    np.save("weights.npy", np.arange(60.0))
    ok("train", "mydata.npy", "--target", "target.npy", "--weights", "weights.npy", "--out", "m.npz")
    ae = npae.Autoencoder(random_state=0).fit(X, target=X[:, :3], sample_weight=np.arange(60.0))
    assert_same_file("m.npz", ae, tmp_path)
    ok("train", "mydata.npy", "--validation", "mydata.npy", "--out", "m.npz")
    assert_same_file("m.npz", npae.Autoencoder(random_state=0).fit(X, validation_data=X), tmp_path)


def test_a_mask_is_a_file_of_booleans(ok, folder, tmp_path):
    series, mask = np.random.default_rng(0).random((6, 4, 2)), np.arange(24).reshape(6, 4) % 4 < 3
    np.save("series.npy", series)
    np.save("mask.npy", mask)
    ok("train", "series.npy", "--mask", "mask.npy", "--encoder", "1", "--out", "m.npz")
    assert_same_file("m.npz", npae.Autoencoder([1], random_state=0).fit(series, mask=mask), tmp_path)


def test_the_summary_says_what_was_learned(ok, folder):
    text = ok("train", "mydata.csv", "--out", "m.npz")
    assert text.startswith("Network(5-16-2 | 16-5, MeanSquaredError")
    assert text.endswith("written to m.npz\n")
    facts = json.loads(ok("train", "mydata.csv", "--kind", "anomaly", "--out", "d.npz", "--format", "json"))
    assert facts["kind"] == "anomaly detector" and facts["threshold"] > 0 and facts["model"] == "d.npz"
    assert ok("train", "mydata.csv", "--quiet", "--out", "m.npz") == ""


def test_a_warning_is_one_line(npae_):
    result = npae_("train", "mydata.csv", "--optimizer", "adam", "--epochs", "3", "--out", "m.npz")
    line = (
        "npae train: warning: Training ended with epochs=3 while the loss still fell. Raise --epochs to train longer.\n"
    )
    assert (result.exit_code, result.stderr) == (0, line)


def test_training_shows_a_bar_on_a_terminal_only(ok, npae_, monkeypatch, tmp_path, X):
    from npae.command_line import model_options

    seen = []
    monkeypatch.setattr(model_options, "shows_bars", lambda: seen.append(1) or True)
    npae_("train", "mydata.npy", "--encoder", "2", "--out", "m.npz")
    npae_("train", "mydata.npy", "--kind", "anomaly", "--encoder", "2", "--out", "d.npz")
    assert seen
    assert_same_file("m.npz", npae.Autoencoder([2], random_state=0).fit(X), tmp_path)
    detector = npae.AnomalyDetector(random_state=0).set_params(autoencoder__encoder=[2]).fit(X)
    assert_same_file("d.npz", detector, tmp_path)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_a_checkpoint_is_gone_on_from(npae_, folder):
    options = ["--optimizer", "adam", "--checkpoint", "run.npz", "--out", "m.npz", "--quiet"]
    npae_("train", "mydata.csv", *options, "--epochs", "3")
    assert npae_("train", "mydata.csv", *options, "--epochs", "6").exit_code == 0
    assert npae_("train", "mydata.csv", "--optimizer", "adam", "--epochs", "6", "--out", "whole.npz").exit_code == 0
    np.testing.assert_array_equal(npae.load("m.npz").theta_, npae.load("whole.npz").theta_)


@in_one_test(
    ("options", "message"),
    [
        (["--encoder", "Foo(3)"], "value must be a description of npae"),
        (["--encoder", "__import__('os').system('touch x')"], "value must be a description of npae"),
        (["--encoder", "Dense(open('x'))"], "value must be a description of npae such as .*, got open"),
        (["--encoder", "Dense(1 + 1)"], "arguments of Dense must be numbers"),
        (["--encoder", "Dense(3, nonsense=1)"], "Dense must have arguments that it knows"),
        (["--encoder", "Dense(*[3])"], "arguments of Dense must be written out"),
        (["--noise", "FlipPixels(2"], "must be written as in Python"),
        (["--refine", "BFGS:x"], "--refine must be METHOD:K"),
        (["--refine", "Adam(1)"], "--refine must be METHOD"),
        (["--set", "epochs"], "--set must be NAME=VALUE"),
        (["--contamination", "0.1"], "must come with --kind anomaly"),
        (["--kind", "anomaly", "--target", "mydata.csv"], "must come with --kind autoencoder"),
        (["--delimiter", "ab"], "--delimiter must be one character"),
        (["--delimiter", ",", "--decimal", ","], "--delimiter must be another character than --decimal"),
        *((["--divide", x], "--divide must be a finite number other than 0") for x in ("0", "inf", "nan", "1e999")),
        *((["--delimiter", x], "--delimiter must be no letter, digit, quote") for x in ('"', "a", "1", "\n")),
        (["--set", "x={[1]: 2}"], "keys of a dict must be numbers or texts"),
        (["--encoder", "Dense(2, {[]: 1})"], "keys of a dict must be numbers or texts"),
        (["--rows", "3"], "rows must be a slice"),
        (["--size", "big"], "size must be a number of pixels"),
        (["--kind", "nonsense"], "'nonsense' is not one of"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_read(options, message, refused, folder):
    import re

    line = refused("train", "mydata.csv", "--out", "m.npz", *options, code=2)
    assert re.search(message, line), line
    assert line.endswith("Try 'npae train --help'.")
    assert not (folder / "m.npz").exists() and not (folder / "x").exists()


@in_one_test(
    ("options", "message"),
    [
        (["--epochs", "abc"], "epochs must be an integer of at least 1, got 'abc'."),
        (["--set", "nonsense=1"], "parameter must be one of encoder"),
        (["--refine", "nonsense"], "method must be one of"),
        (["--loss", "bce"], "must"),
        (["--optimizer", "gradient_descent", "--eta", "1e9", "--scale", "none"], "loss must stay finite"),
    ],
)
def test_what_npae_refuses_is_one_line(options, message, refused, folder):
    assert message in refused("train", "mydata.csv", "--out", "m.npz", *options)
    assert not list(folder.glob("m.npz*")) and not list(folder.glob(".m.npz*"))
