"""What callbacks add to a training."""

import npae
from benchmarks.shared.digits import ESTIMATOR, ROWS, TEAMS, mnist_like
from benchmarks.shared.harness import benchmark, compare, once


@benchmark("callbacks")
def callbacks(quick):
    """What callbacks and progress cost in `fit`: 784-64-784 and the letters, against the same fit without any."""
    rows, epochs = (2_000, 1) if quick else (ROWS, 3)
    letters, digits = npae.datasets.load_font("capitals").pixels, mnist_like(rows)
    dense, small = (
        {"batch_size": 1_000, **ESTIMATOR, **TEAMS["threads"]},
        {"activation": "tanh", "loss": "bce", "threads": 1},
    )
    yield _compared(f"784-64-784: {epochs} epochs of {rows:,} rows", digits, [64], epochs, dense, quick)
    yield _compared("letters: 300 epochs", letters, [29, 23, 2], 300, small, quick)


def _compared(name, X, encoder, epochs, params, quick):
    watchers = [npae.EarlyStopping("loss", patience=100), npae.ReduceOnPlateau(patience=100), npae.Progress()]

    def fit(callbacks):
        ae = npae.Autoencoder(encoder, callbacks=callbacks, epochs=epochs, random_state=0, **params)
        return once(lambda: ae.fit(X))

    return compare(
        f"{name}, with callbacks and progress",
        fit(watchers),
        "the same without",
        fit([]),
        repetitions=1 if quick else 7,
        target=1.05,
    )
