"""What is trained: networks that papers train since 2006, two shallow ones besides, and where training starts."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

import npae
from experiments.shared.images import images
from experiments.shared.recipe import Recipe
from npae.estimators.construction import build_network

THREADS = 2  # of npae and of PyTorch
CURVES = 20_000, 10_000  # pictures to train on and to test on
QUICK = 200, 100  # the same of a quick run
QUICK_SIZES = 20, 4


@dataclass(frozen=True)
class Task:
    """A data set, the units of the encoder's layers down to the code, and errors to reach.

    Attributes
    ----------
    sizes : tuple of int
        The decoder mirrors them.
    targets : tuple of float
        Training errors whose times are told.
    target : float
        The one that solvers are chosen and compared by.
    activation : str, default None
        Of the hidden units, where the network has its own.
    code : str, default "identity"
        The activation of the code.
    """

    sizes: tuple
    targets: tuple
    target: float
    activation: str | None = None
    code: str = "identity"


TASKS = {
    "curves": Task((400, 200, 100, 50, 25, 6), (25.0, 20.0, 15.0, 12.5, 10.0), 12.5),
    "mnist": Task((1000, 500, 250, 30), (10.0, 5.0, 3.0, 2.0, 1.5), 3.0),
    "mnist-64": Task((64,), (10.0, 5.0, 4.0, 3.5, 3.0), 3.5, activation="relu", code="relu"),
    "mnist-256-32": Task((256, 32), (10.0, 7.5, 6.0, 5.0, 4.0), 5.0, activation="relu"),
}


@dataclass(frozen=True)
class Sparse(npae.Initializer):
    """Draw w ~ N(0, std^2) for a few inputs of each unit; the others start at 0, and so do biases (Martens 2010)."""

    connections: int = 15
    std: float = 1.0

    def draw(self, rng, shape, fan_in, fan_out):
        W = np.zeros(shape)
        for column in W.T:
            chosen = rng.choice(len(column), min(self.connections, len(column)), replace=False)
            column[chosen] = self.std * rng.standard_normal(len(chosen))
        return W


def recipe(task, activation, quick=False, **settings):
    """Return the Recipe of a task's network, with cross-entropy of a sigmoid's logits.

    Units of relu start as npae draws their weights by default, the others at sparse ones.
    """
    own = TASKS[task]
    activation, (*hidden, code) = own.activation or activation, QUICK_SIZES if quick else own.sizes
    encoder = (*(npae.Dense(units, activation) for units in hidden), npae.Dense(code, own.code))
    std = 0.25 if activation == "tanh" else 1.0  # tanh(x) = 2 logistic(2 x) - 1 has four times the slope
    init = None if activation == "relu" else Sparse(std=std)
    usual = {"output": "sigmoid", "loss": "bce", "init": init, "dtype": "float32", "threads": THREADS}
    return Recipe(encoder, **usual | settings)


def start(recipe, inputs, seed):
    """Return the Network of a recipe for inputs of a number or a shape, and the first theta of a seed, as in `fit`."""
    network = build_network(recipe.autoencoder(seed), (inputs,) if isinstance(inputs, int) else tuple(inputs))
    return network, network.init(np.random.default_rng(seed))


@lru_cache(maxsize=2)
def samples(task, folder=None, quick=False):
    """Return the pictures to train on and to test on, float32; `folder`: of MNIST, or where `load_images` looks."""
    if task == "curves":
        counts = QUICK if quick else CURVES
        pixels = npae.datasets.curves(sum(counts), size=12 if quick else 28).pixels
        return pixels[: counts[0]], pixels[counts[0] :]
    data = images(folder)
    train, test = QUICK if quick else (None, None)
    return data.train[:train], data.test[:test]
