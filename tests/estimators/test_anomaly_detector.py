"""Anomalies: scikit-learn's contract and signs, PyOD's names, and the sensor that is to blame."""

import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import LSTM, AnomalyDetector, Autoencoder, Dense

RNG = np.random.default_rng(0)
SENSORS = RNG.standard_normal((200, 1)) + 0.1 * RNG.standard_normal((200, 4))  # four sensors of one thing
FAILED = SENSORS[:4].copy()
FAILED[np.arange(4), [3, 1, 0, 2]] += 3
REFINE = npae.Refine("L-BFGS-B", every=20)
LINEAR = Autoencoder([1], activation="identity", refine=REFINE, epochs=100, random_state=0)
QUICK = Autoencoder([2], epochs=20, random_state=0)
LENGTHS = np.array([5, 2, 4, 5, 3, 5])
MASK = np.arange(5) < LENGTHS[:, None]
SERIES = np.random.default_rng(1).random((6, 5, 2))


@pytest.fixture(scope="module")
def detector():
    return AnomalyDetector(LINEAR, contamination=0.05).fit(SENSORS)


def test_signs_are_those_of_scikit_learn(detector):
    X = np.concatenate([SENSORS[:50], FAILED])
    scores, decision = detector.score_samples(X), detector.decision_function(X)
    np.testing.assert_array_equal(scores, -detector.autoencoder_.score_samples(X))
    np.testing.assert_array_equal(decision, scores - detector.offset_)
    np.testing.assert_array_equal(detector.predict(X), np.where(decision < 0, -1, 1))
    assert (detector.predict(FAILED) == -1).all()
    assert (detector.predict(SENSORS) == 1).mean() == 0.95
    np.testing.assert_allclose(detector.score(X), scores.mean(), rtol=1e-15)


def test_names_and_signs_beside_are_those_of_pyod(detector):
    """Greater is stranger, 1 is an anomaly; where contamination makes a whole number of samples, the threshold too."""
    np.testing.assert_array_equal(detector.decision_scores_, -detector.score_samples(SENSORS))
    np.testing.assert_allclose(detector.threshold_, np.percentile(detector.decision_scores_, 95), rtol=1e-12)
    np.testing.assert_array_equal(detector.labels_, detector.decision_scores_ > detector.threshold_)
    np.testing.assert_array_equal(detector.labels_, np.where(detector.predict(SENSORS) == -1, 1, 0))
    assert detector.labels_.dtype.kind == "i"
    assert detector.threshold_ == -detector.offset_


@in_one_test("count", [1, 3, 5, 10, 50])  # two lie on a line, which leaves rounding errors alone
@in_one_test("contamination", [1e-9, 0.1, 0.2, 0.3, 1 / 3, 0.5])
def test_no_more_than_the_promised_share_is_called_an_anomaly_and_as_many_as_it_makes(count, contamination):
    called = (AnomalyDetector(QUICK, contamination=contamination).fit_predict(SENSORS[:count]) == -1).sum()
    assert called / count <= contamination < (called + 1) / count


@pytest.mark.parametrize("shift", [4, 40])
def test_the_fence_calls_few_normal_samples_anomalies_and_many_strange_ones(shift):
    strange = SENSORS[:20] + shift * np.eye(4)[np.arange(20) % 4]
    clean = AnomalyDetector(LINEAR).fit(SENSORS)
    assert (clean.predict(SENSORS) == -1).mean() <= 0.03
    assert (clean.predict(strange) == -1).all()


def test_the_threshold_of_the_training_data_does_not_depend_on_what_is_computed_together(detector):
    alone = np.array([detector.predict(x[None])[0] for x in SENSORS])
    np.testing.assert_array_equal(alone, detector.predict(SENSORS))


def test_each_failed_sensor_is_named(detector):
    np.testing.assert_array_equal(detector.worst_features(FAILED)[:, 0], [3, 1, 0, 2])
    assert detector.worst_features(FAILED, 4).shape == (4, 4)
    np.testing.assert_array_equal(detector.explain(FAILED).argmax(axis=1), [3, 1, 0, 2])


def test_usual_is_the_mean_error_of_normal_training_samples(detector):
    normal = SENSORS[detector.labels_ == 0]
    errors = (normal - detector.autoencoder_.reconstruct(normal)) ** 2
    usual = np.maximum(errors.mean(axis=0), np.square(np.ptp(normal, axis=0) / 100))
    np.testing.assert_allclose(detector.usual_errors_, usual, rtol=1e-10)
    np.testing.assert_allclose(detector.explain(normal), errors / usual, rtol=1e-10)


