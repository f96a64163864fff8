"""What a docstring states as a default is the default: of parameters, and of attributes of classes.

`test_documentation.py`, which is slow, looks whether every default is stated; here it is compared, in a moment.
"""

import ast
import importlib
import inspect
import re

import pytest

import npae

ROOMS = [npae, *(importlib.import_module(f"npae.{room}") for room in ("datasets", "metrics", "optimize", "series"))]
STATED = re.compile(r"^(\w+(?:, \w+)*) : .*default (.+)$", re.MULTILINE)


def stated(thing):
    """Yield (name, value as a text) of each default that a docstring states; "0.9 and 0.999" are of two names."""
    for names, values in STATED.findall(inspect.getdoc(thing) or ""):
        names, values = names.split(", "), values.rstrip(".").split(" and ")
        values = values * len(names) if len(values) == 1 else values
        yield from zip(names, values, strict=True)


def actual(thing, name):
    """Return what a parameter or an attribute is if nobody says otherwise, or the class `inspect.Parameter.empty`."""
    parameter = inspect.signature(thing).parameters.get(name)
    return getattr(thing, name, inspect.Parameter.empty) if parameter is None else parameter.default


def value_of(text):
    """Return the value that a text names; names of functions and dtypes stand for themselves, inf is a number."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return float(text) if text == "inf" else text


def wrong(things):
    found = []
    for thing in things:
        for name, text in stated(thing):
            value, default = value_of(text), actual(thing, name)
            if default is not inspect.Parameter.empty and getattr(default, "__name__", default) != value:
                found.append(f"{thing.__name__}.{name} = {default!r}, not {text}")
    return found


def public():
    names = {thing for room in ROOMS for name in room.__all__ if callable(thing := getattr(room, name))}
    classes = [thing for thing in names if isinstance(thing, type)]
    methods = [f for cls in classes for name, f in vars(cls).items() if inspect.isfunction(f) and name[0] != "_"]
    return sorted([*names, *methods], key=lambda thing: thing.__qualname__)


def test_every_stated_default_is_the_default():
    assert wrong(public()) == []
    assert sum(len(list(stated(thing))) for thing in public()) > 300


def test_another_default_than_the_stated_one_is_found():
    def f(a=1, b=2.0, *, c=None):
        """Return nothing.

        Parameters
        ----------
        a, b : float, default 1 and 3.0
            Numbers.
        c : str or None, default None
            A text.
        """

    assert wrong([f]) == ["f.b = 2.0, not 3.0"]


@pytest.mark.parametrize(("schedule", "wanted"), [(npae.CosineDecay(), False), (npae.AdaptiveEta(), True)])
def test_an_attribute_of_a_class_counts_where_no_parameter_has_its_name(schedule, wanted):
    assert actual(npae.EtaSchedule, "wants_loss") is True
    assert type(schedule).wants_loss is wanted
