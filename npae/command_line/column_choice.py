"""Which columns of a table are features, and which one holds labels."""

from __future__ import annotations

import csv
import io
import math
import shlex
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from ..settings.archive import FileError

SHOWN = 10  # columns of a file that a message lists
FEW = 5  # columns that are wrong that a message lists


@dataclass(frozen=True)
class Choice:
    """The columns that a user asked for, by name, or by number where they have no names.

    `columns` are the features, None for all; `drop` are left out; `label` is no feature, but names each row. Where a
    file has names, the features of a trained model, `model`, are taken from what is left, by name and in their order.
    `sizes` is the shape of the samples, or of the codes, that the model takes.
    """

    columns: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    label: str | None = None
    model: tuple[str, ...] | None = None
    sizes: tuple[int, ...] | None = None

    def takes_all(self, names: list[str] | None) -> bool:
        """Return whether all columns of a table with these names are features, in the order of the table."""
        asked = self.columns is None and not self.drop and self.label is None
        return asked and (names is None or self.model is None)

    def is_header(self, cells: Sequence[str]) -> bool:
        """Return whether only names of columns that are known by name can be in the cells of a first row."""
        found = {cell.strip() for cell in cells}
        return not found.isdisjoint(self.names_beyond(len(cells))) or (
            self.model is not None and found >= {*self.model}
        )

    def names_beyond(self, width: int) -> set[str]:
        """Return what can only be names of columns where there are `width` of them: no numbers below that."""
        names = {*(self.columns or ()), *self.drop, *(() if self.label is None else (self.label,))}
        return names - {str(i) for i in range(width)}

    def among(self, names: list[str] | None, width: int, what: str) -> tuple[list[int], int | None]:
        """Return the indices of the features and of the labels in a table of `width` columns with these names.

        FileError for a column that is not there, and if none is left.
        """
        known = [str(i) for i in range(width)] if names is None else names
        label = None if self.label is None else _place(self.label, known, what, "--label")
        out = {_place(name, known, what, "--drop") for name in self.drop}
        if self.columns is None:
            kept = [i for i in range(width) if i not in out and i != label]
        else:
            kept = [i for i in (_place(name, known, what, "--columns") for name in self.columns) if i not in out]
        if names is not None and self.model is not None:
            kept = _by_name(self.model, {names[i]: i for i in kept}, what)
        if not kept:
            raise FileError(f"{what} must have columns left for features, got none.")
        if names is not None and kept[0] == 0 and names[0] == unnamed(0):
            rule = (
                f"{what} has a first column without a name, as pandas writes to number rows, which counts as a feature"
            )
            warnings.warn(f"{rule}. Leave it out with --drop {quoted(names[:1])}", stacklevel=2)
        return kept, label

    def check_count(self, numbers: Sequence[str], what: str, named: bool) -> None:
        """Raise FileError if the columns that hold numbers, `numbers`, are not as many as a model takes.

        Columns that were found by name, where the file is `named` and the model knows names, are as many.
        """
        if not self.sizes or math.prod(self.sizes) == len(numbers) or (named and self.model is not None):
            return
        shape = f" (shape {'x'.join(map(str, self.sizes))})" if len(self.sizes) > 1 else ""
        rule = f"{what} must have {math.prod(self.sizes)} columns of numbers{shape}, as the model takes"
        got = f"{len(numbers)}{f': {listed(numbers)}' if numbers else ''}"
        hint = (
            "Choose them with --columns." if len(numbers) > math.prod(self.sizes) else "Give data of this model's kind."
        )
        raise FileError(f"{rule}, got {got}. {hint}")


def _by_name(wanted: Sequence[str], places: dict[str, int], what: str) -> list[int]:
    """Return where the columns of a model are, in its order; FileError names those that are not there."""
    lacking = [name for name in wanted if name not in places]
    if lacking:
        others = [name for name in places if name not in wanted]
        also = f", and has {listed(others)} instead" if others else ""
        rule = "must have the columns that the model was trained on"
        raise FileError(f"{what} {rule}, but lacks {listed(lacking)}{also}.")
    return [places[name] for name in wanted]


def listed(names: Sequence[str]) -> str:
    """Return the first few names in quotes, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(map(repr, names[:FEW])) + more


def unnamed(index: int) -> str:
    """Return the name that a column without one gets, as in pandas."""
    return f"Unnamed: {index}"


def _place(name: str, known: Sequence[str], what: str, option: str) -> int:
    if name in known:
        return known.index(name)
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    there = ", ".join(map(repr, known[:SHOWN]))
    raise FileError(f"{option} must name columns of {what}, got {name!r}. It has {there}{more}.")


def split_names(text: str) -> tuple[str, ...]:
    """Return the names in a list with commas; a name with a comma stands in double quotes.

    >>> split_names('a,"b,c"')
    ('a', 'b,c')
    """
    return tuple(name.strip() for row in csv.reader([text], skipinitialspace=True) for name in row if name.strip())


def quoted(names: Sequence[str]) -> str:
    r"""Return names as a shell and `split_names` understand them.

    >>> quoted(["a", "b,c"]), quoted(["a", "b"])
    ('\'a,"b,c"\'', 'a,b')
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return shlex.quote(line.getvalue())
