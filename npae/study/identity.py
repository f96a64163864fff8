"""When are two runs the same? What they depend on, as plain data, and a short key made from it."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
import os
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray
from ..settings.description import Description, counts, restore
from .key_names import NEW_PARAMETERS, name_of


def plain(value: Any) -> Any:
    """Turn settings, data and functions into plain data that JSON can hold, so that different ones stay different.

    Descriptions become what `npae.settings.description.describe` makes of them, arrays a digest of their contents,
    functions and classes their names, estimators their parameters. Dataclass fields with `compare=False` do not count,
    nor empty ones with the metadata IF_GIVEN: studies that do without them keep the keys that they had before.

    Raises TypeError for anything that cannot be distinguished from others of its kind: a lambda, a local function, any
    other object.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple, dict)):
        return _container(value)
    if isinstance(value, np.ndarray):
        return {"array": list(value.shape), "dtype": value.dtype.str, "sha256": _digest(value)}
    return _object(value)


def _container(value: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> Any:
    if isinstance(value, dict):
        return {"type": "dict", "items": {str(key): plain(item) for key, item in value.items()}}
    items = [plain(item) for item in value]
    return items if isinstance(value, list) else {"type": "tuple", "items": items}


def _digest(array: AnyArray) -> str:
    if array.dtype.hasobject:
        raise TypeError(f"array must hold numbers to be told from others, got dtype {array.dtype}.")
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()[:16]


def _object(value: Any) -> Any:
    if isinstance(value, functools.partial):
        named = _parts(value.keywords)
        return {"type": "partial", "function": plain(value.func), "args": plain(value.args), "keywords": named}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if _counts(f, value)}
        if isinstance(value, Description) and "type" not in fields:
            return {"type": name_of(type(value)), **_parts(fields)}  # as npae.settings.description.restore reads it
        return {"type": name_of(type(value)), "fields": _parts(fields)}
    if hasattr(value, "get_params") and not isinstance(value, type):
        return {"type": name_of(type(value)), "params": _parts(_of_0_1_0(value.get_params(deep=False)))}
    if isinstance(value, types.MethodType):
        return {"type": "method", "name": name_of(value), "of": plain(value.__self__)}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "__qualname__"):
        return {"type": "name", "name": name_of(value)}
    raise TypeError(f"what a run depends on must be plain data, functions or dataclasses of these, got {value!r}.")


def _counts(field: dataclasses.Field[Any], value: Any) -> bool:
    """Return whether a field is part of what a dataclass is."""
    return field.compare and counts(field, value)


def _of_0_1_0(params: dict[str, Any]) -> dict[str, Any]:
    """Return parameters without those that version 0.1.0 did not have, where they mean what it did."""
    return {name: value for name, value in params.items() if (name, value) not in NEW_PARAMETERS.items()}


def _parts(items: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(item) for name, item in items.items()}


def key_of(function: Any, settings: Any, seed: int) -> str:
    """Return the key of a run, 16 hexadecimal digits; `function` and `settings` are plain."""
    text = json.dumps([function, settings, seed], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def brief(document: Any) -> str:
    """Return a short text for a plain value; a description shows only what differs from its defaults.

    >>> from npae import Refine
    >>> brief(plain(Refine("CG", every=4)))
    "Refine('CG', every=4)"
    """
    if isinstance(document, float):
        return f"{document:.6g}"
    if isinstance(document, str):
        return document
    try:
        return _written(restore(document))
    except Exception:  # whatever a document of another version, or of no description at all, makes `restore` raise
        return str(document.get("name", document.get("type", "")) if isinstance(document, dict) else document)


def _written(value: Any) -> str:
    if isinstance(value, Description) and dataclasses.is_dataclass(value):
        fields = [(f, getattr(value, f.name)) for f in dataclasses.fields(value)]
        changed = [(f.name, _written(v)) for f, v in fields if v != f.default]
        first = fields[0][0].name if fields else None
        return f"{type(value).__name__}({', '.join(v if n == first else f'{n}={v}' for n, v in changed)})"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_written(item) for item in value) + "]"
    return repr(value)
