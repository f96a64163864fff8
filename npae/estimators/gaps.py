"""Samples with gaps, and a model that takes them: NaN is a number that was not observed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers import Flatten
from ..network import Network
from ..network.scaling import Scaling
from ..samples import Samples
from ..samples.columns import listed_columns, named
from ..samples.imputation import imputed
from ..samples.mapped_files import is_mapped
from ..samples.moments import moments_of
from ..samples.rows import walk
from ..settings.array_types import FloatArray

if TYPE_CHECKING:
    from .estimator import Model


def wants_gaps(missing: object) -> bool:
    """Return whether the parameter `missing` says that samples may have gaps; ValueError for an unknown value."""
    if isinstance(missing, str) and missing in ("error", "ignore"):
        return missing == "ignore"
    raise ValueError(f"missing must be 'error' or 'ignore', got {missing!r}.")


def takes_gaps(model: Model) -> bool | None:
    """Return whether a fitted model takes gaps; None if it does not, and has no parameter that would change that."""
    if model.network_.fill is not None:
        return True
    return False if hasattr(model, "missing") else None


def takes_gaps_of(start: Any) -> bool | None:
    """Return whether samples may have gaps for a classifier that begins with `start`; None if that takes none."""
    return None if _fill_of(start) is None else True


def _fill_of(start: Any) -> FloatArray | None:
    """Return what stands for gaps in the model that a classifier begins with; None if that takes none."""
    first = start[0] if isinstance(start, (list, tuple)) and start else start
    fill: FloatArray | None = getattr(getattr(first, "network_", None), "fill", None)
    return fill


def observed_rows(samples: Samples) -> Samples:
    """Return the samples to learn from: those of which something is observed. A mapped file with gaps is read.

    Samples without a gap are samples like others from here on.
    """
    if not samples.gaps:
        return samples
    if is_mapped(samples.X):
        if not any(np.isnan(piece).any() for _, piece in walk(samples.X)):
            return dataclasses.replace(samples, gaps=False)
        samples = dataclasses.replace(samples, X=np.array(samples.X))
    lost = np.isnan(samples.X).reshape(len(samples), -1)
    if not lost.any():
        return dataclasses.replace(samples, gaps=False)
    if samples.mask is not None:
        lost = lost | ~np.repeat(samples.mask, samples.X.shape[2], axis=1)
    seen = ~lost.all(axis=1)
    if not seen.any():
        samples.check_observed()
    return samples if seen.all() else samples[np.flatnonzero(seen)]


def filled_network(model: Model, network: Network, data: Samples) -> Network:
    """Return the network with the means that stand for gaps, if the model takes any: of its data, or of its start."""
    if wants_gaps(getattr(model, "missing", "error")):
        own = data.T is None and network.out_shape == network.in_shape  # predictions are the samples themselves
        return network.filled_by(means(network, data), completes=own)
    fill = _fill_of(getattr(model, "start", None))
    return network if fill is None else network.filled_by(fill)


def means(network: Network, data: Samples) -> FloatArray:
    """Return the mean of each feature over what is observed of it; ValueError for a feature that is missing everywhere.

    A feature is an entry of the samples' last axis, or of whole samples for a network that flattens them.
    """
    whole = isinstance(network.encoder.layers[0], Flatten) and data.mask is None
    moments = moments_of(data, whole)
    empty = np.flatnonzero(np.broadcast_to(moments.count, moments.mean.shape) == 0)
    if empty.size:
        names = None if data.names is None else list(data.names)
        hint = "Leave such columns out."
        which = listed_columns(named(int(index), names) for index in empty)
        raise ValueError(f"X must have a number in each column, got none in {which}. {hint}")
    return moments.mean.reshape(network.in_shape if whole else (-1,)).astype(network.dtype)


def without_gaps(network: Network, data: Samples) -> Samples:
    """Return samples whose gaps principal components fill, as many as the code has numbers; targets keep the gaps."""
    assert network.fill is not None
    X = np.asarray(data.X, np.float64)
    gaps = np.isnan(X)
    moments = moments_of(data)
    unit = Scaling.of(moments, "common", np.dtype(np.float64)) if network.scaling is None else network.scaling
    flat = unit.scaled(np.where(gaps, network.fill, X))
    flat[gaps] = np.nan
    flat = flat.reshape(len(X), -1)
    count = max(1, min(int(np.prod(network.code_shape)), flat.shape[1] // 2, len(flat) // 2))
    found = imputed(flat, count, data.relative_weights).reshape(X.shape).astype(np.float64)
    unit.back(found)
    found = np.where(gaps, found, X).astype(network.dtype)
    return Samples(found, data.target, data.mask, data.names, data.weights, data.gaps)
