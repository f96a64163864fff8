"""One rule for repeat, sweep and search: no two runs write one file.

Runs at once would mix what they write, and runs one after the other would replace each other's file.
"""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.study import repeat, search, sweep

X = np.eye(8)
WRITERS = [npae.JSONLog, npae.TensorBoard, npae.Checkpoint]
OPTIONS = {"executor": "serial", "show_progress": False}


def model(callbacks=()):
    return npae.Autoencoder([2], epochs=1, optimizer="adam", callbacks=list(callbacks))


def nothing(model, X):
    return {}


def log_of(epochs):
    return [npae.JSONLog(f"epochs {epochs}")]


def searched(callbacks, space, **options):
    pytest.importorskip("optuna")
    return search(model(callbacks), X, space, **{"trials": 4, "sampler": "random", **OPTIONS, **options})


SHARING = {
    "repeat": lambda log, path: repeat(model([log(path)]), X, seeds=2, **OPTIONS),
    "sweep": lambda log, path: sweep(model([log(path)]), X, {"epochs": [1, 2]}, seeds=[3], **OPTIONS),
    "sweep of one value": lambda log, path: sweep(model([log(path)]), X, {"epochs": [1]}, seeds=2, **OPTIONS),
    "sweep of callbacks": lambda log, path: sweep(
        model(), X, {"callbacks": [[log(path)], [log(path), npae.Converged()]]}, seeds=1, **OPTIONS
    ),
    "a detector": lambda log, path: repeat(
        npae.AnomalyDetector(model([log(path)])), X, seeds=2, measure=nothing, **OPTIONS
    ),
    "search": lambda log, path: searched([log(path)], {"epochs": [1, 2]}),
    "grid": lambda log, path: searched([log(path)], {"epochs": [1, 2]}, sampler="grid", trials=None),
    "search for callbacks": lambda log, path: searched([], {"callbacks": [[log(path)], []]}),
    "grid of callbacks and more": lambda log, path: searched(
        [], {"callbacks": [[log(path)], []], "epochs": [1, 2]}, sampler="grid", trials=None
    ),
    "grid of a function": lambda log, path: searched(
        [], {"epochs": [1, 2], "callbacks": lambda: [log(path)]}, sampler="grid", trials=None
    ),
}


@in_one_test("log", WRITERS, ids=lambda log: log.__name__)
@in_one_test("case", SHARING)
def test_a_file_that_several_runs_would_write_is_refused(case, log, tmp_path):
    each = "trial" if case.startswith(("search", "grid")) else "run"
    rule = (
        rf"callbacks must give each {each} a file of its own, got {log.__name__}\(.*log.* for several {each}s\. Leave"
    )
    with pytest.raises(ValueError, match=rule):
        SHARING[case](log, tmp_path / "log")
    assert not list(tmp_path.iterdir())


def test_a_file_for_each_run_is_written(tmp_path, monkeypatch):
    def log(name):
        return [npae.JSONLog(tmp_path / name)]

    assert len(repeat(model(log("a")), X, seeds=[3], **OPTIONS)) == 1
    assert len(sweep(model(), X, {"callbacks": [log("b"), log("c")]}, seeds=1, **OPTIONS)) == 2
    assert len(searched(log("d"), {"epochs": [1, 2]}, trials=1).rows) == 1
    assert len(searched([], {"callbacks": [log("e"), log("f")]}, sampler="grid", trials=None).rows) == 2
    monkeypatch.chdir(tmp_path)
    space = {"epochs": npae.study.Integers(1, 9), "callbacks": log_of}
    assert {row["status"] for row in searched([], space).rows} == {"finished"}
    assert {"a", "b", "c", "d", "e", "f"} < {path.name for path in tmp_path.iterdir()}
