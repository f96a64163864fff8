"""Arrays and a JSON document in one .npz file: no pickle, a version inside, written as a whole or not at all."""

from __future__ import annotations

import codecs
import contextlib
import errno
import glob
import io
import json
import os
import secrets
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .array_types import AnyArray, ArrayLike
from .checks import checked_path
from .npy_content import array_of
from .version import RELEASE
from .zip_members import check_members

FORMAT = "npae"
VERSION = 3  # the highest that can be read
_DOCUMENT = "document.json"
PART = ".part"  # the end of the names of temporary files
BEGINNING = 4096  # bytes that tell a table
YOUNG = 60.0  # seconds for which a temporary file or folder may be waiting for its lock

FilePath: TypeAlias = str | os.PathLike[str]
Content: TypeAlias = bytes | memoryview


class FileError(ValueError):
    """A file is not what it should be: it is cut short, from another program, or from a newer version.

    Examples
    --------
    >>> from pathlib import Path
    >>> import npae
    >>> size = Path("model.npz").write_text("not a model")
    >>> npae.load("model.npz")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    npae.settings.archive.FileError: ...
    """


def write(
    path: FilePath, kind: str, document: Mapping[str, Any], arrays: Mapping[str, ArrayLike], *, version: int = 1
) -> None:
    """Write arrays and a document to a file, atomically: a failure leaves the file that was there before.

    `numpy.load` opens such a file too.

    Parameters
    ----------
    path : str or Path
        The file.
    kind : str
        What the file holds, such as "autoencoder"; `read` insists on it.
    document : dict
        What JSON can hold; NumPy's numbers and arrays become numbers and lists.
    arrays : dict of array
        The arrays by name.
    version : int, default 1
        The least version of the format whose readers understand the file.

    Raises
    ------
    OSError
        If the file cannot be written.
    TypeError
        If the document holds anything else, or `path` is no path.
    """
    checked_path("path", path)
    header = {"format": FORMAT, "version": version, "npae": RELEASE, "kind": kind, "arrays": list(arrays), **document}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(_DOCUMENT, json.dumps(header, default=_plain))
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", _npy(array))
    write_bytes(path, buffer.getbuffer())


def _plain(value: object) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"document must hold numbers, strings, lists and dicts, got {value!r}.")


def _npy(array: ArrayLike) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asanyarray(array), allow_pickle=False)
    return buffer.getvalue()


def write_bytes(path: FilePath, content: Content) -> None:
    """Write bytes to a temporary file, flush it to the disk, and rename it to `path`; a device is written to itself."""
    with naming(path := Path(checked_path("path", path))):
        if is_device(path):
            path.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(path)), content)


@contextlib.contextmanager
def naming(path: FilePath) -> Iterator[None]:
    """Let an OSError inside the block name the file that the user knows, in place of a temporary one or none."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename == os.fspath(path):
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None


def _replace(path: Path, content: Content) -> None:
    """Write a file that nobody sees before it is whole."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "path must be that of a file, got a folder", str(path))
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{PART}")
    try:  # from before the file is there: Ctrl-C may come at any moment
        _remove_parts_of_the_dead(path)
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            _lock(file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def append_whole(handle: int, content: bytes, path: FilePath, *, durable: bool = False) -> None:
    """Append bytes to the open file `path` as a whole, or raise an OSError that names it and leave the file as it was.

    A disk may take the beginning before it is full. A durable writing is flushed to the disk.
    """
    end, left = os.fstat(handle).st_size, memoryview(content)
    with naming(path):
        try:
            while left:
                left = left[os.write(handle, left) :]
            if durable:
                os.fsync(handle)
        except OSError:  # Ctrl-C leaves a whole line, or an incomplete one that will not be read
            with contextlib.suppress(OSError):  # of a pipe, or of a folder that has become read-only
                os.ftruncate(handle, end)
            raise


def is_device(path: Path) -> bool:
    """Return whether a path is that of a device, a pipe or the like, which no file may replace."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _remove_parts_of_the_dead(path: Path) -> None:
    """Remove temporary files for `path` that a process left as it was killed; those of live processes are locked."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*{PART}"):
        with contextlib.suppress(OSError):
            if not is_young(part.stat()):
                with open(part, "rb+") as file:
                    dead = _lock(file.fileno())
                if dead:
                    part.unlink()


