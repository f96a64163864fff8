"""The networks of font_denoising.py: their recipes, their noise, and the loss that they minimise."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

import npae
from experiments.shared.recipe import Recipe


@dataclass(frozen=True)
class WholeLetter(npae.Loss):
    """mean(1 - P - weight log P), with P = prod_i p_i^t_i (1 - p_i)^(1 - t_i), p = sigmoid(z) and t 0 or 1.

    P is the probability that the letter has no wrong pixel. Cross-entropy, mean(-log P) / D, is least at the mean of
    all letters that the input may come from: between two that are equally near it is a blend that is neither. 1 - P
    is least at one of them. Alone it would give up letters that are still far from right; the logarithm keeps their
    gradient.

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
    """The same draw in every pass, as if the noisy letters had been written to a file before training."""

    noise: npae.Noise
    seed: int = 0

    def apply(self, x, rng):
        return self.noise.apply(x, np.random.default_rng([self.seed, 3]))


def denoiser(
    sizes=(35, 128, 64, 128, 35),
    activation="relu",
    loss=WholeLetter(0.005),
    noise=npae.FlipPixels(p=0.2),  # noqa: B008 (frozen)
    eta=0.005,
    epochs=8000,
):
    """Return the recipe of a network that sees fresh noise in every pass; eta falls to a fiftieth."""
    return Recipe.from_sizes(
        sizes,
        activation=activation,
        loss=loss,
        noise=noise,
        optimizer=npae.Adam(eta, adapt=Decay(0.02 ** (1 / epochs))),
        epochs=epochs,
        callbacks=(npae.Progress(),),
        dtype="float32",
        threads=2,
    )


def published(noise, epochs=200, inner=50):
    """Return the study's recipe: tanh everywhere, MSE, gradient descent, and BFGS at every second epoch.

    `inner` is the maximum number of iterations of one refinement.
    """
    return Recipe.from_sizes(
        (35, 25, 20, 25, 35),
        activation="tanh",
        output="tanh",
        noise=noise,
        init=npae.Gaussian(std=0.6),
        optimizer=npae.GradientDescent(0.01),
        refine=npae.Refine("BFGS", every=2, max_iterations=inner),
        epochs=epochs,
    )


def with_seed(recipe, seed):
    """Return the recipe with the noise of a seed, where that is drawn once."""
    return replace(recipe, noise=replace(recipe.noise, seed=seed)) if isinstance(recipe.noise, Once) else recipe


NETWORKS = {
    "wide": denoiser,
    "wide-bce": partial(denoiser, loss="bce"),
    "35-25-20-25-35": partial(
        denoiser, (35, 25, 20, 25, 35), "tanh", WholeLetter(0.05), npae.FlipPixels(p=0.15), eta=0.01
    ),
}
PUBLISHED = {
    f"{k}-{drawn}": partial(published, Once(npae.FlipPixels(k)) if drawn == "once" else npae.FlipPixels(k))
    for k in (2, 3)
    for drawn in ("once", "afresh")
}
COPIES = 32  # of each letter in a pass, each with noise of its own; the study has 1
TITLES = {
    "wide": "35-128-64-128-35, loss: whole letters",
    "wide-bce": "35-128-64-128-35, loss: cross-entropy",
    "35-25-20-25-35": "35-25-20-25-35 (published sizes), loss: whole letters",
    **{f"{k}-once": f"trained on {k} flips, drawn once" for k in (2, 3)},
    **{f"{k}-afresh": f"trained on {k} flips, drawn in each pass" for k in (2, 3)},
}
