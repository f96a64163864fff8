"""How far to go along a direction: the line search of Moré and Thuente.

Moré & Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM Transactions on Mathematical Software
20 (1994).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

SHORTEST, LONGEST = 1e-100, 1e100  # steps
PRECISION = 1e-14  # relative width of a bracket that cannot be narrowed any more
BISECT = 0.66  # a bracket that two trials shrink to more than this share is halved
TRIALS = 100


class Point(NamedTuple):
    """The function at one step along the line: its value and its slope."""

    step: float
    value: float
    slope: float

    def tilted(self, slope: float) -> Point:
        """Return this point of the function minus slope * step."""
        return Point(self.step, self.value - slope * self.step, self.slope - slope)


def wolfe_step(
    phi: Callable[[float], tuple[float, float]], start: Point, first: float, c1: float, c2: float
) -> float | None:
    """Return a step that satisfies the strong Wolfe conditions, or None if none was found.

    The conditions are phi(step) <= phi(0) + c1 step phi'(0) and |phi'(step)| <= c2 |phi'(0)|. A step where phi is not
    finite is too long: the search goes back towards the best step so far.

    Parameters
    ----------
    phi : callable
        Function step -> (value, slope). Its last call is at the step that is returned.
    start : Point
        The function at step 0. If its slope is not negative, there is no step.
    first : float
        First step to try.
    c1, c2 : float
        Constants of the conditions, 0 < c1 < c2 < 1.
    """
    if not (start.slope < 0 and SHORTEST <= first <= LONGEST):
        return None
    demand, first_stage, bracket = c1 * start.slope, True, _Bracket(start, first)
    step = first
    for _ in range(TRIALS):
        trial = Point(step, *phi(step))
        if not (math.isfinite(trial.value) and math.isfinite(trial.slope)):
            step = bracket.best.step + 0.1 * (step - bracket.best.step)
            continue
        enough = trial.value <= start.value + step * demand
        if enough and abs(trial.slope) <= -c2 * start.slope:
            return step
        first_stage = first_stage and not (enough and trial.slope >= 0)
        tilt = demand if first_stage and not enough and trial.value <= bracket.best.value else 0.0
        step = bracket.next_step(trial, tilt)
        if bracket.exhausted(step):
            return None
    return None


class _Bracket:
    """The interval with a good step in it: from the best step so far to another one, once that is known."""

    def __init__(self, start: Point, first: float) -> None:
        self.best = self.other = start
        self.known = False
        self.low, self.high = 0.0, 5.0 * first
        self._width, self._width_before = LONGEST, 2.0 * LONGEST

    def next_step(self, trial: Point, tilt: float) -> float:
        """Shrink the interval by a trial point of the function tilted by `tilt`; return the next step to try."""
        best, other, tried = (point.tilted(tilt) for point in (self.best, self.other, trial))
        step = self._proposal(best, other, tried)
        if tried.value > best.value:
            self.other, self.known = trial, True
        else:
            if best.slope * tried.slope < 0:
                self.other, self.known = self.best, True
            self.best = trial
        return self._safeguarded(step)

    def exhausted(self, step: float) -> bool:
        """Return whether the bracket leaves no room for `step`."""
        narrow = self.high - self.low <= PRECISION * self.high
        within = self.low < step < self.high if self.known else SHORTEST < step < LONGEST
        return not within or (self.known and narrow)

    def _proposal(self, best: Point, other: Point, trial: Point) -> float:
        """Return the minimiser of a cubic, a parabola or a secant through known points (the four cases of sec. 4)."""
        if trial.value > best.value:
            cubic, quadratic = _cubic(best, trial), _quadratic(best, trial)
            closer = abs(cubic - best.step) <= abs(quadratic - best.step)
            return cubic if closer else cubic + (quadratic - cubic) / 2.0
        if best.slope * trial.slope < 0:
            return _farther(trial, _cubic(trial, best), _secant(trial, best))
        ahead = trial.step > best.step
        if abs(trial.slope) < abs(best.slope):
            return self._extrapolated(best, other, trial, ahead)
        if self.known:
            return _cubic(trial, other)
        return self.high if ahead else self.low

    def _extrapolated(self, best: Point, other: Point, trial: Point, ahead: bool) -> float:
        """Go on where the slope gets flatter: to the cubic's minimum if it lies ahead, but not too far."""
        secant, cubic = _secant(trial, best), _cubic(trial, best)
        if not (cubic > trial.step if ahead else cubic < trial.step):
            cubic = self.high if ahead else self.low
        if not self.known:
            return min(max(_farther(trial, cubic, secant), self.low), self.high)
        nearer = cubic if abs(cubic - trial.step) < abs(secant - trial.step) else secant
        bound = trial.step + BISECT * (other.step - trial.step)
        return min(bound, nearer) if ahead else max(bound, nearer)

    def _safeguarded(self, step: float) -> float:
        """Update the interval, and move the step into it."""
        if self.known:
            distance = abs(self.other.step - self.best.step)
            if distance >= BISECT * self._width_before:
                step = self.best.step + 0.5 * (self.other.step - self.best.step)
            self._width_before, self._width = self._width, distance
            self.low, self.high = sorted((self.best.step, self.other.step))
        else:
            self.low = step + 1.1 * (step - self.best.step)
            self.high = step + 4.0 * (step - self.best.step)
        return min(max(step, SHORTEST), LONGEST)


def _farther(trial: Point, a: float, b: float) -> float:
    return a if abs(a - trial.step) > abs(b - trial.step) else b


def _cubic(a: Point, b: Point) -> float:
    """Return the minimiser of the cubic with the values and slopes at a and b; infinity on b's side if it has none."""
    theta = 3.0 * (a.value - b.value) / (b.step - a.step) + a.slope + b.slope
    scale = max(abs(theta), abs(a.slope), abs(b.slope))
    root = (theta / scale) * (theta / scale) - (a.slope / scale) * (b.slope / scale)
    gamma = scale * math.sqrt(max(0.0, root)) * (-1.0 if b.step < a.step else 1.0)
    bottom = gamma - a.slope + gamma + b.slope
    ratio = (gamma - a.slope + theta) / bottom if bottom and root >= 0 else math.inf
    return a.step + ratio * (b.step - a.step)


def _quadratic(a: Point, b: Point) -> float:
    """Return the minimiser of the parabola with the value and slope at a and the value at b."""
    secant = (a.value - b.value) / (b.step - a.step)
    return a.step + a.slope / (secant + a.slope) / 2.0 * (b.step - a.step)


def _secant(a: Point, b: Point) -> float:
    """Return the step where the slope is zero if it is linear through a and b."""
    return a.step + a.slope / (a.slope - b.slope) * (b.step - a.step)
