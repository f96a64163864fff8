"""From an estimator's parameters, as a user wrote them, to a network, a training plan and a random generator."""

from __future__ import annotations

import dataclasses
import numbers
import sys
import zlib
from typing import Any

import numpy as np

from ..activations import check_activation
from ..layers import (
    listed,
    mirrored,
    of_whole_samples,
    warn_of_linear_pairs,
    warn_of_steps_alone,
    with_shape_of_samples,
)
from ..losses import LOSSES, Loss
from ..network import Network
from ..optimize import OPTIMIZERS, EtaSchedule, Optimizer, Refine
from ..optimize.optimizer import check_optimizer
from ..settings.array_types import Shape
from ..settings.checks import choose, own_hint, positive_integer
from ..training import Callback, Plan
from .default_recipe import AUTO, EPOCHS, DefaultRecipe
from .pretraining import seed_with_start


def build_network(
    params: Any, in_shape: Shape, *, by_steps: bool = False, target_shape: Shape | None = None
) -> Network:
    """Return the Network for samples of `in_shape`; `params` has the attributes of an Autoencoder.

    With `by_steps`, as for series with a mask, a first number of units sees each step alone instead of whole samples.
    Predictions have `target_shape`, or that of the samples.

    Raises ValueError for a parameter that cannot work.
    """
    target_shape = in_shape if target_shape is None else target_shape
    loss = choose("loss", params.loss, LOSSES, Loss)
    output = loss.link if params.output is None else check_activation(params.output, "output")
    activation, code = _activations(params)
    encoder = listed("encoder", params.encoder, activation, code)
    encoder = encoder if by_steps else of_whole_samples(params.encoder, encoder, in_shape)
    if params.decoder is None:
        decoder = mirrored(encoder, in_shape, output, target_shape)
        warn_of_linear_pairs(encoder, ())
    else:
        decoder = listed("decoder", params.decoder, activation, output)
        warn_of_linear_pairs(encoder, decoder)
        decoder = with_shape_of_samples(encoder, decoder, in_shape, target_shape)
    if not by_steps:
        warn_of_steps_alone([*encoder, *decoder], in_shape)
    network = Network(
        encoder,
        decoder,
        params.loss,
        in_shape=in_shape,
        init=params.init,
        noise=params.noise,
        penalty=params.penalty,
        dtype=params.dtype,
    )
    if network.out_shape != target_shape:
        which = "samples" if target_shape == in_shape else "targets"
        hint = "" if params.decoder is not None else " Give decoder= with layers that lead there."
        raise ValueError(f"decoder must end with {which} of shape {target_shape}, got {network.out_shape}.{hint}")
    return network


def _activations(params: Any) -> tuple[str, str]:
    """Return the activation of hidden layers, and that of the code."""
    hidden = "tanh" if params.activation == AUTO else check_activation(params.activation)
    _check_used(params)
    if params.code_activation != AUTO:
        return hidden, check_activation(params.code_activation, "code_activation")
    return hidden, "identity" if params.activation == AUTO else hidden


def _check_used(params: Any) -> None:
    """Raise ValueError for an activation that no layer takes, because all of them are given as layers."""
    encoder, decoder = (list(layers) if np.iterable(layers) else [] for layers in (params.encoder, params.decoder))
    unused = {
        "activation": params.activation not in (AUTO, "tanh") and not any(map(_is_int, (*encoder, *decoder))),
        "code_activation": params.code_activation != AUTO and encoder and not _is_int(encoder[-1]),
        "output": params.output is not None and decoder and not _is_int(decoder[-1]),
    }
    for name, is_unused in unused.items():
        if is_unused:
            default = None if name == "output" else AUTO
            hint = "Give the layers their own: Dense(3, 'tanh')."
            rule = f"{name} must be {default!r} where no layer given as an int takes it"
            raise ValueError(f"{rule}, got {getattr(params, name)!r}. {hint}")


def _is_int(layer: object) -> bool:
    return isinstance(layer, numbers.Integral)


