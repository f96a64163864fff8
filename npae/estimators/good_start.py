"""Where the default recipe begins: at drawn weights or at principal components, whichever leads to less error."""

from __future__ import annotations

import dataclasses

import numpy as np

from ..execution.blas import blas_threads
from ..execution.cores import worthwhile_threads
from ..network import Network, Shards
from ..optimize import Refine
from ..samples import Samples
from ..settings.array_types import FloatArray
from ..training.frozen_objective import FrozenObjective
from .principal_start import principal_start, reading_all_units

ROUNDING = 4 * float(np.finfo(np.float64).eps)  # share of the loss by which a trial must lower it to count
ROWS = 1000  # samples that a trial sees at most


def good_start(
    network: Network,
    samples: Samples,
    rng: np.random.Generator,
    refine: Refine,
    threads: int | None,
    at_a_time: int | None = None,
) -> FloatArray:
    """Return a first theta that is no worse than principal component analysis, where the network can express that.

    Drawn weights mostly lead to less error than principal components, but not if the components leave almost none, or
    if columns differ much in scale. So both are refined for a few iterations, and the better one is returned. Where
    that is principal components, all units may help them, which leads to less error still.

    Parameters
    ----------
    network : Network
        What is to be trained.
    samples : Samples
        What it learns from. Their gaps, if they have any, are in their targets alone.
    rng : numpy.random.Generator
        The source of randomness.
    refine : Refine
        How the two are refined.
    threads : int or None
        As in Autoencoder.
    at_a_time : int, default None
        How many samples of a shard are evaluated at a time; None for all.
    """
    drawn = network.init(rng)
    complete = dataclasses.replace(samples, T=None, gaps=False) if samples.gaps else samples
    principal = principal_start(network, complete, drawn)
    if principal is None:
        return drawn
    some = samples
    if len(samples) > ROWS:
        some = samples[np.sort(rng.choice(len(samples), ROWS, replace=False))]
    count = worthwhile_threads(threads, len(some), network.cost_per_sample)
    with np.errstate(all="ignore"), blas_threads(1), Shards(network, count, at_a_time) as shards:
        trial = FrozenObjective(network, shards, some, rng)
        tried = [_refined(refine, trial, theta, network) for theta in (drawn, principal)]
        if some is not samples:
            tried.append(principal)  # what fits some samples better may fit all of them worse
        objective = FrozenObjective(network, shards, samples, rng)
        losses = [objective.value(theta) for theta in tried]
        if np.isfinite(losses).any() and np.nanargmin(losses) > 0:
            helped = reading_all_units(network, complete, principal)
            more = [helped, _refined(refine, FrozenObjective(network, shards, some, rng), helped, network)]
            objective = FrozenObjective(network, shards, samples, rng)
            tried, losses = tried + more, losses + [objective.value(theta) for theta in more]
    return tried[int(np.nanargmin(losses))] if np.isfinite(losses).any() else drawn


def _refined(refine: Refine, objective: FrozenObjective, theta: FloatArray, network: Network) -> FloatArray:
    refined, record = refine.improve(objective, theta)
    if record["loss_after"] >= record["loss_before"] - ROUNDING * abs(record["loss_before"]):
        return theta  # components are the best there is, and would only be moved by rounding
    if record["stopped"] == "interrupted":
        raise KeyboardInterrupt
    return refined.astype(network.dtype)
