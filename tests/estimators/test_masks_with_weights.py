"""Masks together with weights, targets and validation data: whatever `fit` takes, it takes at once."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AnomalyDetector, Autoencoder, Classifier

RNG = np.random.default_rng(0)
LENGTHS = RNG.integers(2, 6, 30)
MASK = np.arange(5) < LENGTHS[:, None]
X = np.where(MASK[:, :, None], RNG.random((30, 5, 2)), 0)
TARGET, LABELS = np.where(MASK[:, :, None], X**2, 0), np.arange(30) % 2
WEIGHTS = RNG.integers(0, 3, 30)
TWICE = np.repeat(np.arange(30), WEIGHTS)
PADDED = np.where(MASK[:, :, None], X, np.nan)
OPTIONS = {"optimizer": npae.Adam(0.01), "epochs": 5, "random_state": 0}


def layers():
    return [npae.LSTM(4), npae.Dense(2)]


@pytest.mark.parametrize("target", [None, TARGET], ids=["itself", "target"])
def test_a_weight_counts_as_often_as_the_series_is_there(target):
    pairs = {} if target is None else {"target": target}
    some = {name: value[TWICE] for name, value in pairs.items()}
    ours = Autoencoder(layers(), **OPTIONS).fit(PADDED, sample_weight=WEIGHTS, mask=MASK, **pairs)
    theirs = Autoencoder(layers(), **OPTIONS).fit(X[TWICE], mask=MASK[TWICE], **some)
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-7, atol=1e-9)
    score = ours.score(PADDED, sample_weight=WEIGHTS, mask=MASK, **pairs)
    np.testing.assert_allclose(score, ours.score(X[TWICE], mask=MASK[TWICE], **some), rtol=1e-9)
    with pytest.raises(ValueError, match="mask must be given for X where fit had one"):
        ours.score(X, sample_weight=WEIGHTS, **pairs)


def test_a_classifier_weighs_masked_series():
    given = {"sample_weight": WEIGHTS, "mask": MASK}
    ours = Classifier([npae.LSTM(4)], **OPTIONS).fit(PADDED, LABELS, validation_data=(PADDED, LABELS, MASK), **given)
    theirs = Classifier([npae.LSTM(4)], **OPTIONS).fit(X[TWICE], LABELS[TWICE], mask=MASK[TWICE])
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-7, atol=1e-9)
    score = ours.score(PADDED, LABELS, **given)
    np.testing.assert_allclose(score, ours.score(X[TWICE], LABELS[TWICE], mask=MASK[TWICE]))
    later = ours.partial_fit(PADDED, LABELS, **given).theta_
    np.testing.assert_allclose(later, theirs.partial_fit(X[TWICE], LABELS[TWICE], mask=MASK[TWICE]).theta_, rtol=1e-6)


def test_a_detector_weighs_masked_series():
    detector = AnomalyDetector(Autoencoder(layers(), **OPTIONS)).fit(PADDED, sample_weight=WEIGHTS + 1, mask=MASK)
    scores = detector.score_samples(PADDED, mask=MASK)
    score = detector.score(PADDED, sample_weight=WEIGHTS, mask=MASK)
    np.testing.assert_allclose(score, np.average(scores, weights=WEIGHTS))


@in_one_test(
    ("data", "message"),
    [
        ((X, TARGET), "mask must be given for validation_data where fit had one"),
        ((X, MASK), "must be a tuple with its own target"),
        ((X, TARGET, MASK[:, :3]), "must fit its mask"),
    ],
    ids=["no mask", "no target", "another mask"],
)
def test_validation_data_have_what_fit_has(data, message):
    model = Autoencoder(layers(), **OPTIONS)
    with pytest.raises(ValueError, match=f"validation_data.*{message}|{message}"):
        model.fit(X, target=TARGET, mask=MASK, validation_data=data)
    with pytest.raises(ValueError, match=f"validation_data.*{message}|{message}"):
        npae.study.search(
            model, X, {"epochs": [1]}, target=TARGET, mask=MASK, validation_data=data, trials=1, executor="serial"
        )
    model.fit(X, target=TARGET, mask=MASK, validation_data=(PADDED, TARGET, MASK))
    assert len(model.history_["val_loss"]) == 5


def test_gradients_of_weighted_masked_series_are_right():
    network = Autoencoder(layers(), **OPTIONS).fit(X, mask=MASK).network_
    assert npae.check_gradients(network, X[:4], sample_weight=[1, 2, 0, 3], mask=MASK[:4]).error < 1e-6


@pytest.mark.parametrize("scale", ["common", "columns"])
def test_flattened_series_with_a_mask_learn_other_series(scale):
    ae = Autoencoder([npae.Flatten(), 3], scale=scale, **OPTIONS).fit(PADDED, target=TARGET, mask=MASK)
    assert -1 < ae.score(PADDED, target=TARGET, mask=MASK) < 0


def test_a_weight_counts_in_the_scaling_of_targets():
    flat, targets = X[:, :2].reshape(30, -1), TARGET[:, :2].reshape(30, -1)
    ours = Autoencoder([2], **OPTIONS).fit(flat, target=targets, sample_weight=WEIGHTS)
    theirs = Autoencoder([2], **OPTIONS).fit(flat[TWICE], target=targets[TWICE])
    for name in ("scaling", "target_scaling"):
        weighed, repeated = getattr(ours.network_, name), getattr(theirs.network_, name)
        np.testing.assert_allclose(weighed.unit, repeated.unit)
        np.testing.assert_allclose(weighed.shift, repeated.shift)


def test_a_flattened_series_with_gaps_and_a_mask():
    gaps = np.where((np.arange(300) % 37 == 5).reshape(X.shape) & MASK[:, :, None], np.nan, X)
    ae = Autoencoder([npae.Flatten(), 3], missing="ignore", **OPTIONS).fit(gaps, mask=MASK)
    assert np.isfinite(ae.reconstruct(gaps, mask=MASK)[MASK]).all()
