"""``npae score``: how strange each row is, and which columns are to blame."""

from __future__ import annotations

import math
from typing import Any

import click
import numpy as np

from ..estimators import AnomalyDetector, Autoencoder
from ..estimators.predicting import prediction_names
from ..execution.screen import tell
from ..settings.array_types import AnyArray, FloatArray
from .data_options import load_more, taken_reading
from .data_sources import load_data
from .model_files import judge_in
from .use_model import labels_of, output_options, reading_for
from .written_tables import ENDINGS, Columns, checked_target, deliver


@click.command()
@output_options
@click.option("--target", metavar="FILE", help="What predictions are compared with, for a model trained with --target.")
@click.option("--threshold", type=float, metavar="X", help="The error from which on a row is an anomaly.")
@click.option("--blame", type=click.IntRange(min=1), metavar="N", help="Name the N columns that are to blame.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the N strangest rows, the strangest first.")
@click.option("--anomalies", is_flag=True, help="Only the anomalies.")
def score(
    model: str,
    data: str,
    form: str,
    out: str | None,
    target: str | None,
    threshold: float | None,
    blame: int | None,
    top: int | None,
    anomalies: bool,
    **options: Any,
) -> None:
    """Print the reconstruction error of each row; greater is stranger.

    A detector (npae train --kind anomaly) also says which rows are anomalies. So does an autoencoder with --threshold.
    Rows are counted from 0, without the line of names.

    \b
    Examples:
      npae score detector.npz sensors.csv
      npae score detector.npz sensors.csv --anomalies --blame 2
      npae score model.npz mydata.csv --threshold 0.5 --format csv
      npae score model.npz mydata.csv --top 10
    """
    if out is not None:
        checked_target(out, ENDINGS, {"MODEL": model, "DATA": data, "--target": target})
    if threshold is not None and math.isnan(threshold):
        raise click.UsageError("--threshold must be a number, got nan.")
    reading, judge = taken_reading(options), judge_in(model, data)
    limit = judge.threshold_ if threshold is None and isinstance(judge, AnomalyDetector) else threshold
    if anomalies and limit is None:
        raise click.UsageError("--anomalies must come with a detector or with --threshold, got an autoencoder alone.")
    if target is not None and not isinstance(judge, Autoencoder):
        raise click.UsageError("--target must come with a model of --kind autoencoder, got a detector.")
    rows, compared = load_data(data, reading_for(judge, reading)), {}
    if target is not None and isinstance(judge, Autoencoder):
        compared["target"] = load_more(target, "--target", reading, prediction_names(judge)).samples
    errors = _errors(judge, rows.samples, compared)
    table: Columns = {"row": np.arange(len(errors)), **labels_of(rows), "error": errors}
    if limit is not None:
        table["anomaly"] = (errors > limit).astype(int)
        count = int((errors > limit).sum())
        tell(f"{count} of {len(errors)} rows are anomalies: error above {limit:.4g}")
    if blame is not None:
        table |= _blamed(judge, rows.samples, blame, compared)
    kept = _kept(errors, top, limit if anomalies else None)
    deliver({name: _taken(column, kept) for name, column in table.items()}, form, out)


def _errors(judge: Autoencoder | AnomalyDetector, X: Any, compared: dict[str, Any]) -> FloatArray:
    """Return the mean squared error of each row, as the predictions are compared with a target or with X."""
    return -judge.score_samples(X) if isinstance(judge, AnomalyDetector) else judge.score_samples(X, **compared)


def _blamed(judge: Autoencoder | AnomalyDetector, X: Any, n: int, compared: dict[str, Any]) -> Columns:
    """Return columns with the names of the n features that have the greatest errors in each row."""
    if isinstance(judge, AnomalyDetector):
        worst = judge.worst_features(X, n)
    else:
        errors: FloatArray = judge.score_samples(X, features=True, **compared)
        flat = errors.reshape(len(errors), -1)
        if n > flat.shape[1]:
            raise ValueError(f"--blame must be at most the number of features, {flat.shape[1]}, got {n}.")
        order = np.argsort(-flat, axis=1, kind="stable")[:, :n]
        names = prediction_names(judge)
        worst = order if names is None else np.asarray(names)[order]
    return {f"blame_{i + 1}": [str(name) for name in worst[:, i]] for i in range(n)}


def _kept(errors: FloatArray, top: int | None, limit: float | None) -> AnyArray:
    """Return the rows to show, in order: all, those above a limit, the strangest ones first."""
    rows: AnyArray = np.arange(len(errors)) if limit is None else np.flatnonzero(errors > limit)
    if top is not None:
        rows = rows[np.argsort(-np.nan_to_num(errors[rows], nan=-np.inf), kind="stable")[:top]]
    return rows


def _taken(column: Any, rows: AnyArray) -> Any:
    return column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows]