def test_rounding_in_a_feature_that_is_reconstructed_exactly_is_not_strange():
    class Exact(Autoencoder):
        def reconstruct(self, X, *, mask=None):
            return np.asarray(X) * [1, 1 + 1e-12, 1, 0.9]

    fitted = AnomalyDetector(Exact([2], epochs=1)).fit(SENSORS)
    assert fitted.explain(SENSORS)[:, :3].max() < 1e-12
    assert (fitted.worst_features(SENSORS) == 3).all()


@pytest.mark.filterwarnings("ignore::npae.NeglectedColumns")
def test_a_feature_of_large_numbers_does_not_always_win():
    class Zero(Autoencoder):
        def reconstruct(self, X, *, mask=None):
            return np.zeros(np.shape(X))

    units = np.array([1e4, 1.0, 1.0, 1e-3])
    strange = SENSORS[:20] * units
    strange[:, 3] = 10 * units[3]
    fitted = AnomalyDetector(Zero([2], epochs=1)).fit(SENSORS * units)
    assert ((strange - fitted.autoencoder_.reconstruct(strange)) ** 2).argmax(axis=1).tolist() == [0] * 20
    assert (fitted.worst_features(strange) == 3).all()


def test_a_constant_feature_is_to_blame_only_where_it_differs():
    X = np.column_stack([SENSORS, np.full(200, 7.0)])
    fitted = AnomalyDetector(LINEAR).fit(X)
    strange = np.column_stack([FAILED, np.full(4, 7.0)])
    strange[0, 4] = 8
    strange[0, :4] = SENSORS[0]
    np.testing.assert_array_equal(fitted.worst_features(strange)[:, 0], [4, 1, 0, 2])
    assert (fitted.explain(strange)[1:, 4] == 0).all()
    assert np.isfinite(fitted.explain(strange)).all()


def test_all_features_constant_leaves_nothing_strange():
    fitted = AnomalyDetector(QUICK).fit(np.ones((5, 3)))
    assert (fitted.predict(np.ones((5, 3))) == 1).all()
    np.testing.assert_array_equal(fitted.explain(np.ones((2, 3))), 0)
    assert np.isfinite(fitted.explain(np.zeros((2, 3)))).all()


def test_columns_of_a_data_frame_are_named(tmp_path):
    pandas = pytest.importorskip("pandas")
    names = ["pressure", "temperature", "flow", "current"]
    fitted = AnomalyDetector(LINEAR).fit(pandas.DataFrame(SENSORS, columns=names))
    fitted.save(tmp_path / "detector.npz")
    for each in (fitted, npae.load(tmp_path / "detector.npz")):
        worst = each.worst_features(pandas.DataFrame(FAILED, columns=names))
        assert worst[:, 0].tolist() == ["current", "temperature", "pressure", "flow"]
        with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
            each.predict(pandas.DataFrame(SENSORS, columns=names[::-1]))
    assert not hasattr(fitted.fit(SENSORS), "feature_names_in_")


def test_masks_go_to_fit_and_to_everything_after_it():
    ae = Autoencoder([LSTM(4), Dense(2)], epochs=3, random_state=0)
    broken = np.where(MASK[:, :, None], SERIES, np.nan)
    fitted = AnomalyDetector(ae, contamination=0.2).fit(broken, mask=MASK)
    zeros = AnomalyDetector(ae, contamination=0.2).fit(np.where(MASK[:, :, None], SERIES, 0), mask=MASK)
    np.testing.assert_array_equal(fitted.autoencoder_.theta_, zeros.autoencoder_.theta_)
    assert fitted.offset_ == zeros.offset_
    np.testing.assert_array_equal(fitted.score_samples(broken, mask=MASK), -fitted.decision_scores_)
    np.testing.assert_array_equal(fitted.predict(broken, mask=MASK), zeros.fit_predict(SERIES, mask=MASK))
    assert (fitted.decision_function(broken, mask=MASK) < 0).sum() == 1
    explained = fitted.explain(broken, mask=MASK)
    np.testing.assert_array_equal(np.isnan(explained), np.repeat(~MASK[:, :, None], 2, axis=2))
    channels = fitted.worst_features(broken, mask=MASK)
    np.testing.assert_array_equal(channels[:, 0], np.nanmean(explained, axis=1).argmax(axis=1))
    np.testing.assert_allclose(fitted.score(broken, mask=MASK), -fitted.decision_scores_.mean(), rtol=1e-12)


