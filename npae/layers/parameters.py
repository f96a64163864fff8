"""Learnable arrays by name on one side, slices of one flat vector on the other."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ..initializers import Initializer
from ..settings.array_types import FloatArray, IntArray, Shape
from ..settings.description import RenamedHooks


@dataclass(frozen=True)
class Weight(RenamedHooks):
    """A learnable array that starts at random.

    Parameters
    ----------
    shape : tuple of int
        Shape of the array.
    fan_in : int, default None
        How many numbers are added up in one number of the output: the initialisers derive the spread of the first
        values from the fans. None takes the product of all sizes but the last, as for W (D, K) in y = x W: D. An array
        of one axis scales numbers one by one: 1.
    fan_out : int, default None
        How many numbers of the output one number of the input goes to. None takes the last size, as for W (D, K): K;
        and 1 for an array of one axis.
    initializer : str, default "glorot"
        Name of the initialiser that draws the first values, if the network names none.
    joined : str, tuple of str or None, default None
        Name of the array that follows this one, or names of several, if the layer wants to see them as one block too:
        W (D, K) with joined="b" and b (K,) also give "Wb" (D + 1, K).

    Examples
    --------
    >>> from npae import Weight
    >>> weight = Weight((35, 8))
    >>> weight.fan_in, weight.fan_out
    (35, 8)
    >>> Weight((5,)).fan_in, Weight((5,), fan_in=5).fan_in
    (1, 5)
    """

    shape: Shape
    fan_in: int = None  # type: ignore[assignment]  # until __post_init__ derives it from the shape
    fan_out: int = None  # type: ignore[assignment]
    initializer: str = "glorot"
    joined: str | tuple[str, ...] | None = None

    _renamed_hooks = {"first": "initial_values"}

    def __post_init__(self) -> None:
        shape = (self.shape,) if isinstance(self.shape, numbers.Integral) else tuple(self.shape)
        fan_in, fan_out = (math.prod(shape[:-1]), shape[-1]) if len(shape) > 1 else (1, 1)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "fan_in", fan_in if self.fan_in is None else self.fan_in)
        object.__setattr__(self, "fan_out", fan_out if self.fan_out is None else self.fan_out)

    def initial_values(self, rng: np.random.Generator, initializer: Initializer) -> FloatArray:
        """Draw the first values.

        Parameters
        ----------
        rng : numpy.random.Generator
            What they are drawn from.
        initializer : Initializer
            What draws them.

        Returns
        -------
        array
            Of this shape, in float64.
        """
        return initializer.draw(rng, self.shape, self.fan_in, self.fan_out)


@dataclass(frozen=True)
class Bias(RenamedHooks):
    """A learnable array that starts at a constant.

    Parameters
    ----------
    shape : tuple of int
        Shape of the array.
    value : float or tuple of float, default 0.0
        The constant, or a tuple that is broadcast to the shape.
    initializer : str, default "glorot"
        Not used: a network looks one up for every array.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> npae.Bias((3,), value=1.0).initial_values(np.random.default_rng(0), npae.Glorot())
    array([1., 1., 1.])
    """

    shape: Shape
    value: float | tuple[float, ...] = 0.0
    initializer: str = "glorot"

    _renamed_hooks = {"first": "initial_values"}

    def initial_values(self, rng: np.random.Generator, initializer: Initializer) -> FloatArray:
        """Return the constant; nothing is drawn.

        Parameters
        ----------
        rng : numpy.random.Generator
            Not used.
        initializer : Initializer
            Not used.

        Returns
        -------
        array
            Of this shape, in float64.
        """
        return np.full(self.shape, self.value)


Group: TypeAlias = tuple[str, dict[str, Weight | Bias]]  # the prefix of a layer, and its arrays by name


class Layout:
    """Where each learnable array of a stack of layers lies in theta.

    Parameters
    ----------
    groups : sequence of tuple
        (prefix, {name: Weight or Bias}) of each layer, in the order of theta.

    Attributes
    ----------
    specs : dict
        Full name, such as "encoder.0.W" -> Weight or Bias, in the order of theta.
    size : int
        Length of theta.
    """

    def __init__(self, groups: Sequence[Group]):
        self.specs = {f"{prefix}.{name}": spec for prefix, group in groups for name, spec in group.items()}
        self.size = 0
        self._places = {name: self._place(spec.shape) for name, spec in self.specs.items()}
        self._views = [self._views_of(prefix, group) for prefix, group in groups]

    def _place(self, shape: Shape) -> tuple[slice, Shape]:
        start, self.size = self.size, self.size + math.prod(shape)
        return slice(start, self.size), shape

    def _views_of(self, prefix: str, group: dict[str, Weight | Bias]) -> list[tuple[str, slice, Shape]]:
        """Return (name, where it lies, shape) of each array of a layer, and of those that are joined."""
        views = [(name, *self._places[f"{prefix}.{name}"]) for name in group]
        for name, spec in group.items():
            if joined := getattr(spec, "joined", None):
                names = (name, joined) if isinstance(joined, str) else (name, *joined)
                first, *_, last = (self._places[f"{prefix}.{n}"][0] for n in names)
                views.append(("".join(names), slice(first.start, last.stop), (-1, spec.shape[-1])))
        return views

    def by_layer(self, vector: FloatArray) -> list[dict[str, FloatArray]]:
        """Return one dict of reshaped views of `vector` for each layer, joined arrays included."""
        return [{name: vector[where].reshape(shape) for name, where, shape in views} for views in self._views]

    def views(self, vector: FloatArray) -> dict[str, FloatArray]:
        """Return {"encoder.0.W": view, ...}, in the order of `vector`."""
        return {name: vector[where].reshape(shape) for name, (where, shape) in self._places.items()}

    def weights(self, vector: FloatArray) -> list[FloatArray]:
        """Return reshaped views of all arrays of weights; biases are left out."""
        chosen = (place for name, place in self._places.items() if isinstance(self.specs[name], Weight))
        return [vector[where].reshape(shape) for where, shape in chosen]

    def indices(self, names: Iterable[str]) -> IntArray:
        """Return the positions in the vector, in order, of the arrays that the names stand for.

        A name is that of an array, "encoder.0.W", or the part of it before one of its dots: "encoder.0", "encoder".
        Raises ValueError for any other name; the message lists the known ones.
        """
        chosen = np.zeros(self.size, dtype=bool)
        for wanted in names:
            places = [where for name, (where, _) in self._places.items() if f"{name}.".startswith(f"{wanted}.")]
            if not places:
                known = ", ".join(map(repr, self._prefixes()))
                raise ValueError(f"layers must be names of layers or arrays among {known}, got {wanted!r}.")
            for where in places:
                chosen[where] = True
        return np.flatnonzero(chosen)

    def _prefixes(self) -> list[str]:
        parts = [name.split(".") for name in self._places]
        return sorted({".".join(part[:depth]) for part in parts for depth in range(1, len(part) + 1)})

    def name_of(self, index: int) -> str:
        """Return the name of entry `index` of the vector, such as 'encoder.1.W[3, 0]'."""
        for name, (where, shape) in self._places.items():
            if index < where.stop:
                position = np.unravel_index(index - where.start, shape)
                return f"{name}[{', '.join(map(str, position))}]"
        raise IndexError(f"index must be below {self.size}, got {index}.")
