"""The history in a file: every column is looked at before anything goes on with it."""

from __future__ import annotations

import math
from typing import Any

from ..optimize.curve import iterations_of
from .history import NOT_PER_EPOCH, History

NUMBERS = ("loss", "eta", "seconds", "evaluations", "val_loss")  # columns that npae itself goes on with
ALWAYS = ("loss", "eta", "seconds", "refinements")  # columns that every version has written


def checked_history(recorded: dict[str, Any], epochs: int) -> History:
    """Return the history of a document whose training has had so many epochs; ValueError for what is none."""
    missing = [name for name in ALWAYS if name not in recorded]
    if missing:
        raise ValueError(f"history must have the columns {', '.join(ALWAYS)}, got none of {', '.join(missing)}")
    for name, column in recorded.items():
        if not isinstance(column, list) or (name not in NOT_PER_EPOCH and len(column) > epochs):
            raise ValueError(f"history must be lists of at most {epochs} entries, got another one for {name!r}")
        if name in NUMBERS and not all(map(is_real, column)):
            raise ValueError(f"history must have numbers for {name!r}, got something else")
    if any(abs(count) == math.inf for count in recorded.get("evaluations", ())):
        raise ValueError("history must have finite numbers for 'evaluations', got infinity")
    if not all(isinstance(note, str) for note in recorded.get("notes", [])):
        raise ValueError("history must have texts for 'notes', got something else")
    for record in recorded["refinements"]:
        _check_record(record)
    return History(recorded)


def _check_record(record: dict[str, Any]) -> None:
    """Raise ValueError or TypeError for what is no record of a refinement."""
    whole = isinstance(record["epoch"], int) and isinstance(record["evaluations"], int)
    if not whole or not isinstance(record["method"], str) or not 0 <= record["evaluations"] < 2**63:
        raise ValueError("history must have an epoch, a method and evaluations for each of the 'refinements'")
    iterations_of(record)  # which fails for a curve whose columns are missing or differ in length


def is_real(value: object) -> bool:
    """Return whether a value of a document is a number, not a number and infinity included, that a float can hold."""
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**1023)
