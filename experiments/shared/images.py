"""MNIST, and sets of images like it, read once per process."""

from functools import lru_cache

from npae.datasets import load_images

DATA_HELP = "folder of MNIST or a set like it (default: where npae.datasets.load_images looks)"


@lru_cache(maxsize=1)
def images(folder):
    """Return the images of a folder, or of a set by name."""
    return load_images(folder)
