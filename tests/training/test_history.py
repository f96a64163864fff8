"""A history is a dict in all that a program sees, and a curve in a notebook."""

import copy
import json
import math
import pickle

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Checkpoint, History

X = np.random.default_rng(0).random((24, 6))


def fitted(**params):
    return Autoencoder(**{"encoder": [3], "optimizer": "adam", "epochs": 5, "random_state": 0, **params}).fit(X)


@pytest.fixture(scope="module")
def history():
    return fitted(validation_fraction=0.25).history_


def test_a_history_equals_a_dict_and_is_written_as_one(history):
    plain = dict(history)
    assert type(history) is History
    assert isinstance(history, dict)
    assert history == plain
    assert plain == history
    assert repr(history) == repr(plain)
    assert json.loads(json.dumps(history)) == plain


def test_a_history_is_pickled_and_copied(history):
    for again in (pickle.loads(pickle.dumps(history)), copy.copy(history), copy.deepcopy(history), history.copy()):
        assert type(again) is History
        assert again == history
        assert again is not history
    assert copy.copy(history)["loss"] is history["loss"]
    assert copy.deepcopy(history)["loss"] is not history["loss"]


def test_a_history_from_a_file_is_one_too(tmp_path):
    ae = fitted(callbacks=[Checkpoint(tmp_path / "a.npz")])
    ae.save(tmp_path / "model.npz")
    assert type(npae.load(tmp_path / "model.npz").history_) is History
    assert npae.load(tmp_path / "model.npz").history_ == ae.history_
    resumed = fitted(callbacks=[Checkpoint(tmp_path / "a.npz")], epochs=7)
    assert type(resumed.history_) is History
    assert resumed.history_["loss"][:5] == ae.history_["loss"]


def test_a_notebook_shows_curve_and_columns(history):
    html = history._repr_html_()
    assert html.count("<polyline") == 2
    assert "5 epochs" in html
    assert "val_loss" in html
    assert f"{history['loss'][-1]:.4g}" in html


def test_nothing_in_a_history_becomes_html():
    html = History({"<script>a": [1.0, 2.0], "loss": [2.0, 1.0], "notes": ["<script>b"]})._repr_html_()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 2


@in_one_test(
    "loss",
    [[], [1.0], [math.nan, math.nan], [math.inf, 1.0, 2.0], [0.0, -1.0, 3.0], [2.0, math.nan, 1.0, math.nan, 3.0]],
    ids=["none", "one", "nan", "inf", "negative", "gaps"],
)
def test_every_history_can_be_shown(loss):
    html = History(loss=loss, code_kl=[[1.0, 2.0]] * len(loss), refinements=[])._repr_html_()
    assert ">nan" not in html
    assert "nan," not in html
    assert ("<svg" in html) == (sum(map(math.isfinite, loss)) > 1)


def test_a_long_history_gives_a_small_picture():
    html = History(loss=[1 / (i + 1) for i in range(100_000)])._repr_html_()
    assert len(html) < 10_000
