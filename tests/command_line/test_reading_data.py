"""Every kind of DATA becomes the same samples."""

import gzip

import numpy as np
import pytest
from csv_files import NAMES, write_csv
from looped import in_one_test

from npae.command_line.column_choice import Choice
from npae.command_line.csv_tables import CsvForm
from npae.command_line.data_sources import Reading, load_data
from npae.command_line.named_table import NamedTable
from npae.settings.archive import FileError


def read(text, tmp_path, **options):
    (tmp_path / "data.csv").write_text(text)
    choice = Choice(**{name: options.pop(name) for name in ("columns", "drop", "label") if name in options})
    return load_data(str(tmp_path / "data.csv"), Reading(CsvForm(**options), choice))


def test_numbers_of_a_csv_file_are_those_that_were_written(folder, X):
    data = load_data("mydata.csv")
    assert isinstance(data.samples, NamedTable) and data.samples.columns == NAMES and data.table
    np.testing.assert_array_equal(data.samples.values, X)


@in_one_test("kind", ["gz", "tsv", "semicolon", "npz", "npz with columns", "parquet", "bom", "crlf", "quoted"])
def test_other_files_hold_the_same(kind, folder, X):
    text, path, names = (folder / "mydata.csv").read_text(), folder / "data", NAMES
    if kind == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "tsv":
        path.write_text(text.replace(",", "\t"))
    elif kind == "semicolon":
        path.write_text(text.replace(",", ";"))
    elif kind == "npz":
        np.savez(folder / "data.npz", X)
        path, names = folder / "data.npz", None
    elif kind == "npz with columns":
        np.savez(folder / "data.npz", data=X, columns=NAMES)
        path = folder / "data.npz"
    elif kind == "parquet":
        pandas = pytest.importorskip("pandas")
        pandas.DataFrame(X, columns=NAMES).to_parquet(path)
    elif kind == "bom":
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    elif kind == "crlf":
        path.write_bytes(text.replace("\n", "\r\n").encode())
    else:
        path.write_text("\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()))
    samples = load_data(str(path)).samples
    np.testing.assert_array_equal(np.asarray(samples), X)
    assert getattr(samples, "columns", None) == names


def test_an_idx_file_and_its_gzip(folder):
    content = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, *range(12)])
    (folder / "images").write_bytes(content)
    (folder / "images.gz").write_bytes(gzip.compress(content))
    for name in ("images", "images.gz"):
        np.testing.assert_array_equal(load_data(name).samples, np.arange(12).reshape(2, 2, 3))
    np.testing.assert_array_equal(
        load_data("images", Reading(divide=255.0)).samples, np.arange(12).reshape(2, 2, 3) / 255
    )


def test_a_folder_of_pictures(folder):
    Image = pytest.importorskip("PIL.Image")
    for name, value in (("cats", 0), ("dogs", 255)):
        (folder / "pets" / name).mkdir(parents=True)
        Image.fromarray(np.full((6, 4), value, "uint8")).save(folder / "pets" / name / "1.png")
    data = load_data("pets", Reading(size=(3,)))
    assert np.asarray(data.samples).shape == (2, 3, 3) and data.labels == ["cats", "dogs"]


def test_fonts_that_come_with_npae(folder):
    assert len(load_data("capitals")) == 32 and load_data("capitals").labels[1] == "A"
    write_csv(folder / "capitals", np.eye(2), None)
    assert len(load_data("capitals")) == 2  # a file goes first


def test_standard_input_is_a_csv_file(ok, model, folder):
    text = (folder / "mydata.csv").read_text()
    assert ok("encode", "model.npz", "-", input=text) == ok("encode", "model.npz", "mydata.csv")


@in_one_test(
    ("text", "columns"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("1,2\n3,4\n", None),
        ("id,2019,2020\n7,1,2\n", ["id", "2019", "2020"]),
        ("a,,a\n1,2,3\n", ["a", "Unnamed: 1", "a.1"]),
        ("\n\na,b\n\n1,2\n\n", ["a", "b"]),
        ("nan,1\n2,3\n", None),
        ('"a, b",c\n1,2\n', ["a, b", "c"]),
        ("a\n1\n2\n", ["a"]),
    ],
)
def test_the_first_row_is_known_for_names(text, columns, tmp_path):
    assert getattr(read(text, tmp_path).samples, "columns", None) == columns


