"""The tasks of where_each_wins.py: data sets of 32 to 60,000 samples, and networks of 10^2 to 10^7 weights for them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

import npae
from experiments.shared.images import images
from experiments.shared.recipe import Recipe
from npae.estimators.construction import build_network

SMALL, LARGE = (1e-2, 3e-3, 1e-3), (3e-3, 1e-3, 3e-4)  # etas of Adam
QUICK_SAMPLES, QUICK_SHARE = 48, 16  # of a quick run: samples at most, and what units are divided by
SERIES, STEPS = 400, 48
DIGIT_VALUES = 16.0  # the largest one in the digits of scikit-learn


@dataclass(frozen=True)
class SizedTask:
    """A data set, and a network to train on it.

    Attributes
    ----------
    data : str
        "letters", "circles", "series", "digits" or "mnist".
    sizes : tuple of int
        Units of the encoder's layers down to the code, or filters of convolutions. The decoder mirrors them.
    share : float
        The time limit of a run, as a share of that of the command line.
    kind : str, default "dense"
        "dense", or "conv" for convolutions of stride 2 and a dense code.
    activation : str, default "tanh"
        Of the hidden layers. The code is linear.
    etas : tuple of float
        The grid of Adam.
    most : int, default None
        Samples, the first ones, that are trained on; None for all.
    """

    data: str
    sizes: tuple
    share: float
    kind: str = "dense"
    activation: str = "tanh"
    etas: tuple = SMALL
    most: int | None = None

    @property
    def label(self):
        """The network in a few letters."""
        return ("conv " if self.kind == "conv" else "") + "-".join(map(str, self.sizes))


TASKS = {
    "circles-tiny": SizedTask("circles", (2,), 0.15),
    "circles": SizedTask("circles", (16, 1), 0.15),
    "letters-tiny": SizedTask("letters", (8, 2), 0.15),
    "letters": SizedTask("letters", (29, 23, 2), 0.15),
    "letters-wide": SizedTask("letters", (200, 100, 2), 0.25),
    "letters-widest": SizedTask("letters", (800, 400, 2), 0.4),
    "series-dense": SizedTask("series", (16, 4), 0.2),
    "series-conv": SizedTask("series", (32, 64, 4), 0.4, "conv"),
    "digits": SizedTask("digits", (32, 8), 0.25),
    "digits-wide": SizedTask("digits", (512, 128, 16), 0.5),
    "mnist-conv": SizedTask("mnist", (8, 16, 16), 1.0, "conv", etas=LARGE),
    "mnist-64": SizedTask("mnist", (64,), 0.75, activation="relu", etas=LARGE),
    "mnist-deep": SizedTask("mnist", (1000, 500, 250, 30), 1.0, etas=LARGE),
    "mnist-deepest": SizedTask("mnist", (1500, 1500, 1000, 500, 30), 2.0, etas=LARGE, most=10_000),
}
LOSSES = {"letters": ("bce", "sigmoid"), "digits": ("mse", "sigmoid"), "mnist": ("bce", "sigmoid")}  # the others:
MEAN_SQUARED = ("mse", "identity")


def recipe(task, quick=False):
    """Return the Recipe of a SizedTask's network; a quick run has fewer units."""
    sizes = [max(1, size // QUICK_SHARE) for size in task.sizes] if quick else task.sizes
    loss, output = LOSSES.get(task.data, MEAN_SQUARED)
    init = npae.Gaussian(0.3) if task.data == "letters" else None  # as in the studies of letters
    dtype = "float32" if task.data == "mnist" else "float64"
    return Recipe(layers(task, sizes), output=output, loss=loss, init=init, dtype=dtype)


def layers(task, sizes):
    """Return the layers of the encoder."""
    *hidden, code = sizes
    if task.kind == "conv":
        kind, width = (npae.Conv2D, 3) if task.data == "mnist" else (npae.Conv1D, 5)
        convolutions = (kind(filters, width, stride=2, activation=task.activation) for filters in hidden)
        return (*convolutions, npae.Flatten(), npae.Dense(code))
    return (*(npae.Dense(units, task.activation) for units in hidden), npae.Dense(code, code_activation(task)))


def code_activation(task):
    """Return the activation of a dense code: linear, except that a network of one hidden layer would be linear."""
    return task.activation if len(task.sizes) == 1 else "identity"


def samples(task, folder=None, quick=False):
    """Return what a SizedTask is trained on: (N, D), or with an axis for steps or pixels and one for channels."""
    X = READERS[task.data](folder)[: QUICK_SAMPLES if quick else task.most]
    if task.kind == "dense":
        return X.reshape(len(X), -1)
    return X[..., None] if X.ndim == 2 or task.data == "mnist" else X


@lru_cache
def counts(task, folder=None, quick=False):
    """Return the numbers of samples, of outputs, and of weights of a SizedTask."""
    X = samples(task, folder, quick)
    network = build_network(recipe(task, quick).autoencoder(0), X.shape[1:])
    return len(X), int(np.prod(X.shape[1:])), network.n_parameters


def letters(_):
    """Return the 32 capitals."""
    return npae.datasets.load_font("capitals").pixels


def circles(_):
    """Return 100 circles of 21 points."""
    return npae.datasets.circles(100, 21).points


def series(_):
    """Return sums of two sines each."""
    return npae.datasets.sines(SERIES, STEPS, waves=2, frequencies=(1, 5)).values


def digits(_):
    """Return the 1,797 digits of 8 x 8 pixels that come with scikit-learn."""
    from sklearn.datasets import load_digits

    return load_digits().data / DIGIT_VALUES


def mnist(folder):
    """Return the training images of MNIST, or of a folder like it."""
    data = images(folder)
    return data.train.reshape(len(data.train), *data.shape).astype(np.float32, copy=False)


READERS = {"letters": letters, "circles": circles, "series": series, "digits": digits, "mnist": mnist}
