"""Scores of samples and of steps, and thresholds: what is strange is rebuilt badly."""

import tracemalloc

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import LSTM, Autoencoder, Dense
from npae.metrics import squared_errors
from npae.series import overlap_mean, windows

ROWS = np.random.default_rng(0).random((20, 6))
LENGTHS = np.array([5, 2, 4, 5])
MASK = np.arange(5) < LENGTHS[:, None]
SERIES = np.random.default_rng(1).random((4, 5, 2))


def of_rows(**params):
    return Autoencoder([3], epochs=5, random_state=0, **params).fit(ROWS)


def of_series(**params):
    return Autoencoder([LSTM(4), Dense(2)], epochs=3, random_state=0, **params).fit(SERIES, mask=MASK)


def test_a_score_is_the_mean_squared_error_of_a_sample():
    ae = of_rows()
    expected = [np.mean((x - y) ** 2) for x, y in zip(ROWS, ae.reconstruct(ROWS), strict=True)]
    np.testing.assert_allclose(ae.score_samples(ROWS), expected, rtol=1e-12)
    np.testing.assert_allclose(ae.score_samples(ROWS).mean(), -ae.score(ROWS), rtol=1e-12)


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_scores_compare_with_predictions_not_with_logits(loss):
    ae = of_rows(loss=loss)
    np.testing.assert_allclose(ae.score_samples(ROWS), squared_errors(ROWS, ae.reconstruct(ROWS)), rtol=1e-12)


def test_a_step_has_a_score_of_its_own():
    ae = of_series()
    rebuilt = ae.reconstruct(SERIES)
    steps = ae.score_samples(SERIES, steps=True)
    expected = [[np.mean((SERIES[n, t] - rebuilt[n, t]) ** 2) for t in range(5)] for n in range(4)]
    np.testing.assert_allclose(steps, expected, rtol=1e-12)
    np.testing.assert_allclose(ae.score_samples(SERIES), steps.mean(axis=1), rtol=1e-12)


@in_one_test("noise", [0.0, 1e3, np.nan])
def test_padding_has_no_score_and_does_not_count(noise):
    ae = of_series()
    rebuilt = ae.network_.reconstruct(ae.theta_, SERIES, mask=MASK)
    X = np.where(MASK[:, :, None], SERIES, noise)
    errors = squared_errors(X, rebuilt, MASK), squared_errors(X, rebuilt, MASK, steps=True)
    scores = [ae.network_.errors(ae.theta_, X, mask=MASK, steps=steps) for steps in (False, True)]
    for got in (scores, errors):
        for n, length in enumerate(LENGTHS):
            own = np.mean((SERIES[n, :length] - rebuilt[n, :length]) ** 2, axis=1)
            np.testing.assert_allclose(got[0][n], own.mean(), rtol=1e-12)
            np.testing.assert_allclose(got[1][n], np.append(own, [np.nan] * (5 - length)), rtol=1e-12)


def test_each_feature_has_a_score_of_its_own():
    for ae, X in ((of_rows(), ROWS), (of_rows(loss="bce"), ROWS), (of_series(), SERIES)):
        features = ae.score_samples(X, features=True)
        np.testing.assert_allclose(features, (X - ae.reconstruct(X)) ** 2, rtol=1e-12)
        np.testing.assert_allclose(features.mean(axis=tuple(range(1, X.ndim))), ae.score_samples(X), rtol=1e-12)


def test_features_of_padding_have_no_score():
    ae = of_series()
    features = ae.score_samples(np.where(MASK[:, :, None], SERIES, np.nan), mask=MASK, features=True)
    assert features.shape == SERIES.shape
    np.testing.assert_array_equal(np.isnan(features), np.repeat(~MASK[:, :, None], 2, axis=2))
    steps = ae.score_samples(SERIES, mask=MASK, steps=True)
    np.testing.assert_allclose(features.mean(axis=2), steps, rtol=1e-12)
    both = ae.score_samples(SERIES, mask=MASK, steps=True, features=True)
    np.testing.assert_array_equal(both, features)


