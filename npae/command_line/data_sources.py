"""From what DATA names, a file, a folder or a stream, to samples."""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ..datasets import FONTS, load_folder, load_font, load_idx
from ..settings.archive import FileError
from ..settings.array_types import AnyArray
from ..settings.data_set import DataSet
from ..settings.npy_content import array_of
from ..settings.zip_members import check_members
from .column_choice import Choice
from .csv_tables import CsvForm, read_csv
from .named_table import NamedTable
from .parquet_files import read_parquet

GZIP, NPY, ZIP, PARQUET, IDX = b"\x1f\x8b", b"\x93NUMPY", b"PK\x03\x04", b"PAR1", b"\0\0"
STDIN = "-"
ELSEWHERE = "Unpack it, or save a sheet as CSV."
NAMES = "columns"  # of the array in an .npz file that holds the names of columns


@dataclass(frozen=True)
class Reading:
    """How DATA is read: `form` of a CSV file, `choice` of columns, `array` in an .npz file, and what is done then.

    `size` and `grey` are those of `npae.datasets.load_folder`; numbers are divided by `divide`; `rows` are kept.
    `gaps` is the hint for a table with gaps, None where they are taken or of no interest.
    """

    form: CsvForm = field(default_factory=CsvForm)
    choice: Choice = field(default_factory=Choice)
    array: str | None = None
    size: tuple[int, ...] | None = None
    grey: bool | None = None
    divide: float | None = None
    rows: slice | None = None
    gaps: str | None = None


@dataclass(frozen=True)
class Data:
    """Samples, the name of where they came from, and a label for each if there are labels.

    `table` says whether the columns may have units of their own, as in a CSV file.
    """

    samples: Any
    name: str
    labels: list[str] | None = None
    table: bool = False

    def __len__(self) -> int:
        return len(self.samples)


Reader: TypeAlias = Callable[[Path, bytes, Reading], Data]


def load_data(source: str, reading: Reading | None = None) -> Data:
    """Return the samples that DATA names; OSError or FileError for what cannot be read."""
    reading = Reading() if reading is None else reading
    path = Path(source)
    if source == STDIN:
        data = _from_csv(_standard_input(), "standard input", reading)
    elif source in FONTS and not path.exists():
        font = load_font(source)
        data = Data(font, source, list(font.labels))
    elif path.is_dir():
        size = reading.size[0] if reading.size and len(reading.size) == 1 else reading.size
        pictures = load_folder(path, size, reading.grey)
        data = Data(pictures, pictures.name, list(pictures.labels) if any(pictures.labels) else None)
    else:
        data = _from_file(path, reading)
    return _finished(data, reading)


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise FileError("standard input must be open, got a closed one.")
    return sys.stdin.buffer.read()


def _from_file(path: Path, reading: Reading) -> Data:
    """Return the samples of a file, whose first bytes say what it is."""
    content = path.read_bytes()
    readers: tuple[tuple[bytes, Reader], ...] = (
        (NPY, _from_npy),
        (ZIP, _from_npz),
        (PARQUET, _from_parquet),
        (IDX, _from_idx),
    )
    if content.startswith(GZIP):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise FileError(
                f"{path} must be a whole gzip file, got one that cannot be decompressed: {error}."
            ) from error
    for magic, reader in readers:
        if content.startswith(magic):
            return reader(path, content, reading)
    return _from_csv(content, str(path), reading)


def _from_csv(content: bytes, name: str, reading: Reading) -> Data:
    values, names, labels = read_csv(content, name, reading.form, reading.choice, reading.gaps)
    return Data(values if names is None else NamedTable(values, names), name, labels, table=True)


def _from_npy(path: Path, content: bytes, reading: Reading) -> Data:
    try:
        array = array_of(content)
    except ValueError as error:
        raise FileError(
            f"{path} must be a whole .npy file of numbers, got one that cannot be read: {error}."
        ) from error
    return _chosen(array, None, path, reading)