@pytest.mark.slow
def test_the_strange_channel_of_series_is_named():
    t = np.arange(20) / 3
    X = np.sin(t + RNG.uniform(0, 6, (60, 1)))[:, :, None] * np.ones(3) + 0.05 * RNG.standard_normal((60, 20, 3))
    fitted = AnomalyDetector(Autoencoder([LSTM(8), Dense(2)], epochs=200, random_state=0)).fit(X)
    strange = X[:1].copy()
    strange[0, 8:12, 1] -= 3
    assert fitted.worst_features(strange) == [[1]]


def test_the_given_autoencoder_stays_as_it_was():
    given = Autoencoder([2], epochs=2, random_state=0)
    fitted = AnomalyDetector(given).fit(SENSORS)
    assert not hasattr(given, "theta_")
    assert fitted.autoencoder is given
    fitted.set_params(autoencoder__epochs=3, contamination=0.1)
    assert (given.epochs, fitted.autoencoder.epochs, fitted.contamination) == (2, 3, 0.1)
    assert fitted.get_params()["autoencoder__epochs"] == 3
    assert AnomalyDetector().set_params(autoencoder__optimizer__eta=0.1).autoencoder.optimizer.eta == 0.1


def test_what_a_subclass_overrides_counts():
    class Blank(Autoencoder):
        def reconstruct(self, X, *, mask=None):
            return super().reconstruct(X, mask=mask) * 0

        def score_samples(self, X, *, mask=None):
            return np.abs(np.asarray(X)).max(axis=1)

    fitted = AnomalyDetector(Blank([2], epochs=1)).fit(SENSORS)
    assert isinstance(fitted.autoencoder_, Blank)
    np.testing.assert_array_equal(fitted.decision_scores_, np.abs(SENSORS).max(axis=1))
    np.testing.assert_allclose(fitted.explain(SENSORS), SENSORS**2 / fitted.usual_errors_, rtol=1e-12)


def test_random_state_is_that_of_the_copy():
    one, same, other = (AnomalyDetector(QUICK, random_state=seed).fit(SENSORS) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.decision_scores_, same.decision_scores_)
    assert (one.decision_scores_ != other.decision_scores_).any()


@pytest.mark.parametrize("autoencoder", [None, QUICK], ids=["default", "given"])
def test_a_saved_detector_says_the_same(autoencoder, tmp_path, monkeypatch):
    fitted = AnomalyDetector(autoencoder, contamination=0.1, random_state=4).fit(SENSORS)
    fitted.save(tmp_path / "detector.npz")
    read = npae.load(tmp_path / "detector.npz")
    assert repr(read) == repr(AnomalyDetector(autoencoder and read.autoencoder, contamination=0.1, random_state=4))
    for copy in (read, pickle.loads(pickle.dumps(fitted))):
        for method in ("predict", "decision_function", "explain", "worst_features"):
            np.testing.assert_array_equal(getattr(copy, method)(FAILED), getattr(fitted, method)(FAILED))
        np.testing.assert_array_equal(copy.labels_, fitted.labels_)
    np.testing.assert_array_equal(read.fit(SENSORS).decision_scores_, fitted.decision_scores_)


