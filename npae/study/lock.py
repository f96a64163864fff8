"""One writer per file: a lock file that names its holder, and that a killed process need not clean up."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any, TypeAlias

from ..settings.checks import checked_path
from .run_types import FilePath

Identity: TypeAlias = dict[str, Any]  # pid, host, and when the process was born


class Lock:
    """Hold the file `path` + ".lock" (or another ending) inside a `with` block.

    The lock file names the process that holds it. A process that is killed leaves its lock file; the next one sees that
    the process is gone and takes the lock over. If several try at once, one succeeds.

    Entering raises BlockingIOError if another process, or another study of this process, holds the lock.
    """

    def __init__(self, path: FilePath, ending: str = ".lock") -> None:
        self._for, self._path = path, Path(f"{os.path.realpath(checked_path('path', path))}{ending}")
        self._claim = Path(f"{self._path}.claim")

    def __enter__(self) -> Lock:
        if not _create(self._path):
            holder = _holder(self._path)
            if _alive(holder) or not self._take_over(holder):
                raise BlockingIOError(self._refusal(holder))
        return self

    def __exit__(self, *exception: object) -> None:
        self._path.unlink(missing_ok=True)

    def _take_over(self, dead: Identity) -> bool:
        """Replace the lock of a dead process. The claim ensures that nobody removes a fresh lock."""
        if not _create(self._claim):
            return False
        try:
            if _holder(self._path) != dead:
                return False
            self._path.unlink(missing_ok=True)
            return _create(self._path)
        finally:
            self._claim.unlink(missing_ok=True)

    def _refusal(self, holder: Identity) -> str:
        who = f"process {holder['pid']} on {holder['host']}" if holder else "another process"
        hint = f"Wait for it, or use another file. If no study is running, delete {self._path.name} next to it."
        return f"{self._for} must be written by one study at a time, got one that {who} is writing. {hint}"


def _create(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    except FileExistsError:
        return False
    try:
        os.write(handle, json.dumps(_identity(os.getpid())).encode())
    finally:
        os.close(handle)
    return True


def _identity(pid: int) -> Identity:
    return {"pid": pid, "host": socket.gethostname(), "born": _birth(pid)}


def _holder(path: Path) -> Identity:
    """Return the identity in a lock file; {} if there is none, or none yet."""
    try:
        holder = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) and holder.keys() == _identity(os.getpid()).keys() else {}


def _alive(holder: Identity) -> bool:
    """Return whether the holder may still be running; true if that is unknown."""
    if not holder or holder["host"] != socket.gethostname() or os.name != "posix":
        return True
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(_birth(holder["pid"]) == holder["born"])  # the system reuses process numbers


def _birth(pid: int) -> str:
    """Return when a process started, in the system's own count; "" if the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
