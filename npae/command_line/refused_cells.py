"""What is no number in a table: which columns and cells hold text, which have gaps, and what helps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..settings.archive import FileError
from .column_choice import FEW, listed, quoted

CELLS = 3  # of a column that a message shows
LONGEST = 40  # characters of a cell that a message shows
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")


@dataclass(frozen=True)
class Column:
    """The rows of a column that hold no number: `texts` with what they hold, and `gaps`."""

    name: str
    rows: int
    texts: dict[int, str] = field(default_factory=dict)
    gaps: list[int] = field(default_factory=list)

    @property
    def is_number(self) -> bool:
        """Whether most cells that hold something hold a number."""
        return 2 * len(self.texts) < self.rows - len(self.gaps)


def refused_cells(
    columns: Sequence[Column], lines: Sequence[int], what: str, decimal: str, gaps: str | None, first: int | None
) -> FileError:
    """Return the error about the texts in these columns, and about their gaps if `gaps`, the hint, is given.

    `lines` are those of the rows; `first` is the line that may hold names.
    """
    texts = [column for column in columns if column.texts]
    words = [column for column in texts if not column.is_number]
    slips = [column for column in texts if column.is_number]
    holes = [column for column in columns if column.gaps and column not in words] if gaps else []
    got = [_words(words, lines)] if words else []
    got += [_slips(column, lines) for column in slips[:FEW]]
    got += [f"text in {len(slips) - FEW} more columns of numbers"] if len(slips) > FEW else []
    if holes:
        line = lines[min(column.gaps[0] for column in holes)]
        got.append(f"gaps in {_named(holes)} ({'first on ' * (_count(holes) > 1)}line {line})")
    hints = [_hint_at_decimals([cell for column in texts for cell in column.texts.values()], decimal)]
    if hints == [""]:
        hints = [_hint_at_names(texts, lines, first), _hint_at_gaps(slips) if slips else ""]
        hints += [gaps if gaps and (holes or "--na" in hints[1]) else ""]
        hints += [f"Leave out what is no number: --drop {quoted([c.name for c in words])}" if words else ""]
    listing = " and ".join(part for part in (", ".join(got[:-1]), got[-1]) if part)
    return FileError(f"{what} must hold numbers, got {listing}. {' '.join(filter(None, hints))}")


def _words(columns: Sequence[Column], lines: Sequence[int]) -> str:
    row, cell = next(iter(columns[0].texts.items()))
    return f"{_kind(cell)} in {_named(columns)} (line {lines[row]}: {_short(cell)!r})"


def _slips(column: Column, lines: Sequence[int]) -> str:
    """Return which cells of a column of numbers are none."""
    shown = list(column.texts.items())[:CELLS]
    cells = ", ".join(f"line {lines[row]}: {_short(cell)!r}" for row, cell in shown)
    more = ", ..." if len(column.texts) > CELLS else ""
    return f"{_kind(shown[0][1])} in {len(column.texts)} of {column.rows} cells of {_named([column])} ({cells}{more})"


def _hint_at_names(texts: Sequence[Column], lines: Sequence[int], first: int | None) -> str:
    in_first = first is not None and any(lines[next(iter(column.texts))] == first for column in texts)
    return f"If line {first} holds names: --header." if in_first else ""


def _hint_at_gaps(slips: Sequence[Column]) -> str:
    """Return the option that makes gaps of texts among numbers, if they are few."""
    cells = list(dict.fromkeys(cell for column in slips for cell in column.texts.values()))
    if len(cells) > FEW or any(_kind(cell) != "text" for cell in cells):
        return f"Correct what is no number in {_named(slips)}."
    return f"Take text as gaps (--na {quoted(cells)}) or correct it."


def _hint_at_decimals(cells: Sequence[str], decimal: str) -> str:
    """Return what helps where a comma or a point in a number is not what it was taken for, or nothing."""
    if decimal == "." and any(DECIMAL_COMMA.fullmatch(cell) and not THOUSANDS.fullmatch(cell) for cell in cells):
        return "Say that decimals stand after a comma: --decimal ,"
    if decimal == "." and THOUSANDS.fullmatch(cells[0]):
        return "Remove the commas between thousands."
    if decimal != "." and "." in cells[0] and re.fullmatch(r"[+-]?[\d.,]*\d", cells[0]):
        rule = f"With --decimal {decimal} a point is neither a decimal point nor allowed between thousands"
        return f"{rule}. Remove the points, or the option."
    return ""


def _named(columns: Sequence[Column]) -> str:
    return f"column{'s' * (len(columns) > 1)} {listed([column.name for column in columns])}"


def _count(columns: Sequence[Column]) -> int:
    return sum(len(column.gaps) for column in columns)


def _kind(cell: str) -> str:
    return "an integer too large for float64" if cell.lstrip("+-").isdigit() else "text"


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST else f"{cell[:LONGEST]}..."
