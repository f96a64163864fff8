"""What a search improves: the model that `fit` returns, judged on validation data by one yardstick for all trials."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from ..estimators.autoencoder import Autoencoder
from ..estimators.predicting import admitted, computed
from ..losses import Loss, chosen_loss
from ..metrics import HIGHER_IS_BETTER, METRICS, mse
from ..network import Network
from ..network.data_loss import data_loss
from ..samples import Samples
from ..settings.array_types import AnyArray, BoolArray, FloatArray
from .model_copies import changed
from .model_traits import is_variational
from .run_types import Settings
from .spaces import Space

What: TypeAlias = str | Callable[..., Any]


@dataclass(frozen=True)
class Objective:
    """What a search improves: "val_loss", "score", a metric by its name, or a function(model, X).

    `maximize` says whether more is better. None means yes for "score" and for metrics of which more is better.
    "val_loss" is the loss of the reconstructions alone, by `loss` if that is given: neither penalties nor the KL term
    nor noise count, so that they may vary.
    """

    what: What = "val_loss"
    maximize: bool | None = None
    loss: Loss | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        known = ("val_loss", "score", *METRICS)
        if not callable(self.what) and self.what not in known:
            names = ", ".join(map(repr, known))
            raise ValueError(f"objective must be one of {names} or a function(model, X), got {self.what!r}.")
        if self.maximize not in (None, True, False):
            raise ValueError(f"maximize must be True, False or None, got {self.maximize!r}.")

    @property
    def name(self) -> str:
        """A short name, for tables and axes."""
        return self.what if isinstance(self.what, str) else getattr(self.what, "__name__", type(self.what).__name__)

    @property
    def upward(self) -> bool:
        """Whether more is better."""
        return self.what in ("score", *HIGHER_IS_BETTER) if self.maximize is None else self.maximize

    def common(self, model: Autoencoder, space: Space, pruned: bool) -> Objective:
        """Return this objective with one loss for all models of the space; ValueError if they have none in common.

        With `pruned`, trials report how far they are: "val_loss" if the objective is a function.
        """
        if self.what != "val_loss" and not (pruned and callable(self.what)):
            return self
        what = "objective" if self.what == "val_loss" else "pruner"
        for name in ("loss", "scale"):
            if not _has_yardstick(space, name):
                raise ValueError(_refusal(what, name))
        example = changed(model, space.example())
        return replace(self, loss=chosen_loss(example.loss, summed=is_variational(example)))

    def of(self, model: Autoencoder, X: AnyArray, **options: Any) -> float:
        """Return the value of a fitted model on validation data; `options` are its mask, target and weights."""
        if callable(self.what):
            return float(self.what(model, X, **accepted(self.what, options)))
        if self.what == "score":
            return float(model.score(X, **options))
        samples = judged_samples(model, X, options)
        return float(computed(model, partial(self._measured, model.network_), samples))

    def reported(self, network: Network, theta: FloatArray, samples: Samples, threads: int = 1) -> float:
        """Return what a trial reports while it trains: the objective itself, or plus or minus the loss for a function.

        Plus or minus, so that more of it is better where more of the objective is.
        """
        value = self._measured(network, theta, samples, threads=threads)
        return -value if callable(self.what) and self.upward else value

    def _measured(self, network: Network, theta: FloatArray, samples: Samples, *, threads: int) -> float:
        if callable(self.what) or self.what == "val_loss":
            return data_loss(network, theta, samples, loss=self.loss, threads=threads)
        rebuilt = network.reconstruct(theta, samples.X, mask=samples.mask, threads=threads)
        target, prediction = samples.target, rebuilt.reshape(samples.target.shape)
        counts = counting(samples)
        if not counts.all():
            target, prediction = target[counts], prediction[counts]
        return (
            -mse(target, prediction) if self.what == "score" else float(np.sum(METRICS[self.what](target, prediction)))
        )


def common_loss(model: Autoencoder, settings: Sequence[Settings]) -> Loss | None:
    """Return one loss that judges the models of all settings; None if they have none in common.

    They have none where the loss varies, or where the scale varies between "columns" and others.
    """
    losses = [{name: value for name, value in each.items() if name.split("__")[0] == "loss"} for each in settings]
    scales = [each.get("scale", model.scale) == "columns" for each in settings]
    if any(loss != losses[0] for loss in losses) or any(scale != scales[0] for scale in scales):
        return None
    for each in settings:
        with contextlib.suppress(Exception):  # a setting that cannot work becomes failed runs
            example = changed(model, each)
            return chosen_loss(example.loss, summed=is_variational(example))
    return None


def judged_samples(model: Autoencoder, X: AnyArray, options: Mapping[str, Any]) -> Samples:
    """Return Samples for a fitted model, with what `fit` was told of such samples."""
    parts: dict[str, Any] = {}
    if options.get("target") is not None:
        parts["T"] = np.asarray(options["target"])
    if options.get("sample_weight") is not None:
        parts["weights"] = np.asarray(options["sample_weight"], float)
    return replace(admitted(model, X, options.get("mask")), **parts)


def counting(samples: Samples) -> BoolArray:
    """Return which entries of the targets count: those that are neither padding nor missing."""
    target = samples.target
    there = ~np.isnan(target) if target.dtype.kind == "f" else np.ones(target.shape, bool)
    return there if samples.mask is None else there & samples.mask[:, :, None]


def accepted(function: Callable[..., Any], options: Mapping[str, Any], what: str = "objective") -> Settings:
    """Return the options that a function of a model takes; ValueError if it takes no mask or target that is given.

    Such a function would judge padding, or compare predictions with the wrong samples.
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # of some builtins nobody knows
        return dict(options)
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return dict(options)
    for name in ("mask", "target"):
        if name in options and name not in parameters:
            rule = f"{what} must be a function(model, X, {name}=) where {name} is given"
            raise ValueError(f"{rule}, got {function!r}.")
    return {name: value for name, value in options.items() if name in parameters}


def _has_yardstick(space: Space, name: str) -> bool:
    """Return whether models that differ in this parameter have their losses in the same unit."""
    if not space.varies(name):
        return True
    values = space.values_of(name)
    return name == "scale" and values is not None and "columns" not in values


def _refusal(what: str, name: str) -> str:
    got = "'val_loss'" if what == "objective" else "one, which compares losses"
    hint = "Choose another objective, such as 'score'."
    if name == "loss":
        return f"{what} must compare models of any loss if 'loss' varies, got {got}. {hint}"
    return f"{what} must compare models of any scale if 'scale' varies, got {got}: 'columns' has other units. {hint}"
