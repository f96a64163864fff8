"""Rows of plain values as a pandas DataFrame, for those who have pandas."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any


def data_frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], numbers: Container[str] = ()) -> Any:
    """Return one row for each mapping; ImportError says how to get pandas.

    Integers, floats and bools get a dtype of numbers. Where some rows have none, integers and bools get pandas' dtypes
    with gaps, Int64 and boolean, since a float could not hold them. A column without any value is one of floats if
    `numbers` has its name.
    """
    try:
        import pandas
    except ImportError as error:
        hint = "Run: pip install pandas"
        raise ImportError(f"pandas must be installed for to_pandas, got: {error}. {hint}") from error
    data = {
        name: pandas.Series(values, dtype=_dtype(values, name in numbers))
        for name in columns
        for values in [[row.get(name) for row in rows]]
    }
    return pandas.DataFrame(data, columns=list(columns))


def _dtype(values: Sequence[Any], number: bool) -> str:
    known = [value for value in values if value is not None]
    gaps, kinds = len(known) < len(values), {type(value) for value in known}
    if kinds == {bool}:
        return "boolean" if gaps else "bool"
    if kinds == {int} and max(map(abs, known)) < 2**63:
        return "Int64" if gaps else "int64"
    if (kinds or number) and kinds <= {int, float}:
        return "float64"
    return "object"