def test_scores_of_features_do_not_keep_the_reconstruction():
    X = np.ones((30_000, 6)) * ROWS[0]
    ae = of_rows(threads=1)
    tracemalloc.start()
    ae.score_samples(X, features=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * X.nbytes


def test_a_score_looks_at_the_checked_mask():
    class Careless(Autoencoder):
        def reconstruct(self, X, *, mask=None):
            return np.zeros(np.shape(X))

    ae = Careless([LSTM(4), Dense(2)], epochs=1).fit(SERIES, mask=MASK)
    np.testing.assert_allclose(ae.score(SERIES.tolist(), mask=MASK.tolist()), -np.mean(SERIES[MASK] ** 2), rtol=1e-12)
    with pytest.raises(ValueError, match="mask must be bools of shape"):
        ae.score(SERIES, mask=MASK.astype(int))


def test_scores_take_the_mask_of_fit():
    ae = of_series()
    expected = ae.network_.errors(ae.theta_, SERIES, mask=MASK)
    np.testing.assert_array_equal(ae.score_samples(SERIES, mask=MASK), expected)
    assert (ae.score_samples(SERIES) != expected).any()


@pytest.mark.parametrize("parts", [{}, {"steps": True}, {"features": True}], ids=str)
def test_scores_are_made_piece_by_piece(parts, monkeypatch):
    ae = of_series()
    expected = ae.score_samples(SERIES, mask=MASK, **parts)
    monkeypatch.setattr("npae.network.pieces.ROWS", 3)
    ae.set_params(threads=2)
    np.testing.assert_allclose(ae.score_samples(SERIES, mask=MASK, **parts), expected, rtol=1e-12)


def test_scores_do_not_keep_the_reconstruction():
    X = np.ones((30_000, 6)) * ROWS[0]
    ae = of_rows(threads=1)
    tracemalloc.start()
    ae.score_samples(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 2


def test_scores_of_a_mapped_file_are_those_of_the_array(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    np.testing.assert_array_equal(of_rows().score_samples(mapped), of_rows().score_samples(ROWS))


def test_scores_have_the_dtype_of_the_model_and_no_score_warns():
    ae = of_rows(dtype="float32")
    assert ae.score_samples(ROWS).dtype == np.float32
    np.testing.assert_array_equal(ae.score_samples(np.full((1, 6), 1e30)), np.inf)


def test_the_threshold_is_the_quantile_of_the_scores():
    ae = of_rows()
    scores = np.sort(ae.score_samples(ROWS))
    assert ae.threshold(ROWS, quantile=1) == scores[-1]
    assert ae.threshold(ROWS, quantile=0) == scores[0]
    assert ae.threshold(ROWS) == scores[-1]  # 19 of 20 would be 0.95
    assert ae.threshold(ROWS, quantile=0.95) == scores[-2]
    assert type(ae.threshold(ROWS)) is float


@in_one_test("count", [1, 2, 5, 10, 20])
@in_one_test("quantile", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0])
def test_at_least_the_promised_share_does_not_exceed_the_threshold_and_no_smaller_score_will_do(count, quantile):
    ae = of_rows()
    scores, limit = ae.score_samples(ROWS[:count]), ae.threshold(ROWS[:count], quantile)
    assert np.mean(scores <= limit) >= quantile
    smaller = scores[scores < limit]
    assert not len(smaller) or np.mean(scores <= smaller.max()) < quantile


def test_the_threshold_of_steps_leaves_padding_out():
    ae = of_series()
    scores = ae.score_samples(SERIES, mask=MASK, steps=True)
    expected = np.quantile(scores[MASK], 0.9, method="inverted_cdf")
    np.testing.assert_allclose(ae.threshold(SERIES, 0.9, mask=MASK, steps=True), expected, rtol=1e-12)
    expected = np.quantile(ae.score_samples(SERIES, mask=MASK), 0.9, method="inverted_cdf")
    np.testing.assert_allclose(ae.threshold(SERIES, 0.9, mask=MASK), expected, rtol=1e-12)


def test_what_is_strange_gets_a_greater_score_than_what_is_like_the_training_data():
    normal = npae.datasets.sines(120, 20, waves=1, frequencies=(1, 2)).values
    strange = normal[100:].copy()
    strange[:, 10:12] += 2
    ae = Autoencoder([8, 3], epochs=300, random_state=0).fit(normal[:80].reshape(80, -1))
    limit = ae.threshold(normal[80:100].reshape(20, -1))
    assert (ae.score_samples(strange.reshape(20, -1)) > limit).all()
    assert (ae.score_samples(normal[100:].reshape(20, -1)) <= limit).mean() > 0.8


@in_one_test("quantile", [-0.1, 1.1, "0.5", None])
def test_a_quantile_that_is_none_is_refused(quantile):
    with pytest.raises(ValueError, match=r"quantile must be a number in \[0, 1\], got "):
        of_rows().threshold(ROWS, quantile)


def test_rows_have_no_steps():
    with pytest.raises(
        ValueError, match=r"steps must be False for samples that are not series \(T, C\), got True for \(6,\)"
    ):
        of_rows().score_samples(ROWS, steps=True)


@pytest.mark.parametrize("method", ["score_samples", "threshold"])
def test_an_unfitted_model_has_no_scores(method):
    with pytest.raises(ValueError, match="Autoencoder must be fitted before this, got an unfitted one"):
        getattr(Autoencoder(), method)(ROWS)


@in_one_test("stride", [1, 2, 3, 4])
def test_the_mean_of_windows_gives_a_recording_back(stride):
    recording = np.random.default_rng(0).random((17, 3))
    back = overlap_mean(windows(recording, 4, stride), stride)
    np.testing.assert_allclose(back, recording[: len(back)], rtol=1e-15)
    assert len(recording) - stride < len(back) <= len(recording)


@in_one_test("stride", [1, 2, 5])
def test_the_mean_of_windows_equals_the_slow_one(stride):
    values = np.random.default_rng(0).random((6, 5))
    said = [[] for _ in range(5 * stride + 5)]
    for n, window in enumerate(values):
        for step, value in enumerate(window):
            said[n * stride + step].append(value)
    np.testing.assert_allclose(overlap_mean(values, stride), [np.mean(each) for each in said], rtol=1e-14)


@in_one_test(("given", "expected"), [("float32", "float32"), ("float64", "float64"), ("int64", "float64")])
def test_the_mean_of_windows_keeps_single_precision(given, expected):
    assert overlap_mean(np.ones((3, 2), given)).dtype == expected


@in_one_test(
    ("values", "stride", "message"),
    [
        (np.ones(3), 1, r"values must have shape \(N, length, ...\), at least one number, got \(3,\)"),
        (np.ones((0, 3)), 1, r"values must have shape \(N, length, ...\), at least one number, got \(0, 3\)"),
        (np.ones((4, 3)), 4, "stride must be at most the 3 steps of a window, got 4"),
        (np.ones((4, 3)), 0, "stride must be an integer of at least 1, got 0"),
    ],
    ids=["flat", "empty", "gaps", "zero"],
)
def test_windows_that_give_no_recording_are_refused(values, stride, message):
    with pytest.raises(ValueError, match=message):
        overlap_mean(values, stride)


def test_scores_and_thresholds_are_of_the_methods_that_a_subclass_overrides():
    class Blank(Autoencoder):
        def reconstruct(self, X, *, mask=None):
            return super().reconstruct(X, mask=mask) * 0

        def score_samples(self, X, *, mask=None, steps=False):
            return super().score_samples(X, mask=mask, steps=steps) * 100

    plain, blank = (cls([3], epochs=5, random_state=0).fit(ROWS) for cls in (Autoencoder, Blank))
    np.testing.assert_allclose(blank.score(ROWS), -np.mean(ROWS**2), rtol=1e-12)
    np.testing.assert_allclose(blank.threshold(ROWS), 100 * plain.threshold(ROWS), rtol=1e-12)
