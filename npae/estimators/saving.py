"""A fitted model as one file: its parameters, network, weights and history, and nothing that has to be run."""

import numpy as np

from ..network.network import Network
from ..settings import archive as persistence
from ..settings.description import describe, restore
from .estimator import check_fitted

MODELS = {}  # what a file says it holds -> the class that it is read as


class Saved:
    """An estimator with a network that can be written to a file.

    Class attributes
    ----------------
    kind : what its files say they hold; inherited by classes derived from it, whose models are loaded as the base.
    kept : names of the fitted arrays besides theta_.
    """

    kept = ()

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "kind" in vars(cls):
            MODELS[cls.kind] = cls

    def save(self, path):
        """Write the fitted model to one .npz file, atomically: parameters, network, weights and history, no pickle.

        What is saved is what was fitted. Parameters that do not shape the network and are not plain data (a
        function among the callbacks, a generator) are left out; a layer or loss that is not raises TypeError.
        """
        check_fitted(self)
        _write(self, path)


def load(path):
    """Return the autoencoder or classifier that `save` wrote to `path`; its predictions are the same to the bit.

    Raises
    ------
    FileError (a ValueError) for a damaged or foreign file, or one from a newer version of npae.
    OSError if the file cannot be opened.
    """
    document, arrays = persistence.read(path, *MODELS)
    try:
        model = _restored(document, arrays, MODELS[document["kind"]])
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise persistence.FileError(f"{path} must hold a complete npae model, got one without it: {error}") from error
    if document.get("feature_names"):
        model.feature_names_in_ = np.array(document["feature_names"], dtype=object)
    return model


def _write(model, path):
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
    arrays = {name.rstrip("_"): getattr(model, name) for name in ("theta_", *model.kept)}
    persistence.write(path, model.kind, document, arrays)


def _restored(document, arrays, estimator):
    description = document["network"]
    encoder, decoder, loss = (restore(description[name]) for name in ("encoder", "decoder", "loss"))
    params = {name: restore(value) for name, value in document["params"].items()}
    described, own = {"encoder": encoder, "decoder": decoder, "loss": loss}, estimator().get_params(deep=False)
    missing = {name: value for name, value in described.items() if name in own and name not in params}
    model = estimator(**{**missing, **params})
    if model.encoder is None:  # the layers came with the weights that training began with
        model.encoder = encoder
    in_shape = tuple(description["in_shape"])
    options = {"in_shape": in_shape, "noise": model.noise, "penalty": model.penalty, "dtype": description["dtype"]}
    model.network_ = Network(encoder, decoder, loss, **options)
    model.theta_ = arrays["theta"].astype(model.network_.dtype, casting="same_kind")
    if model.theta_.shape != (model.network_.n_parameters,) or not np.isfinite(model.theta_).all():
        raise ValueError(f"theta must be {model.network_.n_parameters} finite numbers")
    model.history_, model.n_epochs_ = document["history"], document["n_epochs"]
    model.stop_reason_ = document["stop_reason"]
    for name in model.kept:
        setattr(model, name, arrays[name.rstrip("_")])
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
