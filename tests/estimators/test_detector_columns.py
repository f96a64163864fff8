"""A detector of tables with empty cells, and of columns in units of their own."""

import inspect
import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AnomalyDetector, Autoencoder, NeglectedColumns

RNG = np.random.default_rng(0)
SENSORS = RNG.standard_normal((200, 1)) + 0.1 * RNG.standard_normal((200, 4))
GAPS = np.where(RNG.random(SENSORS.shape) < 0.1, np.nan, SENSORS)
UNITS = np.array([1e5, 1, 1, 1])
QUICK = {"epochs": 1, "random_state": 0}


def plant(X):
    """Return X with 20 faults in its small columns, and which rows have them."""
    rows = np.arange(20)
    X = X.copy()
    X[rows, 1 + rows % 3] = 5.0
    return X, rows


def test_the_default_autoencoder_takes_gaps_and_keeps_its_scale():
    X, rows = plant(GAPS * UNITS)
    detector = AnomalyDetector(missing="ignore", contamination=0.1, random_state=0).fit(X)
    assert detector.autoencoder_.get_params()["scale"] == "columns"
    assert np.isin(rows, np.flatnonzero(detector.predict(X) == -1)).mean() >= 0.9
    assert np.isnan(detector.explain(X)[np.isnan(X)]).all()


@in_one_test("own", ["error", "ignore"])
@in_one_test("missing", [None, "error", "ignore"])
def test_missing_overrides_what_the_autoencoder_says(own, missing):
    detector = AnomalyDetector(Autoencoder([1], missing=own, **QUICK), missing=missing)
    if (missing or own) == "ignore":
        assert np.isfinite(detector.fit(GAPS).decision_function(GAPS)).any()
    else:
        with pytest.raises(ValueError, match="X must be finite, got NaN .* missing='ignore'"):
            detector.fit(GAPS)
    assert detector.autoencoder.missing == own


@in_one_test("missing", ["drop", True, 0])
def test_another_value_is_refused(missing):
    with pytest.raises(ValueError, match="missing must be 'error' or 'ignore', got"):
        AnomalyDetector(missing=missing).fit(SENSORS)


def test_it_is_a_parameter_like_others_and_a_file_keeps_it(tmp_path):
    sklearn = pytest.importorskip("sklearn")
    detector = AnomalyDetector().set_params(missing="ignore")
    assert sklearn.base.clone(detector).get_params(deep=False)["missing"] == "ignore"
    assert detector.__sklearn_tags__().input_tags.allow_nan
    detector.fit(GAPS).save(tmp_path / "detector.npz")
    same = npae.load(tmp_path / "detector.npz")
    assert same.missing == "ignore" and same.autoencoder is None
    np.testing.assert_array_equal(same.decision_function(GAPS), detector.decision_function(GAPS))


def test_a_file_without_it_says_nothing_that_readers_of_before_do_not_know(tmp_path):
    from npae.settings import archive

    AnomalyDetector(random_state=0).fit(SENSORS).save(tmp_path / "detector.npz")
    document, _ = archive.read(tmp_path / "detector.npz", "anomaly_detector")
    assert "missing" not in document["detector"]["params"]
    assert npae.load(tmp_path / "detector.npz").missing is None


def names_of_warnings(detector, X, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1
        detector.fit(X, **options)
    assert all((w.filename, w.lineno) == (__file__, line) for w in caught if "for a detector" in str(w.message))
    return [w for w in caught if w.category is NeglectedColumns]


@in_one_test("factor", [1e3, 1e5, 1e9])
def test_an_autoencoder_of_ones_own_that_sees_one_large_column_is_named_once(factor):
    detector = AnomalyDetector(Autoencoder([2], **QUICK))
    (caught,) = names_of_warnings(detector, SENSORS * [1, factor, 1, 1])
    text = str(caught.message)
    assert "got column 1, beside which columns 0, 2, 3" in text and "scale='columns'" in text
    assert detector.autoencoder_.history_["notes"] == [text]
    assert not names_of_warnings(AnomalyDetector(Autoencoder([2], scale="columns", **QUICK)), SENSORS * UNITS)
    assert not names_of_warnings(AnomalyDetector(Autoencoder([2], scale="common", **QUICK)), SENSORS * UNITS)
    assert not names_of_warnings(AnomalyDetector(random_state=0), SENSORS * UNITS)


def test_gaps_do_not_hide_uneven_columns():
    assert names_of_warnings(AnomalyDetector(Autoencoder([2], missing="ignore", **QUICK)), GAPS * UNITS)


def pixels():
    picture = np.exp(-np.square(np.linspace(-4, 4, 28)))
    strokes = RNG.random((300, 28, 28)) < np.outer(picture, picture)
    return (255 * strokes * RNG.random((300, 28, 28))).round().reshape(300, -1)


def outliers():
    X = SENSORS.copy()
    X[5, 2] = 1e5
    return X


EVEN = {
    "pixels": pixels,
    "letters": lambda: npae.datasets.load_font("capitals").pixels,
    "windows of a series": lambda: npae.series.windows(np.sin(np.arange(400) / 7)[:, None], 20)[..., 0],
    "channels": lambda: RNG.standard_normal((50, 6, 2)) * [1, 30],
    "an outlier": outliers,
    "units that differ little": lambda: SENSORS * [50, 1, 1, 1],
    "a count that is mostly 0": lambda: np.column_stack([SENSORS * 1e3, RNG.random(200) < 0.1]),
    "a constant": lambda: np.column_stack([SENSORS, np.ones(200)]),
    "nearly a constant": lambda: np.column_stack([SENSORS, 300 + 1e-6 * SENSORS[:, 0]]),
}


@in_one_test("case", EVEN)
def test_columns_of_one_unit_cause_no_warning(case):
    encoder = [npae.Flatten(), 2] if case == "channels" else [2]
    assert not names_of_warnings(AnomalyDetector(Autoencoder(encoder, **QUICK)), EVEN[case]())


def test_an_encoder_in_place_of_an_autoencoder_is_refused_with_the_call_that_works():
    with pytest.raises(ValueError, match=r'AnomalyDetector\(Autoencoder\(\[16, 2\], scale="columns"\)\)'):
        AnomalyDetector([16, 2]).fit(SENSORS)
