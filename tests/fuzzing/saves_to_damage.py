"""Readers of what npae itself writes: models, checkpoints, journals of studies; and small files of each."""

import functools
import json
import math
import re
import tempfile
from pathlib import Path

import numpy as np
from damaged_bytes import any_json, any_text
from damaged_files import Reader
from repaired_files import any_zip

import npae
from npae.study import Results
from npae.study.journal import Journal

SAVED = Path(__file__).parents[1] / "saved" / "0.1.0"
X = np.random.default_rng(0).random((12, 4))
HOLED = np.outer(np.arange(1, 13), [1.0, 2, 3, 4]) / 48  # of rank 1, so that gaps are filled at once
HOLED[[2, 7], [1, 3]] = np.nan
MOST = 10**6  # numbers that a model which was read may make


def _written(write):
    """Return the content of the file that a function of a path writes."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "file")
        return (Path(folder) / "file").read_bytes()


@functools.cache
def models():
    short = {"epochs": 2, "random_state": 0}
    fitted = [
        npae.AnomalyDetector(npae.Autoencoder([2], scale="columns", **short)).fit(X),
        npae.Autoencoder([3, 2], missing="ignore", **short).fit(HOLED),
        npae.Autoencoder([2], scale="columns", **short).fit(X, target=X[:, :2] * 5),
    ]
    return [path.read_bytes() for path in sorted((SAVED / "models").iterdir())] + [_written(m.save) for m in fitted]


def use_model(path):
    """Load a model and let it compute, unless it is for samples that are too large to try."""
    model = npae.load(path)
    inner = model.autoencoder_ if isinstance(model, npae.AnomalyDetector) else model
    network = inner.network_
    assert len(repr(model)) > 0 and len(inner.history_["loss"]) <= inner.n_epochs_
    sizes = (math.prod(network.in_shape), network.outputs_per_sample, network.cost_per_sample)
    if max(sizes) < MOST and not re.search(r"\d{6}", repr(network.layers)):  # as of windows that are padded
        with np.errstate(all="ignore"):
            predicted = network.reconstruct(inner.theta_, np.full((2, *network.in_shape), 0.5))
        assert predicted.shape == (2, *network.out_shape)


class Cut(BaseException):
    """Ends a training."""


def cut_at(epoch):
    def cut(training):
        if training.epoch >= epoch:
            raise Cut

    return cut


RUNS = {
    "adam": lambda: {
        "optimizer": "adam",
        "batch_size": 4,
        "noise": npae.GaussianNoise(0.02),
        "callbacks": [npae.EarlyStopping("val_loss", patience=9, restore_best=True), npae.ReduceOnPlateau("val_loss")],
        "validation_fraction": 0.25,
    },
    "descent": lambda: {"optimizer": npae.GradientDescent(0.5, npae.AdaptiveEta()), "scale": "columns"},
    "refined": lambda: {
        "optimizer": "momentum",
        "refine": npae.Refine("BFGS", every=2, max_iterations=2),
        "callbacks": [npae.Record(["mse"])],
    },
    "gaps": lambda: {"optimizer": npae.RMSprop(0.02, adapt=npae.WarmUp(2, npae.StepDecay(3))), "missing": "ignore"},
    "twister": lambda: {
        "optimizer": "adam",
        "random_state": np.random.Generator(np.random.MT19937(0)),
        "batch_size": 5,
    },
}


def train(name, path, until):
    """Train a run of this name, with a checkpoint, until an epoch has ended; return whether it came that far."""
    params = {"epochs": 9, "random_state": 0, **RUNS[name]()}
    callbacks = [*params.pop("callbacks", []), cut_at(until), npae.Checkpoint(path)]
    try:
        npae.Autoencoder([3, 2], callbacks=callbacks, **params).fit(HOLED if name == "gaps" else X)
    except Cut:
        return True
    return False


@functools.cache
def checkpoints():
    """Return checkpoints of all runs, whose callbacks say which run each is of."""
    return [_written(lambda path, name=name: _begin(name, path)) for name in RUNS]


def _begin(name, path):
    assert train(name, path, 4), f"{name} must be cut off"


def use_checkpoint(path):
    """Train one more epoch from a checkpoint, by each run that it may be of."""
    content = path.read_bytes()
    name = next((name for name, mark in MARKS.items() if mark in content), "adam")
    try:
        train(name, path, 1)
    except npae.TrainingDiverged:  # a theta or an eta that is a number, but too large
        return


MARKS = {  # what a checkpoint of each run holds, and no other
    "twister": b"MT19937",
    "gaps": b'"missing": "ignore"',
    "refined": b'refine": "Refine',
    "descent": b"AdaptiveEta",
}


@functools.cache
def journals():
    rows = [line for name in ("repeat", "sweep", "names") for line in _lines(name)[:6]]
    outcome = {"status": "finished", "reason": "", "seconds": 0.5}
    made = [{"key": f"k{seed}", "eta": 0.1, "seed": seed, **outcome, "loss": seed / 7, "exact": 3} for seed in range(4)]
    made[2] |= {"status": "failed", "reason": "ValueError: no", "loss": None}
    files = [rows[:6], rows[6:12], rows[12:], [json.dumps(row).encode() for row in made]]
    return [b"\n".join([*lines, b""]) for lines in files]


def _lines(name):
    return (SAVED / "studies" / name).read_bytes().splitlines()


def any_journal(content, rng):
    """Damage a line as JSON, or the text of the file."""
    if rng.random() < 0.5:
        return any_text(content, rng)
    lines = content.splitlines()
    at = rng.randrange(len(lines))
    lines[at] = any_json(lines[at], rng)
    return b"\n".join([*lines, b""])


def use_journal(path):
    """Make a table of a journal's rows, and open it to go on with it."""
    results = Results.read(path)
    assert len(str(results)) > 0 and len(results) == len(results.rows)
    with Journal(path) as journal:
        assert len(journal.rows) == len(results)


SAVES = [
    Reader("model", 0.28, models, any_zip, use_model, ".npz", deep="must hold a complete npae model|known description"),
    Reader(
        *("checkpoint", 0.1, checkpoints, any_zip, use_checkpoint, ".npz"),
        told="Training|predictions must|code must|gaps must",
        deep="must hold a complete checkpoint|must be a checkpoint of this",
    ),
    Reader("journal", 0.14, journals, any_journal, use_journal, ".jsonl", told=r"skipped \d+ incomplete", deep="line"),
]
