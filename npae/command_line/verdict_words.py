"""What judges share: their types, and the words in which they say verdicts and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]  # a results.json
Documents: TypeAlias = list[Document]
Verdict: TypeAlias = tuple[str, str]  # the verdict, and the numbers
Judge: TypeAlias = Callable[[Documents, Path], Verdict]


def word(holds: bool) -> str:
    """Return the verdict of a plain claim."""
    return "holds" if holds else "fails"


def only(cases: dict[str, bool], how: str = "") -> str:
    """Return the verdict of a claim that is true or not in several cases: ``holds only for a and b``."""
    true = [case for case, holds in cases.items() if holds]
    if not true:
        return "fails"
    return "holds" if len(true) == len(cases) else f"holds only {how} {listed(true)}".replace("  ", " ")


def listed(names: Iterable[str], last: str = "and") -> str:
    """Return names as a phrase: ``a, b and c``."""
    *first, end = names
    return f"{', '.join(first)} {last} {end}" if first else end


def told(numbers: dict[Any, float], what: str, form: str = ".3g") -> str:
    """Return numbers by value as text."""
    return f"{what}: " + (", ".join(f"{value} {number:{form}}" for value, number in numbers.items()) or "unknown")


def percent(shares: dict[Any, float], what: str) -> str:
    """Return shares by value as text, in per cent."""
    return f"{what}: " + (", ".join(f"{value} {100 * share:.0f} %" for value, share in shares.items()) or "unknown")


def by_name(rows: list[Document], number: str, name: str = "name") -> dict[Any, float]:
    """Return the median of a number over the rows of each name; infinity stands for None, a level not reached."""
    values: dict[Any, list[float]] = {}
    for row in rows:
        values.setdefault(row[name], []).append(float("inf") if row[number] is None else row[number])
    return {each: median(own) for each, own in values.items()}
