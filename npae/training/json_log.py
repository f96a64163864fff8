"""One line of JSON for each epoch, for programs that collect what others log."""

from __future__ import annotations

import json
import math
import os
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from ..optimize.curve import Iteration, iterations_of, row_of
from ..settings.archive import FilePath, append_whole, naming, write_bytes
from ..settings.checks import positive_integer, true_or_false
from ..settings.description import IF_GIVEN, repr_of_given
from .callbacks import AfterEpoch, Callback, added
from .history import NOT_PER_EPOCH
from .loop import Training

TAIL = 2**16  # bytes at the end of a file among which its last line is looked for


@dataclass(frozen=True)
class JSONLog(Callback):
    """Write one line of JSON after each epoch: its number, and what the history holds of it.

    A line is written as a whole and at once, so that `tail -f` and collectors of logs can follow. A number that is not
    finite becomes null, which JSON has instead. An epoch with refinements has a list of them, without their curves: for
    these, ask for `iterations`.

    A file always tells of one training. A training that begins replaces what is there. One that goes on, from a
    `Checkpoint` or by `partial_fit`, goes on with its file, without lines of epochs that were lost and with those that
    are missing. Each training needs a file of its own.

    Parameters
    ----------
    path : str, Path or file
        The file, in a folder that exists; or an open text stream such as `sys.stdout`, which stays open.
    every : int, default 1
        Write a line after every so many epochs.
    iterations : bool, default False
        Whether to write a line after each iteration of a refinement, too, before that of its epoch: with `epoch`,
        `iteration`, `loss`, `gradient_norm`, `evaluations` and `seconds`, as in the curve of the refinement.

    Raises
    ------
    ValueError
        For a field that cannot work; in `fit`, if another training of this process writes the file.
    OSError
        In `fit`, if the file cannot be written.

    Examples
    --------
    >>> import json, pathlib
    >>> import numpy as np, npae
    >>> ae = npae.Autoencoder([2], epochs=3, optimizer="adam", callbacks=[npae.JSONLog("log.jsonl")], random_state=0)
    >>> losses = ae.fit(np.eye(6)).history_["loss"]
    >>> lines = [json.loads(line) for line in pathlib.Path("log.jsonl").read_text().splitlines()]
    >>> sorted(lines[0]), [line["epoch"] for line in lines]
    (['epoch', 'eta', 'evaluations', 'loss', 'seconds'], [1, 2, 3])
    >>> [line["loss"] for line in lines] == losses
    True
    """

    path: Any
    every: int = 1
    iterations: bool = field(default=False, metadata=IF_GIVEN)

    __repr__ = repr_of_given
    acts_last = True  # what other callbacks record is in the line

    def __post_init__(self) -> None:
        if not _is_path(self.path) and not hasattr(self.path, "write"):
            raise ValueError(f"path must be the path of a file or a text stream, got {self.path!r}.")
        positive_integer("every", self.every)
        true_or_false("iterations", self.iterations)

    def __deepcopy__(self, memo: object) -> JSONLog:
        return self  # fields do not change, and nobody can copy a stream

    @contextmanager
    def begin(self, training: Training, memory: dict[str, Any]) -> Iterator[AfterEpoch]:
        with self._opened(training) as write:

            def after_iteration(iteration: Iteration) -> None:
                if (training.epoch + 1) % self.every == 0:
                    write(_line_of_iteration(training.epoch + 1, iteration))

            def after_epoch() -> None:
                if training.epoch % self.every == 0:
                    write(line_of(training.history, training.epoch))

            with added(training.after_iteration, after_iteration if self.iterations else None):
                yield after_epoch

    @contextmanager
    def _opened(self, training: Training) -> Iterator[Callable[[str], object]]:
        """Yield a function that writes a line at once."""
        if _is_path(self.path):
            with _alone(self.path):
                self._go_on(training)
                file = open(self.path, "ab", buffering=0)  # noqa: SIM115 -- what the block raises is not about it
                try:
                    yield lambda line: append_whole(file.fileno(), line.encode(), self.path)
                finally:
                    with naming(self.path):
                        file.close()
        else:
            yield lambda line: print(line, end="", file=self.path, flush=True)

    def _go_on(self, training: Training) -> None:
        """Let the file hold the epochs that have ended, and nothing else."""
        path, logged = Path(self.path), range(self.every, training.epoch + 1, self.every)
        if path.exists() and not path.is_file():  # a pipe or a device, or a folder, which the caller cannot open
            return
        if logged and path.exists() and _last_line(path) == line_of(training.history, logged[-1]):
            return
        write_bytes(path, "".join(self._lines_of(training.history, logged)).encode())

    def _lines_of(self, history: dict[str, Any], epochs: Iterable[int]) -> Iterator[str]:
        """Yield the lines of epochs; of long refinements, the history no longer has every iteration."""
        for epoch in epochs:
            for record in _refinements(history, epoch) if self.iterations else ():
                yield from (_line_of_iteration(epoch, iteration) for iteration in iterations_of(record))
            yield line_of(history, epoch)


_written: set[tuple[int, str]] = set()  # what the trainings of this process write; a forked one writes nothing yet
_guard = threading.Lock()


@contextmanager
def _alone(path: FilePath) -> Iterator[None]:
    """Keep a file to one training of this process; a pipe or a device takes the lines of several."""
    own = os.getpid(), os.path.realpath(path)
    if not is_file(path):
        yield
        return
    with _guard:
        if own in _written:
            hint = "Give each training a file of its own."
            raise ValueError(f"path must be a file that no other training writes, got {os.fspath(path)!r}. {hint}")
        _written.add(own)
    try:
        yield
    finally:
        with _guard:
            _written.discard(own)


def line_of(history: dict[str, Any], epoch: int) -> str:
    """Return the line of an epoch, counted from 1.

    >>> line_of({"loss": [0.5, float("inf")], "refinements": []}, 2).rstrip()
    '{"epoch": 2, "loss": null}'
    """
    columns = {
        name: column[epoch - 1]
        for name, column in history.items()
        if name not in (*NOT_PER_EPOCH, "epoch") and len(column) >= epoch
    }
    refinements = [{key: one[key] for key in one if key != "curve"} for one in _refinements(history, epoch)]
    return _line({"epoch": epoch, **columns, **({"refinements": refinements} if refinements else {})})


def _line_of_iteration(epoch: int, iteration: Iteration) -> str:
    """Return the line of an iteration of an epoch's refinement."""
    return _line({"epoch": epoch, **row_of(iteration)})


def _refinements(history: dict[str, Any], epoch: int) -> list[dict[str, Any]]:
    """Return the records of an epoch's refinements."""
    records = history.get("refinements", [])
    first, end = (find(records, epoch, key=_epoch_of) for find in (bisect_left, bisect_right))
    return [*records[first:end]]


def _epoch_of(record: dict[str, Any]) -> int:
    epoch: int = record.get("epoch", 0)
    return epoch


def _line(content: dict[str, Any]) -> str:
    return json.dumps(_plain(content), allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return what JSON can hold."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def is_file(path: object) -> bool:
    """Return whether lines go to a file that one training has for itself, and not to a stream or a device."""
    return _is_path(path) and (os.path.isfile(path) or not os.path.exists(path))


def _is_path(path: object) -> TypeGuard[FilePath]:
    return isinstance(path, (str, os.PathLike)) and bool(os.fspath(path))


def _last_line(path: Path) -> str:
    """Return the last line of a file, "" if it has none."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        lines = file.read().splitlines(keepends=True)
    return lines[-1].decode(errors="replace") if lines else ""
