"""A disk that fails: a call in turn that opens, writes, flushes, closes or renames a file raises an OSError."""

import builtins
import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """Lets call number `bad` that changes files of a folder fail, and those after it if that is to last.

    Half of what was to be written is written all the same.
    """

    def __init__(self, folder, number, bad, lasting=False):
        self.folder, self.number, self.bad, self.lasting = f"{Path(folder).resolve()}{os.sep}", number, bad, lasting
        self.calls = []

    @property
    def failed(self):
        return len(self.calls) >= self.bad

    def has(self, path):
        return isinstance(path, (str, os.PathLike)) and os.path.realpath(path).startswith(self.folder)

    def call(self, name, half=None, path=None):
        """Count a call, and let it fail if it is the one; the error names a path where the system does."""
        self.calls.append(name)
        if len(self.calls) == self.bad or (self.lasting and self.failed):
            if half is not None:
                half()
            raise OSError(self.number, os.strerror(self.number), *([] if path is None else [str(path)]))


class File:
    """A file that is open for writing on such a disk."""

    def __init__(self, file, disk):
        self._file, self._disk = file, disk

    def write(self, content):
        self._disk.call("write", lambda: self._file.write(content[: len(content) // 2]))
        return self._file.write(content)

    def flush(self):
        self._disk.call("flush")
        self._file.flush()

    def close(self):
        """Close the descriptor whatever comes of it, as the system does."""
        if not self._file.closed:
            self._file.close()
            self._disk.call("close")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __getattr__(self, name):
        return getattr(self._file, name)


@contextmanager
def failing(disk):
    """Let files be written to a disk that fails."""
    with pytest.MonkeyPatch.context() as patch:
        for name, replacement in _calls_of(disk).items():
            patch.setattr(os, name, replacement)
        patch.setattr(builtins, "open", _opening(disk, builtins.open))
        yield


def _opening(disk, original):
    def opening(file, mode="r", *arguments, **options):
        if not disk.has(file) or not {*"wxa+"} & {*mode}:
            return original(file, mode, *arguments, **options)
        if "opener" not in options:  # otherwise that opens the file, which is counted
            disk.call("open", path=file)
        return File(original(file, mode, *arguments, **options), disk)

    return opening


def _calls_of(disk):
    """Return what stands in for functions of the module os."""
    original = {name: getattr(os, name) for name in ("open", "write", "fsync", "chmod", "replace")}

    def open_(path, flags, *arguments, **options):
        if disk.has(path) and flags & (os.O_WRONLY | os.O_RDWR):
            disk.call("os.open", path=path)
        return original["open"](path, flags, *arguments, **options)

    def write(handle, content):
        if stat.S_ISREG(os.fstat(handle).st_mode):
            disk.call("os.write", lambda: original["write"](handle, content[: len(content) // 2]))
        return original["write"](handle, content)

    def fsync(handle):
        disk.call("fsync")

    def chmod(path, *arguments, **options):
        if disk.has(path):
            disk.call("chmod", path=path)
        return original["chmod"](path, *arguments, **options)

    def replace(old, new, **options):
        if disk.has(new):
            disk.call("replace", path=old)
        return original["replace"](old, new, **options)

    return {"open": open_, "write": write, "fsync": fsync, "chmod": chmod, "replace": replace}
