"""Every name of the reference, and every public method, has a property, or stands here with a reason."""

import importlib
import inspect
from pathlib import Path

from properties import COVERED
from test_documentation import public_names

import npae

HERE = Path(__file__).parent
REASONS = {}


def required():
    """Return the dotted names of all that is public, classes with their methods, each once."""
    modules = [npae, *(thing for name in npae.__all__ if inspect.ismodule(thing := getattr(npae, name)))]
    names = {}
    for module in modules:
        for name in module.__all__:
            thing = getattr(module, name)
            if not inspect.ismodule(thing):
                own = module is npae or getattr(npae, name, None) is not thing
                names |= {f"{module.__name__}.{name}": thing} if own else {}
    methods = {name for name in public_names() if name.rpartition(".")[0] in names}
    return {*names} | methods


def covered():
    """Return the names that properties speak of."""
    for path in HERE.glob("test_*_properties.py"):
        importlib.import_module(path.stem)
    importlib.import_module("test_estimator_machine")
    return {*COVERED}


def test_every_public_name_has_a_property_or_a_reason():
    missing = required() - covered() - {*REASONS}
    assert sorted(missing) == []


def test_properties_and_reasons_speak_of_names_that_there_are():
    for name in covered() | {*REASONS}:
        thing = npae
        for part in name.removeprefix("npae.").split("."):
            thing = getattr(thing, part)
    assert not {*REASONS} & covered(), "a name that has a property needs no reason"