def _from_npz(path: Path, content: bytes, reading: Reading) -> Data:
    try:
        return _chosen(*_members(content, path, reading), path, reading)
    except FileError:
        raise
    except Exception as error:  # whatever a damaged archive makes the readers raise
        raise FileError(
            f"{path} must be a whole .npz file of numbers, got one that cannot be read: {error}."
        ) from error


def _members(content: bytes, path: Path, reading: Reading) -> tuple[AnyArray, list[str] | None]:
    """Return the array in an .npz file that the user asked for, and the names of its columns if they are there."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_members(archive, len(content))
        members = archive.namelist()
        if "document.json" in members:
            raise FileError(f"{path} must hold data, got a file that npae saved. Is the order MODEL DATA?")
        names = [name.removesuffix(".npy") for name in members if name.endswith(".npy") and name != f"{NAMES}.npy"]
        if members and not names:
            raise FileError(f"{path} must be an .npz file of arrays, got a zip file of others. {ELSEWHERE}")
        array = array_of(archive.read(f"{_array_name(names, path, reading)}.npy"))
        if f"{NAMES}.npy" not in members:
            return array, None
        columns = array_of(archive.read(f"{NAMES}.npy"))
    if columns.shape != array.shape[1:]:
        raise ValueError(f"{NAMES} must be a name for each column, got shape {columns.shape}")
    return array, list(map(str, columns))


def _array_name(names: list[str], path: Path, reading: Reading) -> str:
    if reading.array is None and len(names) == 1:
        return names[0]
    if reading.array in names:
        return str(reading.array)
    listed = ", ".join(map(repr, names)) or "none"
    got = "no --array" if reading.array is None else f"--array {reading.array}"
    raise FileError(f"{path} must be read with the name of one of its arrays, {listed}, got {got}.")


def _from_idx(path: Path, _: bytes, reading: Reading) -> Data:
    return _chosen(load_idx(path), None, path, reading)


def _from_parquet(path: Path, content: bytes, reading: Reading) -> Data:
    values, names, labels = read_parquet(content, str(path), reading.choice, reading.gaps)
    return Data(NamedTable(values, names), str(path), labels, table=True)


def _chosen(array: AnyArray, names: list[str] | None, path: Path, reading: Reading) -> Data:
    """Return the columns of an array that the user asked for."""
    if array.ndim == 0 or not array.size:  # an array without rows may have any number of columns
        raise FileError(f"{path} must hold samples, one a row, got an array of shape {array.shape}.")
    if array.ndim != 2 or reading.choice.takes_all(names):
        return Data(array if names is None else NamedTable(array, names), str(path))
    kept, label = reading.choice.among(names, array.shape[1], str(path))
    labels = None if label is None else [str(value) for value in array[:, label].tolist()]
    values = array[:, kept]
    return Data(values if names is None else NamedTable(values, [names[i] for i in kept]), str(path), labels)


def _finished(data: Data, reading: Reading) -> Data:
    """Return data with the rows that the user asked for, divided as asked for."""
    samples, labels = data.samples, data.labels
    if reading.rows is not None:
        samples = (samples.samples if isinstance(samples, DataSet) else samples)[reading.rows]
        labels = None if labels is None else labels[reading.rows]
        if not len(samples):
            raise FileError(f"--rows must leave rows of {data.name}, got none of {len(data)}.")
    if reading.divide is not None:
        whole: AnyArray = np.asarray(samples)
        if whole.dtype.kind not in "biufc":
            raise FileError(f"{data.name} must hold numbers to be divided, got {whole.dtype}.")
        with np.errstate(all="ignore"):  # what is not finite is refused, or a gap, later
            values = whole / reading.divide
        samples = NamedTable(values, samples.columns) if isinstance(samples, NamedTable) else values
    return replace(data, samples=samples, labels=labels)
