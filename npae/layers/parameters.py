"""Names and shapes on one side, slices of one flat vector on the other."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Weight:
    """A learnable array that starts at random.

    `initializer` is used where the network names none. `joined` names the array right behind this one, or several,
    where a layer wants to see them as one block too: W (D, K) with joined="b" and b (K,) also give "Wb" (D + 1, K).
    """

    shape: tuple
    fan_in: int
    fan_out: int
    initializer: str = "glorot"
    joined: str | tuple | None = None

    def initial_values(self, rng, initializer):
        """Return the first values, drawn by `initializer`."""
        return initializer.draw(rng, self.shape, self.fan_in, self.fan_out)


@dataclass(frozen=True)
class Bias:
    """A learnable array that starts at a constant: one number, or a tuple that is broadcast to the shape."""

    shape: tuple
    value: float | tuple = 0.0
    initializer: str = "glorot"

    def initial_values(self, rng, initializer):
        """Return the constant; nothing is drawn from rng."""
        return np.full(self.shape, self.value)


class Layout:
    """Where each learnable array of a stack of layers lies in theta.

    Parameters
    ----------
    groups : list of (prefix, {name: Weight or Bias}), one a layer, in the order of theta.
    """

    def __init__(self, groups):
        self.specs = {f"{prefix}.{name}": spec for prefix, group in groups for name, spec in group.items()}
        self.size = 0
        self._places = {name: self._place(spec.shape) for name, spec in self.specs.items()}
        self._blocks = [self._blocks_of(prefix, group) for prefix, group in groups]

    def _place(self, shape):
        start, self.size = self.size, self.size + math.prod(shape)
        return slice(start, self.size), shape

    def _blocks_of(self, prefix, group):
        blocks = [(name, *self._places[f"{prefix}.{name}"]) for name in group]
        for name, spec in group.items():
            if joined := getattr(spec, "joined", None):
                names = (name, joined) if isinstance(joined, str) else (name, *joined)
                start, *_, stop = (self._places[f"{prefix}.{n}"][0] for n in names)
                blocks.append(("".join(names), slice(start.start, stop.stop), (-1, spec.shape[-1])))
        return blocks

    def by_layer(self, vector):
        """Return one dict of reshaped views of `vector` for each layer, joined blocks included."""
        return [{name: vector[where].reshape(shape) for name, where, shape in group} for group in self._blocks]

    def views(self, vector):
        """Return {"encoder.0.W": view, ...}, in the order of `vector`."""
        return {name: vector[where].reshape(shape) for name, (where, shape) in self._places.items()}

    def weights(self, vector):
        """Return reshaped views of all arrays of weights; biases are left out."""
        chosen = (place for name, place in self._places.items() if isinstance(self.specs[name], Weight))
        return [vector[where].reshape(shape) for where, shape in chosen]

    def indices(self, names):
        """Return the positions in the vector, in order, of what the names stand for.

        A name is that of an array, "encoder.0.W", or what stands before one of its dots: "encoder.0", "encoder".
        Raises ValueError for one that is neither; the message lists the known ones.
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

    def _prefixes(self):
        parts = [name.split(".") for name in self._places]
        return sorted({".".join(part[:depth]) for part in parts for depth in range(1, len(part) + 1)})

    def name_of(self, index):
        """Return the name of entry `index` of the vector, such as 'encoder.1.W[3, 0]'."""
        for name, (where, shape) in self._places.items():
            if index < where.stop:
                position = np.unravel_index(index - where.start, shape)
                return f"{name}[{', '.join(map(str, position))}]"
        raise IndexError(f"index must be below {self.size}, got {index}.")
