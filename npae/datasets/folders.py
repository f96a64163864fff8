"""A folder of pictures, PNG or JPEG, as arrays of numbers in [0, 1]; the labels are the names of subfolders."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..settings.archive import FileError
from ..settings.array_types import AnyArray, FloatArray
from ..settings.checks import checked_path, positive_integer, true_or_false
from ..settings.data_set import DataSet

ENDINGS = (".png", ".jpg", ".jpeg")
FORMATS = ("PNG", "JPEG")  # no other decoder is tried, whatever a file is called: some start programs
PIXELS = 8 * 1032  # that a byte stands for at most: of one bit each, and compressed by deflate


@dataclass(frozen=True, eq=False)
class Pictures(DataSet):
    """N pictures with their labels. They stand wherever samples X are taken: `fit(pictures)` fits `pictures.pictures`.

    Parameters
    ----------
    name : str
        The name of the folder.
    pictures : float32 array of shape (N, H, W), or (N, H, W, 3) for colour
        Numbers in [0, 1]: 0 is black.
    labels : tuple of N str
        The subfolder of each picture, "" for one that lies in the folder itself.
    paths : tuple of N Path
        The files.

    Examples
    --------
    >>> import numpy as np
    >>> from npae.datasets import Pictures
    >>> Pictures("black", np.zeros((3, 6, 4)), ("", "", ""), ())
    Pictures('black', 3 of 6 x 4 in grey)
    """

    name: str
    pictures: FloatArray
    labels: tuple[str, ...]
    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.pictures)

    def __repr__(self) -> str:
        height, width, *channels = self.picture_shape
        kind = "in colour" if channels else "in grey"
        return f"Pictures({self.name!r}, {len(self):,} of {height} x {width} {kind})"

    @property
    def samples(self) -> FloatArray:
        """The pictures as an estimator takes them: `pictures`."""
        return self.pictures

    @property
    def picture_shape(self) -> tuple[int, ...]:
        """The shape of one picture, (H, W) or (H, W, 3)."""
        return self.pictures.shape[1:]


def load_folder(
    path: str | os.PathLike[str], size: int | Sequence[int] | None = None, grey: bool | None = None
) -> Pictures:
    """Load the PNG and JPEG files of a folder and its subfolders; the labels are the names of the subfolders.

    Needs Pillow: ``pip install npae[images]``. Files are read in the order of their names, and hidden ones are left
    out. Transparent pixels are laid on white, and a JPEG is turned upright as its camera noted.

    Parameters
    ----------
    path : str or os.PathLike
        The folder.
    size : int or tuple of 2 ints, default None
        (H, W), which all pictures are resized to, or one number for both. None takes them as they are: all of one size.
    grey : bool, default None
        Whether to make grey pictures (N, H, W) of all, or colour pictures (N, H, W, 3). None takes grey ones if all
        files are grey, and colour ones otherwise.

    Returns
    -------
    Pictures
        With `pictures` in [0, 1], `labels` and `paths`.

    Raises
    ------
    ImportError
        If Pillow is missing.
    FileNotFoundError, NotADirectoryError
        If there is no such folder.
    FileError
        If the folder has no pictures, or one of them cannot be read (a ValueError).
    ValueError
        If pictures differ in size and no size is given.
    TypeError
        If path is no path.

    Examples
    --------
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from npae.datasets import load_folder
    >>> for name, value in (("cats", 0), ("dogs", 255)):
    ...     Path("pets", name).mkdir(parents=True)
    ...     Image.fromarray(np.full((6, 4), value, "uint8")).save(f"pets/{name}/1.png")
    >>> pets = load_folder("pets")
    >>> pets
    Pictures('pets', 2 of 6 x 4 in grey)
    >>> pets.labels, pets.pictures.mean(axis=(1, 2)).tolist(), load_folder("pets", size=8, grey=False).pictures.shape
    (('cats', 'dogs'), [0.0, 1.0], (2, 8, 8, 3))
    """
    folder = _checked_folder(path)
    files = _files(folder)
    shape, grey = _checked_size(size), None if grey is None else true_or_false("grey", grey)
    images = [_opened(file) for file in files]
    colour = any(image.mode != "L" for image in images) if grey is None else not grey
    images = [image.convert("RGB" if colour else "L") for image in images]
    if shape is None:
        _check_sizes(files, images)
    else:
        images = [_resized(image, shape) for image in images]
    pictures = np.stack([np.asarray(image) for image in images]) / np.float32(255)
    labels = tuple(file.parent.relative_to(folder).as_posix().removeprefix(".") for file in files)
    return Pictures(folder.resolve().name, pictures, labels, tuple(files))


def _checked_folder(path: str | os.PathLike[str]) -> Path:
    folder = Path(checked_path("path", path)).expanduser()
    if not folder.exists():
        raise FileNotFoundError(f"path must be a folder of pictures, got {str(folder)!r}, which does not exist.")
    if not folder.is_dir():
        raise NotADirectoryError(f"path must be a folder of pictures, got the file {str(folder)!r}. Give its folder.")
    return folder


def _files(folder: Path) -> list[Path]:
    """Return the picture files in a folder and below it, by name; hidden files and folders are left out."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    files = sorted(path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))
    if not files:
        raise FileError(f"{folder} must hold pictures ({', '.join(ENDINGS)}), got none.")
    return files


