"""One writer per file: a lock that the operating system releases when its holder dies, however that happens."""

from __future__ import annotations

import errno
import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from filelock import FileLock, Timeout

from ..settings.checks import checked_path
from .run_types import FilePath

Identity: TypeAlias = dict[str, Any]  # pid, host, and when the process was born
WAIT = 0.1  # seconds for which a lock is tried: its holder may be about to let it go


class Lock:
    """Hold the file `path` + ".lock" (or another ending) inside a `with` block.

    What counts is the system's lock on that file, and not that the file is there: what a killed process or an earlier
    version has left locks nothing. The file names its holder, for the message that others get, and is removed at the
    end.

    Entering raises BlockingIOError if another process, or another study of this process, holds the lock, and another
    OSError if the folder cannot be written, or its file system has no locks.
    """

    def __init__(self, path: FilePath, ending: str = ".lock") -> None:
        self._for, self._path = path, Path(f"{os.path.realpath(checked_path('path', path))}{ending}")
        self._lock = FileLock(self._path, WAIT, thread_local=False, on_acquired=_sign, fallback_to_soft=False)

    def __enter__(self) -> Lock:
        if not self._path.parent.is_dir():  # which the lock would make
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._for))
        try:
            self._lock.acquire()
        except Timeout as error:
            raise BlockingIOError(self._refusal()) from error
        except OSError as error:
            raise unwritable(self._for, error) from error
        with suppress(OSError):  # of version 0.1.0; who cannot remove it holds the lock all the same
            Path(f"{self._path}.claim").unlink()
        return self

    def __exit__(self, *exception: object) -> None:
        if os.name == "posix":  # on Windows, the lock removes its file; here, others see that it is gone and try again
            with suppress(OSError):
                self._path.unlink()
        self._lock.release()

    def _refusal(self) -> str:
        holder = _holder(self._path)
        who = f"process {holder['pid']} on {holder['host']}" if holder else "another process"
        return (
            f"{self._for} must be written by one study at a time, got one that {who} is writing. "
            "Wait for it, or use another file."
        )


def unwritable(path: FilePath, error: OSError) -> OSError:
    """Return the error for a file that cannot be written or locked, of the same class and number."""
    rule = "path must be that of a file that can be written and locked"
    hint = "Use a folder on a disk of this machine, which you may write to"
    number = error.errno or errno.EIO
    return type(error)(number, f"{rule}, got: {error.strerror or error}. {hint}", str(path))


def _sign(handle: int) -> None:
    """Write who holds a lock into its file. The first byte stays blank: on Windows, nobody else may read that."""
    identity = {"pid": os.getpid(), "host": socket.gethostname(), "born": _birth(os.getpid())}
    with suppress(OSError):  # such as a full disk: the lock holds all the same
        os.lseek(handle, 0, os.SEEK_SET)
        os.ftruncate(handle, 0)
        os.write(handle, b" " + json.dumps(identity).encode())


def _holder(path: Path) -> Identity:
    """Return the identity in a lock file; {} if there is none, or none yet."""
    try:
        with open(path, "rb") as file:
            file.seek(1)
            holder = json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return {}
    return holder if isinstance(holder, dict) and {"pid", "host"} <= holder.keys() else {}


def _birth(pid: int) -> str:
    """Return when a process started, in the system's own count; "" if the system does not tell.

    Version 0.1.0, which finds this file, tells a live process from a later one of the same number by it.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
