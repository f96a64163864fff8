"""What a picture was drawn from, kept in its PNG file; and whether that is still so.

The numbers of a training differ between machines in their last digits, and end elsewhere: a redrawn picture cannot be
compared with an old one pixel by pixel. What is compared holds on every machine: the recipe as text, the first losses
to six digits, the texts in the picture, and the picture drawn from the theta that is kept, blurred by some pixels.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy.ndimage import gaussian_filter

KEY = "npae"
BLUR = 3.0  # pixels: fonts and edges differ by less
ALLOWED = 0.1  # difference of blurred greys, of 1 from white to black
SHARE = 0.001  # of the pixels may differ by more
REDRAW = "Run: python docs/pictures.py"


@dataclass
class Record:
    """What a picture was drawn from."""

    recipe: str = ""
    losses: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    source: str = ""  # of the code that draws it, as a digest


def write_record(path: Path, record: Record) -> None:
    """Put a record into the text of a PNG file."""
    with Image.open(path) as image:
        image.load()
        info = PngInfo()
        info.add_text(KEY, json.dumps(asdict(record)), zip=True)
        image.save(path, pnginfo=info, dpi=image.info.get("dpi"))


def read_record(path: Path) -> Record | None:
    """Return the record in a PNG file, or None."""
    with Image.open(path) as image:
        text = image.text.get(KEY)
    return None if text is None else Record(**json.loads(text))


def faults(path: Path, today: Record, figure: Figure | None = None) -> list[str]:
    """Return in what a picture differs from today's code, as sentences."""
    kept, name = read_record(path) if path.exists() else None, path.name
    if kept is None:
        return [f"{name} must have a record of what it was drawn from. {REDRAW} {path.stem}"]
    found = []
    if today.source and kept.source != today.source:
        found.append(f"{name} was drawn by other code.")
    if today.recipe and kept.recipe != today.recipe:
        found.append(f"{name} shows another recipe: {kept.recipe} instead of {today.recipe}.")
    if today.losses and not np.allclose(kept.losses, today.losses, rtol=1e-6, atol=0):
        found.append(f"{name} shows another training: it began with losses {kept.losses}, now {today.losses}.")
    if kept.texts != today.texts:
        found.append(f"{name} has other texts: {sorted({*kept.texts} ^ {*today.texts})}.")
    if figure is not None and (share := difference(path, figure)) > SHARE:
        found.append(f"{name} looks different in {100 * share:.2f} % of its pixels.")
    return [f"{fault} {REDRAW} {path.stem}" for fault in found]


def difference(path: Path, figure: Figure) -> float:
    """Return the share of pixels in which a picture and a figure differ visibly; 1 if their sizes do."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=150)
    old, new = (greys(Image.open(source)) for source in (path, file))
    if np.abs(np.subtract(old.shape, new.shape)).max() > 0.01 * max(old.shape):
        return 1.0
    height, width = np.minimum(old.shape, new.shape)
    return float((np.abs(old[:height, :width] - new[:height, :width]) > ALLOWED).mean())


def greys(image: Image.Image) -> np.ndarray:
    """Return a picture as blurred greys from 0 to 1."""
    return gaussian_filter(np.asarray(image.convert("L"), dtype=float) / 255, BLUR)


def texts_of(figure: Figure) -> list[str]:
    """Return the texts in a figure in order, except for the labels of ticks."""
    texts = [text.get_text() for text in figure.texts]
    for ax in figure.axes:
        texts += [ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in ax.texts)]
    return [text for text in texts if text]


def source_of(*parts: Path | Callable[..., object]) -> str:
    """Return a digest of files and functions that no comment, docstring or line break changes."""
    texts = [part.read_text("utf-8") if isinstance(part, Path) else inspect.getsource(part) for part in parts]
    python = [not isinstance(part, Path) or part.suffix == ".py" for part in parts]
    lines = [line for text, ours in zip(texts, python, strict=True) for line in (code_lines(text) if ours else [text])]
    return hashlib.sha256("".join("".join(lines).split()).encode()).hexdigest()


def code_lines(text: str) -> list[str]:
    """Return the lines of Python code that are neither docstrings nor comments."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(inspect.cleandoc(text) if text[:1].isspace() else text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            first = node.body[0]
            for number in range(first.lineno - 1, first.end_lineno or first.lineno):
                lines[number] = ""
    return [line for line in lines if not line.lstrip().startswith("#")]
