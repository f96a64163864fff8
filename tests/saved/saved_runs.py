"""Runs with a checkpoint that end early: each function returns an unfitted estimator. Never changed, see make.py."""

from saved_models import parameters

import npae


def descent():
    """An eta that adapts, and forgets nothing of what it has seen."""
    optimizer = npae.GradientDescent(2.0, npae.AdaptiveEta(grow=1.5, patience=2))
    return npae.Autoencoder([5, 2], optimizer=optimizer, epochs=30, **parameters())


def momentum():
    """A velocity, and an eta that goes by the number of epochs."""
    optimizer = npae.Momentum(0.2, adapt=npae.CosineDecay())
    return npae.Autoencoder([5, 2], optimizer=optimizer, epochs=24, **parameters())


def rmsprop():
    """Two that count epochs without an improvement, and one of them that stops the run and goes back."""
    callbacks = [
        npae.ReduceOnPlateau("val_loss", patience=2),
        npae.EarlyStopping("val_loss", patience=5, restore_best=True),
    ]
    params = parameters(optimizer=npae.RMSprop(0.02), validation_fraction=0.25, callbacks=callbacks)
    return npae.Autoencoder([5, 2], epochs=200, **params)


def adam():
    """Mini-batches, in an order that is drawn, under noise."""
    optimizer, noise = npae.Adam(0.02, adapt=npae.WarmUp(5, npae.StepDecay(8))), npae.GaussianNoise(0.02)
    return npae.Autoencoder([5, 2], optimizer=optimizer, noise=noise, batch_size=7, epochs=20, **parameters())


def refined():
    """Descent and BFGS in turn."""
    refine = npae.Refine("BFGS", every=3, max_iterations=4)
    return npae.Autoencoder([5, 2], optimizer="gradient_descent", refine=refine, epochs=12, **parameters())


def drawn():
    """A code that is drawn from one generator for all epochs, while beta grows."""
    code = npae.GaussianCode(2, npae.BetaWarmUp(15, 0.02))
    return npae.Autoencoder([npae.Dense(5, "tanh"), code], optimizer=npae.Adam(0.03), epochs=20, **parameters())


def single():
    """Single precision, dropout, bounds, and what is measured on the way."""
    params = parameters(dtype="float32", penalty=npae.MaxNorm(1.0), callbacks=[npae.Record(["mse"], 2)])
    return npae.Autoencoder([npae.Dense(6, "relu"), npae.Dropout(0.2), npae.Dense(2)], epochs=16, **params)


def labelled(start):
    """A classifier that begins with the weights of an autoencoder."""
    return npae.Classifier(start=start, optimizer=npae.Adam(0.05), epochs=16, batch_size=10, **parameters())


def stream():
    """One epoch for each chunk of a stream."""
    return npae.Autoencoder([5, 2], optimizer="momentum", **parameters())


RUNS = {  # and the epoch whose checkpoint was not written any more
    "descent": (descent, 17),
    "momentum": (momentum, 14),
    "rmsprop": (rmsprop, 9),
    "adam": (adam, 13),
    "refined": (refined, 9),
    "drawn": (drawn, 9),
    "single": (single, 9),
    "labelled": (labelled, 9),
}
CHUNKS = [slice(0, 8), slice(8, 16), slice(16, 24)]  # of a stream, which ended before the last one


def samples_of(name, data):
    """Return what a run is fitted to: the samples, and labels for a classifier."""
    return (data["points"], data["colours"]) if name == "labelled" else (data["points"],)


class Cut(BaseException):
    """Stands for the end of a process."""


def estimator(name, models, *callbacks):
    """Return the unfitted estimator of a run with callbacks more; `models` is the folder of the saved models."""
    function = RUNS[name][0]
    model = function(npae.load(models / "columns.npz")) if name == "labelled" else function()
    return model.set_params(callbacks=[*model.callbacks, *callbacks])


def cut_off(name, models, data, path):
    """Begin a run that keeps a checkpoint, and end it early."""

    def cut(training):
        if training.epoch == RUNS[name][1]:
            raise Cut

    try:
        estimator(name, models, cut, npae.Checkpoint(path)).fit(*samples_of(name, data))
    except Cut:
        return
    raise AssertionError(f"{name} must be cut off, got a run that ended before.")
