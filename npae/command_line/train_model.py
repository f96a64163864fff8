"""``npae train``: an autoencoder or a detector, from data to a model file."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import click

from ..estimators import AnomalyDetector, Autoencoder
from ..training import Checkpoint
from .data_options import data_options, load_more, taken_reading
from .data_sources import Reading, load_data
from .error_lines import Interrupted
from .expressions import parse_value, read_by
from .model_options import (
    build_estimator,
    gaps_refused,
    model_options,
    shown_progress,
    taken_parameters,
    without_progress,
)
from .written_tables import checked_target, plain

FURTHER = {"target": "target", "mask": "mask", "weights": "sample_weight", "validation": "validation_data"}


@click.command()
@click.argument("data")
@click.option("--out", "-o", required=True, metavar="MODEL", help="The model file to write, .npz.")
@click.option("--kind", type=click.Choice(["autoencoder", "anomaly"]), default="autoencoder", show_default=True)
@click.option(
    "--contamination",
    callback=read_by(parse_value),
    metavar="SHARE",
    help="Of a detector: the share of anomalies in DATA.",
)
@click.option("--target", metavar="FILE", help="What to predict, a row for each of DATA, such as clean samples.")
@click.option("--mask", metavar="FILE", help="A .npy file, false where a step of the series DATA is padding.")
@click.option("--weights", metavar="FILE", help="How much each row counts.")
@click.option("--validation", metavar="FILE", help="Samples whose loss is recorded as val_loss.")
@model_options
@data_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Of the summary.")
def train(data: str, out: str, kind: str, form: str, **options: Any) -> None:
    """Train a model on DATA and write it to a file.

    The model is the one that the same parameters give in Python, to the bit. What is not given stays at the default of
    npae.Autoencoder, or of npae.AnomalyDetector with --kind anomaly; the seed is 0. Layers, optimizers and the like are
    written as in Python: "Conv2D(8, 3),Flatten(),2" or "Adam(eta=0.01)".

    --validation is read as DATA is, except that it keeps all its rows. --target, --mask and --weights have a row for
    each row of the file DATA, so that --rows takes the same ones of them. --delimiter, --decimal and --na hold
    for all files; --divide also for --target, not for --mask and --weights.

    \b
    Examples:
      npae train capitals --encoder 29,23,2 --loss bce --out letters.npz
      npae train sensors.csv --kind anomaly --out detector.npz
      npae train sensors.csv --encoder 16,2 --scale columns --missing ignore --out model.npz
      npae train capitals --encoder 29,23,2 --loss bce --refine BFGS:4 --eta 0.005 --epochs 400 --out letters.npz
      npae train capitals --encoder 25,20 --noise "FlipPixels(2)" --set optimizer__beta1=0.8 --out model.npz
    """
    used = {"DATA": data, **{f"--{name}": options[name] for name in (*FURTHER, "checkpoint")}}
    target, reading = checked_target(out, (), used), taken_reading(options)
    quiet, contamination = options.pop("quiet"), options.pop("contamination")
    params = taken_parameters(options)
    if contamination is not None and kind != "anomaly":
        raise click.UsageError("--contamination must come with --kind anomaly.")
    estimator = build_estimator(kind, params, contamination)
    reading = replace(reading, gaps=gaps_refused(params))
    samples, extra = load_data(data, reading), _further(options, kind, reading)
    fit_quietly(estimator, samples.samples, extra, quiet)
    estimator.save(target)
    if not quiet:
        click.echo(_summary(estimator, out) if form == "text" else json.dumps(facts(estimator, out)))


def _further(options: dict[str, Any], kind: str, reading: Reading) -> dict[str, Any]:
    """Return the further arguments of `fit`: the samples in the files that options name."""
    extra = {}
    for option, name in FURTHER.items():
        if options[option] is not None:
            if kind == "anomaly" and option in ("target", "validation"):
                raise click.UsageError(f"--{option} must come with --kind autoencoder: a detector learns without.")
            extra[name] = load_more(options[option], f"--{option}", reading).samples
    if "sample_weight" in extra:
        extra["sample_weight"] = _flat(extra["sample_weight"])
    if "mask" in extra:
        extra["mask"] = _booleans(extra["mask"])
    return extra


def _flat(weights: Any) -> Any:
    import numpy as np

    return np.asarray(weights).reshape(-1)


def _booleans(mask: Any) -> Any:
    import numpy as np

    array = np.asarray(mask)
    return array.astype(bool) if np.isin(array, (0, 1)).all() else array


def fit_quietly(estimator: Autoencoder | AnomalyDetector, X: Any, extra: dict[str, Any], quiet: bool) -> None:
    """Fit, with a progress bar if this is a terminal; Ctrl-C raises, since half-trained models are not written."""
    callbacks = None if quiet else shown_progress(estimator)
    with _no_note_of_interruption():
        estimator.fit(X, **extra)
    model = estimator.autoencoder_ if isinstance(estimator, AnomalyDetector) else estimator
    if model.stop_reason_ == "interrupted":
        paths = [str(callback.path) for callback in model.callbacks if isinstance(callback, Checkpoint)]
        left = (
            f"The same command goes on from {paths[0]}." if paths else "No model was written; --checkpoint keeps one."
        )
        raise Interrupted(f"interrupted after epoch {model.n_epochs_}. {left}")
    without_progress(estimator, callbacks)


@contextmanager
def _no_note_of_interruption() -> Iterator[None]:
    """Silence the warning about Ctrl-C, of which the last line of the command tells."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Training interrupted")
        yield


def facts(estimator: Autoencoder | AnomalyDetector, out: str) -> dict[str, Any]:
    """Return what a program wants to know of a training."""
    model = estimator.autoencoder_ if isinstance(estimator, AnomalyDetector) else estimator
    found = {
        "model": out,
        "kind": "anomaly detector" if isinstance(estimator, AnomalyDetector) else "autoencoder",
        "network": str(model.network_),
        "epochs": model.n_epochs_,
        "stopped": model.stop_reason_,
        "loss": plain(model.history_["loss"][-1]),
        "seconds": plain(model.history_["seconds"][-1]),
    }
    if isinstance(estimator, AnomalyDetector):
        found |= {"threshold": estimator.threshold_, "anomalies": int(estimator.labels_.sum())}
    return found


def _summary(estimator: Autoencoder | AnomalyDetector, out: str) -> str:
    found = facts(estimator, out)
    epochs = f"{found['epochs']} epoch{'s' * (found['epochs'] != 1)} ({found['stopped']})"
    lines = [found["network"], f"{epochs}, loss {found['loss']:.4g}, {found['seconds']:.2f} s"]
    if isinstance(estimator, AnomalyDetector):
        rows = len(estimator.decision_scores_)
        lines.append(f"{found['anomalies']} of {rows} rows are anomalies: error above {found['threshold']:.4g}")
    return "\n".join([*lines, f"written to {out}"])