def build_plan(params: Any, recipe: DefaultRecipe | None = None) -> Plan:
    """Return the Plan: optimizer, refinement, epochs, batches and callbacks.

    A recipe says how to train if the parameters do not. Raises ValueError for what cannot work.
    """
    optimizer = "adam" if params.optimizer == AUTO else params.optimizer
    refine = None if params.refine == AUTO else params.refine
    epochs = EPOCHS if params.epochs == AUTO else positive_integer("epochs", params.epochs)
    if recipe is not None:
        optimizer, refine, epochs = None, recipe.refine, recipe.epochs
    if optimizer is not None:
        optimizer = choose("optimizer", optimizer, OPTIMIZERS, Optimizer)
        check_optimizer(optimizer)
    if refine is not None and not isinstance(refine, Refine):
        hint = own_hint(refine, Refine) if isinstance(refine, type) else ""
        rule = "refine must be 'auto', None or a Refine such as Refine('CG', every=4)"
        raise ValueError(f"{rule}, got {refine!r}.{hint}")
    if optimizer is None and refine is None:
        raise ValueError("optimizer or refine must be given, got None for both.")
    batch_size = None if params.batch_size is None else positive_integer("batch_size", params.batch_size)
    if optimizer is None and batch_size is not None and refine is not None and refine.sample is None:
        hint = "Use Refine(sample=...) for a part of the samples, or name an optimizer."
        raise ValueError(f"batch_size must be None where every epoch is a refinement, got {batch_size}. {hint}")
    threads = None if params.threads is None else positive_integer("threads", params.threads)
    workers = checked_workers(params.workers, params.threads)
    callbacks = _callbacks(params.callbacks)
    schedules = [callback for callback in callbacks if isinstance(callback, EtaSchedule)]
    seed = _seed_text(params.random_state)
    watching = tuple(callback for callback in callbacks if not isinstance(callback, EtaSchedule))
    seed = seed_with_start(seed, getattr(params, "start", None))
    watching = watching if recipe is None else (*watching, recipe.callback)
    at_a_time = None if recipe is None else recipe.at_a_time
    return Plan(
        _scheduled(optimizer, schedules), refine, batch_size, threads, watching, seed, epochs, at_a_time, workers
    )


def checked_workers(workers: object, threads: object) -> int | None:
    """Return the number of processes; ValueError if there is none such, or if threads are asked for as well."""
    if workers is None:
        return None
    count = positive_integer("workers", workers)
    if count > 1 and threads not in (None, count):
        hint = "Leave threads at None: workers are in their place."
        raise ValueError(f"threads must be None or as many as the {count} workers, got {threads!r}. {hint}")
    return count


def _scheduled(optimizer: Optimizer | None, schedules: list[EtaSchedule]) -> Optimizer | None:
    """Return the optimizer with the eta schedule that is among the callbacks."""
    if not schedules:
        return optimizer
    if optimizer is None or optimizer.adapt is not None or len(schedules) > 1:
        taken = "None" if optimizer is None else repr(optimizer.adapt or schedules[0])
        raise ValueError(
            f"callbacks must hold one eta schedule for an optimizer without adapt, got {schedules[-1]!r} and {taken}."
        )
    if "adapt" not in {field.name for field in dataclasses.fields(optimizer)}:
        hint = f"Declare it in {type(optimizer).__name__}: adapt: npae.EtaSchedule | None = None."
        raise ValueError(f"optimizer must have a field adapt for the schedule {schedules[0]!r}, got none. {hint}")
    return dataclasses.replace(optimizer, adapt=schedules[0])


def generator(random_state: Any) -> np.random.Generator:
    """Return the numpy.random.Generator that an int, a Generator, a RandomState or None stands for."""
    seed = random_state
    if isinstance(seed, np.random.RandomState):
        seed = seed.randint(2**31)
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        rule = "must be None, an integer >= 0 or a numpy.random.Generator"
        raise ValueError(f"random_state {rule}, got {random_state!r}.") from error


def _seed_text(random_state: Any) -> str:
    """Return a text that tells one source of randomness from another, "" for a fresh one."""
    if isinstance(random_state, numbers.Integral):
        return str(random_state)
    if isinstance(random_state, np.random.RandomState):
        state: Any = random_state.get_state(legacy=False)
    elif isinstance(random_state, np.random.Generator):
        state = random_state.bit_generator.state
    else:
        return ""
    with np.printoptions(threshold=sys.maxsize):  # all numbers of an array
        return f"generator {zlib.crc32(repr(state).encode()):08x}"


def _callbacks(callbacks: Any) -> tuple[Any, ...]:
    listed = callbacks if isinstance(callbacks, (list, tuple)) else () if callbacks is None else (callbacks,)
    for callback in listed:
        if isinstance(callback, type) or not (isinstance(callback, (Callback, EtaSchedule)) or callable(callback)):
            hint = own_hint(callback, Callback)
            raise ValueError(f"callbacks must be callbacks or functions f(training), got {callback!r}.{hint}")
    return tuple(listed)
