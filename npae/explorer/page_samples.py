"""The samples of a page: whether they are pictures, curves or a table, and in which ranges they are drawn."""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..datasets.picture_form import value_range
from ..estimators.autoencoder import Autoencoder
from ..estimators.predicting import prediction_names, schema_of
from ..layers import LSTM, Conv1D
from ..network import Network
from ..samples.labels import is_missing
from ..samples.masks import check_mask
from ..samples.passed_on import passed_on
from ..settings.array_types import AnyArray, ArrayLike, FloatArray
from ..settings.data_set import DataSet

LEAST_SIDE = 5  # pixels of a picture that nobody called one
MOST_ROWS = 40  # columns with names that are drawn as bars; more of them are one curve
MOST_UNNAMED = 20  # columns without names that are
ALIKE = 4.0  # how much longer the range of one channel may be than another's if both are drawn on one scale
SERIES = (Conv1D, LSTM)


def described_form(
    model: Autoencoder, network: Network, data: object, seen: AnyArray, shape: object, features: Iterable[Any] | None
) -> dict[str, Any]:
    """Return how samples are drawn: as "pictures", "series" (curves) or a "table" (bars).

    `steps` are those of a series, each with the numbers of its channels or "tracks"; `names` are those of the channels
    or of the table's columns, and `ranges` the least and the greatest value of each; `predicted` has both of what is
    decoded where the model has learned to predict other columns than those of its samples, and is None otherwise.
    """
    names, predicted = _known_names(model, network), _predicted_names(model, network)
    is_other = predicted != names and (features is None or predicted is not None)
    names = _checked_names(features, network.in_shape[-1], names)
    kind = _kind(network, data, seen, shape, names is not None or predicted is not None)
    if features is not None and kind == "pictures":
        why = "pictures as data" if shape is None else f"{shape=}"
        raise ValueError(f"features must be None for pictures, got names with {why}.")
    flat = len(network.in_shape) == 1
    tracks = 1 if kind == "series" and flat else network.in_shape[-1]
    ranges = [] if kind == "pictures" else _ranges(seen.reshape(-1, tracks), alike=kind == "series")
    form = {
        "kind": kind,
        "steps": math.prod(network.in_shape) // tracks,
        "tracks": tracks,
        "names": None if tracks == 1 else names,
        "ranges": ranges,
        "predicted": None,
    }
    if is_other and kind != "pictures":
        decoded = seen if data is None else np.asarray(passed_on(model.reconstruct, seen))
        own = _ranges(decoded.reshape(-1, tracks), alike=kind == "series")
        form["predicted"] = {"names": None if tracks == 1 else predicted, "ranges": own}
        form["ranges"] = _unseen_ranges(network, tracks) if data is None else ranges
    return form


def _kind(network: Network, data: object, seen: AnyArray, shape: object, named: bool) -> str:
    size, in_shape = math.prod(network.in_shape), network.in_shape
    if shape is not None or isinstance(data, DataSet) or len(in_shape) == 3:
        return "pictures"
    if len(in_shape) == 2:
        bounded = value_range(seen) == (0, 1) or seen.dtype == np.uint8
        is_picture = min(in_shape) >= LEAST_SIDE and bounded and not isinstance(network.encoder.layers[0], SERIES)
        return "pictures" if is_picture and not named else "series"
    if named or math.isqrt(size) ** 2 != size or size <= LEAST_SIDE**2:
        return "table" if size <= (MOST_ROWS if named else MOST_UNNAMED) else "series"
    return "pictures"


def _known_names(model: Autoencoder, network: Network) -> list[str] | None:
    names = schema_of(model).names
    return None if names is None or len(network.in_shape) > 1 else [str(name) for name in names]


def _predicted_names(model: Autoencoder, network: Network) -> list[str] | None:
    """Return the names of the columns that are decoded: those of the targets, where a model has learned from pairs."""
    if getattr(model, "_targets", None) is None:
        return _known_names(model, network)
    return None if len(network.in_shape) > 1 else prediction_names(model)


