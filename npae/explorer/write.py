"""From a fitted model to one self-contained HTML file: weights and samples as data, and the page that reads them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..datasets.fonts import Font
from ..datasets.picture_form import PictureShape, known_shape, labels_of, picture_shape, samples_for, value_range
from ..estimators.anomaly_detector import AnomalyDetector
from ..estimators.autoencoder import Autoencoder
from ..estimators.predicting import schema_of, typical_samples
from ..network import Network
from ..samples.arrays import check_range, checked_array
from ..samples.feature_names import check_names, feature_names
from ..samples.labels import shown_labels
from ..samples.masks import check_mask, zero_padding
from ..samples.passed_on import passed_on
from ..settings.archive import write_text
from ..settings.array_types import AnyArray, ArrayLike, FloatArray, Shape
from ..settings.checks import zeros_and_ones
from ..settings.data_set import DataSet
from .page_facts import collapse, described_model
from .page_file import page_text
from .page_in_notebook import Page
from .page_layers import checked_model, checked_network, described_layers, weights_of
from .page_samples import described_errors, described_form, packed, packed_smallest

MOST_SAMPLES = 60_000  # which a browser draws in a few seconds
MOST_NUMBERS = 4_000_000  # of all samples: about 40 MB of page, which a browser still opens in a second or two


def write(
    model: Autoencoder | AnomalyDetector,
    path: str | os.PathLike[str],
    data: Font | ArrayLike | None = None,
    labels: Iterable[Any] | None = None,
    shape: PictureShape | None = None,
    title: str | None = None,
    *,
    mask: ArrayLike | None = None,
    features: Iterable[Any] | None = None,
) -> Page:
    """Write the code space of a model as one HTML page that works without a network connection.

    The page draws the codes of the samples and decodes the point under the pointer, with the same network in double
    precision. It keeps points, walks from one point to another, encodes a sample that the reader edits or uploads, and
    saves what it shows. :doc:`/how_to/explorer` describes all of it.

    Samples are drawn as pictures, as curves or as the bars of a table, see `shape`. Pictures are drawn from light to
    dark, colours as they are, in one range: 0 to 1 for samples within it, 0 to 255 for colours that are bytes, and
    otherwise from the least value of the samples to the greatest. Values beyond are drawn like its ends. Transparent
    pixels show the page. Curves and bars go from the least value of their channel or column to the greatest.

    Parameters
    ----------
    model : Autoencoder or AnomalyDetector
        A fitted model of npae's own layers; of a detector, its autoencoder is shown. The code of a GaussianCode is its
        mean; the page also draws the prior and the samples' posteriors. A code of one number is shown along a line. Of
        a longer code the page shows any two numbers, with sliders for the others.
    path : str or os.PathLike
        The HTML file, which is written atomically.
    data : Font or array of shape (N, ...), default None
        The samples whose codes are shown. None shows where the codes of the training data were. Samples that are bytes,
        or bytes divided by 255, take one byte per number in the file.
    labels : sequence of N strings or numbers, default None
        Shown as text, or as colours if there are at most ten classes. None takes those of the Font.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W) of one picture, or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the Font or
        of images (H, W, C), and of flat samples without column names a square if their size is one, such as 784. All
        other samples are no pictures: series (T, C) are curves, rows of a table are bars, and more than 40 columns (20
        without names) one curve. A shape such as (1, 12) shows them as pixels.
    title : str, default None
        The page's heading. None takes one that names the data.
    mask : bool array of shape (N, T), default None
        False where a step of the series `data` is padding, as in `fit`. The page shows such a step as what the encoder
        takes it for: the mean that `scale` subtracts, or 0.
    features : sequence of str, default None
        Names of the columns of a table, or of the channels of series, with their units: "length (cm)". None takes the
        column names of `fit`. Samples with such names are no pictures, and pictures take no names.

    Returns
    -------
    Page
        The path of the file. A notebook shows it as the page itself.

    Raises
    ------
    ValueError
        If the page cannot compute the model, if data has NaN or another width, or if labels, shape or features do not
        fit.
    NotFittedError
        If the model is not fitted (a ValueError).
    TypeError
        If the model is something else.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(encoder=[8, 2], loss="bce", epochs=5, random_state=0).fit(letters.pixels)
    >>> npae.explorer.write(ae, "letters.html", data=letters)
    Page('letters.html')
    """
    model = checked_model(model)
    network = checked_network(model)
    if data is not None and not isinstance(data, DataSet):
        schema = schema_of(model)
        check_names(feature_names(data), schema.names, schema.owner, "data")
    samples = None if data is None else _checked_samples(samples_for(data, network.in_shape), network, mask)
    H, W, C = _checked_shape(shape, known_shape(data if isinstance(data, DataSet) else None, network.in_shape), network)
    title = _default_title(data, samples) if title is None else str(title)
    seen = typical_samples(model) if samples is None else samples
    form = described_form(model, network, data, seen, shape, features)
    document = {
        "title": title,
        **_described_network(model, network),
        **described_model(model, network),
        **form,
        **_described_samples(model, network, samples, seen, C, form["ranges"], mask),
        "labels": _checked_labels(labels_of(data, labels), samples),
        "shape": [H, W],
        "channels": C,
    }
    write_text(path, page_text(title, document))
    return Page(path)


def _checked_samples(X: Font | ArrayLike, network: Network, mask: ArrayLike | None) -> AnyArray:
    samples = checked_array(zero_padding(X, mask), "data")
    if isinstance(X, DataSet) and samples[0].size == math.prod(network.in_shape):
        samples = samples.reshape(len(samples), *network.in_shape)
    if samples.shape[1:] != network.in_shape:
        kind = f"of shape {network.in_shape}" if network.in_shape[1:] else f"of {network.in_shape[0]} numbers"
        raise ValueError(f"data must be samples {kind}, as in fit, got shape {samples.shape}.")
    check_range(samples, network.dtype, "data")
    most = min(MOST_SAMPLES, MOST_NUMBERS // samples[0].size)
    if len(samples) > most:
        rule = f"at most {MOST_SAMPLES} samples and {MOST_NUMBERS} numbers for one page, got {len(samples)} samples"
        raise ValueError(f"data must be {rule}. Pass a part of them, such as data[:{most}].")
    real = check_mask(mask, samples)
    return samples if real is None else np.where(real[:, :, None], samples, _blank(network))


def _blank(network: Network) -> FloatArray:
    """Return the series that the encoder sees as zeros, which is what it makes of padding."""
    return np.broadcast_to(0.0 if network.scaling is None else network.scaling.shift, network.in_shape)


def _checked_labels(labels: Iterable[Any] | None, samples: AnyArray | None) -> list[str] | None:
    if labels is None:
        return None
    if samples is None:
        raise ValueError("labels must come with data, got labels alone.")
    return [str(label) for label in shown_labels(labels, len(samples))]


def _checked_shape(shape: PictureShape | None, known: Shape, network: Network) -> tuple[int, int, int]:
    """Return the (H, W, C) of one picture. Flat samples of an unknown shape are a square, or one row."""
    size = math.prod(network.in_shape)
    if shape is None and len(known) == 1:
        side = math.isqrt(size)
        shape = (side, side) if side**2 == size else (1, size)
    return picture_shape(shape, size, known)


def _default_title(data: object, samples: AnyArray | None) -> str:
    if samples is None:
        return "A code space"
    name = getattr(data, "name", None) if isinstance(data, DataSet) else None
    return f"The code space of {name or f'{len(samples)} samples'}"


def _described_network(model: Autoencoder, network: Network) -> dict[str, Any]:
    """Return layers and weights; the weights are one array after another, as in theta."""
    return {
        "theta": packed(weights_of(network, model.theta_)),
        "encoder": described_layers(network.encoder),
        "decoder": described_layers(network.decoder),
        "link": network.loss.link,
        **_described_scaling(network),
        "codeMean": model.code_mean_.tolist(),
        "codeStd": np.sqrt(np.maximum(model.code_variance_, 0)).tolist(),
    }


def _described_scaling(network: Network) -> dict[str, Any]:
    """Return what is subtracted from each entry of the samples' last axis, and what that is divided by, or None.

    What samples and targets have is given separately: a network that has learned from pairs scales both.
    """
    scalings = (("shift", "unit", network.scaling), ("targetShift", "targetUnit", network.target_scaling))
    described: dict[str, Any] = {}
    for shift, unit, scaling in scalings:
        described[shift] = None if scaling is None else scaling.shift.ravel().tolist()
        described[unit] = None if scaling is None else scaling.unit.ravel().tolist()
    return described


def _described_samples(
    model: Autoencoder,
    network: Network,
    samples: AnyArray | None,
    seen: AnyArray,
    channels: int,
    ranges: list[list[float]],
    mask: ArrayLike | None,
) -> dict[str, Any]:
    """Return the samples as small as possible, their codes, and the range of values from white to black.

    The page could encode the samples itself, but that would take seconds for thousands of convolutions.
    """
    low, high = value_range(seen, channels)
    binary = (low, high) == (0, 1) if samples is None else zeros_and_ones(samples)
    real = None if samples is None else check_mask(mask, samples)
    deviations = None
    if samples is not None and network.variational:
        deviations = packed(passed_on(model.posterior, samples, mask)[1].astype(np.float32))
    return {
        "samples": None if samples is None else packed_smallest(samples),
        "codes": None if samples is None else packed(passed_on(model.encode, samples, mask)),
        "errors": described_errors(model, samples, ranges, mask),
        "mask": None if real is None else packed(real.astype(np.uint8)),
        "variational": network.variational,
        "deviations": deviations,
        "collapsed": collapse(model, network, samples, mask),
        "binary": binary and channels == 1,
        "range": [low, high],
    }
