"""What mnist_improvements.py measures in each run."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

import npae
from experiments.digits.linear_probe import accuracy
from experiments.digits.memory import training_megabytes
from experiments.digits.mnist_improvements_recipes import HELD_OUT
from experiments.shared.images import images as loaded
from experiments.shared.principal_components import PrincipalComponents
from experiments.shared.recipe import Recipe

LABELS = {"probe": 20_000, "probe_1000": 1000}  # how many codes the linear classifier learns from
SEEN = 10_000  # images of the training error
TRACED = 4096  # images of the short training whose memory is traced


class Data(NamedTuple):
    """What a run is measured on: its recipe, and (X, labels) to train on and to test on.

    With `tune`, held-out images stand for the test images, for choices that must not see these.
    """

    recipe: Recipe
    train: tuple
    test: tuple
    tune: bool


def prepared(folder, tune, quick, *, seed, recipe, images):
    """Return the model of a run, its images, and the Data, as `Train` wants them; `images`: only the first so many."""
    if quick:
        recipe, images = replace(recipe, epochs=2, batch_size=32), min(images or 256, 256)
    data = Data(recipe, *samples(loaded(folder), recipe, images, tune), tune)
    model = recipe.autoencoder(seed, [npae.UnitReport(every=-(-recipe.epochs // 5))])
    return model, data.train[0], data


def samples(data, recipe, n, tune):
    """Return (X, labels) of n images to train on and of all to test on, in the shape that the network takes."""
    convolutional = isinstance(recipe.encoder[0], npae.Conv2D)
    X, X_test = (data.train_images, data.test_images) if convolutional else (data.train, data.test)
    labels, test_labels = data.train_labels, data.test_labels
    if tune:
        kept = round(len(X) * (1 - HELD_OUT))
        (X, X_test), (labels, test_labels) = np.split(X, [kept]), np.split(labels, [kept])
    return (X[:n], labels[:n]), (X_test, test_labels)


def measured(model, data):
    """Return the numbers that the claims are about; with `tune` only the test error.

    Errors are means over pixels. `probe`: accuracy of a linear classifier on the codes. `code_zeros`: share of the
    code's numbers below 1 % of the largest; `sparsity`: Hoyer's, 0 for codes of equal numbers, 1 for a single number
    that is not 0. `dead`: share of hidden units that learn nothing; `saturated`: share of their outputs that are
    saturated (with relu: zero). `memory_mb`: the peak of what training allocates beyond its data.
    """
    (X, labels), (X_test, test_labels) = data.train, data.test
    error = {"test_mse": npae.metrics.mse(X_test, model.reconstruct(X_test))}
    if data.tune:
        return error
    codes, test_codes = (model.encode(x).astype(float) for x in (X[: max(LABELS.values())], X_test))
    probes = {name: accuracy(codes[:n], labels[:n], test_codes, test_labels) for name, n in LABELS.items()}
    return error | {
        "memory_mb": training_megabytes(data.recipe, X[:TRACED]),
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
    """Return the share of zeros in codes (N, L), and their mean sparsity (Hoyer 2004, sec. 3.1)."""
    root, lengths = np.sqrt(codes.shape[1]), np.linalg.norm(codes, axis=1)
    zeros = (np.abs(codes) <= 0.01 * np.abs(codes).max()).mean()
    if root == 1:
        return {"code_zeros": zeros, "sparsity": 0.0}
    ratio = np.abs(codes).sum(axis=1) / np.maximum(lengths, 1e-30)
    return {"code_zeros": zeros, "sparsity": np.mean((root - np.where(lengths > 0, ratio, 1.0)) / (root - 1))}


def weights(model):
    """Return the norm of all weights (without biases), and the share of them that are about 0."""
    arrays = [w.ravel() for name, w in model.network_.parameters(model.theta_).items() if name.endswith(".W")]
    w = np.concatenate(arrays).astype(float)
    return {"weight_norm": np.linalg.norm(w), "weight_zeros": (np.abs(w) < 1e-3).mean()}


def units(model):
    """Return the shares of dead units and of saturated outputs after training, as means over the hidden layers."""
    code = f"encoder.{len(model.network_.encoder.layers) - 1}"
    last = f"decoder.{len(model.network_.decoder.layers) - 1}"
    shares = {"dead": [], "saturated": []}
    for name, values in model.history_.items():
        what, _, layer = name.partition(" ")
        if what in shares and layer not in (code, last):
            shares[what].append([value for value in values if np.isfinite(value)][-1])
    return {what: float(np.mean(values)) for what, values in shares.items()}


def pca_errors(data, sizes):
    """Return {L: test error of the L principal components of the training images}."""
    pca = PrincipalComponents(data.train)
    return {L: npae.metrics.mse(data.test, pca.reconstruct(data.test, L)) for L in sizes}
