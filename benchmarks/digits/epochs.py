"""Epochs of dense networks on data of MNIST's shape: 60,000 x 784 float32, relu, squared error, Adam, two threads.

The data are made from a seed. The time of both sides includes shuffling and gathering the batches.
"""

import numpy as np

from benchmarks.shared.digits import ADAM, ROWS, THREADS, losses, mnist_like, quicker_team, seconds_of_epoch, started
from benchmarks.shared.harness import benchmark, best_threads, compare, on, once
from benchmarks.shared.torch_peers import assert_same_evaluation, fastest_adam, torch_model, training_epoch


@benchmark("mnist-torch", needs="torch")
def mnist_torch(quick):
    """An epoch of three networks and batch sizes, against the same loop in PyTorch."""
    X = mnist_like(2_000 if quick else ROWS)
    for units, batch, target in [(64, 1_000, 0.65), (512, 1_000, 0.85), (64, 128, 0.80)]:
        size = len(X) if (units, batch) == (64, 1_000) else None
        yield against_torch(X, units, batch, 1 if quick else 7, target=target, size=size)


@benchmark("mnist-growth", needs="torch")
def mnist_growth(quick):
    """An epoch of 784-64-784 on fewer rows, against PyTorch."""
    for rows in [1_000, 2_000] if quick else [1_000, 4_000, 16_000]:
        yield against_torch(mnist_like(rows), 64, 1_000, 1 if quick else 15, size=rows)


@benchmark("mnist-sklearn", needs="sklearn")
def mnist_sklearn(quick):
    """An epoch of 784-64-784 by partial_fit, including the checks of the data, against scikit-learn's MLPRegressor."""
    X, batch = mnist_like(2_000 if quick else ROWS), 200
    ours, theirs, spare = started(X, 64, batch), _sklearn_regressor(X, batch), _sklearn_regressor(X[:batch], batch)
    count = best_threads(lambda: spare.partial_fit(X[:10_000], X[:10_000]))
    _assert_same_prediction(ours, theirs, X[:1_000])
    yield compare(
        f"{_name(X, 64, batch)}, partial_fit",
        on(THREADS, once(lambda: ours.partial_fit(X))),
        f"scikit-learn MLPRegressor, {count} BLAS threads",
        on(count, once(lambda: theirs.partial_fit(X, X))),
        repetitions=1 if quick else 5,
        target=0.30,
        note=lambda: losses(X, ours.reconstruct(X), theirs.predict(X)),
    )


def against_torch(X, units, batch, repetitions, **row):
    """Compare epochs of the two training loops, which start from the same weights; return the Row."""
    ae, team = quicker_team(lambda **team: started(X, units, batch, **team), X)
    theta = ae.network_.init(np.random.default_rng(ae.random_state))
    form, epoch, predict = on(THREADS, lambda _: _torch_loop(ae.network_, theta, X, batch))(0)
    epoch()
    return compare(
        _name(X, units, batch),
        on(THREADS, lambda _: seconds_of_epoch(ae, X)),
        f"PyTorch, Adam {form}",
        on(THREADS, once(epoch)),
        repetitions=repetitions,
        note=lambda: f"{losses(X, ae.reconstruct(X), predict())}; {team}",
        **row,
    )


def _name(X, units, batch):
    return f"784-{units}-784: an epoch of {len(X):,} rows, batch {batch:,}"


def _torch_loop(network, theta, X, batch):
    """Return the form of Adam, a function that trains for an epoch, and one that returns the predictions."""
    import torch

    model, x, criterion = torch_model(network, theta, "ReLU"), torch.from_numpy(X), torch.nn.MSELoss()

    def loss(t):
        return criterion(model(t), t)

    assert_same_evaluation(network, theta, X[:batch], model, loss)
    form, options = fastest_adam(model)
    epoch = training_epoch(x, batch, loss, torch.optim.Adam(model.parameters(), **options))
    return form, epoch, torch.inference_mode()(lambda: model(x).numpy())


def _sklearn_regressor(X, batch):
    """Return scikit-learn's estimator for the same network after its first epoch.

    Its loss is half the squared error, and its gradient that of a sum over features; Adam's steps do not depend on
    such a factor.
    """
    from sklearn.neural_network import MLPRegressor

    options = {"activation": "relu", "solver": "adam", "learning_rate_init": ADAM.eta, "alpha": 0}
    model = MLPRegressor(hidden_layer_sizes=(64,), batch_size=batch, random_state=0, **options)
    return model.partial_fit(X, X)


def _assert_same_prediction(ours, theirs, X):
    pairs = zip(theirs.coefs_, theirs.intercepts_, strict=True)
    theta = np.concatenate([array.ravel() for pair in pairs for array in pair])
    np.testing.assert_allclose(ours.network_.reconstruct(theta, X), theirs.predict(X), rtol=1e-3, atol=1e-4)
