"""The options of all commands that read DATA, and how the values become a `Reading`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from .column_choice import Choice, split_names
from .csv_tables import CsvForm
from .data_sources import Data, Reading, load_data
from .expressions import read_by

F = TypeVar("F", bound=Callable[..., Any])
NAMES = (  # of the arguments that `taken_reading` takes
    "delimiter",
    "decimal",
    "header",
    "na",
    "columns",
    "drop",
    "label",
    "array",
    "size",
    "grey",
    "divide",
    "rows",
)


def parse_rows(text: str) -> slice:
    """Return a slice of rows, as Python writes it.

    >>> parse_rows(":100"), parse_rows("::2")
    (slice(None, 100, None), slice(None, None, 2))
    """
    parts = text.strip("[]").split(":")
    try:
        bounds = [int(part) if part.strip() else None for part in parts]
    except ValueError:
        bounds = []
    if not 2 <= len(bounds) <= 3 or (len(bounds) == 3 and bounds[2] == 0):
        raise ValueError(f"rows must be a slice such as :100, 100: or ::2, got {text!r}.")
    return slice(*bounds)


def parse_size(text: str) -> tuple[int, ...]:
    """Return the size of pictures: ``28``, or ``28x20`` for height x width; a third number counts channels.

    >>> parse_size("28"), parse_size("28x20")
    ((28,), (28, 20))
    """
    parts = text.lower().split("x")
    if len(parts) > 3 or not all(part.strip().isdigit() and int(part) for part in parts):
        raise ValueError(f"size must be a number of pixels such as 28, or HxW such as 28x20, got {text!r}.")
    return tuple(map(int, parts))


def data_options(function: F) -> F:
    """Give a command the options that say how DATA is read."""
    options = (
        click.option(
            "--columns",
            callback=read_by(split_names),
            metavar="A,B",
            help="The columns that are features; default all.",
        ),
        click.option("--drop", callback=read_by(split_names), metavar="A,B", help="Columns to leave out."),
        click.option("--label", metavar="A", help="The column that names the rows; it is no feature."),
        click.option(
            "--rows", callback=read_by(parse_rows), metavar="SLICE", help="The rows to take, such as :1000 or ::2."
        ),
        click.option("--delimiter", metavar="CHAR", help="What stands between the cells of a CSV file."),
        click.option("--decimal", metavar="CHAR", default=".", help='"," for numbers such as 3,14.'),
        click.option("--header/--no-header", default=None, help="Whether the first row of a CSV file holds names."),
        click.option(
            "--na",
            multiple=True,
            metavar="TEXT",
            help="What gaps of a CSV file hold, such as err.",
        ),
        click.option("--array", metavar="NAME", help="The array of an .npz file."),
        click.option("--size", callback=read_by(parse_size), metavar="HxW", help="Resize the pictures of a folder."),
        click.option("--grey/--colour", default=None, help="Make all pictures of a folder grey, or colour."),
        click.option("--divide", type=float, metavar="X", help="Divide the numbers by X, such as 255."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def taken_reading(options: dict[str, Any]) -> Reading:
    """Take the options of `data_options` out of a command's options, and return what they say."""
    given = {name: options.pop(name) for name in NAMES}
    delimiter = {"tab": "\t", "\\t": "\t"}.get(given["delimiter"], given["delimiter"])
    for name, value in (("--delimiter", delimiter), ("--decimal", given["decimal"])):
        if value is not None and len(value) != 1:
            raise click.UsageError(f"{name} must be one character, got {value!r}.")
    if delimiter == given["decimal"]:
        raise click.UsageError(f"--delimiter must be another character than --decimal, got {delimiter!r} for both.")
    if given["divide"] is not None and not (math.isfinite(given["divide"]) and given["divide"]):
        raise click.UsageError(f"--divide must be a finite number other than 0, got {given['divide']}.")
    if delimiter is not None and (delimiter in '"\r\n' or delimiter.isalnum()):
        raise click.UsageError(f"--delimiter must be no letter, digit, quote or line end, got {delimiter!r}.")
    na = tuple(cell for text in given["na"] for cell in split_names(text))
    return Reading(
        CsvForm(delimiter, given["decimal"], given["header"], na),
        Choice(given["columns"], given["drop"] or (), given["label"]),
        given["array"],
        given["size"],
        given["grey"],
        given["divide"],
        given["rows"],
    )


def load_more(path: str, option: str, reading: Reading, names: Sequence[str] | None = None) -> Data:
    """Return the samples of a further file, such as targets; messages begin with the option that named it.

    `names` are those of the columns that a trained model knows.
    """
    further = _reading_of_further(option, reading)
    if names is not None:
        further = replace(further, choice=Choice(model=tuple(names)))
    try:
        return load_data(path, further)
    except ValueError as error:
        raise type(error)(f"{option}: {error}") from error


def _reading_of_further(option: str, reading: Reading) -> Reading:
    """Return how a further file is read beside DATA: validation samples alike, others with columns of their own."""
    if option == "--validation":
        return replace(reading, rows=None)
    form = replace(reading.form, header=None)
    if option == "--target":
        return replace(reading, form=form, choice=Choice(), array=None, gaps=None)
    return Reading(form, rows=reading.rows)
