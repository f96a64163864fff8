"""What is learned from: samples, their targets and their mask, checked once."""

from dataclasses import dataclass

import numpy as np

from .rows import chosen


@dataclass(frozen=True, eq=False)
class Samples:
    """What a run learns from, or is validated on.

    X : samples (N, ...). T : targets, None for X itself. mask : bool array (N, steps) of series, false where a step is
    padding, or None.
    """

    X: np.ndarray
    T: np.ndarray | None = None
    mask: np.ndarray | None = None

    def __len__(self):
        return len(self.X)

    def __getitem__(self, rows):
        return Samples(*(None if array is None else chosen(array, rows) for array in (self.X, self.T, self.mask)))

    @property
    def target(self):
        """What a prediction is compared with."""
        return self.X if self.T is None else self.T
