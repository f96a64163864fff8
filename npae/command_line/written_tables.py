"""Rows of numbers and names as aligned text, CSV or JSON on standard output, or as a file written all or nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click
import numpy as np

from ..settings.archive import is_device, write_bytes, write_text
from ..settings.array_types import AnyArray
from .parquet_files import write_parquet

F = TypeVar("F", bound=Callable[..., Any])
Columns: TypeAlias = dict[str, Sequence[Any] | AnyArray]  # each as long as the others
FORMATS = ("text", "csv", "json")
SCANNED = 6  # significant digits of numbers in text
PIECE = 1024  # characters, which a pipe takes in one go or not at all
KINDS = {".json": "json", ".txt": "text"}  # the formats of files whose names end so
ENDINGS = (".csv", ".tsv", ".json", ".txt", ".npy", ".npz", ".parquet")


def format_option(function: F) -> F:
    """Give a command the option that says how a table is printed."""
    option = click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Of standard output.")
    return option(function)


@contextmanager
def only_tables_on_output(form: str) -> Iterator[None]:
    """Let what is printed meanwhile go to standard error, if standard output is for a program to read."""
    with nullcontext() if form == "text" else redirect_stdout(sys.stderr):
        yield


def out_option(function: F) -> F:
    """Give a command the option that names a file for a table."""
    text = f"Write a file instead: {', '.join(ENDINGS)}."
    return click.option("--out", "-o", metavar="FILE", help=text)(function)


def checked_target(path: str, endings: Sequence[str] = (), used: Mapping[str, str | None] | None = None) -> Path:
    """Return the path of a file that can be written, or raise before anything has been computed for it.

    `used` are the other files of the command, by what names them there.
    """
    target = Path(path)
    for name, other in (used or {}).items():
        if other is not None and _is_same_file(target, Path(other)):
            rule = "--out must be a file that the command does not read or keep"
            raise click.UsageError(f"{rule}, got that of {name}, {path}.")
    if endings and target.suffix.lower() not in endings:
        raise click.UsageError(f"--out must end with {', '.join(endings)}, got {path!r}.")
    if target.is_dir():
        raise IsADirectoryError(f"--out must be the path of a file, got the folder {path}.")
    if is_device(target):
        return target
    folder = Path(os.path.realpath(target)).parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return target
    except OSError as error:
        reason = error.strerror or str(error)
        raise type(error)(f"--out must be a file in a folder that can be written to, got {path} ({reason}).") from error


def _is_same_file(one: Path, other: Path) -> bool:
    """Return whether two paths lead, or will lead, to the same file; a device can be read and written."""
    if one.exists() and other.exists():
        return one.samefile(other) and not is_device(one)
    return os.path.realpath(one) == os.path.realpath(other)


def deliver(columns: Columns, form: str, out: str | None, array: AnyArray | None = None) -> None:
    """Print a table, or write it to a file; .npy and .npz take `array`, which has its own shape, if there is one."""
    if out is None:
        print_table(columns, form)
    else:
        write_table(Path(out), columns, array)


def print_table(columns: Columns, form: str) -> None:
    """Print a table piece by piece; BrokenPipeError if whoever reads it has gone before the last one.

    An unbuffered stream (PYTHONUNBUFFERED) drops what a pipe that closes does not take of one long text, silently.
    """
    text = _aligned(columns, _scanned) if form == "text" else printed(columns, form)
    for start in range(0, len(text), PIECE):
        click.echo(text[start : start + PIECE], nl=False)


def printed(columns: Columns, form: str) -> str:
    """Return a table in one of `FORMATS`, with all digits and a line end."""
    return _aligned(columns) if form == "text" else _csv(columns) if form == "csv" else _json(columns)


def write_table(path: Path, columns: Columns, array: AnyArray | None = None) -> None:
    """Write a table to a file of the kind that its name says."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        write_bytes(path, write_parquet({name: np.asarray(values) for name, values in columns.items()}))
    elif ending in (".npy", ".npz"):
        write_bytes(path, _numpy(ending, columns, array))
    else:
        write_text(path, _csv(columns, "\t") if ending == ".tsv" else printed(columns, KINDS.get(ending, "csv")))


def _numpy(ending: str, columns: Columns, array: AnyArray | None) -> bytes:
    numbers = {name: np.asarray(values) for name, values in columns.items()}
    numbers = {name: values for name, values in numbers.items() if values.dtype.kind in "fiub"}
    values = np.column_stack(list(numbers.values())) if array is None else array
    buffer = io.BytesIO()
    if ending == ".npy":
        np.save(buffer, values)
    elif array is not None and array.ndim != 2:
        np.savez(buffer, data=values)
    else:
        np.savez(buffer, data=values, columns=np.array(list(numbers)))
    return buffer.getvalue()


def _text(value: Any) -> str:
    """Return a cell: numbers in as many digits as it takes to read the same number again; nothing for NaN and None."""
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else str(value)
    return str(value)


def _scanned(value: Any) -> str:
    """Return a cell with as many digits as a reader can scan."""
    is_number = isinstance(value, (float, np.floating)) and not np.isnan(value)
    return f"{value:.{SCANNED}g}" if is_number else _text(value)


def _aligned(columns: Columns, read: Callable[[Any], str] = _text) -> str:
    """Return columns of equal width, numbers on the right; `read` makes a cell of a value."""
    cells = {name: [read(value) or "-" for value in values] for name, values in columns.items()}
    numeric = {name: np.asarray(values).dtype.kind in "fiu" for name, values in columns.items()}
    widths = {name: max(map(len, [name, *column])) for name, column in cells.items()}
    lines = []
    for row in zip(*([name, *column] for name, column in cells.items()), strict=True):
        placed = (
            cell.rjust(widths[name]) if numeric[name] else cell.ljust(widths[name])
            for name, cell in zip(cells, row, strict=True)
        )
        lines.append("  ".join(placed).rstrip() + "\n")
    return "".join(lines)


def _csv(columns: Columns, delimiter: str = ",") -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(value) for value in row] for row in zip(*columns.values(), strict=True))
    return file.getvalue()


def _json(columns: Columns) -> str:
    rows = (
        {name: plain(value) for name, value in zip(columns, row, strict=True)}
        for row in zip(*columns.values(), strict=True)
    )
    lines = ",\n".join(f" {json.dumps(row, ensure_ascii=False)}" for row in rows)
    return f"[\n{lines}\n]\n"


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it, with the digits of its own precision; None for what is no finite number."""
    if isinstance(value, (float, np.floating)):
        return float(str(value)) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