def test_the_user_says_whether_there_are_names(tmp_path):
    assert read("1,2\n3,4\n", tmp_path, header=True).samples.columns == ["1", "2"]
    with pytest.raises(FileError, match="got text in columns '0', '1' .line 1: 'a'."):
        read("a,b\n3,4\n", tmp_path, header=False)


def test_missing_cells_become_nan(tmp_path):
    values = read("a,b\n,1\nNA,2\nnull,3\n4,NaN\n", tmp_path).samples.values
    np.testing.assert_array_equal(values, [[np.nan, 1], [np.nan, 2], [np.nan, 3], [4, np.nan]])


def test_truths_are_numbers_and_commas_decimals(tmp_path):
    np.testing.assert_array_equal(read("a,b\nTrue,1\nfalse,2\n", tmp_path).samples.values, [[1, 1], [0, 2]])
    np.testing.assert_array_equal(read("a;b\n1,5;2\n", tmp_path, decimal=",").samples.values, [[1.5, 2]])


def test_columns_are_chosen_by_name_or_number(tmp_path):
    text = "name,a,b,c\nx,1,2,3\ny,4,5,6\n"
    data = read(text, tmp_path, label="name", drop=("b",))
    assert (data.labels, data.samples.columns) == (["x", "y"], ["a", "c"])
    assert read(text, tmp_path, columns=("c", "a")).samples.values.tolist() == [[3, 1], [6, 4]]
    assert read("1,2\n3,4\n", tmp_path, drop=("0",)).samples.tolist() == [[2], [4]]
    np.save(tmp_path / "x.npy", np.arange(6).reshape(2, 3))
    reading = Reading(choice=Choice(drop=("1",), label="0"))
    data = load_data(str(tmp_path / "x.npy"), reading)
    assert (data.labels, data.samples.tolist()) == (["0", "3"], [[2], [5]])


def test_rows_are_chosen(folder, X):
    data = load_data("named.csv", Reading(choice=Choice(drop=("site",), label="name"), rows=slice(1, 3)))
    np.testing.assert_array_equal(data.samples.values, X[1:3])
    assert data.labels == ["r1", "r2"]
    with pytest.raises(FileError, match="--rows must leave rows of mydata.csv, got none of 60"):
        load_data("mydata.csv", Reading(rows=slice(100, None)))


