"""A few texts in a column of numbers: the error shows the cells, and does not advise to leave a sensor out."""

import numpy as np
import pytest

from npae import Autoencoder

pandas = pytest.importorskip("pandas")
TABLE = pandas.DataFrame(np.random.default_rng(0).random((60, 4)), columns=["load", "temp", "flow", "amps"])


def message(table):
    with pytest.raises(ValueError, match="X must be an array of numbers") as caught:
        Autoencoder([2]).fit(table)
    return str(caught.value)


def with_texts(**cells):
    table = TABLE.astype(object)
    for name, texts in cells.items():
        for row, text in texts.items():
            table.loc[row, name] = text
    return table


def test_the_cells_are_shown_and_the_column_is_kept():
    assert message(with_texts(load={6: "err", 10: "off"}).assign(who="Kim")) == (
        "X must be an array of numbers, got dtype object: text in column 'who' (row 0: 'Kim') and text in 2 of 60 "
        "cells of column 'load' (row 6: 'err', row 10: 'off'). Leave such columns out (X.drop(columns=['who'])), or "
        "encode them as numbers. Make gaps of such cells: na_values=['err', 'off'] in read_csv, or "
        "pd.to_numeric(X['load'], errors='coerce')."
    )


def test_numbers_written_as_texts_count_as_numbers(tmp_path):
    with_texts(load={6: "err"}).to_csv(tmp_path / "table.csv", index=False)
    table = pandas.read_csv(tmp_path / "table.csv")
    assert "got dtype object: text in 1 of 60 cells of column 'load' (row 6: 'err'). Make gaps" in message(table)
    assert "text in 1 of 60 cells of column 'load'" in message(table.assign(load=table["load"].astype("category")))
    Autoencoder([2], missing="ignore", epochs=1).fit(pandas.read_csv(tmp_path / "table.csv", na_values=["err"]))


def test_many_cells_and_columns_make_no_long_message():
    rows = {row: f"sensor {row} is broken, call the workshop" for row in range(9)}
    text = message(with_texts(load=rows, temp=rows, flow=rows, amps=rows))
    assert "9 of 60 cells of column 'temp' (row 0: 'sensor 0 is broken, ', row 1:" in text
    assert ", ...) and text in 2 more columns of numbers. Make gaps of such cells: na_values=[...]" in text
    assert len(text) < 550


def test_an_array_has_no_names_to_go_by():
    text = message(with_texts(load={6: "err"}).to_numpy())
    assert text.endswith("text in 1 of 60 cells of column 0 (row 6: 'err'). Correct these cells, or make them NaN.")
