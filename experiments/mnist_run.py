"""One run of study S0: train a recipe on images, and measure what the study's claims are about."""

import tracemalloc
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from time import process_time

import numpy as np
from linear_probe import accuracy
from mnist_recipes import HELD_OUT

import npae
from npae.datasets import load_images

LABELS = {"probe": 20_000, "probe_1000": 1000}  # how many codes the linear classifier learns from
SEEN = 10_000  # images of the training error
TRACED = 4096  # images of the short training whose memory is traced


@dataclass(frozen=True)
class Train:
    """A run of the study. `data` is the folder of the images; the first models with a picture are kept in `folder`."""

    data: str | None = None
    quick: bool = False
    folder: Path = field(default=Path(), compare=False)  # where files lie does not make another run

    def __call__(self, *, seed, recipe):
        if self.quick:
            recipe = replace(recipe, epochs=2, batch_size=32, images=min(recipe.images or 256, 256))
        images = loaded(self.data)
        train, test = samples(images, recipe)
        model = recipe.autoencoder(seed, [npae.UnitReport(every=-(-recipe.epochs // 5))])
        before = process_time()
        model.fit(train[0])
        seconds = process_time() - before
        if model.stop_reason_ == "interrupted":
            raise KeyboardInterrupt
        if seed == 0 and recipe.code <= 2:
            model.save(self.path(recipe))
        return {
            "cpu_seconds": seconds,
            "test_mse": npae.metrics.mse(test[0], model.reconstruct(test[0])),
            **({} if recipe.tune else {"memory_mb": traced_memory(recipe, train[0]), **measured(model, train, test)}),
        }

    def path(self, recipe):
        """Return the file of the first model of a recipe."""
        return self.folder / f"{recipe.network}-{recipe.code}.npz".replace(" ", "_")


@lru_cache(maxsize=1)
def loaded(folder):
    """Return the images, read once in a process."""
    return load_images(folder)


def samples(images, recipe):
    """Return (X, labels) to train on and to test on, in the shape that the recipe's network takes."""
    X, X_test = (images.train_images, images.test_images) if recipe.convolutional else (images.train, images.test)
    labels, test_labels = images.train_labels, images.test_labels
    if recipe.tune:
        n = round(len(X) * (1 - HELD_OUT))
        (X, X_test), (labels, test_labels) = np.split(X, [n]), np.split(labels, [n])
    return (X[: recipe.images], labels[: recipe.images]), (X_test, test_labels)


def traced_memory(recipe, X):
    """Return the most memory that training takes at a time besides its data and what BLAS keeps for itself, in MB.

    It does not depend on how many images there are: an epoch over a few of them is traced.
    """
    short = replace(recipe, epochs=1, patience=None).autoencoder(0)
    tracemalloc.start()
    try:
        short.fit(X[:TRACED])
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def measured(model, train, test):
    """Return what the claims are about, as numbers.

    Errors are means over pixels. `probe`: accuracy of a linear classifier on the codes. `code_zeros`: share of the
    code's numbers below 1 % of the largest; `sparsity`: Hoyer's, 0 for codes of equal numbers, 1 for one number that is
    not 0. `dead`: share of hidden units that learn nothing; `saturated`: share of outputs that are (with relu: zeros).
    """
    (X, labels), (X_test, test_labels) = train, test
    codes, test_codes = (model.encode(x).astype(float) for x in (X[: max(LABELS.values())], X_test))
    probes = {name: accuracy(codes[:n], labels[:n], test_codes, test_labels) for name, n in LABELS.items()}
    return {
        "train_mse": npae.metrics.mse(X[:SEEN], model.reconstruct(X[:SEEN])),
        **probes,
        "parameters": model.network_.n_parameters,
        "epochs_run": model.n_epochs_,
        "last_eta": model.history_["eta"][-1],
        **sparsity(test_codes),
        **weights(model),
        **units(model),
    }


def sparsity(codes):
    """Return the share of zeros and the sparsity (Hoyer 2004, sec. 3.1) of codes (N, L), the latter a mean over N."""
    root, lengths = np.sqrt(codes.shape[1]), np.linalg.norm(codes, axis=1)
    zeros = (np.abs(codes) <= 0.01 * np.abs(codes).max()).mean()
    if root == 1:
        return {"code_zeros": zeros, "sparsity": 0.0}
    ratio = np.abs(codes).sum(axis=1) / np.maximum(lengths, 1e-30)
    return {"code_zeros": zeros, "sparsity": np.mean((root - np.where(lengths > 0, ratio, 1.0)) / (root - 1))}


def weights(model):
    """Return the norm of all weights (no biases), and the share of them that are about 0."""
    arrays = [w.ravel() for name, w in model.network_.parameters(model.theta_).items() if name.endswith(".W")]
    w = np.concatenate(arrays).astype(float)
    return {"weight_norm": np.linalg.norm(w), "weight_zeros": (np.abs(w) < 1e-3).mean()}


def units(model):
    """Return the shares of dead units and of saturated outputs at the end, means over the hidden layers."""
    code = f"encoder.{len(model.network_.encoder.layers) - 1}"
    last = f"decoder.{len(model.network_.decoder.layers) - 1}"
    shares = {"dead": [], "saturated": []}
    for name, values in model.history_.items():
        what, _, layer = name.partition(" ")
        if what in shares and layer not in (code, last):
            shares[what].append([value for value in values if np.isfinite(value)][-1])
    return {what: float(np.mean(values)) for what, values in shares.items()}


def pca_errors(images, sizes):
    """Return {L: test error of the L principal components of the training images}."""
    mean = images.train.mean(axis=0, dtype=float)
    _, axes = np.linalg.eigh(np.cov(images.train.T.astype(float)))
    X = images.test - mean
    total = np.square(X).sum()
    return {L: float((total - np.square(X @ axes[:, -L:]).sum()) / X.size) for L in sizes}
