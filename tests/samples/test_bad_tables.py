"""What a table says that is not made of finite numbers: each column is named, with the hint that helps."""

import datetime
import io
import pathlib

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.metrics import mse
from npae.samples.arrays import check_range, checked_array

pandas = pytest.importorskip("pandas")

X = np.random.default_rng(0).random((6, 3))
FRAME = pandas.DataFrame(X, columns=["width", "height", "pixels"])
DAYS = [datetime.date(2026, 1, day) for day in range(1, 7)]
LARGE = [2**53 + 1, 5, 6, 7, 8, 9]


class Loader:
    """Batches, as some libraries have them: no array, and no sequence."""

    def __iter__(self):
        return iter([X])


def with_column(name, values):
    return FRAME.assign(**{name: values})


@in_one_test(
    ("table", "message"),
    [
        (
            with_column("name", list("abcdef")),
            r"text in column 'name' \(row 0: 'a'\)\. Leave.*drop\(columns=\['na",
        ),
        (
            with_column("name", [None, "a", *[2.0] * 4]),
            r"text in 1 of 6 cells of column 'name' \(row 1: 'a'\)\. Make gaps of such cells: na_values=\['a'\]",
        ),
        (with_column("name", [None, "a", "b", "c", 2.0, 3.0]), r"text in column 'name' \(row 1: 'a'\)\. Leave"),
        (with_column("kind", pandas.Categorical(list("ababab"))), "text in column 'kind'"),
        (with_column("day", DAYS), r"dates in column 'day' \(row 0: "),
        (with_column("when", pandas.to_datetime(DAYS)), "dates in column 'when'"),
        (with_column("when", pandas.to_datetime(DAYS))[["when"]], "got dtype datetime64.*dates in column 'when'"),
        (
            with_column("day", DAYS).assign(name="a", other="b"),
            "dates in column 'day' and text in columns 'name', 'o",
        ),
        (with_column("odd", [{}] * 6), "objects of type dict in column 'odd'"),
        (FRAME.assign(name="a").to_numpy(), r"text in column 3 \(row 0: 'a'\)\. Leave such columns out, or encode"),
        (np.array([["1", "x"]]), r"text in column 1 \(row 0: 'x'\)"),
        (np.array([["1", "2"]]), r"got dtype <U1\. Use np.asarray\(X\)\.astype\(float\)"),
        (with_column("id", LARGE), rf"got {2**53 + 1} in row 0, column 'id'.*X.astype\(float\)"),
        (np.column_stack([LARGE, LARGE]).astype("uint64"), "in row 0, column 0"),
        (np.array([[2**63 + 1, 1]], dtype=object), "in row 0, column 0"),
        (np.array([[1, np.iinfo("int64").max]]), "in row 0, column 1"),
        (
            with_column("gap", [0, 1, np.nan, 3, np.nan, 5]),
            r"NaN at \[2, 3\] and 2 .* in column 'gap' \(2 of 6\)\. L",
        ),
        (with_column("gap", [np.nan] * 6), r"column 'gap' \(6 of 6\)\. Leave out column 'gap'"),
        (with_column("gap", [np.inf] + [1.0] * 5), r"infinity at \[0, 3\] .* in column 'gap'"),
        (pandas.DataFrame({"a": [1, 2], "id": [2**63, 2**64 - 1]}), "in row 1, column 'id'"),
        (FRAME.convert_dtypes().mask(FRAME > 0.9), r"X must be finite, got missing values \(NA\) in column"),
        (pandas.DataFrame({"n": pandas.array([1, None, 3], dtype="Int64")}), r"in column 'n' \(1 of 3\)"),
        (
            pandas.DataFrame({"n": pandas.array([True, None], dtype="boolean")}),
            r"NA\) in column 'n', the first in row 1",
        ),
        ([[1.0, 2.0], [3.0]], "rows of different lengths: row 0 has 2, row 1 has 1"),
        ([X[0], X[1], X[2, :2]], "rows of different lengths: row 0 has 3, row 2 has 2"),
        (np.array([X[0], X[1, :2]], dtype=object), "rows of different lengths: row 0 has 3, row 1 has 2"),
        ([X[:2, :2], X[:2]], "entries of different shapes"),
    ],
)
def test_every_column_that_is_no_numbers_is_named(table, message):
    with pytest.raises((ValueError, TypeError), match=message):
        npae.Autoencoder([2], epochs=1).fit(table)


