"""What a data set of pictures, such as a Font, has in common with an array: it stands wherever samples X are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .array_types import AnyArray


class DataSet:
    """Base of labelled pictures. Only its subclasses are taken for data sets, whatever attributes an object has."""

    if TYPE_CHECKING:
        labels: Any

    @property
    def samples(self) -> AnyArray:
        """The samples as an estimator takes them, (N, ...)."""
        raise NotImplementedError

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        array = np.asarray(self.samples, dtype)
        return array.copy() if copy else array

    @property
    def picture_shape(self) -> Any:
        """The shape of one picture, (H, W) or (H, W, C)."""
        raise NotImplementedError


def samples_of(X: Any) -> Any:
    """Return the samples of a data set, and anything else as it is."""
    return X.samples if isinstance(X, DataSet) else X
