"""Files besides DATA are read as DATA is, and no output takes the place of an input."""

import json

import numpy as np
import pytest
from csv_files import NAMES, write_csv
from looped import in_one_test
from test_bad_input import filled, named
from test_train_command import assert_same_file

import npae

FORM = ["--delimiter", "tab", "--decimal", ","]


def write_tabs(path, X, names=NAMES):
    """Write numbers as German programs do, with tabs and decimal commas."""
    write_csv(path, X, names)
    path.write_text(path.read_text().replace(",", "\t").replace(".", ","))


def test_validation_is_read_as_data_is(ok, folder, X):
    text = (folder / "named.csv").read_text().replace(",", "\t").replace(".", ",")
    (folder / "german.csv").write_text(text)
    choice = ["--label", "name", "--drop", "site,volt", "--divide", "10", "--rows", "10:"]
    ok("train", "german.csv", "--validation", "german.csv", *FORM, *choice, "--encoder", "1", "--out", "m.npz")
    known = np.delete(X, 3, axis=1) / 10
    ae = npae.Autoencoder([1], random_state=0).fit(known[10:], validation_data=known)
    assert npae.load("m.npz").history_["val_loss"] == ae.history_["val_loss"]


def test_targets_weights_and_masks_have_the_rows_and_the_form_of_data(ok, folder, X, tmp_path):
    write_tabs(folder / "data.csv", X)
    write_tabs(folder / "target.csv", X[:, :2] + 1, ["up", "down"])
    write_tabs(folder / "weights.csv", np.arange(60.0)[:, None] / 4, ["weight"])
    further = ["--target", "target.csv", "--weights", "weights.csv"]
    ok("train", "data.csv", *further, *FORM, "--divide", "2", "--rows", "::2", "--out", "m.npz")
    ae = npae.Autoencoder(random_state=0)
    ae.fit(X[::2] / 2, target=(X[::2, :2] + 1) / 2, sample_weight=np.arange(60.0)[::2] / 4)
    np.testing.assert_array_equal(npae.load("m.npz").theta_, ae.theta_)


def test_a_mask_is_not_divided(ok, folder, tmp_path):
    series, mask = np.random.default_rng(0).random((6, 4, 2)), np.arange(24).reshape(6, 4) % 4 < 3
    np.save("series.npy", series)
    np.save("mask.npy", mask)
    options = ["--mask", "mask.npy", "--divide", "2", "--rows", "1:", "--encoder", "1", "--out", "m.npz"]
    ok("train", "series.npy", *options)
    assert_same_file("m.npz", npae.Autoencoder([1], random_state=0).fit(series[1:] / 2, mask=mask[1:]), tmp_path)


INPUTS = [  # commands that would write over what they read
    ["train", "{taken}", "--out", "{out}"],
    ["train", "mydata.npy", "--validation", "{taken}", "--out", "{out}"],
    ["train", "mydata.npy", "--target", "{taken}", "--out", "{out}"],
    ["train", "mydata.npy", "--mask", "{taken}", "--out", "{out}"],
    ["train", "mydata.npy", "--weights", "{taken}", "--out", "{out}"],
    ["train", "mydata.npy", "--checkpoint", "{taken}", "--out", "{out}"],
    ["encode", "model.npz", "{taken}", "--out", "{out}"],
    ["encode", "{taken}", "mydata.npy", "--out", "{out}"],
    ["decode", "model.npz", "{taken}", "--out", "{out}"],
    ["reconstruct", "model.npz", "{taken}", "--out", "{out}"],
    ["score", "model.npz", "{taken}", "--out", "{out}"],
    ["explore", "{taken}", "--out", "{out}"],
    ["explore", "model.npz", "{taken}", "--out", "{out}"],
    ["explore", "mydata.npy", "--checkpoint", "{taken}", "--out", "{out}"],
]


@in_one_test("command", INPUTS, ids=named)
@in_one_test("out", ["mydata.csv", "link.csv", "../{folder}/mydata.csv"])
def test_no_output_takes_the_place_of_an_input(command, out, refused, model, folder, monkeypatch):
    (folder / "link.csv").unlink(missing_ok=True)  # of the case before
    (folder / "link.csv").symlink_to("mydata.csv")
    monkeypatch.setattr(npae.Autoencoder, "fit", None)  # nothing is computed
    before = (folder / "mydata.csv").read_bytes()
    line = refused(*filled(command, taken="mydata.csv", out=out.format(folder=folder.name)), code=2)
    assert "--out must be a file that the command does not read or keep, got that of " in line
    assert (folder / "mydata.csv").read_bytes() == before


def test_a_checkpoint_and_a_model_are_two_files_even_before_they_exist(refused):
    assert "that of --checkpoint" in refused("train", "mydata.csv", "--checkpoint", "m", "--out", "./m", code=2)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@pytest.mark.parametrize("kind", ["autoencoder", "anomaly"])
def test_a_checkpoint_joins_other_callbacks(kind, npae_, folder):
    sets = ["--set", f"{'autoencoder__' * (kind == 'anomaly')}callbacks=[JSONLog('log.jsonl')]"]
    options = ["--kind", kind, "--encoder", "2", "--epochs", "2", "--checkpoint", "run.npz", "--out", "m.npz"]
    result = npae_("train", "mydata.csv", *options, *sets)
    assert result.exit_code == 0, result.stderr
    assert (folder / "run.npz").exists() and json.loads((folder / "log.jsonl").read_text().splitlines()[0])


def test_ctrl_c_names_a_checkpoint_and_no_log(npae_, folder, monkeypatch):
    fit = npae.Autoencoder.fit

    def interrupted(self, *args, **options):
        fit(self, *args, **options).stop_reason_ = "interrupted"

    monkeypatch.setattr(npae.Autoencoder, "fit", interrupted)
    sets = ["--set", "callbacks=[JSONLog('log.jsonl')]"]
    told = npae_("train", "mydata.csv", *sets, "--out", "m.npz").stderr
    assert told.endswith("No model was written; --checkpoint keeps one.\n")
    told = npae_("train", "mydata.csv", *sets, "--checkpoint", "run.npz", "--out", "m.npz").stderr
    assert told.endswith("The same command goes on from run.npz.\n")


@in_one_test("callbacks", ["none", "[]", "Converged()"])
def test_a_checkpoint_is_kept_whatever_the_other_callbacks_are(callbacks, npae_, folder):
    options = ["--encoder", "2", "--epochs", "1", "--checkpoint", "run.npz", "--set", f"callbacks={callbacks}"]
    assert npae_("train", "mydata.csv", *options, "--out", "m.npz").exit_code == 0
    assert (folder / "run.npz").exists()
