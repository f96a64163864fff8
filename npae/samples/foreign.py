"""What people hand over that is no array of samples, and what to do about it: for error messages only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MappingView, Set
from pathlib import PurePath
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray

READERS = {  # what reads a file into an array, by the end of its name
    ".npy": "numpy.load",
    ".npz": "numpy.load",
    ".parquet": "pandas.read_parquet",
    ".xlsx": "pandas.read_excel",
    ".json": "pandas.read_json",
    **dict.fromkeys((".png", ".jpg", ".jpeg"), "npae.datasets.load_folder"),
}
LONGEST = 60  # characters of a text that a message shows
SHORT = 8  # numbers of a code that a message shows


def refuse_no_array(X: Any, what: str) -> None:
    """Raise one clear error for what NumPy makes no array of numbers of, whatever it holds: TypeError for a mapping."""
    got, hint = _described(X, what)
    if got:
        error = TypeError if hint.startswith("Use pandas.DataFrame") else ValueError
        raise error(f"{what} must be an array of numbers, got {got}. {hint}")


def _described(X: Any, what: str) -> tuple[str, str]:
    """Return what X is and what to do with it, or two empty texts for what may be an array."""
    kind = type(X).__name__
    if X is None:
        return "None", "Give the samples, an array of shape (N, D)."
    if isinstance(X, (str, bytes, os.PathLike)):
        path = os.fspath(X)
        text = repr(path if len(path) <= LONGEST else path[:LONGEST])
        return f"the text {text}" if isinstance(X, (str, bytes)) else f"the path {text}", reader_hint(path)
    if isinstance(X, Mapping):
        return f"a {kind}", f"Use pandas.DataFrame({what})."
    if isinstance(X, (Set, MappingView)):
        order = "which has no order of rows" if isinstance(X, Set) else "which is no sequence"
        return f"a {kind}, {order}", f"Use a list of rows, such as list({what})."
    if hasattr(X, "read"):
        return f"an open file ({kind})", f"Read it first: pandas.read_csv({what}) or numpy.loadtxt({what})."
    if isinstance(X, Iterator) and not hasattr(X, "__array__"):
        hint = f"Use list({what}), or partial_fit for one chunk after the other."
        return f"a {kind}, which can be walked through only once", hint
    if isinstance(X, type) or (callable(X) and not hasattr(X, "__array__") and not hasattr(X, "__len__")):
        name = getattr(X, "__name__", kind)
        return f"the {'class' if isinstance(X, type) else 'function'} {name}", f"Call it first: {name}(...)."
    first = X[0] if isinstance(X, (list, tuple)) and X else None
    if isinstance(first, Mapping):
        return f"a {kind} of {type(first).__name__}s", f"Use pandas.DataFrame({what})."
    return "", ""


def reader_hint(path: str | bytes) -> str:
    """Return what reads the file of this name."""
    name = path.decode(errors="replace") if isinstance(path, bytes) else path
    reader = READERS.get(PurePath(name).suffix.lower())
    if reader == "npae.datasets.load_folder":
        return "Read the pictures first: npae.datasets.load_folder(folder)."
    shown = repr(name) if len(name) <= LONGEST else "path"
    if reader:
        return f"Read the file first: {reader}({shown})."
    return f"Read the file first: pandas.read_csv({shown}) or numpy.loadtxt({shown}, delimiter=',')."


def too_few_axes(X: AnyArray, given: Any, what: str) -> ValueError:
    """Return the error for an array without rows: a single number, or one feature or one sample."""
    rule = f"{what} must be at least 2-D (N, ...)"
    if X.ndim == 0:
        return ValueError(f"{rule}, got the single number {X.item()!r}. Give the samples, an array of shape (N, D).")
    if what == "Z":
        return ValueError(f"{rule}, got an array of shape {X.shape}. Give codes (N, L), {_one_code(X, given)}.")
    one_feature, one_sample = f"numpy.reshape({what}, (-1, 1))", f"numpy.reshape({what}, (1, -1))"
    if isinstance(given, np.ndarray):
        one_feature, one_sample = f"{what}.reshape(-1, 1)", f"{what}.reshape(1, -1)"
    elif hasattr(given, "to_frame"):
        one_feature, one_sample = f"{what}.to_frame()", f"{what}.to_frame().T"
    hint = f"Reshape your data: {one_feature} for one feature, {one_sample} for one sample."
    return ValueError(f"{rule}, got an array of shape {X.shape}. {hint}")


def _one_code(X: AnyArray, given: Any) -> str:
    """Return how to write one code as a table of codes."""
    if isinstance(given, (list, tuple)) and len(X) <= SHORT:
        return f"one code in a list: {[X.tolist()]}"
    return "such as numpy.reshape(Z, (1, -1)) for one code"


def refuse_single_object(X: AnyArray, what: str) -> None:
    """Raise ValueError for an array that NumPy made of one object, such as a loader of batches."""
    if X.ndim == 0 and not isinstance(X.item(), (int, float)):
        thing = X.item()
        hint = f"Use list({what})." if hasattr(thing, "__iter__") else "Give the samples, an array of shape (N, D)."
        got = "None" if thing is None else f"an object of type {type(thing).__name__}"
        raise ValueError(f"{what} must be an array of numbers, got {got}. {hint}")


def complex_numbers(X: AnyArray, what: str) -> ValueError:
    """Return the error for complex numbers."""
    hint = f"Give both parts: numpy.concatenate([numpy.real({what}), numpy.imag({what})], axis=-1)."
    return ValueError(f"{what} must be real, got dtype {X.dtype}. Complex data not supported. {hint}")


def structured(X: AnyArray, what: str) -> ValueError:
    """Return the error for an array of records."""
    names = list(X.dtype.names or ())
    hint = f"Use numpy.lib.recfunctions.structured_to_unstructured({what}), or pandas.DataFrame({what}) to keep names."
    return ValueError(f"{what} must be an array of numbers, got records with the fields {names}. {hint}")


def texts_in_a_row(X: AnyArray, what: str) -> ValueError:
    """Return the error for texts in one row: names of files, or numbers that were not converted."""
    first = str(X[0].decode(errors="replace") if isinstance(X[0], bytes) else X[0])
    hint = f"Use numpy.asarray({what}).astype(float) for one feature, and reshape it to (N, 1)."
    try:
        float(first)
    except ValueError:
        hint = reader_hint(first) if PurePath(first).suffix else "Encode texts as numbers, in columns."
    got = f"{len(X)} text{'s' * (len(X) > 1)}, the first {first[:LONGEST]!r}"
    return ValueError(f"{what} must be an array of numbers, got {got}. {hint}")
