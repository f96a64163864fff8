"""Finished runs in a file of JSON lines, one line a run, that survives whatever ends its writer."""

import json
import os
import warnings

from ..settings.archive import FileError
from .lock import Lock

BEGINNING = b'{"key": "'  # of every line
RESERVED = ("key", "seed", "status", "reason", "seconds")


class Journal:
    """Rows in a file, kept as they come; a context manager that holds the file's lock.

    Every row is one line, written at once and flushed to the disk. A last line that a killed writer left cut is dropped
    when the file is opened next; a cut line elsewhere is passed over with a warning. Everything else is kept.

    Parameters
    ----------
    path : of the file, made if there is none; None for rows in memory only.

    Attributes
    ----------
    rows : dict of rows by their key, in the file's order; of rows with equal keys the last.

    Raises
    ------
    FileError for a file of something else. BlockingIOError if another study is writing it.
    """

    def __init__(self, path=None):
        self._path, self._handle, self.rows = path, None, {}

    def __enter__(self):
        if self._path is None:
            return self
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._handle = os.open(self._path, flags, 0o666)
        try:
            self._lock = Lock(self._path).__enter__()
        except BaseException:
            os.close(self._handle)
            raise
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        if self._handle is not None:
            os.close(self._handle)
            self._lock.__exit__()

    def append(self, row):
        """Keep a row; return it as the file has it."""
        line = json.dumps(row, allow_nan=False)
        row = json.loads(line)
        if self._handle is not None:
            self._write(line.encode() + b"\n")
        self.rows[row["key"]] = row
        return row

    def _open(self):
        rows, whole, total = _parsed(_contents(self._path), self._path)
        self.rows = {row["key"]: row for row in rows}
        if whole < total:
            os.ftruncate(self._handle, whole)
        elif whole > total:
            self._write(b"\n")

    def _write(self, content):
        before = os.fstat(self._handle).st_size
        try:
            written = os.write(self._handle, content)
            if written < len(content):
                raise OSError(f"{self._path} must have room for another run, got a full disk.")
            os.fsync(self._handle)
        except OSError:  # Ctrl-C leaves a whole line, or one that is cut and will not be read
            os.ftruncate(self._handle, before)
            raise


def read(path):
    """Return the rows in a file, whoever may be writing it; a cut last line is left out.

    Raises FileError for a file of something else, OSError if it cannot be opened.
    """
    rows, _, _ = _parsed(_contents(path), path)
    return list({row["key"]: row for row in rows}.values())


def _contents(path):
    with open(path, "rb") as file:
        return file.read()


def _parsed(content, path):
    """Return (rows, bytes of whole lines, bytes there are); one more than there are if just a newline is missing."""
    *lines, last = content.split(b"\n")
    rows = [_row_or_cut(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if None in rows:
        text = f"{path}: {rows.count(None)} cut line(s) passed over; these runs will be done again."
        warnings.warn(text, stacklevel=4)
        rows = [row for row in rows if row is not None]
    ending = _row_or_cut(last, path) if last else None
    if ending is None:
        return rows, len(content) - len(last), len(content)
    return [*rows, ending], len(content) + 1, len(content)


def _row_or_cut(line, where):
    """Return the row, or None for what begins like one and is cut; raise FileError for anything else."""
    try:
        return _row(line, where)
    except FileError:
        if line.startswith(BEGINNING) or BEGINNING.startswith(line):
            return None
        raise


def _row(line, where):
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not row.keys() >= {*RESERVED}:
        hint = "Give the study a file of its own."
        text = line[:60].decode(errors="replace")
        raise FileError(f"{where} must be a run that npae.study wrote, got {text!r}. {hint}")
    return row
