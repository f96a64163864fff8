"""``npae encode``, ``decode`` and ``reconstruct``: what a model makes of data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
import numpy as np

from ..estimators import AnomalyDetector, Autoencoder
from ..estimators.predicting import prediction_names
from ..settings.array_types import AnyArray, Shape
from ..settings.data_set import DataSet
from .data_options import data_options, taken_reading
from .data_sources import Data, Reading, load_data
from .model_files import autoencoder_in
from .named_table import NamedTable
from .written_tables import ENDINGS, Columns, checked_target, deliver, format_option, out_option

GAPS = "Train a model that takes gaps with --missing ignore."


def output_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its arguments MODEL and DATA and the options for its output."""
    for option in (data_options, format_option, out_option, click.argument("data"), click.argument("model")):
        function = option(function)
    return function


@click.command()
@output_options
def encode(model: str, data: str, form: str, out: str | None, **options: Any) -> None:
    """Print the codes of samples, one row each.

    \b
    Examples:
      npae encode letters.npz capitals
      npae encode model.npz people.csv --label name --format csv
      npae encode model.npz mydata.csv --out codes.csv
    """
    samples, ae = _loaded(model, data, out, options)
    codes = ae.encode(samples.samples)
    deliver({**labels_of(samples), **flat_columns(codes, code_names(codes))}, form, out, codes)


@click.command()
@output_options
def decode(model: str, data: str, form: str, out: str | None, **options: Any) -> None:
    """Print what codes decode to; DATA holds codes, as encode writes them.

    \b
    Examples:
      npae encode model.npz mydata.csv --out codes.csv
      npae decode model.npz codes.csv --out decoded.csv
    """
    codes, ae = _loaded(model, data, out, options, are_codes=True)
    shape = ae.network_.code_shape
    values: AnyArray = np.asarray(codes.samples)
    if values.ndim == 2 and values.shape[1] == math.prod(shape):
        values = values.reshape(-1, *shape)
    decoded = np.asarray(ae.decode(values))
    deliver({**labels_of(codes), **flat_columns(decoded, _feature_names(ae, decoded))}, form, out, decoded)


@click.command()
@output_options
def reconstruct(model: str, data: str, form: str, out: str | None, **options: Any) -> None:
    """Print the reconstructions of samples; gaps are filled by a model that was trained with --missing ignore.

    \b
    Examples:
      npae reconstruct model.npz mydata.csv --out reconstructed.csv
      npae reconstruct letters.npz capitals --out letters.npy
    """
    samples, ae = _loaded(model, data, out, options)
    rebuilt = np.asarray(ae.reconstruct(samples.samples))
    deliver({**labels_of(samples), **flat_columns(rebuilt, _feature_names(ae, rebuilt))}, form, out, rebuilt)


def _loaded(
    model: str, data: str, out: str | None, options: dict[str, Any], are_codes: bool = False
) -> tuple[Data, Autoencoder]:
    """Return the samples, or codes, and the autoencoder, after a look at where the output goes."""
    if out is not None:
        checked_target(out, ENDINGS, {"MODEL": model, "DATA": data})
    reading = taken_reading(options)
    ae = autoencoder_in(model, data)
    return load_data(data, _reading_of_codes(ae, reading) if are_codes else reading_for(ae, reading)), ae


def _reading_of_codes(ae: Autoencoder, reading: Reading) -> Reading:
    return replace(reading, choice=replace(reading.choice, sizes=ae.network_.code_shape))


def reading_for(judge: Autoencoder | AnomalyDetector, reading: Reading) -> Reading:
    """Return how the samples of a model are read: its columns, by name, its pictures, and what to say about gaps."""
    ae = judge.autoencoder_ if isinstance(judge, AnomalyDetector) else judge
    known = getattr(ae, "feature_names_in_", None)
    names = None if known is None else tuple(map(str, known))
    gaps = GAPS if ae.network_.fill is None else None
    choice = replace(reading.choice, model=names, sizes=ae.network_.in_shape)
    return replace(_of_pictures(reading, ae.network_.in_shape), choice=choice, gaps=gaps)


def _of_pictures(reading: Reading, shape: Shape) -> Reading:
    """Return how a folder of pictures is read for samples of this shape, (H, W) or (H, W, 3), where no option says."""
    if len(shape) != 2 and (len(shape) != 3 or shape[2] != 3):
        return reading
    size = shape[:2] if reading.size is None else reading.size
    return replace(reading, size=size, grey=len(shape) == 2 if reading.grey is None else reading.grey)


def labels_of(data: Data) -> Columns:
    """Return the column of labels, if there are labels."""
    return {} if data.labels is None else {"label": data.labels}


def flat_columns(values: AnyArray, names: list[str]) -> Columns:
    """Return the numbers of each row as columns with these names."""
    flat = np.asarray(values).reshape(len(values), -1)
    return {name: flat[:, i] for i, name in enumerate(names)}


def code_names(codes: AnyArray) -> list[str]:
    """Return the names of the columns that hold codes."""
    return [f"code_{i}" for i in range(codes[0].size)]


def _feature_names(model: Autoencoder, values: AnyArray) -> list[str]:
    known, size = prediction_names(model), values[0].size
    return known if known is not None and len(known) == size else [f"x_{i}" for i in range(size)]


def as_samples(data: Data) -> AnyArray:
    """Return samples as an array."""
    X = data.samples
    return np.asarray(X.samples if isinstance(X, DataSet) else X.values if isinstance(X, NamedTable) else X)
