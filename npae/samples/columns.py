"""Which columns of a table are no numbers, and what to do about it: for error messages only."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, IntArray
from ..settings.checks import without_numpy

MOST = 5  # columns that a message lists
ROWS = 100_000  # values of a column that are looked at
CELLS = 3  # of a column of numbers, what is none: as many as a message shows
SLIPS = 2  # columns of numbers of which a message shows such cells
LONGEST = 20  # characters of a cell that a message shows
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


def slips(column: AnyArray) -> dict[int, str] | None:
    """Return the texts in a column of numbers, by row; None if not most of what it holds is a number."""
    kinds = [kind_of(value) or ("gap" if value is None or value != value else "") for value in column[:ROWS]]
    texts = {row: str(column[row]) for row, kind in enumerate(kinds) if kind == "text"}
    return texts if kinds.count("") > len(texts) > 0 and not set(kinds) - {"", "text", "gap", "missing"} else None


def listed_slips(few: Mapping[str, dict[int, str]], rows: int) -> str:
    """Return which cells of columns of numbers are texts.

    >>> listed_slips({"'load'": {6: "err", 10: "off"}}, 60)
    "text in 2 of 60 cells of column 'load' (row 6: 'err', row 10: 'off')"
    """
    seen = rows if rows <= ROWS else f"the first {ROWS}"
    found = []
    for name, texts in list(few.items())[:SLIPS]:
        shown = [f"row {row}: {text[:LONGEST]!r}" for row, text in list(texts.items())[:CELLS]]
        cells = ", ".join(shown + ["..."] * (len(texts) > CELLS))
        found.append(f"text in {len(texts)} of {seen} cells of {listed_columns([name])} ({cells})")
    found += [f"text in {len(few) - SLIPS} more columns of numbers"] if len(few) > SLIPS else []
    return " and ".join(found)


def hint_at_slips(few: Mapping[str, dict[int, str]], table: str | None) -> str:
    """Return how to make gaps of texts in columns of numbers; `table` is the table's name, None without columns."""
    if table is None:
        return "Correct these cells, or make them NaN."
    words = list(dict.fromkeys(text for texts in few.values() for text in texts.values() if len(text) <= LONGEST))
    listed = ", ".join([*map(repr, words[:CELLS]), *(["..."] if len(words) > CELLS or not words else [])])
    column = f"{table}[{next(iter(few))}]"
    return f"Make gaps of such cells: na_values=[{listed}] in read_csv, or pd.to_numeric({column}, errors='coerce')."


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