@in_one_test(
    ("text", "message"),
    [
        ("", "must hold a table of numbers, got no rows"),
        ("a,b\n", "got only the names of columns"),
        ("a,b\n1,2\n3\n", "must have 2 cells in each row, as in the first, got 1 on line 3"),
        ("a,b\n1,2\n3,4,5\n", "got 3 on line 3"),
        ('a,b\n1,"2\n', "must be a CSV file, got line 2: unexpected end of data"),
        ("a,b\n1,x\n", "got text in column 'b' .line 2: 'x'.. Leave out what is no number: --drop b"),
        ("a,b\n1,1_000\n", "got text in column 'b'"),
        ("a;b\n1,5;2\n", "--decimal ,"),
        ("a,b\n1,9007199254740993\n", "got an integer too large for float64 in column 'b'"),
        ("a,b\nTrue,1\n2,2\n", "got text in column 'a' .line 2: 'True'"),
        ('a,"b, c"\n1,x\n', "--drop '\"b, c\"'"),
        (",".join("abcdefg") + "\n" + ",".join("tuvwxyz") + "\n", "'a', 'b', 'c', 'd', 'e' and 2 more"),
        ("a\0b\n1,2\n", "got bytes that are no text"),
        ("2019,2020,city\n1,2,Oslo\n3,4,Rome\n", "line 1: 'city'.. If line 1 holds names: --header. Leave out"),
        ("\n2019,city,2020\n1,Oslo,2\n", "line 2: 'city'.. If line 2 holds names: --header. Leave out"),
        ('a,b\n"1,000",2\n', "line 2: '1,000'.. Remove the commas between thousands.$"),
        ('a,b\n"1,000,000",2\n', "Remove the commas between thousands.$"),
        ('a,b\n"1,000","2,25"\n', "Say that decimals stand after a comma: --decimal ,$"),
        ('a,b\n"0,125",2\n', "Say that decimals stand after a comma: --decimal ,$"),
        ("1,5;2,5;3,5\n1,5;2,5;3,5\n", "Say that decimals stand after a comma: --decimal ,$"),
        ("a,b\n1," + "9" * 400 + "\n", "got an integer too large for float64 in column 'b' .line 2: '9{40}[.]{3}'"),
        ("a,b\n1," + "9" * 5000 + "\n", "got an integer too large for float64 in column 'b' .line 2: '9{40}[.]{3}'"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(text, message, tmp_path):
    with pytest.raises(FileError, match=message):
        read(text, tmp_path)


def test_where_commas_are_decimals_a_point_is_none(tmp_path):
    with pytest.raises(FileError, match="line 2: '1.234'.. With --decimal , a point is neither .* Remove the points"):
        read("a;b\n1.234;2\n", tmp_path, decimal=",")
    with pytest.raises(FileError, match="With --decimal , a point is neither"):
        read("a;b\n1.234,5;2\n", tmp_path, decimal=",")


@pytest.mark.parametrize("text", ["1,5;2,5;3,5\n4,5;5,5;6,5\n", "1,5\t2,5\t3,5\n4,5\t5,5\t6,5\n"])
def test_where_commas_are_decimals_they_are_no_delimiters(text, tmp_path):
    expected = [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]
    np.testing.assert_array_equal(read(text, tmp_path, decimal=",").samples, expected)
    assert read("a,b;c,d,e\n1,5;2\n", tmp_path, decimal=",").samples.columns == ["a,b", "c,d,e"]
    assert read("1,5\n2,5\n", tmp_path, decimal=",").samples.tolist() == [[1.5], [2.5]]


@in_one_test("choice", [{"label": "city"}, {"drop": ("city",)}, {"columns": ("2019", "2020")}])
def test_a_name_that_the_user_chose_makes_a_header(choice, tmp_path):
    data = read("2019,2020,city\n1,2,Oslo\n3,4,Rome\n", tmp_path, **choice)
    assert (data.samples.columns, data.samples.values.tolist()) == (["2019", "2020"], [[1, 2], [3, 4]])


def test_a_number_that_the_user_chose_is_that_of_a_column(tmp_path):
    assert read("1,0\n3,4\n", tmp_path, columns=("1",)).samples.tolist() == [[0], [4]]


@in_one_test("option", ["columns", "drop", "label"])
def test_a_column_that_is_not_there(option, tmp_path):
    value = "x" if option == "label" else ("x",)
    with pytest.raises(FileError, match=f"--{option} must name columns of .*, got 'x'. It has 'a', 'b'."):
        read("a,b\n1,2\n", tmp_path, **{option: value})


def test_some_column_must_be_left(tmp_path):
    with pytest.raises(FileError, match="must have columns left"):
        read("a,b\n1,2\n", tmp_path, drop=("a", "b"))


def test_a_column_that_numbers_the_rows_is_told_of(tmp_path):
    with pytest.warns(UserWarning, match="--drop 'Unnamed: 0'"):
        read(",a\n0,2\n1,3\n", tmp_path)


def test_an_archive_of_several_arrays_wants_a_name(folder):
    np.savez(folder / "two.npz", x=np.eye(2), y=np.eye(3))
    assert load_data("two.npz", Reading(array="y")).samples.shape == (3, 3)
    with pytest.raises(FileError, match="one of its arrays, 'x', 'y', got no --array"):
        load_data("two.npz")


@in_one_test(
    ("name", "content"),
    [
        ("x.npy", b"\x93NUMPY\x01\x00"),
        ("x.npz", b"PK\x03\x04nothing"),
        ("x.gz", b"\x1f\x8bnothing"),
        ("x.parquet", b"PAR1nothing"),
        ("x.idx", b"\0\0\x08\x01\0\0"),
    ],
)
def test_damaged_files_are_refused_by_name(name, content, tmp_path):
    if name == "x.parquet":
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=name):
        load_data(str(tmp_path / name))


def test_text_in_a_parquet_file_is_named(tmp_path):
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame({"a": [1, 2], "s": ["x", "y"], "t": ["u", "v"]}).to_parquet(tmp_path / "x.parquet")
    with pytest.raises(FileError, match="in columns 's', 't'. Leave out what is no number: --drop s,t"):
        load_data(str(tmp_path / "x.parquet"))
    data = load_data(str(tmp_path / "x.parquet"), Reading(choice=Choice(drop=("t",), label="s")))
    assert (data.labels, data.samples.values.tolist()) == (["x", "y"], [[1], [2]])


def test_without_a_library_for_parquet_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("npae.command_line.parquet_files.find_spec", lambda _: None)
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(ImportError, match="pip install pyarrow"):
        load_data(str(tmp_path / "x.parquet"))
