"""What a user passes to be drawn: samples, their labels and the shape of a picture, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..datasets.fonts import Font
from ..datasets.picture_form import (
    PictureShape,
    decoded_range,
    known_shape,
    labels_of,
    picture_shape,
    samples_for,
    value_range,
)
from ..estimators.autoencoder import Autoencoder
from ..estimators.predicting import schema_of, typical_samples
from ..samples.feature_names import check_names, feature_names, refuse_other_names
from ..samples.labels import shown_labels
from ..samples.masks import check_mask
from ..settings.array_types import AnyArray, ArrayLike, BoolArray, FloatArray, Shape
from ..settings.data_set import DataSet
from .shades import Limits


def check(what: str, value: object, rule: str, holds: bool | np.bool_, hint: str = "") -> None:
    """Raise ValueError in the form "{what} must be {rule}, got {value}. {hint}" unless `holds`."""
    if not holds:
        raise ValueError(f"{what} must be {rule}, got {value}. {hint}".rstrip())


def flat(values: ArrayLike) -> FloatArray:
    """Return samples (N, ...) as floats (N, D)."""
    samples = np.asarray(values, dtype=float)
    return samples.reshape(len(samples), -1)


def compare_names(model: Autoencoder, data: Font | ArrayLike | None, what: str = "data") -> None:
    """Compare a table's columns with those of `fit`, before it becomes an array; a single sample may have no names."""
    schema, names = schema_of(model), feature_names(data)
    if what == "data" and data is not None and not isinstance(data, DataSet):
        check_names(names, schema.names, schema.owner, what)
    else:
        refuse_other_names(names, schema.names, what)


def one_sample(data: Font | ArrayLike, what: str, in_shape: Shape) -> AnyArray:
    """Return one sample as samples (1, ...). It may come alone, as the only one of an array, or in a Font."""
    samples = np.asarray(samples_for(data, in_shape))
    alone = not isinstance(data, DataSet) and samples.ndim <= len(in_shape)
    got = (
        f"a {type(data).__name__} of {len(samples)}"
        if isinstance(data, DataSet)
        else f"an array of shape {samples.shape}"
    )
    hint = "Choose one, such as font.select('A')." if isinstance(data, DataSet) else ""
    check(what, got, "one sample", alone or len(samples) == 1, hint)
    return samples[np.newaxis] if alone else samples


def shown(X: ArrayLike, mask: ArrayLike | None) -> Any:
    """Return samples as they are drawn: floats with NaN at the steps that are padding; X itself without a mask."""
    if mask is None:
        return X
    samples = np.array(X, dtype=float)
    check_mask(mask, samples)
    samples[~np.asarray(mask)] = np.nan
    return samples


def mask_of_one(mask: ArrayLike | None) -> BoolArray | None:
    """Return the mask (T,) or (1, T) of one sample as (1, T)."""
    return None if mask is None else np.atleast_2d(np.asarray(mask))


def one_picture(pixels: Font | ArrayLike, shape: PictureShape | None) -> tuple[AnyArray, tuple[int, int, int]]:
    """Return the numbers of one picture, flat, and its shape (H, W, C): that given, a Font's, or that of its axes."""
    if isinstance(pixels, DataSet):
        only = one_sample(pixels, "pixels", pixels.samples.shape[1:])
        return only[0].ravel(), picture_shape(shape, only.size, pixels.picture_shape)
    picture = np.asarray(pixels)
    return picture.ravel(), picture_shape(shape, picture.size, picture.shape if picture.ndim > 1 else ())


def limits_for(
    model: Autoencoder, data: Font | ArrayLike | None, channels: int, mask: ArrayLike | None = None
) -> Limits:
    """Return the range of data; without data that of pictures decoded from codes such as those of the training data."""
    if data is None:
        return decoded_range(typical_samples(model), channels)
    return value_range(shown(samples_for(data), mask), channels)


def decoded_shape(model: Autoencoder, data: Font | ArrayLike | None) -> Shape:
    """Return the shape of what a model decodes, as far as it is known: that of data like it, or of its predictions."""
    network = model.network_
    return known_shape(data, network.in_shape) if network.out_shape == network.in_shape else network.out_shape


def samples_and_labels(
    data: Font | ArrayLike, labels: Sequence[Any] | AnyArray | None = None, in_shape: Shape = ()
) -> tuple[Any, Sequence[Any] | AnyArray | None]:
    """Return the samples of a Font or an array, and their labels: those given, or the Font's, or None."""
    X, labels = samples_for(data, in_shape), labels_of(data, labels)
    return X, None if labels is None else shown_labels(labels, len(X))