def test_numbers_that_are_too_large_for_float32_are_named():
    with pytest.raises(ValueError, match="X must fit into float32.*row 2, column 'height'"):
        npae.Autoencoder([2], epochs=1, dtype="float32").fit(FRAME.assign(height=[0, 0, 1e300, 0, 0, 0]))
    with pytest.raises(ValueError, match="row 1, column 0"):
        check_range(np.array([[1.0], [-1e300]]), np.dtype("float32"), "X")


@pytest.mark.parametrize("format", ["csr_matrix", "coo_array"])
def test_the_error_for_sparse_data_says_what_makes_it_dense(format):
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"X must be a dense array.*use X.toarray\(\)"):
        npae.Autoencoder([2]).fit(getattr(sparse, format)(X))


@in_one_test(
    "table",
    [
        X > 0.5,
        FRAME > 0.5,
        FRAME.assign(on=FRAME.width > 0.5),
        (FRAME > 0.5).convert_dtypes(),
        FRAME.convert_dtypes().assign(n=pandas.array(range(6), dtype="Int64")),
        np.array([[2**53, 2**60, 1]]),
        np.array([[1, 2.5, True]], dtype=object),
    ],
)
def test_what_float64_holds_is_taken(table):
    assert checked_array(table).astype(float).tolist() == np.asarray(table).astype(float).tolist()


@in_one_test(
    ("given", "message"),
    [
        ({"a": [1, 2]}, r"got a dict\. Use pandas.DataFrame\(X\)"),
        (npae.datasets.sines(3), r"got Sines\. Give one of its arrays: X.values, X.frequencies"),
        (npae.datasets.circles(3), r"got Circles\. Give one of its arrays: X.points, X.radii"),
    ],
    ids=["dict", "sines", "circles"],
)
def test_what_holds_several_arrays_does_not_say_which_is_meant(given, message):
    with pytest.raises(TypeError, match=f"X must be an array of numbers, {message}"):
        npae.Autoencoder([2]).fit(given)


FOREIGN = {  # what people hand over that is no array, and what the message says
    "None": (None, r"got None\. Give the samples, an array of shape \(N, D\)"),
    "number": (3, r"got the single number 3\. Give the samples"),
    "0-d": (np.array(2.5), r"got the single number 2\.5"),
    "csv": ("a.csv", r"got the text 'a\.csv'\. Read the file first: pandas\.read_csv\('a\.csv'\) or numpy\.loadtxt"),
    "path": (pathlib.Path("table.csv"), r"got the path 'table\.csv'\. Read.*pandas\.read_csv"),
    "npy": ("a.npy", r"numpy\.load\('a\.npy'\)"),
    "bytes": (b"a.parquet", r"pandas\.read_parquet\('a\.parquet'\)"),
    "0-d text": (np.array("a.csv"), r"got 1 text, the first 'a\.csv'\. Read the file first"),
    "pictures": (["a.png", "b.png"], r"got 2 texts, the first 'a\.png'\. Read the pictures.*load_folder"),
    "words": (["a", "b"], r"got 2 texts, the first 'a'\. Encode texts as numbers"),
    "numerals": (["1", "2"], r"got 2 texts.*astype\(float\)"),
    "open file": (io.StringIO("1,2"), r"got an open file \(StringIO\)\. Read it first: pandas\.read_csv\(X\)"),
    "generator": ((row for row in X), r"got a generator, which can be walked through only once\. Use list\(X\)"),
    "zip": (zip(X, X, strict=True), r"got a zip.*Use list\(X\)"),
    "set": ({1, 2}, r"got a set, which has no order of rows\. Use a list"),
    "keys": ({"a": [1.0]}.keys(), r"got a dict_keys.*list\(X\)"),
    "values": ({"a": [1.0]}.values(), r"got a dict_values.*list\(X\)"),
    "dict": ({"a": [1.0]}, r"got a dict\. Use pandas\.DataFrame\(X\)"),
    "dicts": ([{"a": 1.0}, {"a": 2.0}], r"got a list of dicts\. Use pandas\.DataFrame\(X\)"),
    "records": (FRAME.to_records(index=False), r"got records with the fields \['width', .*structured_to_unstructured"),
    "structured": (np.zeros((3, 2), [("a", float), ("b", int)]), r"got records with the fields \['a', 'b'\]"),
    "complex": (X + 1j, r"real, got dtype complex128.*numpy\.concatenate\(\[numpy\.real\(X\)"),
    "complex objects": ((X + 1j).astype(object), r"real, got dtype object"),
    "lists in a row": (np.array([[1, 2], [1]], dtype=object), "rows of different lengths: row 0 has 2, row 1 has 1"),
    "class": (pandas.DataFrame, r"got the class DataFrame\. Call it first: DataFrame\("),
    "function": (len, r"got the function len\. Call it first"),
    "loader": (Loader(), r"got an object of type Loader\. Use list\(X\)"),
    "object": (object(), r"got an object of type object\. Give the samples"),
    "Series": (FRAME["width"], r"Reshape your data: X\.to_frame\(\) for one feature, X\.to_frame\(\)\.T for one"),
    "list": ([1.0, 2.0], r"Reshape your data: numpy\.reshape\(X, \(-1, 1\)\) for one feature"),
    "1-d": (X[0], r"Reshape your data: X\.reshape\(-1, 1\) for one feature, X\.reshape\(1, -1\) for one sample"),
}


