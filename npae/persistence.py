"""Arrays and a JSON document in one safe .npz file: no pickle, a version inside, written all or nothing."""

import io
import json
import os
import tempfile
from pathlib import Path

import numpy as np

FORMAT = "npae"
VERSION = 1
_DOCUMENT = "document.json"


class FileError(ValueError):
    """A file that is not what it should be: cut short, foreign, or from a newer version."""


def write(path, kind, document, arrays):
    """Write `arrays` {name: array} and a JSON-able `document` to `path`, atomically.

    The file appears under its name only when it is complete; a failure leaves what was there before.
    `kind` says what the file is ("autoencoder"); `read` insists on it.
    """
    header = {"format": FORMAT, "version": VERSION, "kind": kind, **document}
    text = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **{_DOCUMENT: text, **arrays})
    write_bytes(path, buffer.getbuffer())


def write_bytes(path, content):
    """Write bytes to `path` under a temporary name, flush them to the disk, and rename."""
    path = Path(path)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path, text):
    """Write text to `path` as UTF-8, atomically."""
    write_bytes(path, text.encode())


def read(path, kind):
    """Return (document, arrays) of a file that `write` wrote as `kind`.

    Raises FileError, naming the file, if it is not one; OSError if it cannot be opened.
    """
    with open(path, "rb") as file:
        content = io.BytesIO(file.read())
    try:
        with np.load(content, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop(_DOCUMENT).tobytes())
    except Exception as error:  # whatever a damaged or foreign archive makes the readers raise
        cure = f"It is damaged or was written by another program ({error})."
        raise FileError(f"{path} must be a file that npae saved, got one that cannot be read. {cure}") from error
    _check(path, header, kind)
    return header, arrays


def _check(path, header, kind):
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FileError(f"{path} must be a file that npae saved, got one of another program.")
    version = header.get("version")
    if not isinstance(version, int) or version > VERSION:
        cure = "Upgrade npae to read it."
        raise FileError(f"{path} must have a file version of at most {VERSION}, got {version}. {cure}")
    if header.get("kind") != kind:
        raise FileError(f"{path} must hold an npae {kind}, got an npae {header.get('kind')}.")


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
