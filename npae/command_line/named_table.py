"""Numbers with names for their columns: what npae takes for a DataFrame, without pandas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..settings.array_types import AnyArray, DTypeLike


class NamedTable:
    """Numbers (N, D) with D column names, which `fit` keeps and later methods compare.

    >>> import npae
    >>> model = npae.Autoencoder([1], epochs=1).fit(NamedTable(np.eye(3), ["a", "b", "c"]))
    >>> list(model.feature_names_in_)
    ['a', 'b', 'c']
    """

    def __init__(self, values: AnyArray, columns: Sequence[str]) -> None:
        self.values, self.columns = values, list(columns)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> AnyArray:
        array = np.asarray(self.values, dtype)
        return array.copy() if copy else array

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> NamedTable:
        return NamedTable(self.values[rows], self.columns)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the numbers."""
        return self.values.shape
