"""Arrays and a JSON document in one safe .npz file: no pickle, a version inside, written all or nothing."""

import io
import json
import os
import tempfile
import zipfile
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
    `kind` says what the file is ("autoencoder"); `read` insists on it. `numpy.load` opens such a file too.
    """
    header = {"format": FORMAT, "version": VERSION, "kind": kind, "arrays": list(arrays), **document}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(_DOCUMENT, json.dumps(header, default=_plain))
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", _npy(array))
    write_bytes(path, buffer.getbuffer())


def _plain(value):
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"document must hold numbers, strings, lists and dicts, got {value!r}.")


def _npy(array):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asanyarray(array), allow_pickle=False)
    return buffer.getvalue()


def write_bytes(path, content):
    """Write bytes to `path` under a temporary name, flush them to the disk, and rename."""
    path = Path(os.path.realpath(path))
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
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


def read(path, *kinds):
    """Return (document, arrays) of a file that `write` wrote as one of `kinds`; the document says which, as "kind".

    Raises FileError, naming the file, if it is not one; OSError if it cannot be opened.
    """
    with open(path, "rb") as file:
        content = io.BytesIO(file.read())
    try:
        with zipfile.ZipFile(content) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}  # whole: checksums are compared
        header = json.loads(members.pop(_DOCUMENT))
    except Exception as error:  # whatever a damaged or foreign archive makes the readers raise
        raise _unreadable(path, error) from error
    _check(path, header, kinds)
    try:
        arrays = {name: _array(members.pop(f"{name}.npy")) for name in header["arrays"]}
    except Exception as error:
        raise _unreadable(path, error) from error
    return header, arrays


def _array(content):
    buffer = io.BytesIO(content)
    array = np.lib.format.read_array(buffer, allow_pickle=False)
    if buffer.tell() != len(content):
        raise ValueError("an array is shorter than its file")
    return array


def _unreadable(path, error):
    hint = f"It is damaged or was written by another program ({type(error).__name__}: {error})."
    return FileError(f"{path} must be a file that npae saved, got one that cannot be read. {hint}")


def _check(path, header, kinds):
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FileError(f"{path} must be a file that npae saved, got one of another program.")
    version = header.get("version")
    if not isinstance(version, int) or version > VERSION:
        hint = "Upgrade npae to read it."
        raise FileError(f"{path} must have a file version of at most {VERSION}, got {version}. {hint}")
    if header.get("kind") not in kinds:
        raise FileError(f"{path} must hold an npae {' or '.join(kinds)}, got an npae {header.get('kind')}.")


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
