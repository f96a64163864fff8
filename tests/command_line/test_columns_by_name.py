"""A model finds its columns by name in a table that has more, or has them in another order."""

import json

import numpy as np
import pytest
from csv_files import NAMES, numbers, write_csv
from looped import in_one_test

import npae

USES = {
    "encode": ["encode", "model.npz"],
    "reconstruct": ["reconstruct", "model.npz"],
    "score": ["score", "model.npz"],
}


@pytest.fixture
def short(npae_):
    """Train m.npz for two epochs; that this is too short is no matter."""

    def run(*args):
        result = npae_("train", *args, "--encoder", "2", "--epochs", "2", "--out", "m.npz", "--quiet")
        assert result.exit_code == 0, result.output

    return run


@pytest.fixture
def wide(folder, X):
    """wide.csv and wide.npz: the columns in another order, among others, one of them of dates."""
    lines = ["amps,date,temp,extra,volt,load,flow"]
    lines += [
        f"{a!r},2026-01-{i % 28 + 1:02},{t!r},7,{v!r},{lo!r},{f!r}" for i, (t, lo, f, v, a) in enumerate(X.tolist())
    ]
    (folder / "wide.csv").write_text("\n".join(lines) + "\n")
    order = [4, 0, 3, 1, 2]
    np.savez(folder / "wide.npz", data=np.column_stack([X[:, order], X[:, 0]]), columns=[*np.array(NAMES)[order], "z"])


@in_one_test("source", ["wide.csv", "wide.npz"])
@in_one_test("command", USES.values(), ids=USES)
def test_more_columns_in_another_order_give_the_same(command, source, ok, model, wide):
    assert ok(*command, source) == ok(*command, "mydata.csv")


def test_a_parquet_file_too(ok, model, X, folder):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {"day": ["a"] * len(X), **{name: X[:, i] for i, name in reversed(list(enumerate(NAMES)))}}
    parquet.write_table(pyarrow.table(columns), "wide.parquet")
    assert ok("encode", "model.npz", "wide.parquet") == ok("encode", "model.npz", "mydata.csv")


def test_a_detector_and_a_page_too(ok, npae_, model, detector, wide, folder):
    scored = [npae_("score", "detector.npz", name) for name in ("wide.csv", "mydata.csv")]
    assert scored[0].exit_code == 0 and scored[0].output == scored[1].output
    for source in ("wide.csv", "mydata.csv"):
        ok("explore", "model.npz", source, "--out", f"{source}.html", "--title", "one", "--quiet")
    assert (folder / "wide.csv.html").read_bytes() == (folder / "mydata.csv.html").read_bytes()


def test_what_was_left_out_in_training_is_left_out_again(ok, short, wide):
    short("wide.csv", "--drop", "date")
    assert len(json.loads(ok("score", "m.npz", "wide.csv", "--format", "json"))) == 60


def test_a_label_and_chosen_columns_beside_them(ok, model, wide):
    rows = json.loads(ok("encode", "model.npz", "wide.csv", "--label", "date", "--drop", "extra", "--format", "json"))
    assert rows[1]["label"] == "2026-01-02"


@pytest.mark.parametrize("options", [["--drop", "temp"], ["--columns", "amps,load,flow,volt,extra"]])
def test_a_column_that_was_left_out_is_missing(options, refused, model, wide):
    assert "must have the columns that the model was trained on, but lacks 'temp'" in refused(
        "encode", "model.npz", "wide.csv", *options
    )


def test_years_are_names_where_the_model_says_so(ok, short, folder, X):
    write_csv(folder / "years.csv", X, ["2019", "2020", "2021", "2022", "2023"])
    short("years.csv", "--header")
    assert ok("encode", "m.npz", "years.csv") == ok("encode", "m.npz", "years.csv", "--header")


def test_chosen_columns_keep_the_order_in_which_they_were_chosen(short, folder, X):
    chosen = ",".join(NAMES[::-1])
    short("mydata.csv", "--columns", chosen)
    learned = npae.Autoencoder([2], epochs=2, random_state=0).fit(X[:, ::-1])
    np.testing.assert_array_equal(npae.load("m.npz").theta_, learned.theta_)


def test_targets_are_found_by_name(ok, short, folder, X):
    write_csv(folder / "clean.csv", X[:, :2], ["p", "q"])
    short("mydata.csv", "--target", "clean.csv")
    write_csv(folder / "more.csv", np.column_stack([X[:, 1], X[:, 0], X[:, 0]]), ["q", "p", "z"])
    scored = [ok("score", "m.npz", "mydata.csv", "--target", name) for name in ("clean.csv", "more.csv")]
    assert scored[0] == scored[1]


TABLES = {
    "words and gaps": (
        {(0, 0): "Oslo", (1, 0): "Rome", (2, 1): "", (3, 2): "NA"},
        [0],
        "got text in column 'temp' (line 2: 'Oslo') and gaps in columns 'load', 'flow' (first on line 4). "
        "{gaps} Leave out what is no number: --drop temp",
    ),
    "slips": (
        {(4, 1): "err", (8, 1): "off"},
        [],
        "got text in 2 of 60 cells of column 'load' (line 6: 'err', line 10: 'off'). "
        "Take text as gaps (--na err,off) or correct it. {gaps}",
    ),
    "slips, words and a gap": (
        {(4, 1): "err", (8, 3): "", (9, 1): ""},
        [4],
        "got text in column 'amps' (line 2: 'x0'), text in 1 of 60 cells of column 'load' (line 6: 'err') and gaps in "
        "columns 'load', 'volt' (first on line 10). Take text as gaps (--na err) or correct it. {gaps} Leave out what "
        "is no number: --drop amps",
    ),
}


@in_one_test(("cells", "words", "message"), TABLES.values(), ids=TABLES)
@in_one_test(
    ("command", "gaps"),
    [
        (["train", "bad.csv", "--out", "o.npz"], "Let the model take gaps with --missing ignore."),
        (["explore", "bad.csv", "--out", "o.html"], "Let the model take gaps with --missing ignore."),
        (["score", "model.npz", "bad.csv"], "Train a model that takes gaps with --missing ignore."),
    ],
    ids=["train", "explore", "score"],
)
def test_text_and_gaps_are_told_in_one_line(command, gaps, cells, words, message, refused, model, folder, X):
    cells = cells | {(row, column): f"x{row}" for column in words for row in range(60) if (row, column) not in cells}
    write_csv(folder / "bad.csv", X, cells=cells)
    assert refused(*command).endswith(message.format(gaps=gaps))


def test_a_model_that_takes_gaps_is_not_told_of_them(refused, folder):
    write_csv(folder / "bad.csv", numbers(), cells={(0, 0): "x", (1, 1): ""})
    line = refused("train", "bad.csv", "--missing", "ignore", "--out", "o.npz")
    assert line.endswith(
        "got text in 1 of 60 cells of column 'temp' (line 2: 'x'). Take text as gaps (--na x) or correct it."
    )


def test_gaps_of_a_parquet_file_are_told_with_its_texts(refused, folder):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"a": ["x", "y"], "b": [1.0, None], "c": [1, 2]}), "p.parquet")
    line = refused("train", "p.parquet", "--out", "o.npz")
    assert line.endswith(
        "got others in column 'a' and gaps in column 'b'. Let the model take gaps with --missing ignore. Leave out "
        "what is no number: --drop a"
    )
