"""Files that callbacks write while a model trains: those of one run must not be another's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from ..training import Checkpoint, JSONLog, TensorBoard
from ..training.json_log import is_file
from .model_traits import listed
from .run_types import Model, Settings
from .spaces import Space

CALLBACKS = ("callbacks", "autoencoder__callbacks")  # of a model, and of an autoencoder inside another model


def refuse_shared_files(
    model: Model, settings: Iterable[Settings], *, again: bool, each: str = "run", kept: str = "what `measure` returns"
) -> None:
    """Raise ValueError if a file that callbacks write is that of several runs.

    Each of the settings is one run, or several if they come `again`; `each` is what a run is called, and `kept` what is
    kept of it.
    """
    seen: set[str] = set()
    for setting in settings:
        for callback, path in _written(model, setting):
            if again or path in seen:
                hint = f"Leave it out: the results keep {kept} of each."
                rule = f"callbacks must give each {each} a file of its own, got {callback!r} for several {each}s"
                raise ValueError(f"{rule}. {hint}")
            seen.add(path)


def refuse_files_of_trials(model: Model, space: Space, is_grid: bool, total: int) -> None:
    """Raise ValueError if a file that callbacks write is that of several trials of a search.

    In a grid, settings are drawn once. Otherwise each of the listed callbacks may be drawn again; those that a function
    makes are taken to differ.
    """
    values, is_made = space.values_of("callbacks"), "callbacks" in space.built
    if total == 1 or (is_made and not is_grid):
        return
    drawn_once = is_grid and (is_made or values is not None)
    settings: Iterable[Settings] = [{}] if values is None else [{"callbacks": value} for value in values]
    if drawn_once:
        settings = map(space.settings, space.grid(0))
    refuse_shared_files(model, settings, again=not drawn_once, each="trial", kept="a row")


def _written(model: Model, setting: Settings) -> list[tuple[Any, str]]:
    """Return the callbacks of a run that write a file or a folder, and where."""
    inner = getattr(model, "autoencoder", None)
    own = dict(zip(CALLBACKS, (getattr(model, "callbacks", None), getattr(inner, "callbacks", None)), strict=True))
    found = [item for name, value in own.items() for item in listed(setting.get(name, value))]
    paths = [(item, _path_of(item)) for item in found]
    return [(item, os.path.realpath(path)) for item, path in paths if path is not None]


def _path_of(callback: Any) -> Any:
    if isinstance(callback, TensorBoard):
        return callback.logdir
    if isinstance(callback, Checkpoint):
        return callback.path
    return callback.path if isinstance(callback, JSONLog) and is_file(callback.path) else None
