"""What parameters say about a fit before it begins: how it trains, and what its loss counts besides the data."""

from __future__ import annotations

from typing import Any

from ..estimators.default_recipe import refines_by_default
from ..layers import GaussianCode
from ..penalties import MaxNorm
from ..training import EarlyStopping


def is_variational(model: Any) -> bool:
    """Return whether the encoder ends with a GaussianCode."""
    return any(isinstance(layer, GaussianCode) for layer in listed(model.encoder)[-1:])


def is_stochastic(model: Any) -> bool:
    """Return whether training passes draw random numbers."""
    layers = [*listed(model.encoder), *listed(model.decoder)]
    return model.noise is not None or any(getattr(layer, "stochastic", False) for layer in layers)


def is_charged(model: Any) -> bool:
    """Return whether the loss counts something besides the errors: a penalty, or the KL term."""
    return is_variational(model) or any(not isinstance(item, MaxNorm) for item in listed(model.penalty))


def restores_best(model: Any) -> bool:
    """Return whether `fit` may return another epoch than the last."""
    return any(isinstance(item, EarlyStopping) and item.restore_best for item in listed(model.callbacks))


def refines_every_epoch(model: Any) -> bool:
    """Return whether an epoch is a refinement by SciPy, and not the steps of an optimizer."""
    return model.optimizer is None or (refines_by_default(model) and not is_stochastic(model))


def listed(value: Any) -> list[Any]:
    """Return a parameter that takes one object or several as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]
