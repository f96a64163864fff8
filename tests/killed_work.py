"""Work that is killed and begins again: trainings, studies, searches and savings, each in a process of its own.

python -c "import killed_work; killed_work.main()" KIND FOLDER [CLUSTER]

prints "begun" when all is imported, goes on from what is in FOLDER, and writes FOLDER/result when it has ended.
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np

import npae
from npae.settings import archive

X = np.random.default_rng(0).random((48, 6))
BATCHES = {"optimizer": npae.Adam(0.01), "refine": None, "batch_size": 16, "noise": npae.GaussianNoise(0.1)}
REFINED = {"optimizer": npae.Adam(0.01), "batch_size": 16, "refine": npae.Refine("BFGS", every=3, max_iterations=12)}
MODEL = npae.Autoencoder([4, 2], optimizer=npae.Adam(0.01), epochs=12, batch_size=8)
VERSIONS = 60  # of a model that is saved again and again


def callbacks(folder, log=True):
    log = [npae.JSONLog(folder / "log.jsonl", iterations=True)] if log else []
    return [npae.Checkpoint(folder / "training.npz"), *log]


def trained(folder, log=True, **params):
    """Train with a checkpoint and a log; return theta, history and log without times."""
    params = {"epochs": 150, "random_state": 0, "callbacks": callbacks(folder, log), **params}
    return told(npae.Autoencoder([4, 2], **params).fit(X), folder)


def told(ae, folder):
    file = folder / "log.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [ae.theta_.tobytes().hex(), ae.stop_reason_, timeless(ae.history_), timeless(lines)]


def timeless(value):
    """Return a value without the numbers of seconds in it."""
    if isinstance(value, dict):
        return {name: timeless(item) for name, item in value.items() if name != "seconds"}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def spread(folder, address):
    """Train on a cluster."""
    import dask.array
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        begun()
        rows = dask.array.from_array(X, chunks=((20, 16, 12), 6))
        ae = npae.Autoencoder([4, 2], optimizer="adam", epochs=40, random_state=0, callbacks=callbacks(folder))
        return told(npae.distributed.fit(ae, rows, client), folder)


def run(*, seed, level):
    """Return numbers whose every bit depends on the setting and the seed, after a moment."""
    time.sleep(0.02)
    return {
        "value": float(np.linalg.norm(np.random.default_rng(seed).normal(scale=level, size=(40, 40)))),
        "odd": seed % 2 == 1,
    }


def studied(folder, function, *arguments, **options):
    results = function(*arguments, path=folder / "runs.jsonl", show_progress=False, **options)
    return timeless(results.rows)


def sought(folder, name, sampler="bayesian", **options):
    from npae.study import Uniform, search

    space = {"optimizer__eta": Uniform(1e-3, 1.0, log=True), "batch_size": [4, 8, 16]}
    given = {"validation_data": X, "sampler": sampler, "trials": 14, "path": folder / name, **options}
    return timeless(search(MODEL, X, space, show_progress=False, **given).rows)


def saved(folder):
    """Save versions of a model as a model, a page and a graph, from the one on that the model file holds."""
    ae, file = npae.Autoencoder([4, 2], optimizer="adam", epochs=1, random_state=0).fit(X), folder / "model.npz"
    first = version_of(npae.load(file)) if file.exists() else 0
    for version in range(first, VERSIONS + 1):
        ae.theta_ = np.full_like(ae.theta_, version)
        npae.explorer.write(ae, folder / "page.html", data=X)
        ae.save(file)
    return [version_of(npae.load(file)), len((folder / "page.html").read_text())]


def version_of(model):
    (version,) = {*model.theta_.tolist()}
    return int(version)


KINDS = {
    "batches": lambda folder: trained(folder, **BATCHES),
    "refinement": lambda folder: trained(folder, **REFINED, epochs=60),
    "threads": lambda folder: trained(folder, **BATCHES, threads=2),
    "processes": lambda folder: trained(folder, **BATCHES, workers=2),
    "run_all": lambda folder: studied(
        folder, npae.study.run_all, run, [{"level": 0.1}, {"level": 2.0}], seeds=16, executor="serial"
    ),
    "repeat": lambda folder: studied(folder, npae.study.repeat, MODEL, X, seeds=24, workers=2),
    "sweep": lambda folder: studied(
        folder, npae.study.sweep, MODEL, X, {"optimizer__eta": [0.001, 0.01, 0.1]}, seeds=8, workers=2
    ),
    "search": lambda folder: sought(folder, "trials", executor="serial"),
    "search in SQLite": lambda folder: sought(folder, "trials.db", executor="serial"),
    "search on processes": lambda folder: sought(folder, "trials", "random", workers=2),
    "saving": saved,
    "checkpoint alone": lambda folder: trained(folder, log=False, **BATCHES),  # for two at a time
    "distributed": spread,
}
TEAMS = ("processes", "repeat", "sweep", "search on processes")  # whose workers may be killed, too


def check(folder):
    """Raise an error if a file that a killed process has left cannot be read."""
    if (folder / "training.npz").exists():
        archive.read(folder / "training.npz", "checkpoint")
    if (folder / "runs.jsonl").exists():
        npae.study.Results.read(folder / "runs.jsonl")
    if (folder / "model.npz").exists():
        assert version_of(npae.load(folder / "model.npz")) <= VERSIONS
    if (folder / "page.html").exists():
        assert (folder / "page.html").read_text().rstrip().endswith("</html>")


def begun():
    print("begun", flush=True)


def main():
    kind, folder, *arguments = sys.argv[1:]
    warnings.simplefilter("ignore")

    if kind.startswith("search"):
        import optuna  # noqa: F401
    if not arguments:
        begun()
    result = json.dumps(KINDS[kind](Path(folder), *arguments), default=lambda value: value.tolist())
    unfinished = Path(folder, "result.new")
    unfinished.write_text(result)
    os.replace(unfinished, Path(folder, "result"))
