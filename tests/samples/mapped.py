"""Arrays in mapped files, for the tests of rows."""

import numpy as np

SHAPE = (50, 3, 4)


def numbers(dtype, shape=SHAPE):
    return np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 100, shape).astype(dtype)


def mapped(folder, array, mode="r"):
    np.save(folder / "array.npy", array)
    return np.load(folder / "array.npy", mmap_mode=mode)
