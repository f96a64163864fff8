"""What `fit` takes besides X: masks, targets, weights; whatever it names, studies and searches pass on."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..samples.arrays import checked_array
from ..samples.door import Schema
from ..samples.masks import check_mask, zero_padding
from ..samples.pairs import validation_parts
from ..settings.array_types import AnyArray, IntArray
from ..settings.data_set import samples_of
from .run_types import Model, Settings

OWN = ("self", "X")  # what a study gives itself
VALIDATION = "validation_data"


def names_of(model: Model) -> list[str]:
    """Return what `fit` takes by name besides X."""
    fit = getattr(type(model), "fit", None)
    if fit is None:
        return []
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [name for name, each in inspect.signature(fit).parameters.items() if each.kind in kinds and name not in OWN]


def split_options(model: Model, options: Mapping[str, Any], own: Iterable[str], what: str) -> tuple[Settings, Settings]:
    """Return (options of the study, options of `fit`); TypeError for a name that neither takes."""
    own, known = [*own], [name for name in names_of(model) if name not in own]
    for name in options:
        if name not in own and name not in known:
            rule = f"options of {what} must be among {', '.join(own)}, or what fit takes ({', '.join(known)})"
            raise TypeError(f"{rule}, got {name!r}.")
    mine = {name: value for name, value in options.items() if name in own}
    return mine, {name: value for name, value in options.items() if name in known and value is not None}


def takes_gaps(model: Any, values: Iterable[Any] = ()) -> bool:
    """Return whether NaN stands for a number that was not observed, in a model or with one of some `missing`."""
    return any(value not in (None, "error") for value in (getattr(model, "missing", None), *values))


def checked_samples(X: Any, mask: Any = None, gaps: bool = False, what: str = "X") -> AnyArray:
    """Return samples as an array of finite numbers; padding need not be numbers, nor `gaps`, if these are allowed."""
    return checked_array(zero_padding(X, mask), what, gaps or None)


def checked_options(options: Mapping[str, Any], X: AnyArray, what: str = "X") -> Settings:
    """Return the options of `fit` as arrays with a row for each sample; ValueError for any other number of rows."""
    return {name: _checked(name, value, X, what) for name, value in options.items() if name != VALIDATION}


def _checked(name: str, value: Any, X: AnyArray, what: str) -> Any:
    if name == "mask":
        return check_mask(value, X)
    array = np.asarray(samples_of(value))
    if array.ndim == 0 or len(array) != len(X):
        got = "a single value" if array.ndim == 0 else str(len(array))
        raise ValueError(f"{name} must have a row for each of the {len(X)} samples of {what}, got {got}.")
    return array


def taken(options: Mapping[str, Any], rows: IntArray) -> Settings:
    """Return the options of some of the samples."""
    return {name: value[rows] for name, value in options.items()}


def checked_validation(
    model: Any,
    data: Any,
    X: AnyArray,
    names: AnyArray | None = None,
    options: Mapping[str, Any] | None = None,
    gaps: bool = False,
) -> tuple[AnyArray, Settings]:
    """Return (samples, their options) of validation data, which must look like X and its checked options of `fit`.

    `names` are those of the features of X.
    """
    options = {} if options is None else options
    owner, shape = type(model).__name__, X.shape[1:]
    schema = Schema(owner, shape, names, gaps, "mask" in options)
    targets = Schema(owner, options["target"].shape[1:]) if "target" in options else None
    checked, (_, target, _) = schema.admit_validation(data, targets), validation_parts(data, shape)
    if target is not None and "target" not in names_of(model):
        raise ValueError(f"validation_data must have no targets, which {owner}.fit does not take, got some.")
    given = {"target": target, "mask": checked.mask}
    beside = {name: value for name, value in given.items() if value is not None}
    return checked.X, checked_options(beside, checked.X, VALIDATION)


def validation_of(samples: AnyArray, options: Mapping[str, Any]) -> Any:
    """Return validation_data as `fit` takes it; weights are for judging alone."""
    parts = [options[name] for name in ("target", "mask") if name in options]
    return (samples, *parts) if parts else samples
