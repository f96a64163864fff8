"""What a search may choose from: ranges, lists of values, and functions of other choices."""

import inspect
import itertools
import math
from dataclasses import dataclass

import numpy as np

from ..settings.checks import number_in
from ..settings.description import Description
from .identity import brief, plain
from .model_copies import check_settings, parameters_of

SCALARS = (bool, int, float, str, type(None))  # what Optuna's storages hold as they are


@dataclass(frozen=True)
class Uniform(Description):
    """A real number in [low, high].

    Parameters
    ----------
    low, high : bounds, low < high.
    log : whether the logarithm is uniform, for what matters by its order of magnitude; needs low > 0. Default false.

    >>> Uniform(1e-4, 1e-1, log=True).log
    True
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self):
        number_in("high", self.high, -math.inf, math.inf)
        if not number_in("low", self.low, -math.inf, math.inf) < self.high:
            raise ValueError(f"low must be less than high = {self.high!r}, got {self.low!r}.")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be more than 0 on a logarithmic scale, got {self.low!r}.")

    @property
    def first(self):
        """A value that is possible."""
        return self.low

    def distribution(self, optuna):
        """Return the range as Optuna has it."""
        return optuna.distributions.FloatDistribution(self.low, self.high, log=self.log)

    def value(self, drawn):
        """Return the parameter's value for what Optuna drew."""
        return drawn

    def points(self, name):
        """Raise ValueError: a grid needs a list."""
        hint = f"Give a list of values, such as list(np.geomspace({self.low!r}, {self.high!r}, 5))."
        raise ValueError(f"space[{name!r}] must be a list of values for a grid, got {self!r}. {hint}")


@dataclass(frozen=True)
class Integers(Description):
    """A whole number in low, low + step, ..., high.

    Parameters
    ----------
    low, high : bounds, integers, low < high; both are possible.
    log : whether the logarithm is uniform; needs low > 0 and step 1. Default false.
    step : between possible values, at least 1, a divisor of high - low; default 1.
    """

    low: int
    high: int
    log: bool = False
    step: int = 1

    def __post_init__(self):
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
    def first(self):
        """A value that is possible."""
        return self.low

    def distribution(self, optuna):
        """Return the range as Optuna has it."""
        return optuna.distributions.IntDistribution(self.low, self.high, log=self.log, step=self.step)

    def value(self, drawn):
        """Return the parameter's value for what Optuna drew."""
        return drawn

    def points(self, name):
        """Return all values."""
        return list(range(self.low, self.high + 1, self.step))


class _Choices:
    """Any of some values. Optuna gets those that are scalars as they are, and short texts for all others."""

    def __init__(self, name, values):
        self.values = [value.item() if isinstance(value, np.generic) else value for value in values]
        if not self.values:
            raise ValueError(f"space[{name!r}] must have at least one value, got none.")
        described = [plain(value) for value in self.values]
        simple = all(isinstance(value, SCALARS) for value in self.values)
        self.labels = self.values if simple else [brief(document) for document in described]
        if len({*map(str, self.labels)}) < len(self.labels):
            if simple or any(described.count(document) > 1 for document in described):
                raise ValueError(f"space[{name!r}] must have different values, got {self.values!r}.")
            self.labels = [f"{number}: {label}" for number, label in enumerate(self.labels)]
        self.document = described

    @property
    def first(self):
        """A value that is possible."""
        return self.values[0]

    def distribution(self, optuna):
        """Return the list as Optuna has it."""
        return optuna.distributions.CategoricalDistribution(self.labels)

    def value(self, drawn):
        """Return the parameter's value for what Optuna drew."""
        return self.values[self.labels.index(drawn)]

    def points(self, name):
        """Return all values, as Optuna has them."""
        return self.labels


class Space:
    """What `npae.study.search` chooses from.

    Parameters
    ----------
    space : dict. A key is a parameter's name as in `set_params`, or one that is only an argument of a function below.
        A value is a Uniform, an Integers, a list of values, or a function that makes the parameter out of other
        choices, which it takes by name: `{"width": Integers(8, 64), "encoder": funnel}` with `def funnel(width)`.
    known : names of the model's parameters.

    Attributes
    ----------
    choices : what is drawn, by name. built : the functions, by the parameter's name.

    Raises
    ------
    ValueError for a space without choices, other values, functions with other arguments that have no default.
    """

    def __init__(self, space, known):
        if not isinstance(space, dict) or not space:
            raise ValueError(f"space must be a dict of choices by parameter, at least one, got {space!r}.")
        self.built = {name: value for name, value in space.items() if callable(value)}
        self.choices = {name: _choice(name, value) for name, value in space.items() if name not in self.built}
        self._arguments = {name: self._arguments_of(name, make) for name, make in self.built.items()}
        used = {argument for arguments in self._arguments.values() for argument in arguments}
        self._only_arguments = {argument for argument in used if argument.split("__")[0] not in known}
        if not self.choices:
            raise ValueError("space must hold something to choose, got functions only.")

    def distributions(self, optuna):
        """Return Optuna's distribution of every choice, by name."""
        return {name: choice.distribution(optuna) for name, choice in self.choices.items()}

    def settings(self, drawn):
        """Return the parameters to set, by name, for what Optuna drew, by name."""
        return self._built({name: self.choices[name].value(value) for name, value in drawn.items()})

    def example(self):
        """Return parameters that are possible."""
        return self._built({name: choice.first for name, choice in self.choices.items()})

    def grid(self, seed):
        """Return every combination as Optuna has it, in an order drawn from the seed: the first ones lie anywhere."""
        points = [choice.points(name) for name, choice in self.choices.items()]
        combinations = [dict(zip(self.choices, values, strict=True)) for values in itertools.product(*points)]
        return [combinations[i] for i in np.random.default_rng(seed).permutation(len(combinations))]

    def document(self):
        """Return the space as plain data that tells it from others."""
        choices = {name: getattr(choice, "document", None) or plain(choice) for name, choice in self.choices.items()}
        return {**choices, **{name: plain(make) for name, make in self.built.items()}}

    def _arguments_of(self, name, make):
        """Return which choices a function takes; other arguments must have defaults."""
        parameters = inspect.signature(make).parameters
        for argument, parameter in parameters.items():
            if argument not in self.choices and parameter.default is parameter.empty:
                rule = f"take choices of the space ({', '.join(self.choices) or 'none'})"
                raise ValueError(f"the function space[{name!r}] must {rule}, got the argument {argument!r}.")
        return [argument for argument in parameters if argument in self.choices]

    def _built(self, values):
        made = {
            name: make(**{argument: values[argument] for argument in self._arguments[name]})
            for name, make in self.built.items()
        }
        return {name: value for name, value in values.items() if name not in self._only_arguments} | made


def space_of(model, choices):
    """Return the Space of these choices; ValueError if one is not the model's, or cannot be set."""
    space = Space(choices, parameters_of(model))
    check_settings(model, [space.example()])
    return space


def _choice(name, value):
    if isinstance(value, (Uniform, Integers)):
        return value
    if not isinstance(value, (str, dict)) and hasattr(value, "__iter__"):
        return _Choices(name, value)
    rule = "a list of values, a Uniform, an Integers or a function of other choices"
    raise ValueError(f"space[{name!r}] must be {rule}, got {value!r}.")
