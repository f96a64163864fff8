"""Everything that one thread needs to evaluate a network, kept from pass to pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from ..settings.array_types import DTypeLike, FloatArray
from .context import Context
from .parameters import Layout

LONG = 100_000  # numbers from which on copying theta costs more than new views of it


class Workspace:
    """A Context, theta and the gradient, seen layer by layer.

    Parameters
    ----------
    layout : Layout
        Where each array of the network lies in theta.
    dtype : dtype
        Of the context, theta and the gradient.
    gradient : array of shape (P,), default None
        Where the gradient is to lie; None for memory of its own.

    Attributes
    ----------
    context : Context
        Of one pass after another.
    gradient : array
        Flat vector that the backward pass fills.
    params, grads : list of dict
        Views of theta and of the gradient by name, one dict per layer.
    weights, weight_grads : list of arrays
        Views of the weights in both, without the biases.
    """

    def __init__(self, layout: Layout, dtype: DTypeLike, gradient: FloatArray | None = None):
        self.context, self._layout = Context(dtype), layout
        self._shown: FloatArray | None = None
        self._copy = np.zeros(layout.size, dtype)
        self.gradient: FloatArray = np.zeros(layout.size, dtype) if gradient is None else gradient
        self.grads, self.weight_grads = layout.by_layer(self.gradient), layout.weights(self.gradient)
        self.bind(self._copy)

    def bind(self, theta: FloatArray) -> None:
        """Make `params` show the numbers of `theta`, in the workspace's dtype.

        A long theta of that dtype is shown itself and need not be bound again when its numbers change. Otherwise a copy
        is shown: making the views again would cost more.
        """
        if theta.size < LONG or theta.dtype != self._copy.dtype:
            np.copyto(self._copy, theta, casting="same_kind")
            theta = self._copy
        if theta is not self._shown:
            self.params, self.weights = self._layout.by_layer(theta), self._layout.weights(theta)
            self._shown = theta


class LentWorkspace:
    """Lend a workspace that no other thread uses: `with LentWorkspace(idle, new) as workspace`.

    Inside, NumPy does not warn. (This is a class and not a generator because entering it then takes a third of the
    time, and a small network is evaluated 10,000 times per second.)

    Parameters
    ----------
    idle : deque of Workspace
        The pool: a workspace comes from here, and goes back at the end.
    new : callable
        Makes a workspace when none is idle.
    """

    __slots__ = ("_idle", "_new", "_quiet", "_workspace")

    def __init__(self, idle: deque[Workspace], new: Callable[[], Workspace]):
        self._idle, self._new = idle, new

    def __enter__(self) -> Workspace:
        try:
            self._workspace = self._idle.pop()
        except IndexError:
            self._workspace = self._new()
        self._quiet = np.errstate(all="ignore")
        self._quiet.__enter__()
        return self._workspace

    def __exit__(self, *exception: Any) -> None:
        self._quiet.__exit__(*exception)
        self._idle.append(self._workspace)