def _checked_size(size: Any) -> tuple[int, int] | None:
    if size is None:
        return None
    sizes = (size, size) if np.ndim(size) == 0 else tuple(size)
    if len(sizes) != 2:
        raise ValueError(f"size must be (H, W), or one number for both, got {size!r}.")
    return positive_integer("size", sizes[0]), positive_integer("size", sizes[1])


def _pillow() -> Any:
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        hint = 'Run: pip install "npae[images]"'
        raise ImportError(f"Pillow must be installed to read pictures, got: {error}. {hint}") from error
    return Image, ImageOps


def _opened(file: Path) -> Any:
    """Return a picture with mode L (grey) or RGB, upright and without transparency."""
    Image, ImageOps = _pillow()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong with a comment, and large pictures: their bytes are counted
            with Image.open(file, formats=FORMATS) as image:
                _check_promise(image.size, file.stat().st_size)
                return _plain(ImageOps.exif_transpose(image), Image)
    except Exception as error:  # whatever a damaged file makes a decoder raise
        hint = "Remove it, or save it again."
        raise FileError(f"{file} must be a picture, got a file that cannot be read ({error}). {hint}") from error


def _check_promise(size: tuple[int, int], present: int) -> None:
    """Raise ValueError for a picture of more pixels than its bytes can hold, before memory is taken for them."""
    if math.prod(size) > PIXELS * present:
        raise ValueError(f"a picture must have the pixels that its header names, got {present} bytes for {size}")


def _plain(image: Any, Image: Any) -> Any:
    """Return a picture in 8 bits, grey (L) or colour (RGB), laid on white where it is transparent."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image, Image)
    if image.has_transparency_data:
        grey = image.mode in ("LA", "La", "L", "1")
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
        return image.convert("L") if grey else image
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _from_deep(image: Any, Image: Any) -> Any:
    """Return a grey picture of 16 bits in 8."""
    values: AnyArray = np.asarray(image, dtype=np.float64)
    return Image.fromarray(np.rint(np.clip(values / 257, 0, 255)).astype(np.uint8))


def _check_sizes(files: Sequence[Path], images: Sequence[Any]) -> None:
    """Raise ValueError unless all pictures are equally large; the message names the first that differs."""
    width, height = images[0].size
    for file, image in zip(files, images, strict=True):
        if image.size != (width, height):
            got = f"{file} of {image.height} x {image.width}, unlike {files[0]} of {height} x {width}"
            hint = f"Give size=({height}, {width}) to resize them."
            raise ValueError(f"pictures must be equally large, got {got}. {hint}")


def _resized(image: Any, shape: tuple[int, int]) -> Any:
    Image, _ = _pillow()
    height, width = shape
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.LANCZOS)
