"""The history of a training: a dict that a notebook shows as a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..optimize.curve import COLUMNS, iterations_of, row_of
from ..settings.data_frame import data_frame
from ..settings.html_table import html_curves, html_lines, html_table

NOT_PER_EPOCH = ("refinements", "notes")  # what a history holds besides columns with one entry per epoch


class History(dict[str, Any]):
    """A dict of lists with one entry per epoch: it is equal to a plain dict, and is saved and copied as one.

    In a notebook it is shown as a curve of the loss and a table of its columns.

    Examples
    --------
    >>> history = History(loss=[0.5, 0.25])
    >>> history == {"loss": [0.5, 0.25]}, history["loss"][-1]
    (True, 0.25)
    """

    def copy(self) -> History:
        """Return a shallow copy.

        Returns
        -------
        History
            Equal to this one, with the same lists.
        """
        return History(self)

    def to_pandas(self, iterations: bool = False) -> Any:
        """Return the history as a DataFrame.

        Parameters
        ----------
        iterations : bool, default False
            Whether to return a row for each iteration of the refinements in place of one for each epoch.

        Returns
        -------
        pandas.DataFrame
            A row for each epoch: `epoch`, from 1, and all columns. With `iterations`, a row for each point of the
            curves: `epoch`, `method`, `iteration`, `loss`, `gradient_norm`, `evaluations` and `seconds`.

        Raises
        ------
        ImportError
            If pandas is missing.

        Examples
        --------
        >>> import npae
        >>> letters = npae.datasets.load_font("capitals")
        >>> refine = npae.Refine("CG", max_iterations=3)
        >>> ae = npae.Autoencoder([2], optimizer=None, refine=refine, epochs=2, random_state=0).fit(letters)
        >>> ae.history_.to_pandas(iterations=True)[["epoch", "method", "iteration"]].values.tolist()
        [[1, 'CG', 1], [1, 'CG', 2], [1, 'CG', 3], [2, 'CG', 1], [2, 'CG', 2], [2, 'CG', 3]]
        """
        if iterations:
            rows = [
                {"epoch": record["epoch"], "method": record["method"], **row_of(iteration)}
                for record in self.get("refinements", ())
                for iteration in iterations_of(record)
            ]
            return data_frame(rows, ["epoch", "method", *COLUMNS], numbers=COLUMNS)
        columns = {name: values for name, values in self.items() if name not in NOT_PER_EPOCH}
        epochs = range(1, 1 + max(map(len, columns.values()), default=0))
        rows = [
            {"epoch": epoch, **{name: values[epoch - 1] for name, values in columns.items() if len(values) >= epoch}}
            for epoch in epochs
        ]
        return data_frame(rows, ["epoch", *columns], numbers=columns)

    def _repr_html_(self) -> str:
        curves = [(name, self[name]) for name in ("loss", "val_loss") if isinstance(self.get(name), list)]
        columns = {name: _numbers(values) for name, values in self.items() if name not in NOT_PER_EPOCH}
        lines = [
            [str(name), *(f"{f(values):.4g}" for f in (_first, min, max, _last))]
            for name, values in columns.items()
            if values
        ]
        refinements = len(self.get("refinements", ()))
        notes = [f"{refinements} refinement{'' if refinements == 1 else 's'}"] if refinements else []
        notes += [str(note) for note in self.get("notes", ())]
        table = html_table(["", "first", "least", "greatest", "last"], lines)
        epochs = max((len(self[name]) for name in columns), default=0)
        return (
            html_lines([f"{epochs} epoch{'' if epochs == 1 else 's'}"])
            + html_curves(curves)
            + table
            + html_lines(notes)
        )


def _numbers(values: Any) -> list[float]:
    """Return the finite numbers of a column."""
    column = values if isinstance(values, (list, tuple)) else []
    return [value for value in column if isinstance(value, (int, float)) and abs(value) < float("inf")]


def _first(values: Sequence[float]) -> float:
    return values[0]


def _last(values: Sequence[float]) -> float:
    return values[-1]