def is_young(state: os.stat_result) -> bool:
    """Return whether something was made a moment ago; what lies in the future was not, as the clock was set back."""
    return abs(time.time() - state.st_mtime) <= YOUNG


def _lock(handle: int) -> bool:
    """Lock an open file until it is closed; return whether nobody else had. A file system may know no locks."""
    from filelock import lock_descriptor  # not with npae: most who import it write no file

    try:
        return lock_descriptor(handle, blocking=False)
    except OSError:
        return False


def write_text(path: FilePath, text: str) -> None:
    """Write text to `path` as UTF-8, atomically."""
    write_bytes(path, text.encode())


def read(path: FilePath, *kinds: str) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Return the document and the arrays of a file that `write` wrote.

    Parameters
    ----------
    path : str or Path
        The file.
    *kinds : str
        What the file may hold.

    Returns
    -------
    document : dict
        Its "kind" says what the file holds.
    arrays : dict of array
        The arrays by name.

    Raises
    ------
    FileError
        If the file is not of one of these kinds, or is damaged; the message names the file.
    OSError
        If the file cannot be opened.
    """
    with open(checked_path("path", path), "rb") as file:
        content = io.BytesIO(file.read())
    if _is_table(content.getvalue()[:BEGINNING]):
        hint = "That is a table, not a model: read it with pandas.read_csv, and fit a model to it."
        raise FileError(f"{path} must be a file that npae saved, got rows of text. {hint}")
    try:
        with zipfile.ZipFile(content) as archive:
            check_members(archive, content.getbuffer().nbytes, compressed=False)
            members = {name: archive.read(name) for name in archive.namelist()}  # in full: checksums are compared
        header = json.loads(members.pop(_DOCUMENT, b"null"))
    except Exception as error:  # anything that a damaged or foreign archive makes the readers raise
        raise _unreadable(path, error) from error
    _check(path, header, kinds)
    try:
        arrays = {name: array_of(members.pop(f"{name}.npy")) for name in header["arrays"]}
    except Exception as error:
        raise _unreadable(path, error) from error
    return header, arrays


@contextlib.contextmanager
def complete(path: FilePath, what: str) -> Iterator[None]:
    """Turn whatever the block raises over a document or arrays that are not as they should be into a FileError.

    Only with errors of the file alone inside: a FileError passes, and any other is told as what the file lacks.

    Yields
    ------
    None
        Nothing.
    """
    try:
        yield
    except FileError:
        raise
    except Exception as error:  # a KeyError, an OverflowError, anything that a wrong kind of value brings about
        got = repr(error) if isinstance(error, (KeyError, IndexError)) else error
        raise FileError(f"{path} must hold a complete {what}, got one without it: {got}") from error


def _is_table(beginning: bytes) -> bool:
    """Return whether a file that begins so looks like CSV: text, whose first two rows have as many separators."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(beginning)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    rows = text.splitlines()[:2]
    if len(rows) < 2 or not all(character.isprintable() or character.isspace() for character in text):
        return False
    return any(0 < rows[0].count(separator) == rows[1].count(separator) for separator in ",;\t")


def _unreadable(path: FilePath, error: Exception) -> FileError:
    hint = f"It is damaged or was written by another program ({type(error).__name__}: {error})."
    return FileError(f"{path} must be a file that npae saved, got one that cannot be read. {hint}")


def _check(path: FilePath, header: Any, kinds: tuple[str, ...]) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FileError(f"{path} must be a file that npae saved, got one from another program.")
    version = header.get("version")
    if not isinstance(version, int) or version > VERSION:
        hint = "Upgrade npae to read it."
        by = f", written by npae {header['npae']}" if isinstance(header.get("npae"), str) else ""
        raise FileError(f"{path} must have a file version of at most {VERSION}, got {version}{by}. {hint}")
    if header.get("kind") not in kinds:
        raise FileError(f"{path} must hold an npae {' or '.join(kinds)}, got an npae {header.get('kind')}.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
