"""typing.get_type_hints, by which tools read signatures, finds every name in them at runtime."""

import importlib
import inspect
import typing

import npae

ROOMS = ("datasets", "distributed", "explorer", "export", "metrics", "optimize", "plots", "series", "study", "training")
MODULES = [npae, *(importlib.import_module(f"npae.{room}") for room in ROOMS)]


def npaes_own(thing):
    return callable(thing) and getattr(thing, "__module__", "").startswith("npae.")


def functions_of(cls):
    """Yield the constructor, the public methods and the getters of properties that a class defines itself."""
    for name, thing in vars(cls).items():
        function = getattr(thing, "__func__", None) or getattr(thing, "fget", None) or getattr(thing, "func", thing)
        if inspect.isfunction(function) and (name == "__init__" or not name.startswith("_")):
            yield function


def annotated():
    """Return all public functions and classes, the classes above these, and the functions that they define."""
    named = [getattr(module, name) for module in MODULES for name in module.__all__]
    public = {thing for thing in named if npaes_own(thing)}
    classes = {base for cls in public if inspect.isclass(cls) for base in cls.__mro__ if npaes_own(base)}
    return public | classes | {function for cls in classes for function in functions_of(cls)}


def unresolved(thing):
    try:
        typing.get_type_hints(thing)
    except Exception as error:  # whatever evaluating an annotation raises
        return f"{thing.__module__}.{thing.__qualname__}: {error}"
    return None


def test_type_hints_of_all_public_names_can_be_evaluated():
    assert len(annotated()) > 300
    assert sorted(filter(None, map(unresolved, annotated()))) == []


def test_type_hints_name_classes_that_are_imported_after_the_signatures():
    assert typing.get_type_hints(npae.Callback.begin)["training"] is npae.training.Training
    assert typing.get_type_hints(npae.Autoencoder.encode)["self"] is npae.Autoencoder
    assert typing.get_type_hints(npae.Network.encode)["self"] is npae.Network
