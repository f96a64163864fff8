"""What both parts of vae_search.py share: the images, how a network is judged, tables."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

import npae
from npae.datasets import load_images

DRAWS = 2  # codes for each test image: the mean over 10,000 images is then off by less than 0.1 nats


@dataclass(frozen=True)
class Task:
    """What every fit learns: the first `train` training images; the next `validation` ones judge choices."""

    data: str | None = None
    train: int = 2500
    validation: int = 1000
    epochs: int = 8

    def parts(self):
        """Return images to train on, to choose by, and to test on. ValueError if there are too few."""
        images, needed = loaded(self.data), self.train + self.validation
        if len(images.train) < needed:
            raise ValueError(
                f"--data must hold at least {needed:,} training images, got {len(images.train):,}. Use --images."
            )
        return images.train[: self.train], images.train[self.train : needed], images.test

    def network(self, **parameters):
        """Return the variational autoencoder, not fitted: beta is 1, so `val_loss` is the bound that is judged."""
        return npae.Autoencoder(**{"loss": "bce", "dtype": "float32", "threads": 1, "epochs": self.epochs} | parameters)


@lru_cache(maxsize=1)
def loaded(folder):
    """Return the images, read once in a process."""
    return load_images(folder)


@contextmanager
def collapse_allowed():
    """Context manager: no warning of codes that say nothing. Bad choices make them, and their bound says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.PosteriorCollapse)
        yield


def fitted(model, X, **options):
    """Fit the model and return it; KeyboardInterrupt if Ctrl-C ended that."""
    model.fit(X, **options)
    if model.stop_reason_ == "interrupted":
        raise KeyboardInterrupt
    return model


def negative_bound(model, X):
    """Return minus the evidence lower bound, in nats an image."""
    return -float(model.elbo(X, DRAWS, random_state=0).mean())


def first_reaching(values, target):
    """Return after how many values the first is at most the target, or None if none is; None among them counts not."""
    hits = (number for number, value in enumerate(values, 1) if value is not None and value <= target)
    return next(hits, None)


def written(value, form):
    return "-" if value is None or not np.isfinite(value) else f"{value:{form}}"


def table(lines):
    """Return rows of cells as text, the first column to the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    cells = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
    return "\n".join("  ".join(line).rstrip() for line in cells)
