"""Sets like MNIST, but small: folders of IDX files for all tests of experiments."""

import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

sys.path.append(str(Path(__file__).parents[1] / "datasets"))
from idx_files import idx


@pytest.fixture(scope="module", autouse=True)
def coarse_figures():
    """Save figures of these tests with few pixels: they are drawn as ever, and written in a fraction of the time."""
    original = Figure.savefig

    def savefig(self, target, *args, dpi=None, **options):
        coarse = str(target).endswith(".png")  # the frames of a film have the size that its writer expects
        return original(self, target, *args, dpi=30 if coarse else dpi, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", savefig)
        yield


def write_images(folder, part, pixels, labels):
    """Write the images and labels of one part, "train" or "t10k"."""
    (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(np.asarray(pixels).astype("u1")))
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.asarray(labels).astype("u1")))


@pytest.fixture(scope="session")
def stripes(tmp_path_factory):
    """Return stripes(train, test) -> folder: images of 6 x 5 pixels whose label is the direction of their stripes."""

    def write(train=300, test=60):
        folder, rng = tmp_path_factory.mktemp("stripes"), np.random.default_rng(0)
        rows, columns = np.mgrid[:6, :5]
        for part, n in (("train", train), ("t10k", test)):
            labels = np.arange(n, dtype=np.uint8) % 10
            angle, phase = labels[:, None, None], rng.random((n, 1, 1))
            waves = 1 + np.sin(rows * np.cos(angle) + columns * np.sin(angle) + phase)
            write_images(folder, part, 127 * waves, labels)
        return folder

    return write


@pytest.fixture(scope="session")
def bars(tmp_path_factory):
    """Return bars(train, test, grey) -> folder: images of 28 x 28 pixels in which the height of a bar is the label."""

    def write(train, test, grey=0):
        folder, rng = tmp_path_factory.mktemp("bars"), np.random.default_rng(0)
        for part, n in (("train", train), ("t10k", test)):
            labels = np.arange(n) % 10
            pixels = rng.integers(0, grey, (n, 28, 28)) if grey else np.zeros((n, 28, 28), int)
            for image, label in zip(pixels, labels, strict=True):
                image[2 * label : 2 * label + 6, 4:20] += 250 - grey
            write_images(folder, part, pixels, labels)
        return folder

    return write


@pytest.fixture(scope="session")
def patterns(tmp_path_factory):
    """Return a folder with three patterns of 6 x 6 pixels with grey noise, 300 to train on and 60 to test on."""
    folder, rng = tmp_path_factory.mktemp("patterns"), np.random.default_rng(0)
    shown = rng.integers(0, 256, (3, 6, 6))
    for part, n in (("train", 300), ("t10k", 60)):
        labels = np.arange(n) % 3
        write_images(folder, part, np.clip(shown[labels] + rng.normal(0, 40, (n, 6, 6)), 0, 255), labels)
    return folder
