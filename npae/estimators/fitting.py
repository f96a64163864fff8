"""How an estimator learns: from checked samples to a training, and from its end to a fitted model.

begin      a training on fresh weights                  for `fit`, and for the first `partial_fit`
go_on      a training that goes on from where a model is for every further `partial_fit`
carry_out  trains, and hands the result over even if training ends with an error
keep       makes a model out of what was trained
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..losses import CrossEntropy
from ..network import Network
from ..network.scaling import Scaling
from ..samples import Samples, Schema, prepare
from ..samples.feature_names import are_texts
from ..samples.moments import moments_of
from ..settings.array_types import FloatArray
from ..settings.checks import number_in
from ..training import Plan, Training, TrainingState
from .column_doubts import column_doubts
from .construction import build_plan, generator
from .default_recipe import AUTO, DefaultRecipe, learned_scaling, refines_by_default, scalings_of_pairs
from .estimator import Model
from .gaps import filled_network, without_gaps
from .pretraining import rescales, starting_scaling

ENOUGH = 30  # samples in the first chunk of a stream from which "auto" learns a unit for each column
NETWORK = (
    "encoder",
    "decoder",
    "activation",
    "code_activation",
    "output",
    "scale",
    "loss",
    "noise",
    "penalty",
    "dtype",
    "missing",
)


def begin(
    model: Model,
    network: Network,
    data: Samples,
    validation: Samples | None = None,
    *,
    stream: bool,
    first_theta: Callable[[Network, np.random.Generator], FloatArray] | None = None,
) -> Training:
    """Return a training of `network` on fresh weights.

    Parameters
    ----------
    model : Autoencoder or Classifier
        Whose parameters say how to train.
    network : Network
        What is trained.
    data : Samples
        What it learns from. Its last rows are held out for validation if the model's `validation_fraction` says so.
    validation : Samples or None, default None
        What it is validated on; None for nothing else than the rows held out.
    stream : bool
        Whether the data is one part of a stream, of which nothing is held out.
    first_theta : callable, default None
        A function of the network and the random generator that returns the first theta; None leaves it to the recipe.
    """
    recipe = None
    if not stream:
        data, validation = hold_out(model.validation_fraction, data, validation)
        if refines_by_default(model) and not network.stochastic:
            recipe = DefaultRecipe.of(network, len(data))
    plan = build_plan(model, recipe)
    if validation is None:
        plan.check_watchers(stream=stream)
    if not stream:
        plan.check(network, len(data))
    rng, doubts = generator(model.random_state), [] if stream else column_doubts(model.scale, network, data)
    data = prepare(data, network.dtype, network.loss)
    network = filled_network(model, network, data)
    network = network.scaled_by(*_scalings(model, network, data, stream))
    begun = without_gaps(network, data) if network.completes and data.gaps and not stream else data
    if first_theta is not None:
        theta = first_theta(network, rng)
    elif recipe is not None and model.init is None:
        theta = recipe.start(network, begun, plan.workers_or_threads)(rng)
    else:
        theta = network.init(rng)
    state = plan.start(network, rng, theta)
    if begun is not data:
        state.fills = begun.X[np.isnan(data.X)]
    if validation is not None:
        validation = prepare(validation, network.dtype, network.loss, "validation_data")
    training = Training(network, data, plan, state, validation)
    training.doubts += doubts
    return training


def go_on(model: Model, data: Samples) -> Training:
    """Return a training of a fitted model on more data, from where it is; ValueError if its network was changed."""
    for name in NETWORK:
        value, fitted = getattr(model, name, None), model._fitted_with.get(name)
        if repr(value) != repr(fitted):
            hint = "Call fit to train another network."
            raise ValueError(f"{name} must be {fitted!r} as in fit to go on training, got {value!r}. {hint}")
    network, recipe = model.network_, None
    if refines_by_default(model) and model.history_["refinements"] and not network.stochastic:
        recipe = DefaultRecipe.of(network, len(data))  # its weights are too far apart in size for an optimizer's steps
    plan = build_plan(model, recipe)
    plan.check_watchers(stream=True)
    return Training(network, prepare(data, network.dtype, network.loss), plan, _continued(model, plan))


def carry_out(training: Training, keep: Callable[[Training], None], *, stream: bool = False) -> None:
    """Train for the plan's epochs, or for one epoch of a stream, and call `keep` with the training.

    The result is kept even if training ends with an error; nothing is kept if data or plan were refused at its start.
    """
    try:
        training.train(1 if stream else training.plan.epochs, stream=stream)
    finally:
        if training.begun:
            keep(training)


def keep(model: Model, training: Training, schema: Schema | None = None) -> None:
    """Make `model` the fitted model of a training; a schema says that it began on fresh weights."""
    if schema is not None:
        model.n_features_in_ = schema.shape[0]
        for name in ("feature_names_in_", "_column_labels"):
            model.__dict__.pop(name, None)
        if schema.names is not None:
            setattr(model, "feature_names_in_" if are_texts(schema.names) else "_column_labels", schema.names)
        model._fitted_with, model._masked = model.get_params(deep=False), schema.masked
    model._within_loss = training.data.T is None and training.network.loss.restricts_targets
    training.state.fills = None  # no longer needed, and as large as the data
    model.network_, model._state, model._optimizer = training.network, training.state, training.plan.optimizer
    model.theta_, model.history_ = training.state.share_theta(), training.history
    model.n_epochs_, model.stop_reason_ = training.epoch, training.state.stopped


def hold_out(fraction: float | None, data: Samples, validation: Samples | None) -> tuple[Samples, Samples | None]:
    """Return data and validation samples: the last rows of the data, if a fraction of it is to be held out."""
    if fraction is None:
        return data, validation
    number_in("validation_fraction", fraction, 0, 1, closed=False)
    if validation is not None:
        raise ValueError("validation_data must be None where validation_fraction is set, got both.")
    count = round(fraction * len(data))
    if not 0 < count < len(data):
        hint = f"Give validation_data, or a fraction that is at least 1 of the {len(data)} samples and leaves one."
        raise ValueError(f"validation_fraction must hold samples out, got {fraction} of {len(data)}. {hint}")
    return data[:-count], data[-count:]


def _scalings(model: Model, network: Network, data: Samples, stream: bool) -> tuple[Scaling | None, Scaling | None]:
    """Return the scalings of samples and of targets."""
    if data.T is None or type(network.loss) is CrossEntropy:  # a classifier's targets are labels
        scaling = _scaling(model, network, data, stream)
        return scaling, scaling
    return scalings_of_pairs(model.scale, network, data)


def _scaling(model: Model, network: Network, data: Samples, stream: bool) -> Scaling | None:
    """Return the scaling that a model asks for, or that of the models which it starts from."""
    start = getattr(model, "start", None)
    few = stream and model.scale == AUTO and len(data) < ENOUGH and type(network.loss) is CrossEntropy
    if start is None:
        return learned_scaling("common" if few else model.scale, network, partial(moments_of, data), data.names)
    if model.scale in (AUTO, "columns") and not few and rescales(start):
        return learned_scaling("columns", network, partial(moments_of, data), data.names)
    scaling: Scaling | None = starting_scaling(start)
    if model.scale != AUTO and model.scale != (scaling and scaling.kind):
        raise ValueError(f"scale must be 'auto', or that of start, {scaling and scaling.kind!r}, got {model.scale!r}.")
    return scaling


def _continued(model: Any, plan: Plan) -> TrainingState:
    """Return the state to go on from: as it was left, or a new one at the same theta if the optimizer has changed."""
    state: TrainingState | None = getattr(model, "_state", None)
    if state is not None and plan.optimizer == model._optimizer:
        if state.best and math.isfinite(state.history.get("val_loss", [math.nan])[-1]):
            state.best["loss"] = math.inf  # until now it was the loss on validation data
        state.own()
        return state
    fresh = plan.start(model.network_, state.rng if state else generator(model.random_state), model.theta_)
    fresh.history, fresh.epoch = model.history_, model.n_epochs_
    fresh.seconds = model.history_["seconds"][-1] if model.history_["seconds"] else 0.0
    return fresh
