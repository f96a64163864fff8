"""Parquet files, through whichever library for them is installed."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..settings.archive import FileError
from ..settings.array_types import AnyArray, FloatArray
from .column_choice import Choice, listed, quoted

MISSING_LIBRARY = "a library for Parquet must be installed, got neither pyarrow nor polars. Run: pip install pyarrow"


def read_parquet(
    content: bytes, what: str, choice: Choice, gaps: str | None = None
) -> tuple[FloatArray, list[str], list[str] | None]:
    """Return the numbers, the names of their columns and the labels in a Parquet file.

    `what` names it in messages; `gaps` is the hint about gaps if these are refused.
    """
    columns = _columns(content, what)
    names = list(columns)
    kept, label = choice.among(names, len(names), what)
    values = {names[i]: _numbers(columns[names[i]]) for i in kept}
    texts = [name for name, numbers in values.items() if numbers is None]
    choice.check_count([name for name in values if name not in texts], what, named=True)
    if texts:
        holes = [name for name, numbers in values.items() if gaps and numbers is not None and np.isnan(numbers).any()]
        also = f" and gaps in column{'s' * (len(holes) > 1)} {listed(holes)}" if holes else ""
        got = f"others in column{'s' * (len(texts) > 1)} {listed(texts)}{also}"
        hint = f"{gaps} Leave out" if holes else "Leave out"
        raise FileError(f"{what} must hold numbers, got {got}. {hint} what is no number: --drop {quoted(texts)}")
    labels = None if label is None else [str(value) for value in columns[names[label]].tolist()]
    return np.column_stack([numbers for numbers in values.values() if numbers is not None]), list(values), labels


def write_parquet(columns: dict[str, Any]) -> bytes:
    """Return the content of a Parquet file with these columns."""
    buffer = io.BytesIO()
    if find_spec("pyarrow"):
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    elif find_spec("polars"):
        import polars

        polars.DataFrame(columns).write_parquet(buffer)
    else:
        raise ImportError(MISSING_LIBRARY)
    return buffer.getvalue()


def _columns(content: bytes, what: str) -> dict[str, AnyArray]:
    """Return the columns of a Parquet file as arrays by name; missing numbers are NaN."""
    try:
        if find_spec("pyarrow"):
            import pyarrow.parquet

            table = pyarrow.parquet.read_table(io.BytesIO(content))
            return {name: table[name].to_numpy() for name in table.column_names}
        if find_spec("polars"):
            import polars

            frame = polars.read_parquet(io.BytesIO(content))
            return {name: frame[name].to_numpy() for name in frame.columns}
    except Exception as error:  # whatever the library raises for a damaged file
        raise FileError(f"{what} must be a whole Parquet file, got one that cannot be read: {error}.") from error
    raise ImportError(MISSING_LIBRARY)


def _numbers(column: AnyArray) -> FloatArray | None:
    """Return a column as floats; None if it holds anything but numbers, truths and what is missing."""
    if column.dtype.kind in "fiub":
        return column.astype(np.float64)
    if column.dtype.kind == "O" and all(value is None or isinstance(value, (bool, int, float)) for value in column):
        return np.array([np.nan if value is None else value for value in column], dtype=np.float64)
    return None
