"""The networks of mnist_dense.py: their layers, and how they are trained."""

from dataclasses import replace

import npae
from experiments.shared.recipe import Recipe

UNITS = (64, 128, 256, 512)
PIXELS = 784  # of an image of MNIST: the study's loss might be a sum over them
DIGITS = {"output": "sigmoid", "dtype": "float32"}


def one_layer(optimizer, units=64):
    """Return the study's network: units with relu and dropout 0.1 between 784 pixels and 784 pixels."""
    return Recipe(
        (npae.Dense(units, "relu"), npae.Dropout(0.1)), optimizer=optimizer, epochs=50, batch_size=1000, **DIGITS
    )


def dense(sizes, eta, batch_size, inner="relu", epochs=50, noise=None):
    """Return a network without dropout, with the code in the last layer, for Adam with a warm-up and a cosine to 0."""
    layers = [npae.Dense(units, inner) for units in sizes[:-1]] + [npae.Dense(sizes[-1], "identity")]
    adam = npae.Adam(eta, adapt=npae.WarmUp(2, then=npae.CosineDecay()))
    return Recipe(tuple(layers), optimizer=adam, epochs=epochs, batch_size=batch_size, noise=noise, **DIGITS)


def by_units(optimizer):
    """Return the study's networks by name, one for each size of the hidden layer."""
    return {f"784-{units}-784": one_layer(optimizer, units) for units in UNITS}


def summed(terms):
    """Return the published descent for a loss that is a sum of so many terms: for their mean, eta is larger."""
    return npae.GradientDescent(1e-3 * terms, weight_decay=1e-5 / terms)


def short(recipe, images):
    """Return a recipe that only shows that everything works, on so many images."""
    return replace(recipe, epochs=2, batch_size=max(1, min(recipe.batch_size, images // 4)))


DECAY = {"weight_decay": 1e-5}
PUBLISHED = npae.GradientDescent(1e-3, **DECAY)
ADAM = npae.Adam(1e-3, **DECAY)
SETTINGS = {
    "reached": by_units(ADAM),
    "published": by_units(PUBLISHED),
    "changes": {
        "as published": one_layer(PUBLISHED),
        "loss summed over pixels": one_layer(summed(PIXELS)),
        "summed over images too": one_layer(summed(PIXELS * 1000)),
        "eta 10": one_layer(npae.GradientDescent(10.0, **DECAY)),
        "eta 100": one_layer(npae.GradientDescent(100.0, **DECAY)),
        "momentum 0.9": one_layer(npae.Momentum(1e-3, 0.9, **DECAY)),
        "RMSprop": one_layer(npae.RMSprop(1e-3, **DECAY)),
        "Adam": one_layer(ADAM),
    },
    "best": {
        "784-64-784": dense([64], 2e-3, 128),
        "784-512-32": dense([512, 32], 1e-3, 256, epochs=25),
        "784-512-256-128-2": dense([512, 256, 128, 2], 1e-3, 256, inner="elu", epochs=40),
    },
    "denoising": {
        "trained on clean digits": dense([64], 2e-3, 128),
        "trained on noisy digits": dense([64], 2e-3, 128, noise=npae.SaltAndPepper(0.3)),
    },
}
