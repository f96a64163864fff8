"""The runs of a study as a table of pandas, and its summary as a table of a notebook."""

import builtins
import functools

import numpy as np
import pytest
from looped import in_one_test

from npae import Autoencoder
from npae.study import Results, SearchResults, search, sweep

pd = pytest.importorskip("pandas")
X = np.eye(6)
QUIET = {"executor": "serial", "show_progress": False}


def row(seed, **more):
    return {
        "key": f"k{seed}",
        "name": "<script>",
        "size": 3,
        "seed": seed,
        "status": "finished",
        "reason": None,
        **more,
    }


ROWS = [
    row(0, seconds=0.5, exact=2, success=True, loss=0.25, stop_reason="epochs"),
    row(1, seconds=1, exact=3, success=False, loss=1, stop_reason="epochs"),
    {**row(2, seconds=0.1), "status": "failed", "reason": "ValueError: <b>no</b>"},
]


def test_each_run_is_a_row_and_columns_have_their_dtypes():
    table = Results(ROWS).to_pandas()
    assert len(table) == 3
    assert "key" not in table
    dtypes = {name: str(dtype) for name, dtype in table.dtypes.items()}
    expected = {"size": "int64", "seed": "int64", "seconds": "float64", "loss": "float64"}
    assert {name: dtypes[name] for name in expected} == expected
    assert (dtypes["exact"], dtypes["success"]) == ("Int64", "boolean")
    assert table["exact"].tolist()[:2] == [2, 3]
    assert table["exact"].isna().tolist() == [False, False, True]
    assert np.isnan(table["loss"][2])
    assert table["status"].tolist() == ["finished", "finished", "failed"]


def test_without_gaps_integers_and_bools_are_numpy_s():
    dtypes = Results(ROWS[:2]).to_pandas().dtypes
    assert (str(dtypes["exact"]), str(dtypes["success"])) == ("int64", "bool")


def constant(model, X, number):
    return {"own": number}


@in_one_test("number", [np.nan, np.inf, -np.inf, None])
def test_a_measure_without_a_finite_number_is_a_column_of_floats(number):
    ae = Autoencoder([2], epochs=1, optimizer="adam")
    results = sweep(ae, X, {"noise": [None]}, measure=functools.partial(constant, number=number), seeds=2, **QUIET)
    table = results.to_pandas()
    assert str(table["own"].dtype) == "float64"
    assert table["own"].isna().all()
    assert table["noise"].tolist() == [None, None]  # a setting stays what it is


def test_a_sweep_becomes_a_table():
    ae = Autoencoder([2], epochs=2, optimizer="adam")
    results = sweep(ae, X, {"encoder": [[2], [3]]}, seeds=2, **QUIET)
    table = results.to_pandas()
    assert table["loss"].tolist() == [row["loss"] for row in results.rows]
    assert table["encoder"].tolist() == [row["encoder"] for row in results.rows]
    assert str(table["epochs_run"].dtype) == "int64"


def test_a_search_becomes_a_table():
    pytest.importorskip("optuna")
    found = search(Autoencoder([2], epochs=2, optimizer="adam"), X, {"encoder": [[2], [3]]}, trials=3, **QUIET)
    table = found.to_pandas()
    assert table["trial"].tolist() == [0, 1, 2]
    assert table["value"].tolist() == [row["value"] for row in found.rows]
    html = found._repr_html_()
    assert "3 finished" in html
    assert html.count("<tr>") == 4


def test_no_runs_are_an_empty_table():
    assert Results([]).to_pandas().shape == (0, 0)
    assert "0 runs" in Results([])._repr_html_()
    assert "0 trials" in SearchResults([], Space(), Objective())._repr_html_()


class Space:
    choices = {}


class Objective:
    name, upward = "loss", False


def test_a_notebook_shows_the_summary_and_why_runs_failed():
    html = Results(ROWS)._repr_html_()
    assert "3 runs of 1 settings" in html
    assert "1/3 (6-79 %)" in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;no" in html
    assert "<script>" not in html
    assert "<b>" not in html


def test_without_pandas_one_line_says_what_to_install(monkeypatch):
    imported = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "pandas":
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        ImportError, match=r"pandas must be installed for to_pandas, got: .*pandas.*\. Run: pip install pandas"
    ):
        Results(ROWS).to_pandas()
