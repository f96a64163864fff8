"""What "auto" stands for: how an estimator scales its data and trains if nothing else is said."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..layers import Flatten, Reshape
from ..losses import CrossEntropy, MeanSquaredError
from ..network import Network
from ..network.pieces import samples_at_a_time
from ..network.scaling import KINDS, Scaling
from ..optimize import EtaSchedule, Refine
from ..samples import Samples
from ..samples.moments import Moments, moments_of
from ..settings.array_types import AnyArray, FloatArray
from ..training.converged import Converged
from .good_start import good_start

AUTO = "auto"
EPOCHS = 200  # of an optimizer
WORK = 4e9  # multiplications of forward passes that the default recipe takes at most: a few seconds
FEWEST, MOST = 60, 2000  # evaluations that it may take, whatever they cost
ITERATIONS = 50  # of an epoch
TRIAL = 60  # iterations at most from each of two starts
TOLERANCE, FLOOR = 0.03, 1e-3  # of convergence; the floor is for losses that can fall for ever
CORRECTIONS = 500_000  # numbers that L-BFGS may remember


def refines_by_default(params: Any) -> bool:
    """Return whether nothing is said about how to train, so that every epoch is a refinement."""
    auto = params.optimizer == params.refine == params.epochs == AUTO
    callbacks = params.callbacks if isinstance(params.callbacks, (list, tuple)) else (params.callbacks,)
    return auto and params.batch_size is None and not any(isinstance(item, EtaSchedule) for item in callbacks)


@dataclass(frozen=True)
class DefaultRecipe:
    """Refinement by L-BFGS until it has converged, from a good start.

    Parameters
    ----------
    refine : Refine
        What an epoch is.
    epochs : int
        How many there are at most.
    trial : Refine
        What the starts are judged by.
    callback : Converged
        What ends training.
    at_a_time : int or None
        How many samples of a shard are evaluated at a time.
    """

    refine: Refine
    epochs: int
    trial: Refine

    callback: Converged
    at_a_time: int | None

    @classmethod
    def of(cls, network: Network, samples: int) -> DefaultRecipe:
        """Return the recipe for a network and a number of samples: the larger they are, the fewer iterations."""
        evaluations = int(min(MOST, max(FEWEST, WORK / (samples * max(1, network.cost_per_sample)))))
        options = {"maxcor": max(5, min(50, CORRECTIONS // network.n_parameters)), "ftol": 0.0, "gtol": 0.0}
        epoch, trial = ITERATIONS, max(20, min(TRIAL, evaluations // 6))
        refine = Refine("L-BFGS-B", max_iterations=epoch, options=options)
        judged = Refine("L-BFGS-B", max_iterations=trial, options=options)
        at_a_time = None if network.whole_batch else samples_at_a_time(network)
        floor = FLOOR if network.loss.restricts_targets else 0.0
        return cls(refine, max(1, evaluations // epoch), judged, Converged(TOLERANCE, floor), at_a_time)

    def start(
        self, network: Network, samples: Samples, threads: int | None
    ) -> Callable[[np.random.Generator], FloatArray]:
        """Return a function of the generator that returns the first theta."""
        return partial(_started, network, samples, self.trial, threads, self.at_a_time)


def _started(
    network: Network,
    samples: Samples,
    trial: Refine,
    threads: int | None,
    at_a_time: int | None,
    rng: np.random.Generator,
) -> FloatArray:
    return good_start(network, samples, rng, trial, threads, at_a_time)


def learned_scaling(
    scale: str | None, network: Network, moments: Callable[[bool], Moments], names: AnyArray | None = None
) -> Scaling | None:
    """Return the scaling that `scale` asks for, None for none.

    `moments(whole)` returns those of the training data. A network that flattens its samples sees them as a whole.

    Raises ValueError for an unknown one, one that the network's output cannot undo, and numbers whose squares overflow.
    """
    kind = _kind(scale, network)
    if kind is None:
        return None
    whole = isinstance(network.encoder.layers[0], Flatten)
    learned = moments(whole)
    _check_squares(learned.scatter, names)
    whole &= learned.mean.size == math.prod(network.in_shape)  # steps of series with a mask share their moments
    return Scaling.of(learned, kind, network.dtype, network.in_shape if whole else (-1,))


def scalings_of_pairs(scale: str | None, network: Network, samples: Samples) -> tuple[Scaling | None, Scaling | None]:
    """Return the scalings of samples and of their targets, each learned from its own numbers.

    Targets are left as they are where the output could not be brought back; that does not keep samples from being
    scaled. Raises ValueError for an unknown scale.
    """
    _check_scale(scale)
    if scale is None or (scale == AUTO and network.variational):
        return None, None
    kind = "common" if scale == AUTO else scale
    whole = isinstance(network.encoder.layers[0], Flatten) and samples.mask is None
    learned = moments_of(samples, whole)
    _check_squares(learned.scatter, samples.names)
    scaling = Scaling.of(learned, kind, network.dtype, network.in_shape if whole else (-1,))
    if _obstacle(network):
        return scaling, None
    targets = samples.of_targets()
    whole = isinstance(network.decoder.layers[-1], Reshape) and targets.mask is None
    learned = moments_of(targets, whole)
    _check_squares(learned.scatter, None, "target")
    return scaling, Scaling.of(learned, kind, network.dtype, network.out_shape if whole else (-1,))


def _check_scale(scale: str | None) -> None:
    if scale is not None and scale not in (AUTO, *KINDS):
        raise ValueError(f"scale must be 'auto', 'common', 'columns' or None, got {scale!r}.")


def _kind(scale: str | None, network: Network) -> str | None:
    """Return which scaling is asked for, None for none; ValueError for what is unknown or cannot be undone."""
    _check_scale(scale)
    obstacle = _obstacle(network)
    if scale is None or (scale == AUTO and (obstacle or network.variational)):
        return None
    if obstacle:
        raise ValueError(f"scale must be None or 'auto' where {obstacle}, got {scale!r}.")
    return ("columns" if type(network.loss) is CrossEntropy else "common") if scale == AUTO else scale


def _obstacle(network: Network) -> str:
    """Return what keeps a network from bringing predictions back to the scale of the data; "" if nothing does."""
    if type(network.loss) is CrossEntropy:
        return ""
    if type(network.loss) is not MeanSquaredError:
        return f"the loss is {type(network.loss).__name__}"
    last = next((layer for layer in reversed(network.layers) if not layer.rearranges), network.layers[-1])
    activation = getattr(last, "activation", None)
    if activation is None:
        return f"the output is that of {type(last).__name__}"
    return "" if activation == "identity" else f"the output has the activation {activation!r}"


def _check_squares(scatter: AnyArray, names: AnyArray | None, what: str = "X") -> None:
    for column in np.flatnonzero(~np.isfinite(scatter))[:1]:
        name = f"column {column}" if names is None else f"column {names[column]!r}"
        raise ValueError(
            f"{what} must have numbers whose squares float64 can hold, got larger ones in {name}. Divide it."
        )
