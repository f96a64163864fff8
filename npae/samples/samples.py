"""What a network learns from or looks at, as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..settings.array_types import AnyArray, BoolArray, IntArray, Shape
from .rows import pick


@dataclass(slots=True, eq=False)  # not frozen: a frozen one takes three times as long to make, at every evaluation
class Samples:
    """Samples with their targets and their mask, which fit one another: `samples.door` has checked that.

    Parameters
    ----------
    X : array of shape (N, ...)
        The samples.
    T : array of shape (N, ...), default None
        The targets; None means X itself.
    mask : bool array of shape (N, steps), default None
        False where a step of a series is padding; None means that there is no padding.
    names : array of object, default None
        The labels of the columns, if the data had any.
    """

    X: AnyArray
    T: AnyArray | None = None
    mask: BoolArray | None = None
    names: AnyArray | None = None

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, rows: slice | IntArray) -> Samples:
        T, mask = (None if array is None else pick(array, rows) for array in (self.T, self.mask))
        return replace(self, X=pick(self.X, rows), T=T, mask=mask)

    @property
    def shape(self) -> Shape:
        """The shape of one sample."""
        return self.X.shape[1:]

    @property
    def target(self) -> AnyArray:
        """What a prediction is compared with."""
        return self.X if self.T is None else self.T

    def mask_of(self, rows: slice | IntArray) -> BoolArray | None:
        """Return the mask of some of the samples."""
        return None if self.mask is None else self.mask[rows]

    def real(self, values: AnyArray) -> AnyArray:
        """Return the entries of `values`, an array like X or T, that are not padding."""
        return values if self.mask is None else values[self.mask]

    @property
    def real_share(self) -> float | None:
        """The share of all steps that are not padding; None without a mask."""
        return None if self.mask is None else float(self.mask.mean())
