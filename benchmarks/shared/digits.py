"""Data of MNIST's shape, MNIST itself, and the dense networks that are trained on them."""

import statistics

import numpy as np

import npae
from benchmarks.shared.harness import Missing, on

THREADS = 2
ADAM = npae.Adam(eta=0.001)
ESTIMATOR = {
    "activation": "relu",
    "output": "identity",
    "loss": "mse",
    "scale": None,
    "optimizer": ADAM,
    "dtype": "float32",
}
TEAMS = {"threads": {"threads": THREADS}, "processes": {"workers": THREADS}}
ROWS, NON_ZERO = 60_000, 0.19  # MNIST's


def mnist_like(rows, seed=0):
    """Return an array (rows, 784), float32: 19 % of the numbers are uniform in ]0, 1], the others 0, as in MNIST."""
    X = np.random.default_rng(seed).random((rows, 784), dtype=np.float32)
    X -= np.float32(1 - NON_ZERO)
    X /= np.float32(NON_ZERO)
    return np.maximum(X, 0, out=X)


def real_mnist():
    """Return MNIST; Missing, with the commands that get it, if it is not on this machine."""
    try:
        return npae.datasets.load_images("mnist")
    except FileNotFoundError as error:
        raise Missing(str(error)) from error


def started(X, units, batch, **team):
    """Return an Autoencoder of 784-units-784 after its first epoch on X, with two threads or another team."""
    ae = npae.Autoencoder([units], batch_size=batch, random_state=0, **ESTIMATOR, **(team or TEAMS["threads"]))
    return ae.partial_fit(X)


def quicker_team(make, X):
    """Return make(**team) of two threads or of two processes, whichever has the quicker epochs on X, and its name.

    That is what `workers=None` does in a long fit. Both give the same bits.
    """
    models = {name: on(1, lambda _, team=team: make(**team))(0) for name, team in TEAMS.items()}
    readings = {name: [] for name in models}
    for _ in range(3):
        for name, model in models.items():
            readings[name].append(on(THREADS, lambda _, model=model: seconds_of_epoch(model, X))(0))
    best = min(readings, key=lambda name: statistics.median(readings[name]))
    fresh = on(1, lambda _: make(**TEAMS[best]))(0)  # the others have trained for more epochs than the peer will have
    return fresh, f"npae on {THREADS} {best}"


def seconds_of_epoch(ae, X):
    """Train for one more epoch; return its seconds, as the training loop counts them."""
    before = ae.history_["seconds"][-1]
    return ae.partial_fit(X).history_["seconds"][-1] - before


def losses(X, ours, theirs):
    """Return a note on the losses of both sides at the end; AssertionError if one has got further than the other."""
    a, b = npae.metrics.mse(X, ours), npae.metrics.mse(X, theirs)
    np.testing.assert_allclose(a, b, rtol=0.02)
    return f"loss at the end {a:.4f}, peer's {b:.4f}"
