"""A file of events for TensorBoard, written by the thread that trains: a full disk is an error there, not a wait."""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from ..settings.archive import naming
from ..settings.array_types import AnyArray

SECONDS = 2  # from one writing to the disk to the next
BEGINNING = "events.out.tfevents."  # of names of files
FROM, TO, RATIO = 1e-12, 1e20, 1.1  # the edges of histograms, as TensorBoard has them: a geometric series


class EventFile:
    """A new file in a folder, whose numbers replace those from `purge_step` on that the folder may hold.

    tensorboardX's own writer is a thread behind a queue. An error ends the thread, and whoever trains then waits for it
    for ever.

    Parameters
    ----------
    logdir : str
        The folder, made if it is not there.
    purge_step : int
        The first step to be written.

    Raises
    ------
    ImportError
        If tensorboardX is missing.
    OSError
        If the folder cannot be written, as any other method does, too.
    """

    def __init__(self, logdir: str, purge_step: int) -> None:
        make_folder, new_file, self._event, session_log, self._summaries = _tensorboard()
        self._logdir, self._flushed = logdir, -math.inf
        with naming(logdir):
            with suppress(FileExistsError):  # another training has made it in the meantime
                make_folder(logdir)
            self._file = new_file(os.path.join(logdir, _name(logdir, purge_step)))
        self._write(file_version="brain.Event:2")
        self._write(step=purge_step, file_version="brain.Event:2")
        self._write(step=purge_step, session_log=session_log(status=session_log.START))

    def add_scalar(self, name: str, value: float, step: int) -> None:
        """Write a number."""
        self._write(step=step, summary=self._summaries.scalar(name, value))

    def add_histogram(self, name: str, values: AnyArray, step: int) -> None:
        """Write a histogram of an array."""
        self._write(step=step, summary=self._summaries.histogram(name, values, _edges()))

    def flush_now_and_then(self) -> None:
        """Let TensorBoard see what was written, unless it was let to a moment ago."""
        if time.monotonic() - self._flushed >= SECONDS:
            with naming(self._logdir):
                self._file.flush()
            self._flushed = time.monotonic()

    def close(self) -> None:
        """Write what is left, and close the file."""
        with naming(self._logdir):
            try:
                self._file.flush()
            finally:
                with suppress(OSError):  # the same one again
                    self._file.close()

    def _write(self, **content: Any) -> None:
        with naming(self._logdir):
            self._file.write(self._event(wall_time=time.time(), **content).SerializeToString())


@contextmanager
def event_file(logdir: str, purge_step: int) -> Iterator[EventFile]:
    """Yield an EventFile, which is closed at the end; an error inside the block hides one of closing."""
    file = EventFile(logdir, purge_step)
    try:
        yield file
    except BaseException:
        with suppress(OSError):
            file.close()
        raise
    file.close()


def _tensorboard() -> tuple[Any, ...]:
    """Return what tensorboardX makes: a folder, a file, an event, a session's beginning, and summaries."""
    try:
        from tensorboardX import RecordWriter, summary
        from tensorboardX.proto.event_pb2 import Event, SessionLog
        from tensorboardX.record_writer import directory_check
    except ImportError as error:
        hint = 'Run: pip install "npae[tensorboard]"'
        raise ImportError(f"tensorboardX must be installed for npae.TensorBoard, got: {error}. {hint}") from error
    return directory_check, RecordWriter, Event, SessionLog, summary


def _name(logdir: str, step: int) -> str:
    """Return a name that no other file has, and that is read after all that are there, though the clock was set back.

    TensorBoard reads the files of a folder in the order of their names, which begin with the second of their making.
    """
    names = os.listdir(logdir) if os.path.isdir(logdir) else []
    digits = [name.removeprefix(BEGINNING).partition(".")[0] for name in names if name.startswith(BEGINNING)]
    second = max([int(time.time()), *(int(latest) + 1 for latest in digits if latest.isdecimal())])
    return f"{BEGINNING}{second:010d}.{socket.gethostname()}.{step:08d}.{time.time_ns()}.{os.urandom(4).hex()}"


def _edges() -> AnyArray:
    positive = FROM * RATIO ** np.arange(math.ceil(math.log(TO / FROM) / math.log(RATIO)))
    return np.concatenate([-positive[::-1], [0.0], positive])
