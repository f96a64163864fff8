"""What a search may choose from: ranges, lists of values, and functions of other choices."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Container, Iterable, Mapping
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from .identity import brief, plain
from .model_copies import check_settings, parameters_of
from .ranges import Integers, Uniform
from .run_types import BaseDistribution, Model, Settings

SCALARS = (bool, int, float, str, type(None))  # what Optuna's storages can hold
Drawn: TypeAlias = Mapping[str, Any]  # what Optuna drew, by name


class Choices:
    """One of some values. Optuna gets scalars as they are; if not all values are scalars, it gets short texts."""

    def __init__(self, name: str, values: Iterable[Any]) -> None:
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
    def first(self) -> Any:
        """A possible value."""
        return self.values[0]

    def distribution(self, optuna: ModuleType) -> BaseDistribution:
        """Return Optuna's distribution for the list."""
        found: BaseDistribution = optuna.distributions.CategoricalDistribution(self.labels)
        return found

    def value(self, drawn: Any) -> Any:
        """Return the parameter's value for what Optuna drew."""
        return self.values[self.labels.index(drawn)]

    def points(self, name: str) -> list[Any]:
        """Return all values, as Optuna has them."""
        return self.labels


Choice: TypeAlias = Uniform | Integers | Choices


class Space:
    """What `npae.study.search` chooses from.

    Parameters
    ----------
    space : dict
        The keys are names of parameters, as in `set_params`, and of arguments of the functions below. A value is a
        Uniform, an Integers, a list of values, or a function that makes the parameter from other choices, which are its
        arguments: `{"width": Integers(8, 64), "encoder": funnel}` with `def funnel(width)`.
    known : collection of str
        Names of the model's parameters.

    Attributes
    ----------
    choices : dict
        What is drawn, by name.
    built : dict
        The functions, by the name of the parameter that they make.

    Raises
    ------
    ValueError
        If there is nothing to choose, a value is none of these, or a function has other arguments without defaults.
    """

    def __init__(self, space: Mapping[str, Any], known: Container[str]) -> None:
        if not isinstance(space, dict) or not space:
            raise ValueError(f"space must be a dict of choices by parameter, at least one, got {space!r}.")
        self.built = {name: value for name, value in space.items() if callable(value)}
        self.choices = {name: _choice(name, value) for name, value in space.items() if name not in self.built}
        self._arguments = {name: self._arguments_of(name, make) for name, make in self.built.items()}
        used = {argument for arguments in self._arguments.values() for argument in arguments}
        self._only_arguments = {argument for argument in used if argument.split("__")[0] not in known}
        if not self.choices:
            raise ValueError("space must hold something to choose, got functions only.")

    def distributions(self, optuna: ModuleType) -> dict[str, BaseDistribution]:
        """Return Optuna's distribution of each choice, by name."""
        return {name: choice.distribution(optuna) for name, choice in self.choices.items()}

    def settings(self, drawn: Drawn) -> Settings:
        """Return the parameters to set, by name, for what Optuna drew."""
        return self._built({name: self.choices[name].value(value) for name, value in drawn.items()})

    def example(self) -> Settings:
        """Return possible parameters."""
        return self._built({name: choice.first for name, choice in self.choices.items()})

    def grid(self, seed: int) -> list[dict[str, Any]]:
        """Return all combinations as Optuna has them, in a random order, so that the first ones are spread out."""
        points = [choice.points(name) for name, choice in self.choices.items()]
        combinations = [dict(zip(self.choices, values, strict=True)) for values in itertools.product(*points)]
        return [combinations[i] for i in np.random.default_rng(seed).permutation(len(combinations))]

    def document(self) -> dict[str, Any]:
        """Return the space as plain data that differs from that of any other space."""
        choices = {name: getattr(choice, "document", None) or plain(choice) for name, choice in self.choices.items()}
        return {**choices, **{name: plain(make) for name, make in self.built.items()}}

    def varies(self, name: str) -> bool:
        """Return whether models may differ in a parameter, or in something inside it."""
        inside = f"{name}__"
        return any(
            name == each or each.startswith(inside)
            for each in {*self.built, *self.choices} - self._only_arguments
            if self._number(each) != 1
        )

    def values_of(self, name: str) -> list[Any] | None:
        """Return the values that a parameter may take; None if they are not listed."""
        return getattr(self.choices.get(name), "values", None)

    def _number(self, name: str) -> int | None:
        values = self.values_of(name)
        return None if values is None else len(values)

    def _arguments_of(self, name: str, make: Callable[..., Any]) -> list[str]:
        """Return which choices a function takes; its other arguments must have defaults."""
        parameters = inspect.signature(make).parameters
        for argument, parameter in parameters.items():
            if argument not in self.choices and parameter.default is parameter.empty:
                rule = f"take choices of the space ({', '.join(self.choices) or 'none'})"
                raise ValueError(f"the function space[{name!r}] must {rule}, got the argument {argument!r}.")
        return [argument for argument in parameters if argument in self.choices]

    def _built(self, values: Settings) -> Settings:
        made = {
            name: make(**{argument: values[argument] for argument in self._arguments[name]})
            for name, make in self.built.items()
        }
        return {name: value for name, value in values.items() if name not in self._only_arguments} | made


def space_of(model: Model, choices: Mapping[str, Any]) -> Space:
    """Return the Space of these choices; raise ValueError if the model does not have them, or cannot be set to them."""
    space = Space(choices, {*parameters_of(model), "random_state"})
    check_settings(model, [space.example()])
    return space


def _choice(name: str, value: Any) -> Choice:
    if isinstance(value, (Uniform, Integers)):
        return value
    if not isinstance(value, (str, dict)) and hasattr(value, "__iter__"):
        return Choices(name, value)
    rule = "a list of values, a Uniform, an Integers or a function of other choices"
    raise ValueError(f"space[{name!r}] must be {rule}, got {value!r}.")
