"""Every public name is documented, in a form that tools can parse, and every argument of it."""

import ast
import importlib
import inspect
import operator
import sys

import numpydoc.validate
import pytest
from numpydoc.docscrape import NumpyDocString

import npae

pytestmark = pytest.mark.slow  # 270 docstrings are parsed: .ci/run has it

MODULES = [npae, *(importlib.import_module(f"npae.{room}") for room in ("datasets", "distributed", "explorer"))]
MODULES += [importlib.import_module("npae.export")]
MODULES += [importlib.import_module(f"npae.{room}") for room in ("metrics", "optimize", "plots", "series", "study")]
CHECKED = {  # what numpydoc's codes stand for, see numpydoc.validate.ERROR_MSGS
    *("GL05", "GL06", "GL07", "GL10"),
    *("SS01", "SS02", "SS03", "SS04"),
    *("PR01", "PR02", "PR03", "PR04", "PR05", "PR07", "PR10", "RT01", "RT03", "YD01"),
}
FOR_OTHER_ROOMS = {  # methods by which the rooms of npae work together: their summary is enough
    f"npae.Network.{name}" for name in ("as_theta", "borrow", "evaluate", "loss_changes", "new_workspace", "project")
}


def public_names():
    """Yield the dotted names of all public classes and functions, and of the public methods of these classes."""
    for module in MODULES:
        for name in getattr(module, "__all__", ()) or vars(module):
            thing = getattr(module, name)
            if name.startswith("_") or not callable(thing) or not getattr(thing, "__module__", "").startswith("npae"):
                continue
            yield f"{module.__name__}.{name}"
            if inspect.isclass(thing):
                yield from (f"{module.__name__}.{name}.{method}" for method in public_methods(thing))


def public_methods(cls):
    """Return the names of the methods that a class defines itself and that no class above it documents."""
    above = [base for base in cls.__mro__[1:] if base.__module__.startswith("npae")]
    for name, thing in vars(cls).items():
        function = getattr(thing, "__func__", thing)
        inherited = any(name in vars(base) for base in above)
        if not name.startswith("_") and inspect.isfunction(function) and not inherited:
            yield name


def found(name):
    """Return what a dotted name stands for; numpydoc would take npae.optimize.bfgs for the module of that name."""
    module = max((m.__name__ for m in MODULES if name.startswith(f"{m.__name__}.")), key=len)
    return operator.attrgetter(name.removeprefix(f"{module}."))(sys.modules[module])


def documented_types(thing):
    """Return {parameter: what stands after its colon}."""
    entries = NumpyDocString(inspect.getdoc(thing))["Parameters"]
    return {name: entry.type for entry in entries for name in entry.name.split(", ")}


def states(text, default):
    """Return whether the type of a parameter, such as "float, default 0.1", says what the default is."""
    if "as in " in text or ("optional" in text and default is None):
        return True
    _, stated, values = text.partition("default ")
    return bool(stated) and getattr(default, "__name__", default) in map(value_of, values.split(" and "))


def value_of(text):
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):  # inf, and names of functions and dtypes
        return float(text) if text == "inf" else text


NAMES = sorted(set(public_names()) - FOR_OTHER_ROOMS)


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented_completely(name):
    """(One line is enough for a method that takes nothing.)"""
    thing = found(name)
    result = numpydoc.validate.validate(f"{thing.__module__}.{thing.__qualname__}")
    assert [f"{code}: {text}" for code, text in result["errors"] if code in CHECKED or code == "GL08"] == []


def test_every_default_is_documented_as_it_is():
    wrong = []
    for name in NAMES:
        types = documented_types(found(name))
        parameters = inspect.signature(found(name)).parameters.values() if types else ()
        have = [p for p in parameters if p.default is not p.empty and p.name in types]
        wrong += [f"{name}: {p.name}={p.default!r}" for p in have if not states(types[p.name], p.default)]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("int, default 1", 1, True),
        ("int, default 2", 1, False),
        ("int", 1, False),
        ("int", "int", False),
        ("float, default 0.9 and 0.999", 0.999, True),
        ("float, default inf", float("inf"), True),
        ("float, default 1e-8", 1e-8, True),
        ("callable, default len", len, True),
        ("str, optional", None, True),
        ("int, optional", 1, False),
        ("as in `fit`", None, True),
    ],
)
def test_a_default_that_is_not_stated_or_another_one_is_found(text, default, expected):
    assert states(text, default) is expected


def test_public_names_are_found():
    assert {"npae.Autoencoder.encode", "npae.Dense", "npae.plots.latent_space", "npae.study.search"} <= set(NAMES)
    assert len(NAMES) > 200
