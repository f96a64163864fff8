"""How well a network fills gaps: numbers that are known are hidden, and what fills them is compared with them."""

from __future__ import annotations

import numpy as np

from ..network import Network
from ..network.completion import completed
from ..samples import Samples
from ..settings.array_types import BoolArray, FloatArray

HIDDEN = 0.1  # share of the observed numbers that are hidden
ENOUGH = 30  # hidden numbers from which on their error says something


def fill_errors(network: Network, theta: FloatArray, samples: Samples) -> tuple[float, float] | None:
    """Return the mean squared errors of what fills hidden numbers, by the network and by the means of features.

    They are in the units that the network learns in. None if too few numbers are observed, or if they are not finite.
    """
    known = np.asarray(samples.X, network.dtype)
    hidden = _hidden(~np.isnan(known), samples.mask)
    if np.count_nonzero(hidden) < ENOUGH:
        return None
    assert network.fill is not None
    asked = Samples(np.where(hidden, np.nan, known), mask=samples.mask, gaps=True)
    means = np.broadcast_to(network.fill, known.shape)
    errors = [_error(network, known, fills, hidden, samples) for fills in (completed(network, theta, asked).X, means)]
    return (errors[0], errors[1]) if np.isfinite(errors).all() else None


def _hidden(observed: BoolArray, mask: BoolArray | None) -> BoolArray:
    """Return which numbers to hide, always the same: at random, but never the last one of a sample that is observed."""
    if mask is not None:
        observed = observed & mask[..., np.newaxis]
    drawn = np.random.default_rng(0).random(observed.shape)
    chosen: BoolArray = observed & (drawn < HIDDEN)
    left = (observed & ~chosen).reshape(len(observed), -1).any(axis=1)
    chosen[~left] = False
    return chosen


def _error(network: Network, known: FloatArray, fills: FloatArray, hidden: BoolArray, samples: Samples) -> float:
    if network.scaling is not None:
        known, fills = network.scaling.scaled(known), network.scaling.scaled(np.array(fills))
    with np.errstate(all="ignore"):
        squares = np.square(known[hidden].astype(np.float64) - fills[hidden])
    weights = samples.relative_weights
    return float(np.average(squares, weights=None if weights is None else weights[np.nonzero(hidden)[0]]))
