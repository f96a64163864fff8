"""A file names the least version of its format that knows all that is in it, so that older readers refuse no more."""

import json
import zipfile

import numpy as np
import pytest

from npae import Autoencoder, Checkpoint

X = np.random.default_rng(0).random((30, 4))
GAPS = np.where(X < 0.1, np.nan, X)


def version(path):
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read("document.json"))["version"]


@pytest.mark.parametrize(
    ("samples", "target", "params", "checkpoint", "model"),
    [
        (X, None, {"scale": None}, 1, 1),
        (X, None, {"scale": "columns"}, 2, 2),
        (X, X[:, :2] * 3, {"scale": "columns"}, 3, 3),
        (GAPS, None, {"scale": None, "missing": "ignore"}, 3, 3),
    ],
    ids=["plain", "scaled", "targets", "gaps"],
)
@pytest.mark.filterwarnings("ignore")  # two epochs are not much
def test_a_file_names_the_least_version_that_knows_its_content(samples, target, params, checkpoint, model, tmp_path):
    callbacks = [Checkpoint(tmp_path / "checkpoint.npz")]
    ae = Autoencoder([2], epochs=2, callbacks=callbacks, **params)
    ae.fit(samples, target=target).save(tmp_path / "model.npz")
    assert version(tmp_path / "checkpoint.npz") == checkpoint
    assert version(tmp_path / "model.npz") == model
