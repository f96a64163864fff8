"""Models that are saved: each function returns an unfitted estimator. Never changed, see make.py."""

import json

import npae


def parameters(**changed):
    """Return what all models have in common, and what is changed."""
    return {"threads": 1, "random_state": 0, "callbacks": [], **changed}


def letters():
    """Descent with an eta that adapts, and BFGS: the recipe of the README, in small."""
    return npae.Autoencoder(
        [8, 2],
        loss="bce",
        init=npae.Gaussian(0.3),
        optimizer=npae.GradientDescent(0.5, npae.AdaptiveEta()),
        refine=npae.Refine("BFGS", every=4, max_iterations=10, layers=["encoder", "decoder"]),
        epochs=13,
        **parameters(callbacks=[npae.EarlyStopping("max_error", target=0.3), npae.Record(["pixel_errors", "psnr"], 5)]),
    )


def images():
    """Convolutions of images, pooling, and ways back from both."""
    encoder = [
        npae.Conv2D(3, 3, activation="relu"),
        npae.MaxPool2D(2),
        npae.Conv2D(4, (2, 3), (2, 1), (1, 0), (2, 1), "leaky_relu"),
        npae.AveragePool2D((1, 2), padding="same"),
        npae.Flatten(),
        npae.Dense(5, "selu"),
    ]
    decoder = [
        npae.Dense(12, "elu"),
        npae.Reshape((2, 3, 2)),
        npae.ConvTranspose2D(3, 3, 2, activation="softplus"),
        npae.ConvTranspose2D(2, (3, 1), (1, 2), ((1, 1), 0), output_padding=(0, 1)),
        npae.AveragePool2D((1, 2)),
        npae.Upsample((2, 1), (8, 6)),
    ]
    optimizer = npae.Adam(0.02, adapt=npae.StepDecay(3))
    return npae.Autoencoder(encoder, decoder, optimizer=optimizer, epochs=7, **parameters(init=npae.LeCun()))


def signals():
    """Convolutions of series, pooling, and their mirrors."""
    encoder = [
        npae.Conv1D(4, 3, 2, activation="tanh"),
        npae.MaxPool1D(2),
        npae.Conv1D(3, 2, padding=(1, 0), dilation=2),
    ]
    decoder = [npae.ConvTranspose1D(3, 2, activation="tanh"), npae.Upsample(2, (6,)), npae.ConvTranspose1D(2, 3, 2)]
    callbacks = [npae.UnitReport(every=2, samples=4), npae.Progress(1000)]
    optimizer = npae.RMSprop(0.01, clip=1.0, weight_decay=0.01)
    pooled = [*encoder, npae.AveragePool1D(2, 1, "same")]
    return npae.Autoencoder(pooled, decoder, optimizer=optimizer, epochs=6, **parameters(callbacks=callbacks))


def series():
    """An LSTM each way, on series of different lengths."""
    encoder = [npae.LSTM(4, sequences=True), npae.LSTM(3)]
    decoder = [npae.Repeat(7), npae.LSTM(4, sequences=True), npae.Dense(2)]
    optimizer = npae.Adam(0.03, adapt=npae.WarmUp(2, npae.CosineDecay(9, 0.001)))
    return npae.Autoencoder(encoder, decoder, optimizer=optimizer, epochs=6, **parameters())


def variational():
    """A code that is drawn, charged for more and more."""
    code = npae.GaussianCode(2, npae.BetaWarmUp(5, 0.02), free_bits=0.01)
    optimizer = npae.Momentum(0.02, 0.8, nesterov=True, adapt=npae.CosineDecay(20))
    params = parameters(callbacks=[npae.CodeReport(2)])
    return npae.Autoencoder([npae.Dense(6, "tanh"), code], loss="bce", optimizer=optimizer, epochs=12, **params)


def denoising():
    """Single precision; what is drawn before and between layers, and what is made small besides the loss."""
    encoder = [npae.Dense(8, "relu"), npae.Dropout(0.1), npae.Noisy(npae.GaussianNoise(0.05)), npae.Dense(3, "sigmoid")]
    penalty = [npae.L1(1e-4), npae.L2(1e-4), npae.CodeL1(1e-3), npae.CodeKL(0.3, 0.01), npae.MaxNorm(2.0)]
    params = parameters(
        dtype="float32", init=npae.He(), noise=npae.SaltAndPepper(0.1), penalty=penalty, output="identity"
    )
    return npae.Autoencoder(encoder, epochs=8, batch_size=6, validation_fraction=0.25, **params)


def classifier(start):
    """Labels that are texts, from an encoder that was trained before."""
    optimizer = npae.Momentum(0.1, adapt=npae.ReduceOnPlateau("loss", patience=2))
    params = parameters(noise=npae.MaskPixels(0.1), init=npae.Glorot(0.5), callbacks=[npae.Record(["accuracy"])])
    return npae.Classifier(start=start, optimizer=optimizer, epochs=6, batch_size=8, **params)


def columns():
    """Columns with names, from a table of pandas; and a checkpoint that nobody goes on from."""
    params = parameters(init=npae.Orthogonal(), noise=npae.FlipPixels(1), callbacks=[npae.Checkpoint("columns.npz", 2)])
    return npae.Autoencoder([3], activation="elu", optimizer=None, refine=npae.Refine("L-BFGS-B"), epochs=2, **params)


MODELS = {
    function.__name__: function
    for function in (letters, images, signals, series, variational, denoising, classifier, columns)
}


def samples_for(name, data):
    """Return what a model is fitted to: the samples, and labels for a classifier; and options, such as a mask."""
    if name == "classifier":
        return (data["points"], data["colours"]), {}
    kind = {"variational": "letters", "denoising": "letters", "columns": "points"}.get(name, name)
    return (data[kind],), {"mask": data[f"{kind}_mask"]} if f"{kind}_mask" in data else {}


def answers(model, samples, mask=None):
    """Return what a fitted model says about samples, arrays by name."""
    if isinstance(model, npae.Classifier):
        return {
            "codes": model.encode(samples),
            "probabilities": model.predict_proba(samples),
            "labels": model.predict(samples),
        }
    codes = model.encode(samples, mask=mask)
    said = {
        "codes": codes,
        "predictions": model.reconstruct(samples, mask=mask),
        "decoded": model.decode(codes),
        "scores": model.score_samples(samples, mask=mask),
    }
    if model.network_.variational:
        said["means"], said["deviations"] = model.posterior(samples, mask=mask)
    return said


def without_seconds(record):
    """Return the record of a refinement, and its curve if it has one, without seconds."""
    parts = {name: without_seconds(value) if name == "curve" else value for name, value in record.items()}
    return {name: value for name, value in parts.items() if name != "seconds"}


def timeless(history):
    """Return a history without the columns that differ from run to run, as JSON has it."""
    kept = {name: column for name, column in history.items() if name != "seconds"}
    kept["refinements"] = [without_seconds(record) for record in kept["refinements"]]
    return json.loads(json.dumps(kept, default=float))


def described(model):
    """Return what a fitted model says about itself: parameters and network as text, history, features."""
    return {
        "params": {name: repr(value) for name, value in model.get_params(deep=False).items()},
        "network": repr(model.network_),
        "layers": [repr(layer) for layer in model.network_.layers],
        "loss": repr(model.network_.loss),
        "history": timeless(model.history_),
        "n_epochs": model.n_epochs_,
        "stop_reason": model.stop_reason_,
        "n_features": model.n_features_in_,
        "feature_names": list(getattr(model, "feature_names_in_", [])),
    }
