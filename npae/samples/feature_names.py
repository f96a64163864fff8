"""The names of a table's columns: a second table must have those of the first, in the same order."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray
from ..settings.callers import stacklevel_of_caller
from .columns import names_of

SHOWN = 5  # names that a message lists


def feature_names(X: Any) -> AnyArray | None:
    """Return the column labels of a DataFrame as an array of objects, texts or not; None if there are none."""
    labels = names_of(X)
    return None if labels is None else np.fromiter(labels, dtype=object, count=len(labels))


def are_texts(names: AnyArray | None) -> bool:
    """Return whether there are names and all of them are texts, which is what scikit-learn calls feature names."""
    return names is not None and all(isinstance(name, str) for name in names)


def check_names(names: AnyArray | None, known: AnyArray | None, owner: str, what: str) -> None:
    """Compare a table's column labels with those of `fit`.

    As in scikit-learn, other names or another order are a ValueError, and names that only one of the two tables has are
    a warning. Labels that are no texts are compared too, unless one table merely numbers its columns.
    """
    if are_texts(names) and are_texts(known):
        _refuse_others(list(names), list(known), what)  # type: ignore[arg-type]  # not None: texts
    elif are_texts(names):
        text = f"{what} has feature names, but {owner} was fitted without feature names"
        warnings.warn(text, UserWarning, stacklevel=stacklevel_of_caller())
    elif are_texts(known):
        text = f"{what} does not have valid feature names, but {owner} was fitted with feature names"
        warnings.warn(text, UserWarning, stacklevel=stacklevel_of_caller())
    elif names is not None and known is not None:
        got, wanted = list(names), list(known)
        numbered = list(range(len(wanted))) in (got, wanted)
        if not numbered or set(got) == set(wanted):
            _refuse_others(got, wanted, what)


def _refuse_others(got: list[Any], wanted: list[Any], what: str) -> None:
    """Raise ValueError in scikit-learn's words unless both lists are the same."""
    if got == wanted:
        return
    unseen, missing = sorted(set(got) - set(wanted), key=str), sorted(set(wanted) - set(got), key=str)
    message = "The feature names should match those that were passed during fit.\n"
    if unseen:
        message += f"Feature names unseen at fit time:\n{_listed(unseen)}"
    if missing:
        message += f"Feature names seen at fit time, yet now missing:\n{_listed(missing)}"
    elif not unseen:
        message += "Feature names must be in the same order as they were in fit.\n"
    if not missing:
        message += f"Use {what}[feature_names_in_]." if isinstance(wanted[0], str) else f"Use {what}[{wanted}]."
    raise ValueError(message if what == "X" else f"{what}: {message}")


def _listed(names: Sequence[Any]) -> str:
    lines = [f"- {name}\n" for name in names[:SHOWN]]
    return "".join(lines + ["- ...\n"] * (len(names) > SHOWN))
