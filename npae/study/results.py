"""What many runs amount to: success rates, medians and quartiles of every setting."""

import json

import numpy as np

from ..metrics import wilson_interval
from .identity import brief
from .journal import RESERVED, read


class Results:
    """The rows of a study, one a run, and their summaries.

    Parameters
    ----------
    rows : list of dicts: `key`, the settings by name, `seed`, `status` ("finished" or "failed"), `reason` (of the
        failure), `seconds`, and what the run measured. They are what the file of the study has in its lines; a number
        that was not finite is None, a description such as Adam(0.01) a dict.
    success : which runs succeed: the name of a column, or a function of a row; failed runs never do. None (default):
        the column "success" if there is one, else all that did not fail.

    Attributes
    ----------
    rows, success : as given. settings : names of the settings, a list. numbers : names of the measured numbers.
    """

    def __init__(self, rows, success=None):
        self.rows, self.success = list(rows), success
        self.settings = _ordered(name for row in rows for name in _settings_of(row))
        self.numbers = [name for name in _ordered(name for row in rows for name in row) if self._is_number(name)]

    @classmethod
    def read(cls, path, success=None):
        """Return the results in a file, all studies in it; a last line that was cut is left out.

        Raises FileError for a file of something else, OSError if it cannot be opened.
        """
        return cls(read(path), success)

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        return f"Results({len(self.rows)} runs of {len(self._groups(self.settings))} settings)"

    def __str__(self):
        return self.table()

    def succeeded(self, row):
        """Tell whether a row is a success."""
        if row["status"] == "failed":
            return False
        if callable(self.success):
            return bool(self.success(row))
        return bool(row.get(self.success or "success", self.success is None))

    def summary(self, by=None):
        """Return a row for every setting.

        Parameters
        ----------
        by : names of the settings that rows are grouped by; None (default) for all of them.

        Returns
        -------
        list of dicts, in the order of the rows : the settings; `runs`, `failed`, `successes`; `success_rate` and its
            95 % Wilson interval `success_low`, `success_high`; and for every number, `seconds` first, `_median`, `_q1`
            and `_q3` (quartiles, linear between runs) over the runs that finished and have one, else None.

        Raises
        ------
        ValueError for names that are no settings, or if `success` is no column.
        """
        self._check_success()
        return [
            {**settings, **self._counts(rows), **_spread("seconds", rows), **self._spreads(rows)}
            for settings, rows in self._groups(self._checked(by))
        ]

    def table(self, by=None, numbers=None):
        """Return the summary as text: medians with their quartiles, and why runs failed.

        `by` is as in `summary`; `numbers` are the columns to show, None (default) for all.
        """
        by, numbers = self._checked(by), self._checked_numbers(numbers)
        lines = [[*by, "runs", "failed", "success", *numbers]]
        for row in self.summary(by):
            rate = (
                f"{row['successes']}/{row['runs']} ({100 * row['success_low']:.0f}-{100 * row['success_high']:.0f} %)"
            )
            cells = [brief(row[name]) for name in by] + [str(row["runs"]), str(row["failed"]), rate]
            lines.append(cells + [_quartiles(row, name) for name in numbers])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        return "\n".join(text + self._failures(by))

    def plot(self, by=None, numbers=None):
        """Draw success rates with their intervals, and medians with quartiles of numbers, against what varied.

        Parameters
        ----------
        by : one or two names of settings: the horizontal axis, and the lines. None (default) for all of them.
        numbers : columns to draw; None (default) for "seconds" and, if there is one, "wrong_pixels" or "loss".

        Returns
        -------
        matplotlib Figure.

        Raises
        ------
        ValueError for other names, or if more than two settings vary.
        """
        from .summary_figure import summary_figure

        if numbers is None:
            numbers = [*[name for name in ("wrong_pixels", "loss") if name in self.numbers][:1], "seconds"]
        return summary_figure(self.summary(by), self._checked(by), self._checked_numbers(numbers))

    def _is_number(self, name):
        values = [row[name] for row in self.rows if row.get(name) is not None]
        plain = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
        return name not in (*RESERVED, *self.settings) and bool(values) and plain

    def _check_success(self):
        known = _ordered(name for row in self.rows for name in row)
        finished = any(row["status"] == "finished" for row in self.rows)
        if isinstance(self.success, str) and finished and self.success not in known:
            rule = f"a column among {', '.join(known)} or a function of a row"
            raise ValueError(f"success must be {rule}, got {self.success!r}.")

    def _checked(self, by):
        names = self.settings if by is None else [by] if isinstance(by, str) else list(by)
        for name in names:
            if name not in self.settings:
                known = ", ".join(self.settings) or "none"
                raise ValueError(f"by must be names of settings ({known}), got {name!r}.")
        return names

    def _checked_numbers(self, numbers):
        known = ["seconds", *self.numbers]
        for name in known if numbers is None else numbers:
            if name not in known:
                raise ValueError(f"numbers must be among {', '.join(known)}, got {name!r}.")
        return known if numbers is None else list(numbers)

    def _groups(self, by):
        """Return [(settings, rows)] of rows that agree in the settings `by`."""
        groups = {}
        for row in self.rows:
            settings = {name: row.get(name) for name in by}
            groups.setdefault(json.dumps(settings, sort_keys=True), (settings, []))[1].append(row)
        return list(groups.values())

    def _counts(self, rows):
        successes, n = sum(map(self.succeeded, rows)), len(rows)
        low, high = wilson_interval(successes, n)
        counts = {"runs": n, "failed": sum(row["status"] == "failed" for row in rows), "successes": successes}
        return {**counts, "success_rate": successes / n, "success_low": low, "success_high": high}

    def _spreads(self, rows):
        return {name: value for number in self.numbers for name, value in _spread(number, rows).items()}

    def _failures(self, by):
        """Return lines that say which settings failed how often, and why the first time."""
        lines = []
        for settings, rows in self._groups(by):
            failed = [row for row in rows if row["status"] == "failed"]
            if failed:
                where = ", ".join(f"{name}={brief(value)}" for name, value in settings.items())
                lines.append(f"{len(failed)} of {len(rows)} failed{where and f' at {where}'}: {failed[0]['reason']}")
        return lines


def _ordered(names):
    return list(dict.fromkeys(names))


def _settings_of(row):
    names = list(row)
    return [name for name in names[: names.index("seed")] if name != "key"]


def _spread(name, rows):
    """Return the median and the quartiles of a column over the runs that finished and have a number there."""
    values = [row[name] for row in rows if row["status"] == "finished" and row.get(name) is not None]
    parts = np.quantile(values, [0.5, 0.25, 0.75]).tolist() if values else [None] * 3
    return dict(zip((f"{name}_median", f"{name}_q1", f"{name}_q3"), parts, strict=True))


def _quartiles(row, name):
    median, low, high = (row[f"{name}_{part}"] for part in ("median", "q1", "q3"))
    return "-" if median is None else f"{median:.3g} [{low:.3g}, {high:.3g}]"
