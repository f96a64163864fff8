"""The networks of font_denoising.py: how they are built, what they learn from, and what they make small."""

from dataclasses import dataclass, replace

import numpy as np

import npae


@dataclass(frozen=True)
class WholeLetter(npae.Loss):
    """mean(1 - P - weight log P), with P = prod_i p_i^t_i (1 - p_i)^(1 - t_i), p = sigmoid(z) and t 0 or 1.

    P is the probability of a letter without a wrong pixel. Cross-entropy, which is mean(-log P) / D, has its least
    value at the mean of all letters that the input may come from: halfway between two that are equally near, a blend
    that is neither. 1 - P is least at one of them. Alone it would give up letters that are still far from right; the
    logarithm keeps pulling at those.

    dz = (P + weight) (p - t) / N.
    """

    weight: float = 0.01
    link = "sigmoid"

    def forward(self, z, target, context):
        log_p = -np.logaddexp(0, (1 - 2 * target) * z).sum(axis=1, keepdims=True)  # (N, 1)
        whole = np.exp(log_p)

        def backward():
            return (whole + self.weight) * (0.5 + 0.5 * np.tanh(0.5 * z) - target) / context.samples

        return float((1 - whole - self.weight * log_p).sum()) / context.samples, backward

    def check_target(self, target):
        if not np.isin(target, (0, 1)).all():
            raise ValueError(
                f"targets must be 0 or 1, got values from {target.min():g} to {target.max():g}. Round them."
            )


@dataclass(frozen=True)
class Decay(npae.EtaSchedule):
    """eta <- factor eta after every epoch."""

    factor: float

    def update(self, eta, loss, memory, exact=True):
        return eta * self.factor, True


@dataclass(frozen=True)
class Once(npae.Noise):
    """The same draw at every pass, as if the noisy letters had been written to a file before training."""

    noise: npae.Noise
    seed: int = 0

    def apply(self, x, rng):
        return self.noise.apply(x, np.random.default_rng([self.seed, 3]))


@dataclass(frozen=True)
class Recipe:
    """How a network is built and trained, but for its seed; eta falls to a fiftieth."""

    sizes: tuple = (35, 128, 64, 128, 35)
    activation: str = "relu"
    loss: npae.Loss | str = WholeLetter(0.005)
    noise: npae.Noise = npae.FlipPixels(p=0.2)
    eta: float = 0.005
    epochs: int = 8000
    copies: int = 32  # of each letter in a pass, each with noise of its own

    def autoencoder(self, seed):
        """Return the model, not fitted."""
        return npae.Autoencoder.from_sizes(
            self.sizes,
            activation=self.activation,
            loss=self.loss,
            noise=self.noise,
            optimizer=npae.Adam(self.eta, adapt=Decay(0.02 ** (1 / self.epochs))),
            epochs=self.epochs,
            callbacks=[npae.Progress()],
            dtype="float32",
            threads=2,
            random_state=seed,
        )


@dataclass(frozen=True)
class Published:
    """The study's: tanh everywhere, MSE, gradient descent on one copy of each letter, BFGS at every second epoch."""

    noise: npae.Noise
    sizes: tuple = (35, 25, 20, 25, 35)
    eta: float = 0.01
    epochs: int = 200
    copies: int = 1
    inner: int = 50  # iterations of one refinement, at most

    def autoencoder(self, seed):
        """Return the model, not fitted."""
        return npae.Autoencoder.from_sizes(
            self.sizes,
            activation="tanh",
            output="tanh",
            loss="mse",
            noise=replace(self.noise, seed=seed) if isinstance(self.noise, Once) else self.noise,
            init=npae.Gaussian(std=0.6),
            optimizer=npae.GradientDescent(self.eta),
            refine=npae.Refine("BFGS", every=2, max_iterations=self.inner),
            epochs=self.epochs,
            threads=1,
            random_state=seed,
        )


NETWORKS = {
    "wide": Recipe(),
    "wide-bce": Recipe(loss="bce"),
    "35-25-20-25-35": Recipe((35, 25, 20, 25, 35), "tanh", WholeLetter(0.05), npae.FlipPixels(p=0.15), eta=0.01),
}
PUBLISHED = {
    f"{k}-{drawn}": Published(noise=Once(npae.FlipPixels(k)) if drawn == "once" else npae.FlipPixels(k))
    for k in (2, 3)
    for drawn in ("once", "afresh")
}
TITLES = {
    "wide": "35-128-64-128-35",
    "wide-bce": "the same, cross-entropy",
    "35-25-20-25-35": "35-25-20-25-35, trained likewise",
    **{f"{k}-once": f"trained on {k} flips, drawn once" for k in (2, 3)},
    **{f"{k}-afresh": f"trained on {k} flips, drawn at each pass" for k in (2, 3)},
}
