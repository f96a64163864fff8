"""Samples that one method passes on to another one, which may be a user's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..settings.array_types import ArrayLike
from .feature_names import names_compared
from .masks import mask_option

Result = TypeVar("Result")


def passed_on(method: Callable[..., Result], X: ArrayLike, mask: ArrayLike | None = None, **options: Any) -> Result:
    """Return method(X, mask=mask) for samples whose names have been compared, without a mask if there is none."""
    with names_compared():
        return method(X, **mask_option(mask), **options)
