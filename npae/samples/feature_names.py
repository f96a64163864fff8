"""The names of a table's columns: a second table must have those of the first, in the same order."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray
from ..settings.callers import stacklevel_of_caller
from .columns import names_of

TARGETS = ("target", "validation_data[1]")  # whose names are their own
SHOWN = 5  # names that a message lists
_compared: ContextVar[bool] = ContextVar("_compared", default=False)


def feature_names(X: Any) -> AnyArray | None:
    """Return the column labels of a DataFrame as an array of objects, texts or not; None if there are none."""
    labels = names_of(X)
    return None if labels is None else np.fromiter(labels, dtype=object, count=len(labels))


def are_texts(names: AnyArray | None) -> bool:
    """Return whether there are names and all of them are texts, which is what scikit-learn calls feature names."""
    return names is not None and all(isinstance(name, str) for name in names)


@contextmanager
def names_compared() -> Iterator[None]:
    """Let arrays pass without a warning in which names have been compared already: a method that calls another one."""
    token = _compared.set(True)
    try:
        yield
    finally:
        _compared.reset(token)


def check_names(names: AnyArray | None, known: AnyArray | None, owner: str, what: str) -> None:
    """Compare a table's column labels with those of `fit`.

    As in scikit-learn, other names or another order are a ValueError, and names that only one of the two tables has are
    a warning. Labels that are no texts are compared too, unless one table merely numbers its columns.
    """
    refuse_other_names(names, known, what)
    if are_texts(names) == are_texts(known) or _compared.get():
        return
    has, with_ = ("has", "without") if are_texts(names) else ("does not have valid", "with")
    text = f"{what} {has} feature names, but {owner} was fitted {with_} feature names"
    warnings.warn(text, UserWarning, stacklevel=stacklevel_of_caller())


def refuse_other_names(names: AnyArray | None, known: AnyArray | None, what: str) -> None:
    """Raise ValueError, in scikit-learn's words, if both tables have names and these differ."""
    if names is None or known is None or are_texts(names) != are_texts(known):
        return
    got, wanted = list(names), list(known)
    numbered = list(range(len(wanted))) in (got, wanted)
    if got == wanted or (numbered and set(got) != set(wanted)):
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
        of_samples = isinstance(wanted[0], str) and what not in TARGETS
        message += f"Use {what}[model.feature_names_in_]." if of_samples else f"Use {what}[{wanted}]."
    raise ValueError(message if what == "X" else f"{what}: {message}")


def _listed(names: Sequence[Any]) -> str:
    lines = [f"- {name}\n" for name in names[:SHOWN]]
    return "".join(lines + ["- ...\n"] * (len(names) > SHOWN))
