"""A stranger's first try: every default, data as they come. A good result, or one error that names column and hint."""

import datetime
import tracemalloc

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AnomalyDetector, Autoencoder, Classifier

RNG = np.random.default_rng(0)
TABLE = RNG.random((30, 4))


def default(scale="auto", dtype="float64"):
    return Autoencoder(scale=scale, dtype=dtype, random_state=0)


def default_detector(scale="auto", dtype="float64"):
    return AnomalyDetector(default(scale, dtype))


def default_classifier(scale="auto", dtype="float64"):
    return Classifier(scale=scale, dtype=dtype, random_state=0)


EVERY_DEFAULT = pytest.mark.parametrize("scale", ["auto", "columns", None])
EACH_MODEL = pytest.mark.parametrize("model", [default, default_detector, default_classifier])

EXACT = {  # which a code of two numbers holds, except for rounding
    "every column constant": np.full((20, 4), 0.1) * [1, 1e6, 0, -3],
    "one row": TABLE[:1],
    "two rows": TABLE[:2],
    "one column": TABLE[:, :1],
    "one number": TABLE[:1, :1],
    "one number often": np.full((9, 1), 5),
    "a code as wide as the data": TABLE[:, :2],
    "three rows again and again": np.repeat(TABLE[:3], 10, axis=0),
    "booleans of two columns": TABLE[:, :2] > 0.5,
    "a column and its negative": np.c_[TABLE[:, 0], -TABLE[:, 0], 1000 * TABLE[:, 0]],
    "bytes of two columns": (255 * TABLE[:, :2]).astype(np.uint8),
    "integers that float64 holds": 2**60 + 2**40 * np.arange(40).reshape(20, 2),
    "objects that are numbers": TABLE[:, :2].astype(object),
    "lists": TABLE[:, :2].tolist(),
}


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(
    "scale, dtype", [("auto", "float64"), ("auto", "float32"), ("columns", "float64"), (None, "float64")], ids=str
)
@pytest.mark.parametrize("case", EXACT)
def test_what_two_numbers_hold_is_reconstructed(case, scale, dtype):
    given, X = EXACT[case], np.asarray(EXACT[case], dtype=np.float64)
    if scale is None and np.abs(X).max() > 10:
        pytest.skip("without scaling, large numbers are not easy to learn")
    model = default(scale, dtype).fit(given)
    size = np.abs(X).max(axis=0)
    near = 1e-3 if scale is None or dtype == "float32" else 1e-4
    assert (np.abs(model.reconstruct(given) - X).max(axis=0) <= near * np.maximum(size, 1e-12)).all()
    assert "notes" not in model.history_ or model.stop_reason_ == "epochs"


GOOD = {
    **EXACT,
    "booleans": TABLE > 0.5,
    "halves": TABLE.astype(np.float16),
    "a tiny column": TABLE * [1e-300, 1, 1, 1],
    "tiny numbers": TABLE * 1e-300,
    "nearly constant columns": 5 + TABLE * [1e-9, 1e-12, 1e-15, 1],
}


LONG = {"booleans", "halves", "a tiny column"}  # to learn: in all four ways only among the slow tests
WAYS = [
    (default, "auto", "float64"),
    (default, "columns", "float32"),
    (default, None, "float64"),
    (default_detector, "auto", "float64"),
]


@pytest.mark.fast_cases(4)
@pytest.mark.filterwarnings("ignore::npae.NeglectedColumns")  # what is tiny is named: test_column_doubts.py
@pytest.mark.filterwarnings("ignore:code must be narrower")  # of one column: test_copied_samples.py
@pytest.mark.parametrize(
    "case, model, scale, dtype",
    [
        pytest.param(
            case,
            *way,
            id="-".join([case, way[0].__name__, *map(str, way[1:])]),
            marks=[pytest.mark.slow] if case in LONG and way in WAYS[1:] else [],
        )
        for case in GOOD
        for way in WAYS
    ],
)
def test_no_table_of_numbers_breaks_a_model_or_its_copy(case, model, scale, dtype, tmp_path):
    given, X = GOOD[case], np.asarray(GOOD[case], dtype=np.float64)
    if scale is None and np.abs(X).max() > 10:
        pytest.skip("without scaling, large numbers are not easy to learn")
    fitted = model(scale, dtype).fit(given)
    scores = fitted.score_samples(given)
    assert scores.shape == (len(X),) and np.isfinite(scores).all()
    fitted.save(tmp_path / "model.npz")
    np.testing.assert_array_equal(npae.load(tmp_path / "model.npz").score_samples(given), scores)
    ae = fitted.autoencoder_ if model is default_detector else fitted
    variance = X.var(axis=0).mean()
    assert -ae.score(given) <= variance * (1 + 1e-6) + 1e-10 * np.square(X).max()


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("units", [1, 3, 9])
def test_a_code_wider_than_the_data_copies_them(units):
    for columns in range(1, min(units, 4) + 1):
        model = Autoencoder([16, units], random_state=0).fit(TABLE[:, :columns])
        assert -model.score(TABLE[:, :columns]) < 1e-6
        assert model.encode(TABLE[:, :columns]).shape == (30, units)


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("case", ["one column", "booleans", "nearly constant columns"])
@EVERY_DEFAULT
def test_a_classifier_learns_from_any_table_of_numbers(case, scale):
    X = GOOD[case]
    model = default_classifier(scale).fit(X, np.arange(len(X)) % 2)
    assert np.isfinite(model.predict_proba(X)).all()


