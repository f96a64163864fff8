"""Data, or a model, of another kind: the first message says what the model takes."""

import shutil

import numpy as np
import pytest
from csv_files import NAMES, numbers, write_csv
from looped import in_one_test

import npae

USES = [["score"], ["encode"], ["reconstruct"], ["decode"], ["explore", "--out", "page.html"]]


@pytest.fixture
def wide(folder):
    """wide.npz: a model of 35 columns without names and two numbers as code; plant.csv has other columns."""
    npae.Autoencoder([2], epochs=1).fit(np.eye(35)).save("wide.npz")
    write_csv(folder / "plant.csv", numbers(), ["time", *NAMES[1:]], {(row, 0): f"t{row}" for row in range(60)})


@in_one_test("command", USES, ids=lambda c: c[0])
def test_the_number_of_columns_comes_before_texts_and_gaps(command, refused, wide):
    takes, hint = (
        (2, "Choose them with --columns.") if command == ["decode"] else (35, "Give data of this model's kind.")
    )
    line = refused(command[0], "wide.npz", "plant.csv", *command[1:])
    rule = f"plant.csv must have {takes} columns of numbers, as the model takes"
    assert line == f"npae {command[0]}: {rule}, got 4: 'load', 'flow', 'volt', 'amps'. {hint}"


def test_gaps_alone_do_not_hide_it(refused, wide, folder):
    write_csv(folder / "gaps.csv", numbers(), cells={(1, 1): ""})
    assert "must have 35 columns of numbers, as the model takes, got 5" in refused("score", "wide.npz", "gaps.csv")


def test_pictures_have_a_shape(refused, folder):
    npae.Autoencoder([npae.Flatten(), 2], [npae.Dense(6), npae.Reshape((2, 3))], epochs=1).fit(np.ones((4, 2, 3))).save(
        "p.npz"
    )
    assert "must have 6 columns of numbers (shape 2x3), as the model takes, got 5" in refused(
        "score", "p.npz", "mydata.csv"
    )


def test_as_many_columns_as_the_model_takes_are_read_on(refused, model, folder):
    write_csv(folder / "more.csv", numbers(), cells={(row, 0): "x" for row in range(60)})
    npae.Autoencoder([2], epochs=1).fit(numbers()[:, 1:]).save("four.npz")
    assert refused("score", "four.npz", "more.csv").endswith("--drop temp")


def test_a_parquet_file_too(refused, wide):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"a": ["x", "y"], "b": [1.0, None]}), "p.parquet")
    assert "must have 35 columns of numbers, as the model takes, got 1: 'b'" in refused(
        "score", "wide.npz", "p.parquet"
    )


@in_one_test("command", USES, ids=lambda c: c[0])
@in_one_test("data", ["mydata.csv", "mydata.npy", "capitals", "folder"])
def test_swapped_arguments(data, command, refused, model, folder):
    (folder / "folder").mkdir(exist_ok=True)
    line = refused(command[0], data, "model.npz", *command[1:])
    rule = "MODEL, the first argument, must be a file that npae saved"
    assert line == f"npae {command[0]}: {rule}, got {data}, and the model model.npz as DATA. Is the order MODEL DATA?"


@in_one_test("command", USES, ids=lambda c: c[0])
def test_a_table_as_model(command, refused, folder):
    shutil.copy("mydata.csv", "other.csv")
    line = refused(command[0], "mydata.csv", "other.csv", *command[1:])
    assert line.endswith("must be a file that npae saved, got mydata.csv, a table. Is the order MODEL DATA?")


def test_a_model_alone_is_not_asked_for_its_order(refused, folder):
    line = refused("info", "mydata.csv")
    assert line.endswith("got rows of text. That is a table, not a model: train a model on it with npae train.")