def _unseen_ranges(network: Network, tracks: int) -> list[list[float]]:
    """Return where samples may lie of which none are at hand: two units to both sides of what is subtracted."""
    scaling = network.scaling
    middle, unit = (0.0, 1.0) if scaling is None else (scaling.shift, scaling.unit)
    ends = np.stack([np.broadcast_to(middle + side * unit, network.in_shape) for side in (-2.0, 2.0)])
    return _ranges(ends.reshape(-1, tracks), alike=False)


def _checked_names(features: Iterable[Any] | None, count: int, known: list[str] | None) -> list[str] | None:
    if features is None:
        return known
    given = [features] if isinstance(features, str) or not hasattr(features, "__iter__") else list(features)
    if len(given) != count:
        got = len(given) if hasattr(features, "__iter__") else repr(features)
        raise ValueError(f"features must be one name per column ({count}), got {got}.")
    for column, name in enumerate(given):
        if is_missing(name):
            raise ValueError(f"features must be names, got {name!r} for column {column}.")
    names = [str(name) for name in given]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ValueError(f"features must be different names, got {twice[0]!r} twice.")
    return names


def _ranges(values: AnyArray, *, alike: bool) -> list[list[float]]:
    """Return the least and the greatest value of each column; of all, if their ranges are `alike`."""
    ends = np.stack([values.min(axis=0), values.max(axis=0)]).astype(np.float64)
    spans = ends[1] - ends[0]
    if alike and np.ptp(ends) <= ALIKE * max(spans.min(), 1e-9 * np.ptp(ends)):
        ends[:] = [[ends[0].min()], [ends[1].max()]]
    still = ends[1] <= ends[0]
    ends[1, still] = ends[0, still] + np.maximum(1.0, np.abs(ends[0, still]))
    ranges: list[list[float]] = ends.T.tolist()
    return ranges


def described_errors(
    model: Autoencoder, samples: AnyArray | None, ranges: list[list[float]], mask: ArrayLike | None
) -> dict[str, Any] | None:
    """Return each sample's root mean squared error, packed: of numbers as they are, or as shares of their ranges.

    None if there are no samples, or if the model has learned to turn them into something else.
    """
    if samples is None or getattr(model, "_targets", None) is not None:
        return None
    with np.errstate(all="ignore"):
        apart = np.asarray(passed_on(model.reconstruct, samples, mask), np.float64).reshape(samples.shape) - samples
        if ranges:
            spans = np.diff(ranges).ravel()
            apart = apart.reshape(len(samples), -1, len(spans)) / spans
        real = check_mask(mask, samples)
        if real is not None:
            apart = np.where(real[:, :, None], apart.reshape(samples.shape), 0.0)
        errors: FloatArray = np.sqrt(np.mean(np.square(apart.reshape(len(samples), -1)), axis=1))
    most = float(np.finfo(np.float32).max)  # what is larger, or infinite, is as large as the page can say
    return packed(np.minimum(np.nan_to_num(errors), most).astype(np.float32))


def packed_smallest(values: AnyArray) -> dict[str, Any]:
    """Return samples packed in the smallest type that holds them exactly: bytes, bytes over 255, floats."""
    with np.errstate(all="ignore"):
        if np.array_equal(values.astype(np.uint8), values):
            return packed(values.astype(np.uint8))
        single = np.array_equal(values.astype(np.float32), values)
        floats: FloatArray = values.astype(np.float32 if single else np.float64)
        bytes_ = np.rint(floats * floats.dtype.type(255)).astype(np.uint8)
        if np.array_equal(bytes_ / floats.dtype.type(255), floats):
            return {**packed(bytes_), "divisor": 255, "single": single}
    return packed(floats)


def packed(array: AnyArray) -> dict[str, Any]:
    """Return an array as {"type", "base64"}, little-endian."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return {"type": array.dtype.name, "base64": base64.b64encode(little.tobytes()).decode()}
