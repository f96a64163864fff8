"""``--na TEXT``: cells of a CSV file that other programs filled with a word are gaps."""

import numpy as np
import pytest
from csv_files import NAMES, numbers, write_csv

import npae
from npae.command_line.csv_tables import CsvForm
from npae.command_line.data_sources import Reading, load_data
from npae.command_line.named_table import NamedTable

ERR = {(3, 1): "err", (8, 1): "ERR", (9, 3): "off"}
GAP = dict.fromkeys(ERR, "")
COMMANDS = {
    "train": ["train", "{}.csv", "--epochs", "2", "--missing", "ignore", "--out", "o.npz", "--quiet"],
    "score": ["score", "m.npz", "{}.csv", "--out", "o.csv"],
    "encode": ["encode", "m.npz", "{}.csv", "--out", "o.csv"],
    "reconstruct": ["reconstruct", "m.npz", "{}.csv", "--out", "o.csv"],
    "explore": ["explore", "m.npz", "{}.csv", "--title", "T", "--out", "o.html"],
}


@pytest.fixture
def tables(folder, X):
    """err.csv with words and gap.csv with empty cells in the same places, and a model that takes gaps."""
    write_csv(folder / "err.csv", X, cells=ERR)
    write_csv(folder / "gap.csv", X, cells=GAP)
    table = NamedTable(X, NAMES)
    npae.Autoencoder([2], epochs=2, missing="ignore", random_state=0).fit(table).save("m.npz")


def written(path):
    if path.suffix == ".npz":
        return npae.load(path).theta_.tobytes()
    return path.read_bytes()


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("options", [["--na", "err,off"], ["--na", "Err", "--na", "off"]], ids=["list", "repeated"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_words_are_gaps(command, options, npae_, tables, folder):
    results = []
    for name, extra in (("gap", []), ("err", options)):
        result = npae_(*[word.format(name) for word in command], *extra)
        assert result.exit_code == 0, result.stderr
        results.append(written(folder / command[command.index("--out") + 1]))
    assert results[0] == results[1]


def test_a_number_can_stand_for_a_gap(folder):
    (folder / "m.csv").write_text("a,b\n1,-999\n2,3\n-999,4\n5,6\n")
    np.testing.assert_array_equal(read("m.csv", "-999"), [[1, np.nan], [2, 3], [np.nan, 4], [5, 6]])


def read(path, *na):
    return np.asarray(load_data(path, Reading(CsvForm(na=na))).samples)


def test_a_model_without_gaps_refuses_them_as_it_does_empty_cells(refused, model, tables):
    words = refused("score", "model.npz", "err.csv", "--na", "err,off")
    assert words.replace("err.csv", "gap.csv") == refused("score", "model.npz", "gap.csv")


def test_a_target_file_has_them_too(ok, tables):
    options = ["--target", "err.csv", "--na", "err,off"]
    assert ok("score", "m.npz", "gap.csv", *options) == ok("score", "m.npz", "gap.csv", "--target", "gap.csv")


def test_the_message_about_text_names_the_option(refused, folder):
    write_csv(folder / "bad.csv", numbers(), cells={(4, 1): '"not, here"', (5, 2): "err"})
    line = refused("train", "bad.csv", "--out", "o.npz")
    hint = "Take text as gaps (--na '\"not, here\",err') or correct it. Let the model take gaps with --missing ignore."
    assert line.endswith(hint)


def test_many_words_are_not_listed(refused, folder):
    write_csv(folder / "bad.csv", numbers(), cells={(row, 1): f"x{row}" for row in range(6)})
    assert refused("train", "bad.csv", "--out", "o.npz").endswith("Correct what is no number in column 'load'.")
