"""Gradients of a layer of one's own that say by name what they are filled with, if it has another shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layers import Layer
from ..settings.array_types import FloatArray, Views
from ..settings.returned import BrokenPromise


class _Named(np.ndarray[Any, Any]):
    """An array that is called by its name where it is filled with another shape."""

    called = ""

    def __setitem__(self, key: Any, value: Any) -> None:
        try:
            super().__setitem__(key, value)
        except ValueError as error:
            if not self.called or not (key is Ellipsis or key == slice(None)):
                raise
            shape = np.shape(value)
            hint = " Sum over the samples?" if shape[1:] == self.shape else ""
            raise BrokenPromise(f"{self.called} must be filled with shape {self.shape}, got {shape}.{hint}") from error


def named_gradients(layer: Layer, what: str, grads: Views) -> dict[str, FloatArray]:
    """Return views of the same numbers that know their names, unless the layer is npae's own.

    `what` is what messages call the layer.
    """
    if type(layer).__module__.startswith("npae."):
        return dict(grads)
    named: dict[str, FloatArray] = {}
    for name, array in grads.items():
        view = array.view(_Named)
        view.called = f"{what}: grads[{name!r}]"
        named[name] = view
    return named


def refuse_replaced(what: str, grads: Views, given: Views) -> None:
    """Raise BrokenPromise if `backward` has put a new array in the place of one that it was given to fill."""
    for name, array in given.items():
        if array.size and not np.may_share_memory(np.asarray(grads.get(name, array)), array):
            entry = f"grads[{name!r}]"
            hint = f"Write {entry}[...] = ..., not {entry} = ..."
            raise BrokenPromise(f"{what}: {entry} must be filled in place, got a new array that nobody reads. {hint}")
