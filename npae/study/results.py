"""What many runs amount to: success rates, medians and quartiles for every setting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..metrics import wilson_interval
from ..settings.data_frame import data_frame
from ..settings.html_table import html_lines, html_table
from .identity import brief
from .journal import RESERVED, read
from .run_types import Figure, FilePath, Row, Success
from .text_table import aligned, quartiles


class Results:
    """The rows of a study, one per run, and their summaries.

    Parameters
    ----------
    rows : iterable of dict
        `key`, the settings by name, `seed`, `status` ("finished" or "failed"), `reason` (of the failure), `seconds`,
        and what the run measured. These are the lines of the study's file: a number that was not finite is None, a
        description such as Adam(0.01) is a dict.
    success : str or callable, optional
        Which runs succeed: the name of a column, or a function of a row. Failed runs never do. None means the column
        "success" if there is one, otherwise every run that did not fail.

    Attributes
    ----------
    rows : list of dict
        As given.
    success : str, callable or None
        As given.
    settings : list of str
        Names of the settings.
    numbers : list of str
        Names of the numbers that runs measured.

    Examples
    --------
    >>> outcome = {"status": "finished", "reason": "", "seconds": 0.5}
    >>> rows = [{"key": f"{seed}", "eta": 0.1, "seed": seed, **outcome, "loss": seed / 10} for seed in range(3)]
    >>> print(Results(rows, success=lambda row: row["loss"] < 0.15).table(numbers=["loss"]))
    eta  runs  failed  success        loss
    0.1  3     0       2/3 (21-94 %)  0.1 [0.05, 0.15]
    """

    def __init__(self, rows: Iterable[Row], success: Success = None) -> None:
        self.rows, self.success = list(rows), success
        self.settings = _ordered(name for row in self.rows for name in _settings_of(row))
        self.numbers = [name for name in _ordered(name for row in self.rows for name in row) if self._is_number(name)]

    @classmethod
    def read(cls, path: FilePath, success: Success = None) -> Results:
        """Return the results in a file, of all studies in it; an incomplete last line is left out.

        Parameters
        ----------
        path : path-like
            File that `npae.study.run_all` wrote, or is writing.
        success : str or callable, optional
            As in `Results`.

        Returns
        -------
        Results
            The rows, in the order of the file.

        Raises
        ------
        FileError
            If the file holds something else.
        OSError
            If the file cannot be opened.
        """
        return cls(read(path), success)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Results({len(self.rows)} runs of {len(self._groups(self.settings))} settings)"

    def __str__(self) -> str:
        return self.table()

    def succeeded(self, row: Row) -> bool:
        """Return whether a row is a success.

        Parameters
        ----------
        row : dict
            One of `rows`.

        Returns
        -------
        bool
            False for a failed run.
        """
        if row["status"] == "failed":
            return False
        if callable(self.success):
            return bool(self.success(row))
        return bool(row.get(self.success or "success", self.success is None))

    def summary(self, by: str | Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return one row per setting.

        Parameters
        ----------
        by : str or sequence of str, optional
            Names of the settings that group the rows; None means all of them.

        Returns
        -------
        list of dict
            In the order of the rows: the settings; `runs`, `failed`, `successes`; `success_rate` and its 95 % Wilson
            interval `success_low`, `success_high`. For every number, `seconds` first, `_median`, `_q1` and `_q3`
            (quartiles, linear between runs) over the runs that finished and have that number; None if none has.

        Raises
        ------
        ValueError
            If a name is not that of a setting, or `success` is not a column.
        """
        self._check_success()
        return [
            {**settings, **self._counts(rows), **_spread("seconds", rows), **self._spreads(rows)}
            for settings, rows in self._groups(self._checked(by))
        ]

    def table(self, by: str | Sequence[str] | None = None, numbers: Iterable[str] | None = None) -> str:
        """Return the summary as text: medians with their quartiles, and why runs failed.

        Parameters
        ----------
        by : str or sequence of str, optional
            As in `summary`.
        numbers : iterable of str, optional
            The columns to show; None means all.

        Returns
        -------
        str
            One line per setting, under a line of names.

        Raises
        ------
        ValueError
            If a name is not that of a setting or number, or `success` is not a column.
        """
        by, numbers = self._checked(by), self._checked_numbers(numbers)
        return "\n".join([*aligned(self._lines(by, numbers)), *self._failures(by)])

    def to_pandas(self) -> Any:
        """Return all runs as a pandas DataFrame.

        Returns
        -------
        DataFrame
            One row for each run: its settings, its seed, how it ended, and what it measured. Columns of integers and
            bools that some runs do not have, because they failed, have pandas' dtypes Int64 and boolean. What was
            finite in no run is a column of floats.

        Raises
        ------
        ImportError
            If pandas is missing.

        Examples
        --------
        >>> import numpy as np, npae
        >>> ae = npae.Autoencoder([2], epochs=3, optimizer="adam")
        >>> options = {"seeds": 3, "executor": "serial", "show_progress": False}
        >>> table = npae.study.sweep(ae, np.eye(6), {"encoder": [[2], [3]]}, **options).to_pandas()
        >>> len(table), list(table.columns[:3]), str(table["exact"].dtype)
        (6, ['encoder', 'seed', 'status'], 'int64')
        """
        names = _ordered(name for row in self.rows for name in row if name != "key")
        return data_frame(self.rows, names, {*names} - {*RESERVED, *self.settings})

    def _repr_html_(self) -> str:
        header, *lines = self._lines(self.settings, self._checked_numbers(None))
        table = html_table(header, lines, repr(self), left=len(self.settings))
        return table + html_lines(self._failures(self.settings))

    def _lines(self, by: Sequence[str], numbers: Sequence[str]) -> list[list[str]]:
        """Return the cells of the table, its header first."""
        lines = [[*by, "runs", "failed", "success", *numbers]]
        for row in self.summary(by):
            rate = (
                f"{row['successes']}/{row['runs']} ({100 * row['success_low']:.0f}-{100 * row['success_high']:.0f} %)"
            )
            cells = [brief(row[name]) for name in by] + [str(row["runs"]), str(row["failed"]), rate]
            lines.append(cells + [quartiles(row, name) for name in numbers])
        return lines

    def plot(self, by: str | Sequence[str] | None = None, numbers: Iterable[str] | None = None) -> Figure:
        """Draw success rates with their intervals, and medians with quartiles, against what varied.

        Parameters
        ----------
        by : str or sequence of str, optional
            Names of one or two settings: the horizontal axis, and the lines. None means all settings.
        numbers : iterable of str, optional
            The columns to draw. None means "wrong_pixels" or "loss", if there is one, and "seconds".

        Returns
        -------
        matplotlib.figure.Figure
            6.5 inches wide.

        Raises
        ------
        ValueError
            If a name is not that of a setting or number, or more than two settings vary.
        """
        from .summary_figure import summary_figure

        if numbers is None:
            numbers = [*[name for name in ("wrong_pixels", "loss") if name in self.numbers][:1], "seconds"]
        return summary_figure(self.summary(by), self._checked(by), self._checked_numbers(numbers))

    def _is_number(self, name: str) -> bool:
        values = [row[name] for row in self.rows if row.get(name) is not None]
        plain = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
        return name not in (*RESERVED, *self.settings) and bool(values) and plain

    def _check_success(self) -> None:
        known = _ordered(name for row in self.rows for name in row)
        finished = any(row["status"] == "finished" for row in self.rows)
        if isinstance(self.success, str) and finished and self.success not in known:
            rule = f"a column among {', '.join(known)} or a function of a row"
            raise ValueError(f"success must be {rule}, got {self.success!r}.")

    def _checked(self, by: str | Sequence[str] | None) -> list[str]:
        names = self.settings if by is None else [by] if isinstance(by, str) else list(by)
        for name in names:
            if name not in self.settings:
                known = ", ".join(self.settings) or "none"
                raise ValueError(f"by must be names of settings ({known}), got {name!r}.")
        return names

    def _checked_numbers(self, numbers: Iterable[str] | None) -> list[str]:
        known = ["seconds", *self.numbers]
        names = known if numbers is None else list(numbers)
        for name in names:
            if name not in known:
                raise ValueError(f"numbers must be among {', '.join(known)}, got {name!r}.")
        return names

    def _groups(self, by: Sequence[str]) -> list[tuple[dict[str, Any], list[Row]]]:
        """Return [(settings, rows)] of rows that agree in the settings `by`."""
        groups: dict[str, tuple[dict[str, Any], list[Row]]] = {}
        for row in self.rows:
            settings = {name: row.get(name) for name in by}
            groups.setdefault(json.dumps(settings, sort_keys=True), (settings, []))[1].append(row)
        return list(groups.values())

    def _counts(self, rows: list[Row]) -> dict[str, Any]:
        successes, n = sum(map(self.succeeded, rows)), len(rows)
        low, high = wilson_interval(successes, n)
        counts = {"runs": n, "failed": sum(row["status"] == "failed" for row in rows), "successes": successes}
        return {**counts, "success_rate": successes / n, "success_low": low, "success_high": high}

    def _spreads(self, rows: list[Row]) -> dict[str, float | None]:
        return {name: value for number in self.numbers for name, value in _spread(number, rows).items()}

    def _failures(self, by: Sequence[str]) -> list[str]:
        """Return lines that say which settings failed how often, and why they failed first."""
        lines = []
        for settings, rows in self._groups(by):
            failed = [row for row in rows if row["status"] == "failed"]
            if failed:
                where = ", ".join(f"{name}={brief(value)}" for name, value in settings.items())
                lines.append(f"{len(failed)} of {len(rows)} failed{where and f' at {where}'}: {failed[0]['reason']}")
        return lines


def _ordered(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _settings_of(row: Row) -> list[str]:
    names = list(row)
    return [name for name in names[: names.index("seed")] if name != "key"]


def _spread(name: str, rows: list[Row]) -> dict[str, float | None]:
    """Return the median and the quartiles of a column, over the runs that finished and have a number there."""
    values = [row[name] for row in rows if row["status"] == "finished" and row.get(name) is not None]
    parts = np.quantile(values, [0.5, 0.25, 0.75]).tolist() if values else [None] * 3
    return dict(zip((f"{name}_median", f"{name}_q1", f"{name}_q3"), parts, strict=True))
