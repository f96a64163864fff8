"""Frozen dataclasses that turn into JSON and back: whatever a user configures is one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .first_use import import_by_name

# Metadata of a dataclass field that counts only if it holds something. A field that is added to a class has it, so that
# studies, checkpoints and models from before describe the same thing as those of today.
IF_GIVEN = {"npae.study": "if given"}
_KNOWN: dict[str, type[Description]] = {}


class UnknownType(ValueError):
    """A document mentions a class that nobody here has defined or imported."""


class RenamedHooks:
    """Base of classes whose hooks had other names; a subclass with an old one is refused: nobody would call it."""

    _renamed_hooks: ClassVar[dict[str, str]] = {}  # old name -> new name

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for old, new in cls._renamed_hooks.items():
            if callable(getattr(cls, old, None)):  # inherited from a mixin or its own, but no field
                raise TypeError(f"{cls.__name__} must call this method {new!r}, got its old name {old!r}. Rename it.")


class Description(RenamedHooks):
    """Base of layers, losses, initialisers, optimisers, schedules and callbacks.

    A subclass is a frozen dataclass whose fields say everything about it, so that it can be printed, compared, cloned,
    searched over and saved. Subclasses register themselves by name. A class of your own only has to be imported before
    a file that mentions it is read.
    """

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]  # of every subclass

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _KNOWN[_name(cls)] = cls


def counts(field: dataclasses.Field[Any], value: object) -> bool:
    """Return whether a field is part of what a dataclass is: not with the metadata IF_GIVEN if it holds nothing."""
    return field.metadata != IF_GIVEN or bool(getattr(value, field.name))


def repr_of_given(self: Any) -> str:
    """Return the text that a dataclass has, without fields with the metadata IF_GIVEN that hold nothing."""
    shown = [field for field in dataclasses.fields(self) if field.repr and counts(field, self)]
    return f"{type(self).__qualname__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in shown)})"


def _name(cls: type) -> str:
    return cls.__name__ if cls.__module__.startswith("npae.") else f"{cls.__module__}.{cls.__qualname__}"


def describe(value: Any) -> Any:
    """Turn a description into what JSON can hold, with the lists, tuples, dicts, numbers and paths inside.

    Parameters
    ----------
    value : Description, list, tuple, dict, number, str, Path, or None
        What to describe. The keys of a dict must be strings.

    Returns
    -------
    dict, list, number, str or None
        What `restore` takes.

    Raises
    ------
    TypeError
        For anything else, such as a function or an array.

    Examples
    --------
    >>> from npae import Dense
    >>> describe([Dense(2, "tanh")])
    [{'type': 'Dense', 'units': 2, 'activation': 'tanh'}]
    """
    if isinstance(value, Description) and dataclasses.is_dataclass(value):
        fields = {f.name: describe(getattr(value, f.name)) for f in dataclasses.fields(value) if counts(f, value)}
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


def restore(document: Any) -> Any:
    """Rebuild what `describe` described.

    Parameters
    ----------
    document : dict, list, number, str or None
        What `describe` returned.

    Returns
    -------
    Description, list, tuple, dict, number, str or None
        Equal to what was described, except that a Path is a str.

    Raises
    ------
    ValueError
        For a type that is not known here, or fields that it does not accept.
    """
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


def _known(name: Any) -> type[Description]:
    if name not in _KNOWN:
        import_by_name(str(name))
    if name not in _KNOWN:
        hint = "Import the module that defines it, then load again."
        if str(name).startswith("__main__."):
            hint = "A script or notebook defined it: define it in a module of its own, import that, and save again."
        raise UnknownType(f"type must be a known description, got {name!r}. {hint}")
    return _KNOWN[name]
