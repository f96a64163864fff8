"""Finished runs in a file of JSON lines, one line per run. The file survives whatever ends its writer."""

from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any

from ..settings.archive import FileError, append_whole, naming
from ..settings.checks import checked_path
from .lock import Lock, unwritable
from .run_types import FilePath, Row

BEGINNING = b'{"key": "'  # of every line
RESERVED = ("key", "seed", "status", "reason", "seconds")
ENDINGS = ("finished", "failed")  # the status of a run


class Journal:
    """The rows in a file. Use it in a `with` block, which holds the file's lock.

    Each row is one line, written at once and flushed to the disk. If a killed writer left an incomplete last line,
    opening the file drops it. An incomplete line elsewhere is skipped with a warning. Everything else is kept.

    Entering raises FileError for a file of something else, BlockingIOError if another study is writing the file, and
    another OSError if the file cannot be written.

    Parameters
    ----------
    path : path-like, optional
        The file, created if it does not exist. None keeps the rows in memory.

    Attributes
    ----------
    rows : dict of dict
        The rows by key, in the order of the file. If keys are equal, the last row counts.
    """

    def __init__(self, path: FilePath | None = None) -> None:
        self._path, self._handle = None if path is None else checked_path("path", path), -1
        self.rows: dict[str, Row] = {}

    def __enter__(self) -> Journal:
        if self._path is None:
            return self
        self._handle = _opened(self._path)
        try:
            self._lock = Lock(self._path).__enter__()
        except BaseException:
            os.close(self._handle)
            raise
        try:
            self._open(self._path)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self._path is not None:
            try:
                with naming(self._path):
                    os.close(self._handle)
            finally:
                self._lock.__exit__()

    def append(self, row: Row) -> Row:
        """Add a row; return it as the file has it."""
        line = json.dumps(row, allow_nan=False)
        kept: Row = json.loads(line)
        if self._path is not None:
            self._write(line.encode() + b"\n", self._path)
        self.rows[kept["key"]] = kept
        return kept

    def _open(self, path: FilePath) -> None:
        rows, whole, total = _parsed(_contents(path), path)
        self.rows = {row["key"]: row for row in rows}
        if whole < total:
            with naming(path):
                os.ftruncate(self._handle, whole)
        elif whole > total:
            self._write(b"\n", path)

    def _write(self, content: bytes, path: FilePath) -> None:
        try:
            append_whole(self._handle, content, path, durable=True)
        except OSError as error:
            raise no_room(path, error) from error


def _opened(path: FilePath) -> int:
    """Return a handle of the file to append to; one clear OSError if it cannot be written."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    try:
        return os.open(path, flags, 0o666)
    except (FileNotFoundError, IsADirectoryError):
        raise
    except OSError as error:
        raise unwritable(path, error) from error


def no_room(path: FilePath, error: OSError) -> OSError:
    """Return the error for a run that cannot be written down, of the same number."""
    rule, hint = "path must be that of a file that takes another run", "Free space; the same call goes on"
    return OSError(error.errno, f"{rule}, got: {error.strerror}. {hint}", str(path))


def read(path: FilePath) -> list[Row]:
    """Return the rows of a file, even while it is being written; an incomplete last line is left out.

    Raises FileError for a file of something else, OSError if it cannot be opened.
    """
    rows, _, _ = _parsed(_contents(path), path)
    return list({row["key"]: row for row in rows}.values())


def _contents(path: FilePath) -> bytes:
    with open(checked_path("path", path), "rb") as file:
        return file.read()


def _parsed(content: bytes, path: FilePath) -> tuple[list[Row], int, int]:
    """Return (rows, bytes in whole lines, bytes in all); if only a newline is missing, the former is larger by one."""
    *lines, last = content.split(b"\n")
    found = [_row_or_cut(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    rows = [row for row in found if row is not None]
    if len(rows) < len(found):
        text = f"{path}: skipped {len(found) - len(rows)} incomplete line(s); these runs will be repeated."
        warnings.warn(text, stacklevel=4)
    ending = _row_or_cut(last, str(path)) if last else None
    if ending is None:
        return rows, len(content) - len(last), len(content)
    return [*rows, ending], len(content) + 1, len(content)


def _row_or_cut(line: bytes, where: str) -> Row | None:
    """Return the row, or None for the beginning of one; raise FileError for anything else."""
    try:
        return _row(line, where)
    except FileError:
        if line.startswith(BEGINNING) or BEGINNING.startswith(line):
            return None
        raise


def _row(line: bytes, where: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not _is_row(row):
        hint = "Give the study a file of its own."
        text = line[:60].decode(errors="replace")
        raise FileError(f"{where} must be a run that npae.study wrote, got {text!r}. {hint}")
    whole: Row = row
    return whole


def _is_row(row: Any) -> bool:
    """Return whether this is what `append` writes of a run: what else looks like one would fail in a table of runs."""
    if not isinstance(row, dict) or not row.keys() >= {*RESERVED}:
        return False
    texts = all(isinstance(row[name], str) for name in ("key", "status", "reason"))
    counted = type(row["seed"]) is int and type(row["seconds"]) in (int, float)  # and no bool
    numbers = all(_is_finite(value) for value in row.values() if isinstance(value, (int, float)))
    return texts and counted and numbers and row["status"] in ENDINGS


def _is_finite(value: float) -> bool:
    """Return whether a value is a number that a float can hold."""
    return abs(value) <= sys.float_info.max
