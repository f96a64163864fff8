"""Every public name is documented, in a form that tools can parse, and every argument of it."""

import importlib
import inspect

import numpydoc.validate
import pytest

import npae

pytestmark = pytest.mark.slow  # 270 docstrings are parsed: .ci/run has it

MODULES = [npae, *(importlib.import_module(f"npae.{room}") for room in ("datasets", "distributed", "explorer"))]
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


NAMES = sorted(set(public_names()) - FOR_OTHER_ROOMS)


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented_completely(name):
    """(One line is enough for a method that takes nothing.)"""
    result = numpydoc.validate.validate(name)
    assert [f"{code}: {text}" for code, text in result["errors"] if code in CHECKED or code == "GL08"] == []


def test_public_names_are_found():
    assert {"npae.Autoencoder.encode", "npae.Dense", "npae.plots.latent_space", "npae.study.search"} <= set(NAMES)
    assert len(NAMES) > 200
