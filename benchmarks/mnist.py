"""Epochs of dense networks on MNIST-shaped data: 60,000 x 784 float32, relu inside, squared error, Adam, two threads.

The data are made from a seed. Both sides shuffle and gather their batches within the time that is taken.
"""

import numpy as np
from adam import ADAM, fastest_adam
from harness import benchmark, best_threads, compare, on, once
from letters import torch_model

import npae

THREADS = 2
ESTIMATOR = {
    "activation": "relu",
    "output": "identity",
    "loss": "mse",
    "optimizer": ADAM,
    "dtype": "float32",
    "threads": THREADS,
}
ROWS, NON_ZERO = 60_000, 0.19  # MNIST's


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
    """An epoch of 784-64-784 by partial_fit, checks of the data included, against scikit-learn's MLPRegressor."""
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


@benchmark("callbacks")
def callbacks(quick):
    """What callbacks and progress cost in `fit`: 784-64-784 and the letters, against the same fit without any."""
    rows, epochs = (2_000, 1) if quick else (ROWS, 3)
    watchers = [npae.EarlyStopping("loss", patience=100), npae.ReduceOnPlateau(patience=100), npae.Progress()]
    data = {
        f"784-64-784: {epochs} epochs of {rows:,} rows": (mnist_like(rows), [64], {"batch_size": 1_000, **ESTIMATOR})
    }
    letters = npae.datasets.load_font("capitals").pixels
    data["letters: 300 epochs"] = (letters, [29, 23, 2], {"loss": "bce", "threads": 1})
    for name, (X, encoder, params) in data.items():
        count = 300 if "letters" in name else epochs

        def fit(watching, X=X, encoder=encoder, params=params, count=count):
            ae = npae.Autoencoder(encoder, callbacks=watching, epochs=count, random_state=0, **params)
            return once(lambda: ae.fit(X))

        yield compare(
            f"{name}, with callbacks and progress",
            fit(watchers),
            "the same without",
            fit([]),
            repetitions=1 if quick else 7,
            target=1.05,
        )


def mnist_like(rows, seed=0):
    """Return an array (rows, 784), float32: 19 % of the numbers are uniform in ]0, 1], the others 0, as in MNIST."""
    X = np.random.default_rng(seed).random((rows, 784), dtype=np.float32)
    X -= np.float32(1 - NON_ZERO)
    X /= np.float32(NON_ZERO)
    return np.maximum(X, 0, out=X)


def started(X, units, batch):
    """Return an Autoencoder of 784-units-784 after its first epoch on X."""
    ae = npae.Autoencoder([units], batch_size=batch, random_state=0, **ESTIMATOR)
    return ae.partial_fit(X)


def against_torch(X, units, batch, repetitions, **row):
    """Compare epochs of the two training loops, which began with the same weights; return the Row."""
    ae = started(X, units, batch)
    theta = ae.network_.init(np.random.default_rng(ae.random_state))
    form, epoch, predict = on(THREADS, lambda _: _torch_loop(ae.network_, theta, X, batch))(0)
    epoch()
    return compare(
        _name(X, units, batch),
        on(THREADS, lambda _: seconds_of_epoch(ae, X)),
        f"PyTorch, Adam {form}",
        on(THREADS, once(epoch)),
        repetitions=repetitions,
        note=lambda: losses(X, ae.reconstruct(X), predict()),
        **row,
    )


def _name(X, units, batch):
    return f"784-{units}-784: an epoch of {len(X):,} rows, batch {batch:,}"


def seconds_of_epoch(ae, X):
    """Return the seconds of one epoch more, as the training loop counts them."""
    before = ae.history_["seconds"][-1]
    return ae.partial_fit(X).history_["seconds"][-1] - before


def _torch_loop(network, theta, X, batch):
    """Return the form of Adam, a function that trains for an epoch, and one that returns the predictions."""
    import torch

    model, x, criterion = torch_model(network, theta, "ReLU"), torch.from_numpy(X), torch.nn.MSELoss()
    _assert_same_evaluation(network, theta, X[:batch], model, criterion)
    form, options = fastest_adam(model)
    optimizer = torch.optim.Adam(model.parameters(), **options)

    def epoch():
        for rows in torch.randperm(len(x)).split(batch):
            t = x.index_select(0, rows)
            optimizer.zero_grad()  # sets them to None
            criterion(model(t), t).backward()
            optimizer.step()

    return form, epoch, torch.inference_mode()(lambda: model(x).numpy())


def _assert_same_evaluation(network, theta, X, model, criterion):
    import torch

    loss = criterion(model(torch.from_numpy(X)), torch.from_numpy(X))
    loss.backward()
    theirs = np.concatenate([p.grad.numpy().T.ravel() for p in model.parameters()])
    value, ours = network.value_and_gradient(theta, X)
    np.testing.assert_allclose(loss.item(), value, rtol=1e-5)
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-4 * np.abs(ours).max())


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


def losses(X, ours, theirs):
    """Return a note on where both sides have come by the end: as far as each other, or the race is unfair."""
    a, b = npae.metrics.mse(X, ours), npae.metrics.mse(X, theirs)
    np.testing.assert_allclose(a, b, rtol=0.02)
    return f"loss at the end {a:.4f}, peer's {b:.4f}"
