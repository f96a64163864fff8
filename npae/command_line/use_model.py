"""``npae encode``, ``decode`` and ``reconstruct``: what a model makes of data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click
import numpy as np

from ..estimators import AnomalyDetector, Autoencoder, load
from ..estimators.predicting import prediction_names
from ..settings.array_types import AnyArray
from ..settings.data_set import DataSet
from .column_choice import quoted
from .data_options import data_options, taken_reading
from .data_sources import Data, load_data
from .named_table import NamedTable, names_of_columns
from .written_tables import ENDINGS, Columns, checked_target, deliver, format_option, out_option

SHOWN = 5  # names that a message lists


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
    codes = ae.encode(checked_columns(samples, ae, data).samples)
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
    codes, ae = _loaded(model, data, out, options)
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
    rebuilt = np.asarray(ae.reconstruct(checked_columns(samples, ae, data).samples))
    deliver({**labels_of(samples), **flat_columns(rebuilt, _feature_names(ae, rebuilt))}, form, out, rebuilt)


def _loaded(model: str, data: str, out: str | None, options: dict[str, Any]) -> tuple[Data, Autoencoder]:
    """Return the samples and the autoencoder, after a look at where the output goes."""
    if out is not None:
        checked_target(out, ENDINGS, {"MODEL": model, "DATA": data})
    reading = taken_reading(options)
    found = load(model)
    ae = found.autoencoder_ if isinstance(found, AnomalyDetector) else found
    if not isinstance(ae, Autoencoder):
        raise ValueError(f"{model} must hold an autoencoder or a detector, got a {type(found).__name__}.")
    return load_data(data, reading), ae


def checked_columns(samples: Data, model: Any, source: str) -> Data:
    """Return data whose columns are those of a model, or raise ValueError that names the others."""
    names, known = names_of_columns(samples.samples), getattr(model, "feature_names_in_", None)
    if names is None or known is None or names == list(known):
        return samples
    wanted = [str(name) for name in known]
    unseen = [name for name in names if name not in wanted]
    lacking = [name for name in wanted if name not in names]
    rule = f"{source} must have the columns that the model was trained on, "
    if lacking:
        also = f", and has {_listed(unseen)} instead" if unseen else ""
        raise ValueError(f"{rule}but lacks {_listed(lacking)}{also}.")
    if unseen:
        raise ValueError(f"{rule}got also {_listed(unseen)}. Leave them out: --drop {quoted(unseen)}")
    raise ValueError(f"{rule}got them in another order. Use --columns {quoted(wanted)}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more


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
