"""Fitting with weights is fitting to samples that are there so many times."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.samples import Samples
from npae.training.frozen_objective import FrozenObjective

RNG = np.random.default_rng(3)
X = RNG.standard_normal((60, 3)) @ RNG.standard_normal((3, 6)) + 0.1 * RNG.standard_normal((60, 6)) + 5
WEIGHTS = RNG.integers(0, 4, 60)
TWICE = np.repeat(np.arange(60), WEIGHTS)
REFINED = {
    method: {"encoder": [3], "optimizer": None, "refine": npae.Refine(method, max_iterations=4), "epochs": 1}
    for method in ("L-BFGS-B", "BFGS", "CG", "trust-ncg", "Newton-CG")
}
DESCENT = {"encoder": [4, 2], "optimizer": npae.GradientDescent(0.05), "epochs": 8}
SETTINGS = {
    **REFINED,
    "gradient descent": DESCENT,
    "float32": DESCENT | {"dtype": "float32"},
    "two threads": DESCENT | {"threads": 2},
    "columns": DESCENT | {"scale": "columns"},
    "unscaled": DESCENT | {"scale": None, "optimizer": npae.GradientDescent(0.001)},
    "penalties": DESCENT | {"penalty": [npae.L2(0.01), npae.CodeL1(0.01)]},
    "adaptive": DESCENT | {"optimizer": npae.GradientDescent(0.05, adapt=npae.AdaptiveEta())},
    "principal start": {"encoder": [2]},
}


def fitted(X, weights=None, **params):
    return npae.Autoencoder(random_state=0, **params).fit(X, sample_weight=weights)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
@in_one_test("params", SETTINGS.values(), ids=SETTINGS)
def test_a_weight_of_two_is_the_sample_twice(params):
    """The network, its scaling, the moments of its codes, the losses and the score are those of repeated samples."""
    ours, theirs = fitted(X, WEIGHTS, **params), fitted(X[TWICE], **params)
    tolerance = {"rtol": 1e-3, "atol": 1e-4} if params.get("dtype") == "float32" else {"rtol": 1e-7, "atol": 1e-9}
    np.testing.assert_allclose(ours.theta_, theirs.theta_, **tolerance)
    np.testing.assert_allclose(ours.code_mean_, theirs.code_mean_, **tolerance)
    np.testing.assert_allclose(ours.code_covariance_, theirs.code_covariance_, **tolerance)
    np.testing.assert_allclose(ours.history_["loss"], theirs.history_["loss"], **tolerance)
    np.testing.assert_allclose(ours.score(X, sample_weight=WEIGHTS), theirs.score(X[TWICE]), **tolerance)
    if ours.network_.scaling is not None:
        np.testing.assert_allclose(ours.network_.scaling.shift, theirs.network_.scaling.shift, **tolerance)
        np.testing.assert_allclose(ours.network_.scaling.unit, theirs.network_.scaling.unit, **tolerance)


@pytest.mark.filterwarnings("ignore::npae.PosteriorCollapse")
@pytest.mark.parametrize("batch_size", [None, 7])
def test_a_weight_of_zero_is_absence_and_equal_weights_are_none(batch_size):
    weights = np.r_[np.zeros(10), np.full(50, 0.3)]
    params = {"encoder": [4, npae.GaussianCode(2, beta=0.1)], "epochs": 3, "batch_size": batch_size}
    params |= {"noise": npae.GaussianNoise(0.1), "optimizer": npae.GradientDescent(0.01)}
    found, expected = fitted(X, weights, **params), fitted(X[10:], **params)
    np.testing.assert_array_equal(found.theta_, expected.theta_)
    np.testing.assert_array_equal(found.code_covariance_, expected.code_covariance_)


def test_the_default_recipe_starts_and_ends_alike():
    few = X[:20, :3]
    ours, theirs = fitted(few, WEIGHTS[:20], encoder=[2, 1]), fitted(few[TWICE[TWICE < 20]], encoder=[2, 1])
    np.testing.assert_allclose(ours.history_["loss"][0], theirs.history_["loss"][0], rtol=0.1)
    np.testing.assert_allclose(ours.history_["loss"][-1], theirs.history_["loss"][-1], rtol=0.3)


def test_batches_follow_the_weights():
    """Two groups around 0 and 1; the one that weighs 99 times as much is the one that a constant code settles near."""
    points = np.repeat([[0.0], [1.0]], 50, axis=0) * np.ones(3)
    weights = np.repeat([1.0, 99.0], 50)
    params = {"encoder": [npae.Dense(1), npae.Dropout(0.0)], "decoder": [npae.Dense(3)], "scale": None}
    optimizer = npae.GradientDescent(0.05)
    model = npae.Autoencoder(**params, optimizer=optimizer, batch_size=5, epochs=30, random_state=0, penalty=npae.L2(1))
    model.fit(points, sample_weight=weights)
    assert model.reconstruct(points[:1]).mean() > 0.9


def test_partial_fit_weighs_a_chunk():
    params = {"encoder": [4, 2], "optimizer": npae.GradientDescent(0.05), "random_state": 0}
    ours, theirs = npae.Autoencoder(**params), npae.Autoencoder(**params)
    for rows in (slice(0, 30), slice(30, 60)):
        ours.partial_fit(X[rows], sample_weight=WEIGHTS[rows])
        theirs.partial_fit(np.repeat(X[rows], WEIGHTS[rows], axis=0))
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-7)
    np.testing.assert_allclose(ours.code_mean_, theirs.code_mean_, rtol=1e-6, atol=1e-9)


def test_samples_held_out_keep_their_weights():
    params = {"encoder": [2], "optimizer": "gradient_descent", "epochs": 2, "scale": None}
    kept = np.arange(6, 61)[:-1]
    ours = fitted(X, np.r_[WEIGHTS[:40], np.ones(10), np.full(10, 2)], validation_fraction=1 / 6, **params)
    assert len(kept) and len(ours.history_["val_loss"]) == 2


def test_a_mapped_file_is_weighed_as_an_array_is(tmp_path):
    mapped = np.memmap(tmp_path / "samples", mode="w+", dtype=X.dtype, shape=X.shape)
    mapped[:] = X
    ours, theirs = fitted(mapped, WEIGHTS, **DESCENT), fitted(X, WEIGHTS, **DESCENT)
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-8)
    np.testing.assert_allclose(ours.code_covariance_, theirs.code_covariance_, rtol=1e-6, atol=1e-12)
    fitted(mapped, WEIGHTS, encoder=[2], epochs=2, batch_size=9)


def test_series_with_masks_are_weighed():
    series, mask = RNG.random((20, 4, 2)), np.arange(4) < RNG.integers(1, 5, 20)[:, None]
    weights = RNG.integers(0, 3, 20)
    twice = np.repeat(np.arange(20), weights)
    params = {"encoder": [npae.LSTM(3)], "optimizer": npae.GradientDescent(0.05), "epochs": 3, "random_state": 0}
    ours, theirs = npae.Autoencoder(**params), npae.Autoencoder(**params)
    ours.fit(series, sample_weight=weights, mask=mask)
    theirs.fit(series[twice], mask=mask[twice])
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-9)
    np.testing.assert_allclose(ours.network_.scaling.shift, theirs.network_.scaling.shift, rtol=1e-12)
    score = ours.score(series, sample_weight=weights, mask=mask)
    np.testing.assert_allclose(score, theirs.score(series[twice], mask=mask[twice]), rtol=1e-9)


def test_a_classifier_weighs_samples_and_forgets_classes_without_weight():
    y = np.where(X[:, 0] > 5, "high", "low")
    params = {"optimizer": npae.GradientDescent(0.1), "epochs": 5, "random_state": 0}
    ours = npae.Classifier([4], **params).fit(X, y, sample_weight=WEIGHTS)
    theirs = npae.Classifier([4], **params).fit(X[TWICE], y[TWICE])
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-9)
    np.testing.assert_allclose(ours.score(X, y, sample_weight=WEIGHTS), theirs.score(X[TWICE], y[TWICE]))
    ours.partial_fit(X, y, sample_weight=WEIGHTS)
    theirs.partial_fit(X[TWICE], y[TWICE])
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-9)
    y[0], weights = "unknown", np.r_[0, np.ones(59)]
    assert npae.Classifier([4], **params).fit(X, y, sample_weight=weights).classes_.tolist() == ["high", "low"]
    ours.partial_fit(X, y, sample_weight=weights)


@in_one_test("contamination", ["auto", 0.1, 0.29, 0.5])
def test_a_detector_counts_samples_by_their_weights(contamination):
    inner = npae.Autoencoder([2], optimizer=npae.GradientDescent(0.05), epochs=5)
    ours = npae.AnomalyDetector(inner, contamination=contamination, random_state=0)
    theirs = npae.AnomalyDetector(inner, contamination=contamination, random_state=0)
    ours.fit(X, sample_weight=WEIGHTS)
    theirs.fit(X[TWICE])
    np.testing.assert_allclose(ours.threshold_, theirs.threshold_, rtol=1e-9)
    np.testing.assert_allclose(ours.usual_errors_, theirs.usual_errors_, rtol=1e-9)
    assert ours.decision_scores_.shape == (60,)
    np.testing.assert_allclose(ours.score(X, sample_weight=WEIGHTS), theirs.score(X[TWICE]), rtol=1e-9)
    scaled = npae.AnomalyDetector(inner, contamination=contamination, random_state=0).fit(X, sample_weight=2 * WEIGHTS)
    np.testing.assert_allclose(scaled.threshold_, ours.threshold_, rtol=1e-9)


def test_a_checkpoint_belongs_to_its_weights(tmp_path):
    params = {"encoder": [2], "epochs": 2, "callbacks": [npae.Checkpoint(tmp_path / "training.npz")]}
    fitted(X, WEIGHTS, **params)
    fitted(X, WEIGHTS, **params)
    with pytest.raises(ValueError, match="must be a checkpoint of this training, with data"):
        fitted(X, WEIGHTS[::-1] + 1, **params)


def test_a_choice_of_samples_for_a_refinement_keeps_their_weights():
    network = npae.Network([npae.Dense(2)], [npae.Dense(6)], in_shape=6)
    theta, samples = network.init(np.random.default_rng(0)), Samples(X, weights=WEIGHTS + 1.0)
    with npae.network.Shards(network) as shards:
        value = FrozenObjective(network, shards, samples, np.random.default_rng(1), sample=20).value(theta)
    some = np.sort(np.random.default_rng(1).choice(60, 20, replace=False))
    np.testing.assert_allclose(value, network.value(theta, X[some], sample_weight=WEIGHTS[some] + 1.0), rtol=1e-12)


def test_a_code_report_counts_by_weights():
    report = {"callbacks": [npae.CodeReport()], "optimizer": npae.GradientDescent(1e-9), "epochs": 1, "scale": None}
    ours = fitted(X, WEIGHTS, encoder=[npae.GaussianCode(2)], **report)
    theirs = fitted(X[TWICE], encoder=[npae.GaussianCode(2)], **report)
    np.testing.assert_allclose(ours.history_["kl"], theirs.history_["kl"], rtol=1e-3)
