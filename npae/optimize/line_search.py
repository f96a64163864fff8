"""How far along a direction: the line search of Moré and Thuente.

"Line search algorithms with guaranteed sufficient decrease", ACM Transactions on Mathematical Software 20 (1994).
"""

import math
from typing import NamedTuple

SHORTEST, LONGEST = 1e-100, 1e100  # steps
PRECISION = 1e-14  # relative width of a bracket in which nothing is left to find
BISECT = 0.66  # a bracket that shrinks to more than this in two trials is halved
TRIALS = 100


class Point(NamedTuple):
    """The function along the line at one step: its value and its slope."""

    step: float
    value: float
    slope: float

    def tilted(self, slope):
        """Return this point of the function less slope * step."""
        return Point(self.step, self.value - slope * self.step, self.slope - slope)


def wolfe_step(phi, start, first, c1, c2):
    """Return a step that satisfies the strong Wolfe conditions, or None if none was found.

    The conditions: phi(step) <= phi(0) + c1 step phi'(0), and |phi'(step)| <= c2 |phi'(0)|. Where phi is not
    finite the step is too long: the search comes back towards the best step so far.

    Parameters
    ----------
    phi : function step -> (value, slope). The last call was at the step that is returned.
    start : Point at step 0; its slope must be negative.
    first : first step to try. c1, c2 : 0 < c1 < c2 < 1.
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
    """The interval that a good step lies in, from the best step so far to some other one, once it is known."""

    def __init__(self, start, first):
        self.best = self.other = start
        self.known = False
        self.low, self.high = 0.0, 5.0 * first
        self._width, self._width_before = LONGEST, 2.0 * LONGEST

    def next_step(self, trial, tilt):
        """Take in a trial point, judged on the function tilted by `tilt`, and return the next step to try."""
        best, other, tried = (point.tilted(tilt) for point in (self.best, self.other, trial))
        step = self._proposal(best, other, tried)
        if tried.value > best.value:
            self.other, self.known = trial, True
        else:
            if best.slope * tried.slope < 0:
                self.other, self.known = self.best, True
            self.best = trial
        return self._safeguarded(step, trial.step)

    def exhausted(self, step):
        """Tell whether the bracket leaves no room for `step`."""
        narrow = self.high - self.low <= PRECISION * self.high
        within = self.low < step < self.high if self.known else SHORTEST < step < LONGEST
        return not within or (self.known and narrow)

    def _proposal(self, best, other, trial):
        """The four cases of section 4: minimisers of a cubic, a parabola or a secant through what is known."""
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

    def _extrapolated(self, best, other, trial, ahead):
        """The slope is getting flatter: go on, to the cubic's minimum if that lies ahead, but not too far."""
        secant, cubic = _secant(trial, best), _cubic(trial, best)
        if not (cubic > trial.step if ahead else cubic < trial.step):
            cubic = self.high if ahead else self.low
        if not self.known:
            return min(max(_farther(trial, cubic, secant), self.low), self.high)
        nearer = cubic if abs(cubic - trial.step) < abs(secant - trial.step) else secant
        bound = trial.step + BISECT * (other.step - trial.step)
        return min(bound, nearer) if ahead else max(bound, nearer)

    def _safeguarded(self, step, tried):
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


def _farther(trial, a, b):
    return a if abs(a - trial.step) > abs(b - trial.step) else b


def _cubic(a, b):
    """Return the minimiser of the cubic through values and slopes at a and b; far off on b's side if it has none."""
    theta = 3.0 * (a.value - b.value) / (b.step - a.step) + a.slope + b.slope
    scale = max(abs(theta), abs(a.slope), abs(b.slope))
    root = (theta / scale) * (theta / scale) - (a.slope / scale) * (b.slope / scale)
    gamma = scale * math.sqrt(max(0.0, root)) * (-1.0 if b.step < a.step else 1.0)
    bottom = gamma - a.slope + gamma + b.slope
    ratio = (gamma - a.slope + theta) / bottom if bottom and root >= 0 else math.inf
    return a.step + ratio * (b.step - a.step)


def _quadratic(a, b):
    """Return the minimiser of the parabola through a, its slope and b."""
    secant = (a.value - b.value) / (b.step - a.step)
    return a.step + a.slope / (secant + a.slope) / 2.0 * (b.step - a.step)


def _secant(a, b):
    """Return where the slope, linear between a and b, is zero."""
    return a.step + a.slope / (a.slope - b.slope) * (b.step - a.step)