def test_fit_holds_no_errors_of_features(monkeypatch):
    X = np.tile(SENSORS, (500, 1))
    monkeypatch.setattr("npae.estimators.feature_errors.NUMBERS", 4000)
    detector = AnomalyDetector(Autoencoder([2], epochs=1, batch_size=1000, threads=1))
    tracemalloc.start()
    detector.fit(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * X.nbytes  # the scores, sorted and as they are, are 0.25 each


@in_one_test("contamination", [0, -0.1, 0.6, 1, "low", None, True, np.nan])
def test_another_contamination_is_refused(contamination):
    message = r"contamination must be 'auto' or a number in \]0, 0.5\], got "
    with pytest.raises(ValueError, match=message):
        AnomalyDetector(contamination=contamination).fit(SENSORS)


def test_another_autoencoder_is_refused():
    with pytest.raises(ValueError, match=r"autoencoder must be an npae.Autoencoder or None, got 'scaler'. A scaler"):
        AnomalyDetector("scaler").fit(SENSORS)
    with pytest.raises(ValueError, match=r"autoencoder must be an npae.Autoencoder or None, got \[16, 2\]. For an enc"):
        AnomalyDetector([16, 2]).fit(SENSORS)


@in_one_test("method", ["predict", "score_samples", "decision_function", "explain", "worst_features"])
def test_an_unfitted_detector_says_nothing(method):
    with pytest.raises(ValueError, match="AnomalyDetector must be fitted before this, got an unfitted one"):
        getattr(AnomalyDetector(), method)(SENSORS)


def test_messages_speak_of_the_detector(detector):
    with pytest.raises(ValueError, match="X has 3 features, but AnomalyDetector is expecting 4 features as input"):
        detector.predict(SENSORS[:, :3])


def test_features_that_have_no_names_are_refused(detector):
    with pytest.raises(ValueError, match="n must be at most the number of features, 4, got 5"):
        detector.worst_features(FAILED, 5)
    with pytest.raises(ValueError, match="n must be an integer of at least 1, got 0"):
        detector.worst_features(FAILED, 0)
    images = np.random.default_rng(0).random((6, 4, 4, 1))
    fitted = AnomalyDetector(Autoencoder([npae.Flatten(), 2], epochs=1)).fit(images)
    assert fitted.explain(images).shape == images.shape
    with pytest.raises(ValueError, match=r"X must be a table \(N, D\) or series \(N, T, C\), got shape \(6, 4, 4, 1\)"):
        fitted.worst_features(images)


def test_a_damaged_file_is_refused(tmp_path, detector):
    from npae.settings import archive

    detector.save(tmp_path / "detector.npz")
    document, arrays = archive.read(tmp_path / "detector.npz", "anomaly_detector")
    archive.write(tmp_path / "bad.npz", "anomaly_detector", document, {**arrays, "constants": np.zeros(3)})
    with pytest.raises(npae.FileError, match="usual_errors and constants must have shape"):
        npae.load(tmp_path / "bad.npz")


class TestScikitLearn:
    """What needs scikit-learn."""

    pytest.importorskip("sklearn")

    @pytest.mark.fast_cases(1)
    @pytest.mark.parametrize(
        "autoencoder",
        [pytest.param(Autoencoder(epochs=2), id="short"), pytest.param(None, id="default", marks=pytest.mark.slow)],
    )
    @pytest.mark.parametrize("contamination", ["auto", 0.1, 0.5])
    def test_check_estimator_passes_without_expected_failures(self, contamination, autoencoder):
        from sklearn.utils.estimator_checks import check_estimator

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is no BaseEstimator, and scikit-learn's own
            detector = AnomalyDetector(autoencoder, contamination=contamination)
            results = check_estimator(detector, on_fail=None, on_skip=None)
        assert not {r["check_name"]: r["exception"] for r in results if r["status"] not in ("passed", "skipped")}
        passed = {r["check_name"] for r in results if r["status"] == "passed"}
        assert {"check_outliers_fit_predict", "check_outliers_train"} <= passed
        assert len(passed) > 35

    def test_it_is_an_outlier_detector_that_can_be_cloned(self):
        from sklearn.base import clone, is_outlier_detector

        detector = AnomalyDetector(QUICK, contamination=0.1)
        copy = clone(detector.fit(SENSORS))
        assert is_outlier_detector(copy)
        assert repr(copy) == repr(detector)
        assert not hasattr(copy, "autoencoder_")

    def test_it_ends_a_pipeline(self):
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        units = np.array([1e5, 1.0, 1e-3, 10.0])
        pipeline = make_pipeline(StandardScaler(), AnomalyDetector(LINEAR, contamination=0.05))
        assert (pipeline.fit_predict(SENSORS * units) == -1).sum() == 10
        assert (pipeline.predict(FAILED * units) == -1).all()
        assert (pipeline.decision_function(FAILED * units) < 0).all()
        np.testing.assert_array_equal(
            pipeline[-1].worst_features(pipeline[:-1].transform(FAILED * units))[:, 0], [3, 1, 0, 2]
        )

    @pytest.mark.parametrize("scoring", [None, "roc_auc"])
    def test_a_grid_search_reaches_into_its_autoencoder(self, scoring):
        from sklearn.model_selection import GridSearchCV

        X = np.concatenate([FAILED[:2], SENSORS[:40], FAILED[2:]])
        y = np.repeat([-1, 1, -1], [2, 40, 2])
        grid = {"autoencoder__epochs": [1, 100], "contamination": [0.1]}
        search = GridSearchCV(AnomalyDetector(LINEAR), grid, cv=2, scoring=scoring, error_score="raise").fit(X, y)
        assert search.best_params_["autoencoder__epochs"] == 100
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()
        assert search.predict(X).shape == (44,)
