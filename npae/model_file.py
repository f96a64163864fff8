"""A fitted model as one file: its parameters, network, weights and history, and nothing that has to be run."""

import numpy as np

from . import persistence
from .description import describe, restore
from .network import Network


def write(model, path):
    """Write a fitted Autoencoder to `path`, as `Autoencoder.save` says."""
    network = model.network_
    document = {
        "params": _describable({**model._fitted_with, "dtype": network.dtype.name}),
        "network": {
            "encoder": describe(list(network.encoder.layers)),
            "decoder": describe(list(network.decoder.layers)),
            "loss": describe(network.loss),
            "in_shape": list(network.in_shape),
            "dtype": network.dtype.name,
        },
        "history": model.history_,
        "n_epochs": model.n_epochs_,
        "stop_reason": model.stop_reason_,
        "feature_names": list(getattr(model, "feature_names_in_", [])),
    }
    arrays = {"theta": model.theta_, "code_mean": model.code_mean_, "code_covariance": model.code_covariance_}
    persistence.write(path, "autoencoder", document, arrays)


def read(path, estimator):
    """Return the model in the file at `path`, an object of the class `estimator`; raises as `npae.load` says."""
    document, arrays = persistence.read(path, "autoencoder")
    try:
        model = _restored(document, arrays, estimator)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise persistence.FileError(f"{path} must hold a complete npae model, got one without it: {error}") from error
    if document.get("feature_names"):
        model.feature_names_in_ = np.array(document["feature_names"], dtype=object)
    return model


def _restored(document, arrays, estimator):
    description = document["network"]
    encoder, decoder, loss = (restore(description[name]) for name in ("encoder", "decoder", "loss"))
    params = {name: restore(value) for name, value in document["params"].items()}
    model = estimator(**{"encoder": encoder, "decoder": decoder, "loss": loss, **params})
    in_shape = tuple(description["in_shape"])
    options = {"in_shape": in_shape, "noise": model.noise, "penalty": model.penalty, "dtype": description["dtype"]}
    model.network_ = Network(encoder, decoder, loss, **options)
    model.theta_ = arrays["theta"].astype(model.network_.dtype, casting="same_kind")
    if model.theta_.shape != (model.network_.n_parameters,) or not np.isfinite(model.theta_).all():
        raise ValueError(f"theta must be {model.network_.n_parameters} finite numbers")
    model.history_, model.n_epochs_ = document["history"], document["n_epochs"]
    model.stop_reason_ = document["stop_reason"]
    model.code_mean_, model.code_covariance_ = arrays["code_mean"], arrays["code_covariance"]
    model.n_features_in_, model._fitted_with = in_shape[0], model.get_params(deep=False)
    return model


def _describable(params):
    """Keep what is plain data."""
    described = {}
    for name, value in params.items():
        try:
            described[name] = describe(value)
        except TypeError:
            continue
    return described
