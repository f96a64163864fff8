"""Which columns of a table are no numbers, and what to do about it: for error messages only."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, IntArray
from ..settings.checks import without_numpy

MOST = 5  # columns that a message lists
ROWS = 100_000  # values of a column that are looked at
MISSING = ("NAType", "NaTType")  # pandas' marks for what is missing, known by name: pandas is not imported
DATES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)


class NotNumbers(Exception):
    """A column that cannot become numbers: what it holds, and the first such entry."""

    def __init__(self, kind: str, row: int, value: Any) -> None:
        super().__init__(kind, row, value)
        self.kind, self.row, self.value = kind, row, without_numpy(value)


def named(index: int, names: Sequence[Any] | None) -> str:
    """Return how a message calls a column: its name, or its number without names."""
    return repr(names[index]) if names is not None and index < len(names) else str(index)


def names_of(X: Any) -> list[Any] | None:
    """Return the column names of a DataFrame or an Arrow table, texts or not; None if there are none."""
    columns = getattr(X, "column_names", getattr(X, "columns", None))
    return None if columns is None or callable(columns) or isinstance(X, type) else list(columns)


def integer_columns(X: Any) -> list[tuple[int, AnyArray]]:
    """Return (index, values) of a DataFrame's columns of 64-bit integers, which an array of floats has rounded."""
    if not hasattr(X, "iloc") or not hasattr(X, "dtypes"):
        return []
    wide = [i for i, dtype in enumerate(X.dtypes) if getattr(dtype, "kind", "O") in "iu" and dtype.itemsize >= 8]
    columns = ((i, np.asarray(X.iloc[:, i])) for i in wide)
    return [(i, column) for i, column in columns if column.dtype.kind in "iu"]


def listed_columns(which: Iterable[str]) -> str:
    """Return "column 'a'", "columns 'a', 'b'", or the first few of them."""
    names = list(which)
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"column{'s' * (len(names) > 1)} {', '.join(names[:MOST])}{more}"


def unusable(X: AnyArray) -> list[tuple[int, NotNumbers]]:
    """Return (index, what is wrong) of each column of X (N, ..., D) that cannot become numbers."""
    columns = X.reshape(-1, X.shape[-1]).T if X.ndim > 1 else X[None]
    per_row = len(columns[0]) // max(len(X), 1) if X.ndim > 1 else 1
    found = ((index, _first_bad(column[:ROWS], max(per_row, 1))) for index, column in enumerate(columns))
    return [(index, bad) for index, bad in found if bad is not None]


def _first_bad(column: AnyArray, per_row: int) -> NotNumbers | None:
    """Return what is wrong with a column, judged by its first entry that is no number; what is missing comes last."""
    missing = None
    for place, value in enumerate(column):
        kind = kind_of(value)
        bad = NotNumbers(kind, place // per_row, value) if kind else None
        if kind == "missing":
            missing = missing or bad
        elif bad is not None:
            return bad
    return missing


def kind_of(value: Any) -> str:
    """Return what a value is that is no number: "dates", "text", "missing", or "objects of type ..."; "" for a number.

    >>> kind_of(3), kind_of("three"), kind_of(datetime.date(2026, 1, 1))
    ('', 'text', 'dates')
    """
    if type(value).__name__ in MISSING:
        return "missing"
    if isinstance(value, DATES):
        return "dates"
    try:
        float(value) if value is not None else None
    except (TypeError, ValueError, OverflowError):
        return "text" if isinstance(value, (str, bytes)) else f"objects of type {type(value).__name__}"
    return ""


def first_of_other_length(X: Sequence[Any]) -> tuple[int, int, int] | None:
    """Return (length of the first entry, row of the first entry of another length, that length), or None."""
    try:
        shapes = [np.shape(row) for row in X]
        lengths = [shape[0] for shape in shapes]
    except (TypeError, ValueError, IndexError):  # numbers among the rows, or raggedness further inside
        return None
    other: IntArray = np.flatnonzero(np.not_equal(lengths, lengths[0]))
    return (lengths[0], int(other[0]), lengths[other[0]]) if other.size else None
