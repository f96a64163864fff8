"""Everything in npae that writes a file: how it is written, and what can be read from it."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import npae
from npae.command_line.written_tables import write_table
from npae.settings import archive

X = np.random.default_rng(0).random((12, 4))
MODEL = npae.Autoencoder([3, 2], optimizer="adam", epochs=1, random_state=0).fit(X)
QUIET = {"executor": "serial", "show_progress": False}


@dataclass(frozen=True)
class Kind:
    """A file: `write(path, 1)` makes it, `write(path, 2)` replaces it or goes on with it.

    `read(path)` returns what is in it, and raises an error if it is damaged.
    """

    file: str
    write: Callable
    read: Callable
    needs: tuple[str, ...] = ()  # packages


def versions(version):
    """Return a model whose weights say which version it is."""
    model = copy.deepcopy(MODEL)
    model.theta_ = np.full_like(model.theta_, version)
    return model


def write_page(path, version):
    npae.explorer.write(versions(version), path, title=f"version {version}")


def write_detector(path, version):
    npae.AnomalyDetector(npae.Autoencoder([2], optimizer="adam", epochs=version, random_state=0)).fit(X).save(path)


def train(path, version, callback=npae.Checkpoint):
    return npae.Autoencoder([3], optimizer="adam", epochs=2 * version, callbacks=[callback(path)], random_state=0).fit(
        X
    )


def epochs_of(path):
    document, arrays = archive.read(path, "checkpoint")
    return document["state"]["epoch"], float(arrays["/theta"].sum())


def lines_of(path):
    """Return the epochs that a log tells of; a line that is not whole raises an error."""
    text = path.read_text()
    assert text == "" or text.endswith("\n")
    return [json.loads(line)["epoch"] for line in text.splitlines()]


def run(*, seed):
    return {"value": seed / 3}


def study(path, version):
    npae.study.run_all(run, seeds=2 * version, path=path, **QUIET)


def rows_of(path):
    assert path.read_bytes().endswith(b"\n")
    return [row["value"] for row in npae.study.Results.read(path).rows]


def search(path, version):
    space = {"optimizer__eta": [round(0.001 * i, 3) for i in range(1, 101)]}
    model = npae.Autoencoder([2], optimizer="adam", epochs=1)
    options = {"sampler": "grid", "trials": 2 * version, "validation_data": X, **QUIET}
    return npae.study.search(model, X, space, path=path, **options)


def trials_of(path):
    """Return what the trials that have ended drew, from a file whose lines are whole."""
    from npae.study.optuna_storage import quiet

    assert path.read_bytes().endswith(b"\n")
    with quiet() as optuna:
        backend = optuna.storages.journal.JournalFileBackend(str(path))
        storage = optuna.storages.JournalStorage(backend)
        (found,) = storage.get_all_studies()
        trials = storage.get_all_trials(found._study_id)
    return sorted(trial.params["optimizer__eta"] for trial in trials if trial.state.name == "COMPLETE")


KINDS = {
    "model": Kind("model.npz", lambda path, v: versions(v).save(path), lambda path: {*npae.load(path).theta_.tolist()}),
    "detector": Kind("detector.npz", write_detector, lambda path: npae.load(path).autoencoder_.n_epochs_),
    "page": Kind("page.html", write_page, lambda path: path.read_text()),
    "graph": Kind(
        "graph.onnx", lambda path, v: npae.export.onnx(versions(v), path), lambda path: path.read_bytes(), ("onnx",)
    ),
    "table": Kind("table.csv", lambda path, v: write_table(path, {"a": [v] * 9}), lambda path: path.read_text()),
    "checkpoint": Kind("training.npz", train, epochs_of),
    "log": Kind("log.jsonl", lambda path, v: train(path, v, npae.JSONLog), lines_of),
    "study": Kind("runs.jsonl", study, rows_of),
    "search": Kind("trials", search, trials_of, ("optuna",)),
}
GROWING = ("training.npz", "log.jsonl", "runs.jsonl", "trials")  # may hold a part of the second version
