"""A detector whose code holds a whole sample copies it and finds nothing: `fit` says so."""

import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AnomalyDetector, Autoencoder, TrainingWarning

RNG = np.random.default_rng(0)
ONE = RNG.standard_normal((100, 1))
THREE = RNG.standard_normal((100, 1)) + 0.1 * RNG.standard_normal((100, 3))
QUICK = {"scale": "columns", "random_state": 0, "optimizer": "adam", "refine": None, "epochs": 1}


@in_one_test(
    ("autoencoder", "X", "got"),
    [
        (None, ONE, "got a code of 1 number for 1 column: .* Add columns that depend on this one"),
        (Autoencoder([3], **QUICK), THREE, "got a code of 3 numbers for 3 columns: .* Use a narrower code"),
        (Autoencoder([5, 4], **QUICK), THREE, "got a code of 4 numbers for 3 columns"),
        (Autoencoder([npae.Flatten(), 6], **QUICK), THREE[:, :, None][:, :2], "got a code of 6 numbers for 2 numbers"),
    ],
    ids=["one column", "as wide", "wider", "series"],
)
def test_a_code_that_holds_a_sample_is_told(autoencoder, X, got):
    with pytest.warns(TrainingWarning, match=f"code must be narrower than a sample .*{got}") as caught:
        detector = AnomalyDetector(autoencoder, random_state=0).fit(X)
    assert [warning.filename for warning in caught] == [__file__]
    assert detector.autoencoder_.history_["notes"][-1] == str(caught[0].message)


@in_one_test(
    "autoencoder",
    [
        None,
        Autoencoder([1, 3], **QUICK),
        Autoencoder([3], noise=npae.GaussianNoise(0.5), **QUICK),
        Autoencoder([3], penalty=npae.L2(0.1), **QUICK),
    ],
    ids=["narrower", "a narrower layer", "noise", "penalty"],
)
def test_what_cannot_copy_is_left_in_peace(autoencoder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        AnomalyDetector(autoencoder, random_state=0).fit(THREE)
