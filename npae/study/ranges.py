"""Ranges that a search may choose from."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from types import ModuleType
from typing import NoReturn

from ..settings.checks import number_in, without_numpy
from ..settings.description import Description
from .run_types import BaseDistribution


def _take_numpy(choice: Uniform | Integers) -> None:
    """Make Python's numbers of NumPy's: Optuna writes them as JSON."""
    for field in dataclasses.fields(choice):
        object.__setattr__(choice, field.name, without_numpy(getattr(choice, field.name)))


@dataclass(frozen=True)
class Uniform(Description):
    """A real number in [low, high].

    Parameters
    ----------
    low, high : float
        Bounds, low < high.
    log : bool, default False
        Whether the logarithm is uniform, for parameters whose order of magnitude matters; needs low > 0.

    Raises
    ------
    ValueError
        If a bound is not finite, or they are no range.

    Examples
    --------
    >>> Uniform(1e-4, 1e-1, log=True).log
    True
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        _take_numpy(self)
        number_in("high", self.high, -math.inf, math.inf)
        if not number_in("low", self.low, -math.inf, math.inf) < self.high:
            raise ValueError(f"low must be less than high = {self.high!r}, got {self.low!r}.")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be more than 0 on a logarithmic scale, got {self.low!r}.")

    @property
    def first(self) -> float:
        """A possible value."""
        return self.low

    def distribution(self, optuna: ModuleType) -> BaseDistribution:
        """Return Optuna's distribution for the range.

        Parameters
        ----------
        optuna : module
            The module optuna.

        Returns
        -------
        optuna.distributions.FloatDistribution
            The same range.
        """
        found: BaseDistribution = optuna.distributions.FloatDistribution(self.low, self.high, log=self.log)
        return found

    def value(self, drawn: float) -> float:
        """Return the parameter's value.

        Parameters
        ----------
        drawn : float
            What Optuna drew.

        Returns
        -------
        float
            The same.
        """
        return drawn

    def points(self, name: str) -> NoReturn:
        """Refuse to make a grid, which needs a list.

        Parameters
        ----------
        name : str
            The parameter, for the message.

        Raises
        ------
        ValueError
            Always.
        """
        hint = f"Give a list of values, such as list(np.geomspace({self.low!r}, {self.high!r}, 5))."
        raise ValueError(f"space[{name!r}] must be a list of values for a grid, got {self!r}. {hint}")


@dataclass(frozen=True)
class Integers(Description):
    """A whole number among low, low + step, ..., high.

    Parameters
    ----------
    low, high : int
        Bounds, low < high; both are possible values.
    log : bool, default False
        Whether the logarithm is uniform; needs low > 0 and step 1.
    step : int, default 1
        Distance between possible values, at least 1; it divides high - low.

    Raises
    ------
    ValueError
        If a number is not an integer, or the bounds are no range.

    Examples
    --------
    >>> import npae
    >>> space = {"batch_size": npae.study.Integers(8, 64, log=True), "epochs": npae.study.Integers(50, 200, step=50)}
    >>> space["epochs"].step
    50
    """

    low: int
    high: int
    log: bool = False
    step: int = 1

    def __post_init__(self) -> None:
        _take_numpy(self)
        for name in ("low", "high", "step"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(f"{name} must be an integer, got {value!r}.")
        if not self.low < self.high:
            raise ValueError(f"low must be less than high = {self.high!r}, got {self.low!r}.")
        if self.step < 1 or (self.high - self.low) % self.step:
            raise ValueError(f"step must divide high - low = {self.high - self.low}, got {self.step!r}.")
        if self.log and (self.low < 1 or self.step != 1):
            raise ValueError(f"low must be at least 1 and step 1 on a logarithmic scale, got {self!r}.")

    @property
    def first(self) -> int:
        """A possible value."""
        return self.low

    def distribution(self, optuna: ModuleType) -> BaseDistribution:
        """Return Optuna's distribution for the range.

        Parameters
        ----------
        optuna : module
            The module optuna.

        Returns
        -------
        optuna.distributions.IntDistribution
            The same range.
        """
        found: BaseDistribution = optuna.distributions.IntDistribution(
            self.low, self.high, log=self.log, step=self.step
        )
        return found

    def value(self, drawn: int) -> int:
        """Return the parameter's value.

        Parameters
        ----------
        drawn : int
            What Optuna drew.

        Returns
        -------
        int
            The same.
        """
        return drawn

    def points(self, name: str) -> list[int]:
        """Return all values, for a grid.

        Parameters
        ----------
        name : str
            The parameter; not used.

        Returns
        -------
        list of int
            In ascending order.
        """
        return list(range(self.low, self.high + 1, self.step))
