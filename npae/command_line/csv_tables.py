"""CSV files as numbers, names of columns and labels, with the standard library and NumPy alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ..settings.archive import FileError
from ..settings.array_types import FloatArray
from .column_choice import Choice, quoted, unnamed

MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "-", "?"))  # in lower case
BOOLEANS = {"true": 1.0, "false": 0.0}
EXACT = 2**53  # up to which float64 holds every integer
SHOWN = 5  # columns that a message names
LONGEST = 40  # characters of a cell that a message shows
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
Numbers: TypeAlias = tuple[FloatArray, list[str] | None, list[str] | None]  # values, names of columns, labels


@dataclass(frozen=True)
class CsvForm:
    """How a CSV file is written; None leaves it to the file.

    `delimiter` stands between cells, `decimal` before decimals; `header` says whether the first row holds names.
    """

    delimiter: str | None = None
    decimal: str = "."
    header: bool | None = None


def read_csv(content: bytes, what: str, form: CsvForm, choice: Choice) -> Numbers:
    """Return the numbers, the names of their columns and the labels in the text of a CSV file.

    `what` names the file in messages. Cells that are empty or say NA, NaN, null or the like become NaN. FileError for
    what is no such table; it names the columns that hold text.
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
    values = _fast(text, delimiter, has_header, width) if len(kept) == width and form.decimal == "." else None
    if values is None:
        values = _columns(body, lines, names, kept, what, form)
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
    if any(name.strip() in choice.names_beyond(len(rows[0])) for name in rows[0]):
        return True
    number = [_number(cell, form.decimal) is not None for cell in rows[0]]
    if not any(number):
        return any(cell.strip().lower() not in MISSING for cell in rows[0])
    below = rows[1] if len(rows) > 1 else []
    return any(
        not is_number and cell.strip().lower() not in MISSING and _number(other, form.decimal) is not None
        for is_number, cell, other in zip(number, rows[0], below)  # noqa: B905  # rows may be ragged
    )


def _distinct(header: Sequence[str]) -> list[str]:
    """Return the names in a header as pandas does: those without text get one, those that occur again a number.

    >>> _distinct(["a", "", "a"])
    ['a', 'Unnamed: 1', 'a.1']
    """
    names: list[str] = []
    for index, cell in enumerate(header):
        name = first = cell.strip() or unnamed(index)
        again = 0
        while name in names:
            again += 1
            name = f"{first}.{again}"
        names.append(name)
    return names


def _checked_width(rows: list[list[str]], what: str, lines: Sequence[int]) -> int:
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise FileError(
                f"{what} must have {width} cells in each row, as in the first, got {len(row)} on line {line}."
            )
    return width


def _fast(text: str, delimiter: str, has_header: bool, width: int) -> FloatArray | None:
    """Return the numbers read by NumPy's parser, or None if something in them wants a closer look."""
    file = io.StringIO(text, newline="")
    if has_header:
        while not file.readline().strip():
            pass
    try:
        values: FloatArray = np.loadtxt(file, delimiter=delimiter, quotechar='"', comments=None, ndmin=2)
    except ValueError:
        return None
    return values if values.shape[1] == width and np.abs(values).max(initial=0.0) < EXACT else None


def _columns(
    body: list[list[str]],
    lines: list[int],
    names: list[str] | None,
    kept: list[int],
    what: str,
    form: CsvForm,
) -> FloatArray:
    """Return the numbers of the columns that are kept, or raise FileError that names those with text."""
    values = np.empty((len(body), len(kept)))
    texts: list[tuple[str, int, str]] = []
    for place, index in enumerate(kept):
        row = _fill(values[:, place], [line[index].strip() for line in body], form.decimal)
        if row is not None:
            texts.append((str(index) if names is None else names[index], lines[row], body[row][index].strip()))
    if texts:
        raise _text_columns(texts, what, form, lines[0] if names is None else None)
    return values


def _fill(values: FloatArray, cells: list[str], decimal: str) -> int | None:
    """Write the numbers of a column's cells; return the row of the first text, or None."""
    truths = {cell.lower() for cell in cells} <= BOOLEANS.keys() | MISSING
    read: Callable[[str], float | None] = _truth if truths else lambda cell: _number(cell, decimal)
    for row, cell in enumerate(cells):
        number = np.nan if cell.lower() in MISSING else read(cell)
        if number is None:
            return row
        values[row] = number
    return None


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


def _text_columns(texts: list[tuple[str, int, str]], what: str, form: CsvForm, first: int | None) -> FileError:
    """Return the error that names the columns with text, and what helps; `first` is the line of a row without names."""
    names = [name for name, _, _ in texts]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    listed = f"column{'s' * (len(names) > 1)} {', '.join(map(repr, names[:SHOWN]))}{more}"
    _, line, cell = texts[0]
    kind = "an integer too large for float64" if cell.lstrip("+-").isdigit() else "text"
    hint = _hint_at_decimals([cell for _, _, cell in texts], form.decimal)
    if not hint:
        hint = f"Leave out what is no number: --drop {quoted(names)}"
        in_first = form.header is None and first in [line for _, line, _ in texts]
        hint = f"If line {first} holds names: --header. {hint}" if in_first else hint
    return FileError(f"{what} must hold numbers, got {kind} in {listed} (line {line}: {_short(cell)!r}). {hint}")


def _hint_at_decimals(cells: list[str], decimal: str) -> str | None:
    """Return what helps where a comma or a point in a number is not what it was taken for, or None."""
    if decimal == "." and any(DECIMAL_COMMA.fullmatch(cell) and not THOUSANDS.fullmatch(cell) for cell in cells):
        return "Say that decimals stand after a comma: --decimal ,"
    if decimal == "." and THOUSANDS.fullmatch(cells[0]):
        return "Remove the commas between thousands."
    if decimal != "." and "." in cells[0] and re.fullmatch(r"[+-]?[\d.,]*\d", cells[0]):
        rule = f"With --decimal {decimal} a point is neither a decimal point nor allowed between thousands"
        return f"{rule}. Remove the points, or the option."
    return None


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST else f"{cell[:LONGEST]}..."
