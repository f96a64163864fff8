"""From the file of a fitted model back to the model."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..network import Network
from ..network.scaling import SAME, Scaling, restored_fill, restored_scaling
from ..samples import Schema
from ..settings import archive
from ..settings.description import UnknownType, restore
from ..training import History
from .anomaly_detector import AnomalyDetector
from .autoencoder import Autoencoder
from .classifier import Classifier
from .saving import DETECTOR

MODELS = {"autoencoder": Autoencoder, "classifier": Classifier}  # what a file says it holds -> what it is read as


def load(path: str | os.PathLike[str]) -> Any:
    """Return the autoencoder, classifier or detector that `save` wrote.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Autoencoder, Classifier or AnomalyDetector
        The model. Its predictions on the same machine, by the same BLAS, are the same to the bit.

    Raises
    ------
    FileError
        A ValueError, for a damaged or foreign file, or one from a newer version of npae.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> import numpy as np, npae
    >>> npae.Autoencoder([2], epochs=1).fit(np.eye(3)).save("model.npz")
    >>> npae.load("model.npz")
    Autoencoder(encoder=[2], epochs=1)
    """
    document, arrays = archive.read(path, *MODELS, DETECTOR)
    try:
        model = _restored_detector(document, arrays) if document["kind"] == DETECTOR else _restored(document, arrays)
    except UnknownType as error:
        raise archive.FileError(f"{path}: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise archive.FileError(f"{path} must hold a complete npae model, got one without it: {error}") from error
    return model


def _restored_detector(document: dict[str, Any], arrays: dict[str, Any]) -> AnomalyDetector:
    """Return the detector that a file describes."""
    model, own = _restored({**document, "kind": "autoencoder"}, arrays), document["detector"]
    params = {name: restore(value) for name, value in own["params"].items()}
    given = None if own["default"] else Autoencoder(**model.get_params(deep=False))
    detector = AnomalyDetector(given, **params)
    detector.autoencoder_, detector.offset_ = model, float(own["offset"])
    detector.decision_scores_ = arrays["decision_scores"]
    detector.usual_errors_, detector._constants = arrays["usual_errors"], arrays["constants"]
    if not detector.usual_errors_.shape == detector._constants.shape == model.network_.in_shape:
        raise ValueError(f"usual_errors and constants must have shape {model.network_.in_shape}")
    return detector


def _restored(document: dict[str, Any], arrays: dict[str, Any]) -> Any:
    """Return the model that a file describes; whatever is missing or does not fit raises."""
    model = _with_parameters(MODELS[document["kind"]], document)
    description = document["network"]
    encoder, decoder, loss = (restore(description[name]) for name in ("encoder", "decoder", "loss"))
    if model.encoder is None:  # the layers came with the weights that training began with
        model.encoder = encoder
    in_shape = tuple(description["in_shape"])
    options = {"in_shape": in_shape, "noise": model.noise, "penalty": model.penalty, "dtype": description["dtype"]}
    scaling = None
    if document.get("scaling") is not None:
        scaling = restored_scaling(document["scaling"], arrays["shift"], arrays["unit"])
    targets = document.get("targets")
    target_scaling: Scaling | str | None = SAME if targets is None else None
    if targets is not None and targets["scaling"] is not None:
        target_scaling = restored_scaling(targets["scaling"], arrays["target_shift"], arrays["target_unit"])
    if document.get("gaps") is not None:
        options |= {"fill": restored_fill(arrays["fill"], in_shape), "completes": document["gaps"] == "completed"}
    model.network_ = Network(encoder, decoder, loss, scaling=scaling, target_scaling=target_scaling, **options)
    model.theta_ = arrays["theta"].astype(model.network_.dtype, casting="same_kind")
    if model.theta_.shape != (model.network_.n_parameters,) or not np.isfinite(model.theta_).all():
        raise ValueError(f"theta must be {model.network_.n_parameters} finite numbers")
    model.history_, model.n_epochs_ = History(document["history"]), document["n_epochs"]
    model.stop_reason_ = document["stop_reason"]
    if document["kind"] == "autoencoder":
        _restore_moments(model, arrays)
    else:
        model.classes_ = arrays["classes"]
    model.n_features_in_, model._fitted_with = in_shape[0], model.get_params(deep=False)
    if targets is not None:
        names = np.array(targets["names"], dtype=object) if targets["names"] else None
        model._targets = Schema(type(model).__name__, model.network_.out_shape, names)
    for name in ("within_loss", "masked"):
        setattr(model, f"_{name}", bool(document.get(name, False)))
    if document.get("feature_names"):
        model.feature_names_in_ = np.array(document["feature_names"], dtype=object)
    return model


def _restore_moments(model: Autoencoder, arrays: dict[str, Any]) -> None:
    """Give a model the moments of its codes; the file of a wide code has no covariance."""
    model.code_mean_, wide = arrays["code_mean"], "code_variance" in arrays
    model.code_covariance_ = None if wide else arrays["code_covariance"]
    model.code_variance_ = arrays["code_variance"] if wide else np.diag(arrays["code_covariance"]).copy()


def _with_parameters(estimator: type[Any], document: dict[str, Any]) -> Any:
    """Return an estimator with a file's parameters; layers and loss come from the network if they are not there."""
    described = {name: restore(document["network"][name]) for name in ("encoder", "decoder", "loss")}
    params = {name: restore(value) for name, value in document["params"].items()}
    params.setdefault("scale", None)  # files of 0.1.0 know none
    own = estimator().get_params(deep=False)
    missing = {name: value for name, value in described.items() if name in own and name not in params}
    return estimator(**{**missing, **params})
