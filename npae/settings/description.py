"""What a user configures is plain data: frozen dataclasses that turn into JSON and back."""

import dataclasses
from pathlib import Path

import numpy as np

_KNOWN = {}


class Description:
    """Base of layers, losses, initialisers, optimisers, schedules and callbacks.

    A subclass is a frozen dataclass whose fields say everything about it, so that it can be printed,
    compared, cloned, searched over and saved. Subclasses register themselves by name; a class of your own
    only has to be imported before a file that mentions it is read.
    """

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        _KNOWN[_name(cls)] = cls


def _name(cls):
    return cls.__name__ if cls.__module__.startswith("npae.") else f"{cls.__module__}.{cls.__qualname__}"


def describe(value):
    """Turn descriptions, and the lists, tuples, dicts, numbers and paths in them, into what JSON can hold.

    Raises TypeError for anything else, such as a function or an array.

    >>> from npae import Dense
    >>> describe([Dense(2, "tanh")])
    [{'type': 'Dense', 'units': 2, 'activation': 'tanh'}]
    """
    if isinstance(value, Description) and dataclasses.is_dataclass(value):
        fields = {f.name: describe(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": _name(type(value)), **fields}
    if isinstance(value, tuple):
        return {"type": "tuple", "items": [describe(item) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"type": "dict", "items": {key: describe(item) for key, item in value.items()}}
    if isinstance(value, list):
        return [describe(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    value = str(value) if isinstance(value, Path) else value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    known = "a description, a number, a string or a list or dict of these (with strings as keys)"
    raise TypeError(f"value must be {known}, got {value!r}.")


def restore(document):
    """Build again what `describe` described; raises ValueError for a type that is not known here."""
    if isinstance(document, list):
        return [restore(item) for item in document]
    if not isinstance(document, dict):
        return document
    if document.get("type") == "dict":
        return {key: restore(item) for key, item in document["items"].items()}
    fields = {name: restore(item) for name, item in document.items() if name != "type"}
    if document.get("type") == "tuple":
        return tuple(fields["items"])
    return _known(document.get("type"))(**fields)


def _known(name):
    if name not in _KNOWN:
        raise ValueError(
            f"type must be a known description, got {name!r}. Import the module that defines it, then load again."
        )
    return _KNOWN[name]
