"""A set like MNIST, but small: images of stripes, whose label is their direction."""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "datasets"))
from idx_files import idx


def write(folder, train=300, test=60, seed=0):
    """Write the four IDX files of so many images of 6 x 5 pixels; return the folder."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:6, :5]
    for part, n in (("train", train), ("t10k", test)):
        labels = np.arange(n, dtype=np.uint8) % 10
        angle, phase = labels[:, None, None], rng.random((n, 1, 1))
        waves = 1 + np.sin(rows * np.cos(angle) + columns * np.sin(angle) + phase)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx((127 * waves).astype(np.uint8)))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    return folder
