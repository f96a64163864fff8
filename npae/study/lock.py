"""One writer a file: a lock file that says who holds it, and that nobody has to clean up after a killed process."""

import json
import os
import socket
from pathlib import Path


class Lock:
    """Hold `path` + ".lock", or another ending, while inside; a context manager.

    The lock file names the process that holds it. One that was killed leaves it behind: whoever comes next sees that
    the process is gone, and takes it over. Of several at once only one succeeds.

    Raises
    ------
    BlockingIOError if another process, or another study of this one, holds the lock.
    """

    def __init__(self, path, ending=".lock"):
        self._for, self._path = path, Path(f"{os.path.realpath(path)}{ending}")
        self._claim = Path(f"{self._path}.claim")

    def __enter__(self):
        if not _create(self._path):
            holder = _holder(self._path)
            if _alive(holder) or not self._take_over(holder):
                raise BlockingIOError(self._refusal(holder))
        return self

    def __exit__(self, *exception):
        self._path.unlink(missing_ok=True)

    def _take_over(self, dead):
        """Replace the lock of a dead process; only who holds the claim may, so that nobody removes a fresh lock."""
        if not _create(self._claim):
            return False
        try:
            if _holder(self._path) != dead:
                return False
            self._path.unlink(missing_ok=True)
            return _create(self._path)
        finally:
            self._claim.unlink(missing_ok=True)

    def _refusal(self, holder):
        who = f"process {holder['pid']} on {holder['host']}" if holder else "another process"
        hint = f"Wait for it, or use another file. If no study runs any more, delete {self._path.name} beside it."
        return f"{self._for} must be written by one study at a time, got one that {who} is writing. {hint}"


def _create(path):
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    except FileExistsError:
        return False
    try:
        os.write(handle, json.dumps(_identity(os.getpid())).encode())
    finally:
        os.close(handle)
    return True


def _identity(pid):
    return {"pid": pid, "host": socket.gethostname(), "born": _birth(pid)}


def _holder(path):
    """Return the identity in a lock file; {} if there is none, or none yet."""
    try:
        holder = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) and holder.keys() == _identity(os.getpid()).keys() else {}


def _alive(holder):
    """Tell whether the holder may still run; where that cannot be known, it may."""
    if not holder or holder["host"] != socket.gethostname() or os.name != "posix":
        return True
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _birth(holder["pid"]) == holder["born"]  # a number is given to another process some day


def _birth(pid):
    """Return when a process started, in the system's own count; "" where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
