"""CSV files as numbers, names of columns and labels, with the standard library and NumPy alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ..settings.archive import FileError
from ..settings.array_types import FloatArray
from .column_choice import Choice, unnamed
from .refused_cells import DECIMAL_COMMA, Column, refused_cells

MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "-", "?"))  # in lower case
BOOLEANS = {"true": 1.0, "false": 0.0}
EXACT = 2**53  # up to which float64 holds every integer
Numbers: TypeAlias = tuple[FloatArray, list[str] | None, list[str] | None]  # values, names of columns, labels


@dataclass(frozen=True)
class CsvForm:
    """How a CSV file is written; None leaves it to the file.

    `delimiter` stands between cells, `decimal` before decimals; `header` says whether the first row holds names. Cells
    with a text of `na` are gaps, besides those that `MISSING` lists.
    """

    delimiter: str | None = None
    decimal: str = "."
    header: bool | None = None
    na: tuple[str, ...] = ()

    @property
    def missing(self) -> frozenset[str]:
        """What cells of gaps hold, in lower case."""
        return MISSING | {text.strip().lower() for text in self.na}


def read_csv(content: bytes, what: str, form: CsvForm, choice: Choice, gaps: str | None = None) -> Numbers:
    """Return the numbers, the names of their columns and the labels in the text of a CSV file.

    `what` names the file in messages. Cells that are empty or say NA, NaN, null or the like become NaN. FileError for
    what is no such table; it names the columns that hold text, and those with gaps where `gaps`, a hint, says that they
    are refused.
    """
    text = _decoded(content, what)
    delimiter = form.delimiter or _delimiter(text, form.decimal)
    rows, lines = _rows(text, delimiter, what)
    if not rows:
        raise FileError(f"{what} must hold a table of numbers, got no rows.")
    has_header = _has_header(rows, form, choice) if form.header is None else form.header
    names = _distinct(rows[0]) if has_header else None
    body, lines = (rows[1:], lines[1:]) if has_header else (rows, lines)
    if not body:
        raise FileError(f"{what} must hold rows of numbers, got only the names of columns.")
    width = _checked_width(rows, what, lines if not has_header else [1, *lines])
    kept, label = choice.among(names, width, what)
    whole = kept == list(range(width)) and form.decimal == "." and not form.na
    known = list(map(str, range(width))) if names is None else names
    values = _fast(text, delimiter, has_header, (len(body), width)) if whole else None
    if values is not None:
        choice.check_count([known[i] for i in kept], what, has_header)
    else:
        values, columns = _slow(body, kept, known, form)
        choice.check_count(
            [column.name for column in columns if column.is_number or not column.texts], what, has_header
        )
        if any(column.texts for column in columns):
            in_doubt = lines[0] if names is None and form.header is None else None
            raise refused_cells(columns, lines, what, form.decimal, gaps, in_doubt)
    labels = None if label is None else [row[label].strip() for row in body]
    return values, None if names is None else [names[i] for i in kept], labels


def _decoded(content: bytes, what: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "Save it as UTF-8."
        raise FileError(f"{what} must be text in UTF-8, got byte {error.start} that is not. {hint}") from error
    if "\0" in text:
        raise FileError(f"{what} must be a CSV file, or another one that npae knows, got bytes that are no text.")
    return text


def _delimiter(text: str, decimal: str) -> str:
    """Return what stands most often in the first line with something in it: a comma, a semicolon or a tab.

    A comma that `decimal` says to stand before decimals, or that seems to, between semicolons or tabs, is none.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in ";\t":
        if delimiter in first and all(DECIMAL_COMMA.fullmatch(c.strip()) for c in first.split(delimiter) if "," in c):
            return delimiter
    return max(",;\t".replace(decimal, ""), key=first.count)


def _rows(text: str, delimiter: str, what: str) -> tuple[list[list[str]], list[int]]:
    """Return the rows that are not empty, and the line on which each ends."""
    rows, lines = [], []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise FileError(f"{what} must be a CSV file, got line {reader.line_num}: {error}.") from error
    return rows, lines


def _has_header(rows: list[list[str]], form: CsvForm, choice: Choice) -> bool:
    """Return whether the first row holds names: one that the user chose by, no number, or a text above a number."""
    if choice.is_header(rows[0]):
        return True
    number = [_number(cell, form.decimal) is not None for cell in rows[0]]
    if not any(number):
        return any(cell.strip().lower() not in form.missing for cell in rows[0])
    below = rows[1] if len(rows) > 1 else []
    return any(
        not is_number and cell.strip().lower() not in form.missing and _number(other, form.decimal) is not None
        for is_number, cell, other in zip(number, rows[0], below)  # noqa: B905  # rows may be ragged
    )


def _distinct(header: Sequence[str]) -> list[str]:
    """Return the names in a header as pandas does: those without text get one, those that occur again a number.

    >>> _distinct(["a", "", "a"])
    ['a', 'Unnamed: 1', 'a.1']
    """
    names: dict[str, None] = {}
    again: dict[str, int] = {}
    for index, cell in enumerate(header):
        name = first = cell.strip() or unnamed(index)
        while name in names:
            again[first] = again.get(first, 0) + 1
            name = f"{first}.{again[first]}"
        names[name] = None
    return list(names)


def _checked_width(rows: list[list[str]], what: str, lines: Sequence[int]) -> int:
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise FileError(
                f"{what} must have {width} cells in each row, as in the first, got {len(row)} on line {line}."
            )
    return width


def _fast(text: str, delimiter: str, has_header: bool, shape: tuple[int, int]) -> FloatArray | None:
    """Return the numbers read by NumPy's parser, or None if something in them wants a closer look."""
    file = io.StringIO(text, newline="")
    if has_header:
        while not file.readline().strip():
            pass
    try:
        values: FloatArray = np.loadtxt(file, delimiter=delimiter, quotechar='"', comments=None, ndmin=2)
    except ValueError:
        return None
    return values if values.shape == shape and np.abs(values).max(initial=0.0) < EXACT else None


def _slow(body: list[list[str]], kept: list[int], names: list[str], form: CsvForm) -> tuple[FloatArray, list[Column]]:
    """Return the numbers of the columns that are kept, cell by cell, and which cells hold none."""
    values = np.empty((len(body), len(kept)))
    return values, [_fill(column, body, i, names[i], form) for column, i in zip(values.T, kept, strict=True)]


def _fill(values: FloatArray, body: list[list[str]], index: int, name: str, form: CsvForm) -> Column:
    """Write the numbers of a column, NaN for the other cells, and return what these are."""
    cells = [row[index].strip() for row in body]
    missing = form.missing
    truths = {cell.lower() for cell in cells} <= BOOLEANS.keys() | missing
    read: Callable[[str], float | None] = _truth if truths else lambda cell: _number(cell, form.decimal)
    values[:] = np.nan
    column = Column(name, len(cells))
    for row, cell in enumerate(cells):
        if cell.lower() in missing:
            column.gaps.append(row)
        elif (number := read(cell)) is None:
            column.texts[row] = cell
        else:
            values[row] = number
    return column


def _truth(cell: str) -> float | None:
    return BOOLEANS.get(cell.lower())


def _number(cell: str, decimal: str) -> float | None:
    """Return the number in a cell; None if there is none, and for an integer that float64 does not hold."""
    text = cell.strip()
    if "_" in text or (decimal != "." and "." in text):
        return None
    text = text.replace(decimal, ".")
    try:
        number = float(text)
        exact = abs(number) < EXACT or not text.lstrip("+-").isdigit() or int(text) == int(number)
    except (ValueError, OverflowError):
        return None
    return number if exact else None
