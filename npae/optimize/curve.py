"""The curve of a refinement: what each iteration of the method has reached, and at what cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, TypeAlias

from .budget import Budget

POINTS = 1000  # that a curve holds at most, and the last one
POINTS_OF_ALL = 5000  # that the curves of a training hold at most: about 350 kB of a file
COLUMNS = ("iteration", "loss", "gradient_norm", "evaluations", "seconds")


@dataclass(frozen=True)
class Iteration:
    """An iteration of a refinement that has just ended.

    Parameters
    ----------
    iteration : int
        Its number in the refinement, from 1.
    loss : float
        The loss at the point that the method has accepted, which need not be the least so far.
    gradient_norm : float or None
        Euclidean norm of the gradient at this point, for the coordinates that move; None if the method takes none.
    evaluations : int
        Evaluations since training began.
    seconds : float
        Seconds since training began, to the microsecond.
    method : str
        Name of the method.
    """

    iteration: int
    loss: float
    gradient_norm: float | None
    evaluations: int
    seconds: float
    method: str


Watch: TypeAlias = Callable[[Iteration], object]


class Curve:
    """Takes down the iterations of a refinement, and shows each to who watches.

    When there are more than `POINTS`, it drops every second one, and from then on takes down every second iteration,
    every fourth, and so on.

    Parameters
    ----------
    method : str
        Name of the method.
    budget : Budget
        Counts what the refinement has spent.
    since : tuple of int and float, default (0, 0.0)
        Evaluations and seconds of the training before the refinement.
    watch : callable or None, default None
        Called with each Iteration; returns why the refinement is to end, or None.
    """

    def __init__(
        self, method: str, budget: Budget, since: tuple[int, float] = (0, 0.0), watch: Watch | None = None
    ) -> None:
        self._method, self._budget, self._since, self._watch = method, budget, since, watch
        self._rows: list[tuple[Any, ...]] = []
        self._last: tuple[Any, ...] | None = None
        self._stride = 1

    def add(self, loss: float, gradient_norm: float | None) -> str:
        """Take down the iteration that has just ended; return why it is the last one, or "" to go on."""
        budget, (evaluations, seconds) = self._budget, self._since
        number = budget.iterations + 1
        row = (number, loss, gradient_norm, evaluations + budget.evaluations, round(seconds + budget.seconds, 6))
        self._last = row
        if number % self._stride == 0:
            self._rows.append(row)
            if len(self._rows) > POINTS:
                self._stride *= 2
                self._rows = [row for row in self._rows if row[0] % self._stride == 0]
        reason = None if self._watch is None else self._watch(Iteration(*row, self._method))
        if not reason:
            return ""
        return reason if isinstance(reason, str) else "callback"

    def columns(self) -> dict[str, list[Any]]:
        """Return the curve as lists, by the names in `COLUMNS`."""
        rows = self._rows if self._last is None or self._last in self._rows[-1:] else [*self._rows, self._last]
        return {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}


def iterations_of(record: dict[str, Any]) -> list[Iteration]:
    """Return the iterations that the record of a refinement has; none if it is older than curves."""
    curve = record.get("curve", dict.fromkeys(COLUMNS, ()))
    points = zip(*(curve[name] for name in COLUMNS), strict=True)
    return [Iteration(**dict(zip(COLUMNS, point, strict=True)), method=record["method"]) for point in points]


def row_of(iteration: Iteration) -> dict[str, Any]:
    """Return what an iteration has under `COLUMNS`."""
    return dict(zip(COLUMNS, astuple(iteration), strict=False))


def thin_out(records: list[dict[str, Any]]) -> None:
    """Drop every second point of all curves, except their last ones, until there are at most `POINTS_OF_ALL`."""
    while (points := count_points(records)) > POINTS_OF_ALL:
        for record in records:
            if "curve" in record:
                record["curve"] = {name: _half(column) for name, column in record["curve"].items()}
        if count_points(records) == points:  # only last ones are left
            return


def count_points(records: list[dict[str, Any]]) -> int:
    """Return how many points the curves of refinements have."""
    return sum(len(record["curve"]["loss"]) for record in records if "curve" in record)


def keep_last_point(record: dict[str, Any]) -> None:
    """Drop all points of the curve of a refinement but the last one."""
    record["curve"] = {name: column[-1:] for name, column in record["curve"].items()}


def _half(column: list[Any]) -> list[Any]:
    return column[(len(column) - 1) % 2 :: 2]
