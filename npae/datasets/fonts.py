"""Dot-matrix fonts: text files of drawn glyphs, read as rows of pixels.

A font file has a header ``:LABEL`` for each glyph, followed by its rows of ``.`` (off) and ``#`` (on) up to a blank
line, the next header or the end. A line that starts with ``;`` is a comment. All glyphs have the same size.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ..settings.array_types import FloatArray
from ..settings.data_set import DataSet

Row: TypeAlias = tuple[str, str]  # where it is, and what is in it
Glyph: TypeAlias = tuple[str, str, list[Row]]  # where it is, its label and its rows

FONTS = ("capitals", "symbols", "lowercase")


@dataclass(frozen=True, eq=False)
class Font(DataSet):
    """N labelled glyphs of H x W pixels. A font stands wherever samples X are taken: `fit(font)` fits its pixels.

    Parameters
    ----------
    name : str
        The name of the font: the name of its file without the ending.
    pixels : float array of shape (N, H * W)
        0 is off and 1 is on, row by row from the top.
    labels : tuple of N str
        The characters; ``"space"`` and ``"block"`` stand for two that cannot be printed.
    shape : tuple of 2 ints
        (H, W).

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals").select("XO")
    >>> letters.images.shape
    (2, 7, 5)
    >>> ["".join(".#"[int(pixel)] for pixel in row) for row in letters.images[0][:3]]
    ['#...#', '#...#', '.#.#.']
    """

    name: str
    pixels: FloatArray
    labels: tuple[str, ...]
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        height, width = self.shape
        return f"Font({self.name!r}, {len(self)} glyphs of {height} x {width})"

    @property
    def images(self) -> FloatArray:
        """The glyphs as pictures (N, H, W), a view of `pixels`."""
        return self.pixels.reshape(len(self), *self.shape)

    @property
    def samples(self) -> FloatArray:
        """The glyphs as an estimator takes them: `pixels`."""
        return self.pixels

    @property
    def picture_shape(self) -> tuple[int, int]:
        """The shape of one glyph, (H, W): `shape`."""
        return self.shape

    def select(self, labels: Iterable[str]) -> Font:
        """Return a font of these glyphs only, in this order.

        Parameters
        ----------
        labels : sequence of str, or str
            The labels of the glyphs; a string such as ``"ABC"`` stands for labels of one character each.

        Returns
        -------
        Font
            The selected glyphs.

        Raises
        ------
        ValueError
            If a label is unknown.
        """
        labels = tuple(labels)
        for label in labels:
            if label not in self.labels:
                raise ValueError(f"label must be one of {' '.join(self.labels)}, got {label!r}.")
        rows = [self.labels.index(label) for label in labels]
        return Font(self.name, self.pixels[rows], labels, self.shape)

    def __add__(self, other: Font) -> Font:
        """Return the glyphs of both fonts as one font, or raise ValueError if their shapes differ."""
        if not isinstance(other, Font):
            return NotImplemented
        if self.shape != other.shape:
            raise ValueError(f"glyph shape must be {self.shape} to join {self.name!r}, got {other.shape}.")
        pixels = np.concatenate([self.pixels, other.pixels])
        return Font(f"{self.name}+{other.name}", pixels, self.labels + other.labels, self.shape)


def load_font(name: str | os.PathLike[str]) -> Font:
    """Load a built-in font, or a font file with glyphs of any size.

    Parameters
    ----------
    name : str or os.PathLike
        ``"capitals"`` (0x40 to 0x5F), ``"symbols"`` (0x20 to 0x3F) or ``"lowercase"`` (0x60 to 0x7F), each of
        32 glyphs of 7 x 5; or the path of a font file, see Notes.

    Returns
    -------
    Font
        The glyphs and their labels.

    Raises
    ------
    ValueError
        If the name is unknown, or if the path leads to a folder or a malformed file (the message begins with the file
        and the line).
    FileNotFoundError
        If there is no file at the path.
    TypeError
        If the name is neither a string nor a path.

    Notes
    -----
    A font file has a header ``:LABEL`` for each glyph, followed by its rows of ``.`` (off) and ``#`` (on) up to a blank
    line, the next header or the end. A line that starts with ``;`` is a comment. All glyphs have the same size.

    Examples
    --------
    >>> from npae.datasets import load_font
    >>> capitals = load_font("capitals")
    >>> capitals
    Font('capitals', 32 glyphs of 7 x 5)
    >>> capitals.pixels.shape
    (32, 35)
    >>> load_font("symbols").select("0123456789") + capitals.select("ABCDEF")
    Font('symbols+capitals', 16 glyphs of 7 x 5)
    """
    path = _find(name)
    glyphs = _split(_read(path), path)
    shape = _checked_shape(glyphs, path)
    pixels = [[pixel == "#" for _, row in rows for pixel in row] for _, _, rows in glyphs]
    return Font(path.stem, np.array(pixels, dtype=float), tuple(label for _, label, _ in glyphs), shape)


def _find(name: str | os.PathLike[str]) -> Path:
    if not isinstance(name, (str, os.PathLike)):
        raise TypeError(f"name must be one of {', '.join(FONTS)} or the path of a font file, got {name!r}.")
    if name in FONTS:
        return _builtin_folder() / f"{name}.txt"
    path = Path(name)
    if not name or not path.exists():
        raise _not_found(name)
    if path.is_dir():
        raise ValueError(f"font must be a file, got the folder {str(path)!r}.")
    return path


def _builtin_folder() -> Path:
    """Return where the glyphs are: beside this file in an installed package, in data/fonts in a checkout."""
    here = Path(__file__).parent
    installed = here / "glyphs"
    return installed if installed.is_dir() else here.parents[1] / "data" / "fonts"


def _not_found(name: str | os.PathLike[str]) -> Exception:
    """Return the error for a missing path, or for a bare word, which is more likely a misspelt font."""
    path, known = Path(name), ", ".join(FONTS)
    if isinstance(name, os.PathLike) or path.suffix or path.name != name:
        return FileNotFoundError(f"font must be an existing file or one of {known}, got {str(path)!r}.")
    return ValueError(f"font must be one of {known}, got {name!r}. The path of a font file works too.")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise ValueError(f"{path}, line {line}: text must be UTF-8, got the byte 0x{byte:02X}.") from error


def _split(text: str, path: Path) -> list[Glyph]:
    """Cut a font file into glyphs."""
    glyphs: list[Glyph] = []
    rows: list[Row] | None = None
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        where, line = f"{path}, line {number}", line.rstrip()
        if line.startswith(":"):
            rows = []
            glyphs.append((where, line[1:].strip(), rows))
        elif line.startswith(";"):
            continue
        elif not line:
            rows = None
        elif rows is None:
            raise ValueError(f"{where}: row must follow a header such as ':A' or another row, got {line!r}.")
        else:
            rows.append((where, line))
    return glyphs


def _checked_shape(glyphs: list[Glyph], path: Path) -> tuple[int, int]:
    """Return the shape (H, W) of all glyphs, or raise ValueError."""
    if not glyphs:
        raise ValueError(f"{path}, line 1: font must be one glyph or more, got none.")
    seen: set[str] = set()
    height = width = 0
    for where, label, rows in glyphs:
        _check_header(where, label, rows, seen)
        seen.add(label)
        width = width or len(rows[0][1])
        for row_where, row in rows:
            _check_row(row_where, row, width)
        height = height or len(rows)
        if len(rows) != height:
            raise ValueError(f"{where}: glyph {label!r} must be {height} rows high like the first, got {len(rows)}.")
    return height, width


def _check_header(where: str, label: str, rows: list[Row], seen: set[str]) -> None:
    if not label:
        raise ValueError(f"{where}: label must be text after the ':', got none. Call a space ':space'.")
    if label in seen:
        raise ValueError(f"{where}: label must be unique in its file, got {label!r} again.")
    if not rows:
        raise ValueError(f"{where}: glyph {label!r} must be followed by rows of '.' and '#', got none.")


def _check_row(where: str, row: str, width: int) -> None:
    for pixel in row:
        if pixel not in ".#":
            raise ValueError(f"{where}: pixel must be '.' or '#', got {pixel!r}.")
    if len(row) != width:
        raise ValueError(f"{where}: row must be {width} pixels wide like the first, got {len(row)}.")
