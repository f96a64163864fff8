"""The networks of mnist_dense.py: their layers, and how they are trained."""

from dataclasses import dataclass, replace

import npae

UNITS = (64, 128, 256, 512)
PIXELS = 784  # of an image of MNIST: the study's loss might be a sum over them


@dataclass(frozen=True)
class Recipe:
    """An autoencoder with a sigmoid output and the mean squared error, but for its seed.

    Parameters
    ----------
    encoder : tuple of layers; the decoder is their mirror.
    optimizer : Optimizer, with its eta over time.
    batch_size, epochs : the study's by default. noise : what spoils the input in training, or None.
    """

    encoder: tuple
    optimizer: npae.Optimizer
    batch_size: int = 1000
    epochs: int = 50
    noise: npae.Noise | None = None

    @property
    def code_size(self):
        """The units of the innermost layer."""
        return [layer.units for layer in self.encoder if isinstance(layer, npae.Dense)][-1]

    def autoencoder(self, seed, threads, callbacks=()):
        """Return the model, not fitted."""
        return npae.Autoencoder(
            list(self.encoder),
            output="sigmoid",
            loss="mse",
            noise=self.noise,
            optimizer=self.optimizer,
            epochs=self.epochs,
            batch_size=self.batch_size,
            callbacks=list(callbacks),
            dtype="float32",
            threads=threads,
            random_state=seed,
        )

    def short(self, images):
        """Return the same for a run that only shows that everything works, on so many images."""
        return replace(self, epochs=2, batch_size=max(1, min(self.batch_size, images // 4)))


def one_layer(optimizer, units=64, **others):
    """Return the study's network: units with relu and dropout 0.1 between 784 pixels and 784 pixels."""
    return Recipe((npae.Dense(units, "relu"), npae.Dropout(0.1)), optimizer, **others)


def dense(sizes, eta, batch_size, code="identity", inner="relu", **others):
    """Return a network without dropout, for Adam with a warm-up and a cosine to 0."""
    layers = [npae.Dense(units, inner) for units in sizes[:-1]] + [npae.Dense(sizes[-1], code)]
    cosine = npae.WarmUp(2, then=npae.CosineDecay())
    return Recipe(tuple(layers), npae.Adam(eta, adapt=cosine), batch_size=batch_size, **others)


def by_units(optimizer):
    """Return the study's networks by name, one a size of the hidden layer."""
    return {f"784-{units}-784": one_layer(optimizer, units) for units in UNITS}


def summed(terms):
    """Return the published descent on a sum of so many terms where the loss is their mean: eta is larger for it."""
    return npae.GradientDescent(1e-3 * terms, weight_decay=1e-5 / terms)


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
        "trained on noisy digits": replace(dense([64], 2e-3, 128), noise=npae.SaltAndPepper(0.3)),
    },
}