@in_one_test("kind", FOREIGN)
def test_what_is_no_array_gets_one_error_that_says_what_to_do(kind):
    given, message = FOREIGN[kind]
    with pytest.raises((TypeError, ValueError), match=f"^X must be .*{message}"):
        npae.Autoencoder([2]).fit(given)


def test_an_error_about_codes_does_not_speak_of_columns_to_leave_out():
    ae = npae.Autoencoder([2], epochs=2, random_state=0).fit(X)
    with pytest.raises(ValueError, match=r"^Z must be finite, got NaN at \[0, 0\] and 1 such value\(s\) in all\.$"):
        ae.decode([[np.nan, 1]])
    with pytest.raises(ValueError, match=r"column 0 \(1 of 1\)\. Leave these rows out, or fill"):
        ae.encode([[np.nan, 1, 2]])


def test_booleans_count_as_0_and_1():
    ae = npae.Autoencoder([2], epochs=2, random_state=0)
    codes = ae.fit(FRAME > 0.5).encode(FRAME > 0.5)
    np.testing.assert_array_equal(codes, ae.fit((X > 0.5) * 1.0).encode((X > 0.5) * 1.0))


FONT = npae.datasets.load_font("capitals")


@in_one_test("method", ["encode", "reconstruct", "transform", "score_samples", "score", "threshold"])
def test_a_font_stands_for_its_pixels(method):
    ae = npae.Autoencoder([2], epochs=2, random_state=0)
    from_font, from_pixels = (getattr(ae.fit(data), method)(data) for data in (FONT, FONT.pixels))
    np.testing.assert_array_equal(from_font, from_pixels)


def test_a_font_stands_for_pictures_where_the_model_knows_those(tmp_path):
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=2, random_state=0).fit(FONT.images)
    np.testing.assert_array_equal(ae.reconstruct(FONT), ae.reconstruct(FONT.images))
    assert ae.score(FONT) == ae.score(FONT.images)
    assert ae.fit(FONT.images, validation_data=FONT).history_["val_loss"]
    npae.explorer.write(ae, tmp_path / "font.html", data=FONT)


def test_a_font_stands_for_its_pixels_beyond_the_estimators():
    ae = npae.Autoencoder([2], epochs=2, random_state=0).fit(FONT)
    assert mse(FONT, ae.reconstruct(FONT)) == mse(FONT.pixels, ae.reconstruct(FONT))
    assert ae.network_.value(ae.theta_, FONT) == ae.network_.value(ae.theta_, FONT.pixels)
    assert npae.study.repeat(ae, FONT, seeds=1, executor="serial").rows[0]["epochs_run"] == 2
    model = npae.Classifier([4], epochs=2, random_state=0).fit(FONT, FONT.labels)
    assert model.predict(FONT).tolist() == model.predict(FONT.pixels).tolist()


@in_one_test("name", ["pixels", "labels", "shape", "name"])
def test_a_column_is_no_attribute_of_a_font(name, tmp_path):
    frame = FRAME.rename(columns={"pixels": name})
    ae = npae.Autoencoder([2], epochs=2, random_state=0).fit(frame)
    assert len(npae.plots.latent_space(ae, frame).collections)
    npae.plots.manifold(ae, (1, 3), n=2, data=frame)
    npae.plots.reconstructions(ae, frame, shape=(1, 3))
    npae.plots.denoising(ae, frame, npae.GaussianNoise(0.1), shape=(1, 3))
    npae.explorer.write(ae, tmp_path / "page.html", data=frame)
