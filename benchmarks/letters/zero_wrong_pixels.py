"""The time to zero wrong pixels: the 32 capitals through a code of two numbers, one thread, several seeds."""

import math
import time

import numpy as np

import npae
from benchmarks.shared.harness import benchmark, compare, threads
from benchmarks.shared.letter_network import HIDDEN, LETTERS, letter_network
from benchmarks.shared.torch_peers import torch_model

DESCENT = {
    "optimizer": npae.GradientDescent(eta=0.5, adapt=npae.AdaptiveEta()),
    "refine": npae.Refine("BFGS", every=4),
    "epochs": 400,
}
ADAM = {"optimizer": npae.Adam(eta=0.01), "epochs": 4000}


@benchmark("zero-wrong-pixels", needs="torch")
def zero_wrong_pixels(quick):
    """Training until all 32 letters are exact, with two recipes, each seed against PyTorch's Adam."""
    seeds = 2 if quick else 10
    yield _race("descent + BFGS", DESCENT, 1.5, seeds)
    yield _race("Adam", ADAM, 0.3, seeds)


def _race(name, recipe, limit, seeds):
    """Train from the same weights, seed by seed; npae's median seconds are to be at most `limit`."""
    ours, theirs = {}, {}
    with threads(1):
        return compare(
            f"letters: 0 wrong pixels, {name}",
            lambda seed: _train_npae(seed, recipe, ours),
            "PyTorch Adam",
            lambda seed: _train_torch(seed, ADAM["epochs"], theirs),
            repetitions=seeds,
            limit=limit,
            note=lambda: f"exact: {_exact(ours)}, PyTorch {_exact(theirs)}",
        )


def _train_npae(seed, recipe, epochs):
    """Return the seconds of one fit, and write into epochs[seed] how many it took; inf if pixels stayed wrong."""
    X = npae.datasets.load_font("capitals").pixels
    stop = npae.EarlyStopping("pixel_errors", target=0)
    ae = npae.Autoencoder(HIDDEN[:3], **LETTERS, callbacks=[stop], random_state=seed, **recipe)
    began = time.perf_counter()
    ae.fit(X)
    seconds = time.perf_counter() - began
    wrong = npae.metrics.pixel_errors(X, ae.reconstruct(X)).sum()
    epochs[seed] = math.inf if wrong else ae.n_epochs_
    return seconds


def _train_torch(seed, most, epochs):
    """Do the same with a PyTorch loop from the weights that npae starts from.

    It counts wrong pixels in the logits that the step computes anyway, which saves a pass that npae makes.
    """
    import torch

    network, _, X = letter_network("bce")
    model = torch_model(network, network.init(np.random.default_rng(seed)))
    x, criterion = torch.from_numpy(X), torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=ADAM["optimizer"].eta)
    on, epochs[seed] = x > 0.5, math.inf
    began = time.perf_counter()
    for epoch in range(most + 1):
        z = model(x)
        if torch.equal(z > 0, on):
            epochs[seed] = epoch
            break
        optimizer.zero_grad()
        criterion(z, x).backward()
        optimizer.step()
    return time.perf_counter() - began


def _exact(epochs):
    exact = [n for n in epochs.values() if n < math.inf]
    return f"{len(exact)}/{len(epochs)} in {np.median(exact):.0f} epochs" if exact else f"0/{len(epochs)}"