def test_columns_of_every_size_from_small_to_large_count_alike_by_columns():
    X = TABLE * [1e-100, 1, 1e100, 1]
    model = Autoencoder([16, 4], scale="columns", random_state=0).fit(X)
    assert (np.abs(model.reconstruct(X) - X).max(axis=0) < 1e-4 * np.abs(X).max(axis=0)).all()


def test_a_font_is_taken_as_it_is():
    font = npae.datasets.load_font("capitals")
    model = default().fit(font)
    np.testing.assert_array_equal(model.encode(font), model.encode(font.pixels))
    error = font.pixels - font.pixels.mean(axis=0)
    s = np.linalg.svd(error, compute_uv=False)
    assert -model.score(font) < np.sum(s[2:] ** 2) / error.size


def frame(**columns):
    return pytest.importorskip("pandas").DataFrame(columns)


DAYS = [datetime.date(2026, 1, day) for day in (1, 2, 3)]
KEYS = [2**53 + 1, 2**53 + 2, 2**53 + 3]
BAD = {
    "text": (lambda: [["a", "b"], ["c", "d"]], r"text in columns 0, 1 \(row 0: 'a'\). Leave such columns out"),
    "a text column": (
        lambda: frame(x=[1.0, 2.0, 3.0], name=["a", "b", "c"]),
        r"text in column 'name' \(row 0: 'a'\). Leave such columns out \(X.drop\(columns=\['name'\]\)\)",
    ),
    "dates": (lambda: [[1, day] for day in DAYS], r"dates in column 1 \(row 0: .*\). Leave such columns out"),
    "a column of dates": (lambda: frame(x=[1, 2, 3], day=DAYS), r"dates in column 'day'.*X.drop\(columns=\['day'\]\)"),
    "a sparse matrix": (
        lambda: pytest.importorskip("scipy.sparse").eye(5).tocsr(),
        r"dense array, got a sparse one. Sparse data is not supported: use X.toarray\(\)",
    ),
    "ragged arrays": (
        lambda: [np.zeros(3), np.zeros(4), np.zeros(3)],
        r"rows of different lengths: row 0 has 3, row 1 has 4. .*npae.series.pad",
    ),
    "gaps": (
        lambda: frame(x=[1.0, 2.0, 3.0], gap=[1.0, np.nan, 3.0]),
        r"in column 'gap' \(1 of 3\). Leave these rows out, or fill the gaps first",
    ),
    "keys": (
        lambda: np.c_[KEYS, KEYS],
        r"up to 2\*\*53\), got 9007199254740993 in row 0, column 0. Leave it out if it is",
    ),
    "a column of keys": (lambda: frame(x=[1, 2, 3], key=KEYS), "in row 0, column 'key'. Leave it out if it is a key"),
    "tiny and huge columns": (
        lambda: TABLE[:3] * [1e-300, 1e300, 1, 1],
        "X must have numbers whose squares float64 can hold, got larger ones in column 1. Divide it",
    ),
    "a huge column": (
        lambda: frame(x=[1.0, 2.0, 3.0], huge=[1e200, -1e200, 1e300]),
        "squares float64 can hold, got larger ones in column 'huge'. Divide it",
    ),
    "complex numbers": (lambda: [[1j, 2], [3, 4], [5, 6]], "X must be real, got dtype complex128"),
}


@EACH_MODEL
@in_one_test("case", BAD)
def test_what_cannot_work_gets_one_error_that_names_column_and_hint(case, model):
    make, message = BAD[case]
    X = make()
    labels = np.arange(X.shape[0] if hasattr(X, "shape") else len(X)) % 2
    with pytest.raises((ValueError, TypeError), match=message):
        model().fit(X, labels)


@pytest.mark.parametrize("column", [0, 2])
def test_a_column_too_large_for_float32_is_named(column):
    X = TABLE.copy()
    X[5, column] = 1e39
    with pytest.raises(ValueError, match=f"X must fit into float32, .* the first in row 5, column {column}. Scale the"):
        default(dtype="float32").fit(X)


@pytest.mark.parametrize("size", [1e200, 1e300])
def test_without_scaling_huge_numbers_end_in_one_error(size):
    with pytest.raises((npae.TrainingDiverged, ValueError)):
        default(scale=None).fit(size * TABLE)


@pytest.mark.slow
def test_the_first_try_takes_little_more_memory_than_the_data():
    X = np.random.default_rng(0).standard_normal((50_000, 3)) @ np.random.default_rng(1).standard_normal((3, 10))
    Autoencoder(epochs=1).fit(X[:100])  # imports
    tracemalloc.start()
    Autoencoder(random_state=0).fit(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 1.5 * X.nbytes
