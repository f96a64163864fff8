"""From the file of a fitted model back to the model."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from ..network import Network
from ..network.scaling import SAME, Scaling, restored_fill, restored_scaling
from ..samples import Schema
from ..settings import archive
from ..settings.array_types import AnyArray, FloatArray, Shape
from ..settings.checks import number_in
from ..settings.description import UnknownType, restore
from ..training.recorded_history import checked_history
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
    with archive.complete(path, "npae model"):
        try:
            return _restored_detector(document, arrays) if document["kind"] == DETECTOR else _restored(document, arrays)
        except UnknownType as error:
            raise archive.FileError(f"{path}: {error}") from error


def _restored_detector(document: dict[str, Any], arrays: dict[str, Any]) -> AnomalyDetector:
    """Return the detector that a file describes."""
    model, own = _restored({**document, "kind": "autoencoder"}, arrays), document["detector"]
    params = {name: restore(value) for name, value in own["params"].items()}
    given = None if own["default"] else Autoencoder(**model.get_params(deep=False))
    detector = AnomalyDetector(given, **params)
    detector.autoencoder_, detector.offset_ = model, float(number_in("offset", own["offset"], -np.inf, np.inf))
    detector.decision_scores_ = _numbers("decision_scores", arrays)
    detector.usual_errors_, detector._constants = (_numbers(name, arrays) for name in ("usual_errors", "constants"))
    if detector.decision_scores_.ndim != 1:
        raise ValueError("decision_scores must be one number for each sample")
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
    if model.network_.target_scaling is not None:
        model.network_.target_scaling.check(model.network_.out_shape)
    model.theta_ = arrays["theta"].astype(model.network_.dtype, casting="same_kind")
    if model.theta_.shape != (model.network_.n_parameters,) or not np.isfinite(model.theta_).all():
        raise ValueError(f"theta must be {model.network_.n_parameters} finite numbers")
    model.n_epochs_, model.stop_reason_ = _progress(document["n_epochs"], document["stop_reason"])
    model.history_ = checked_history(document["history"], model.n_epochs_)
    if document["kind"] == "autoencoder":
        _restore_moments(model, arrays)
    else:
        model.classes_ = _classes(arrays["classes"], model.network_)
    model.n_features_in_, model._fitted_with = in_shape[0], model.get_params(deep=False)
    if targets is not None:
        shape, kinds = model.network_.out_shape, (str, int, float)
        names = _names(targets["names"], shape, kinds) if targets["names"] else None
        model._targets = Schema(type(model).__name__, shape, names)
    for name in ("within_loss", "masked"):
        setattr(model, f"_{name}", bool(document.get(name, False)))
    if document.get("feature_names"):
        model.feature_names_in_ = _names(document["feature_names"], in_shape, (str,))
    return model


def _restore_moments(model: Autoencoder, arrays: dict[str, Any]) -> None:
    """Give a model the moments of its codes; the file of a wide code has no covariance."""
    wide, size = "code_variance" in arrays, (math.prod(model.network_.code_shape),)
    model.code_mean_ = _numbers("code_mean", arrays, size)
    covariance = None if wide else _numbers("code_covariance", arrays, size * 2)
    variance = _numbers("code_variance", arrays, size) if covariance is None else np.diag(covariance).copy()
    model.code_covariance_, model.code_variance_ = covariance, variance


def _numbers(name: str, arrays: dict[str, Any], shape: Shape | None = None) -> FloatArray:
    """Return an array of real numbers, of a given shape, from a file; ValueError for another one."""
    array: FloatArray = arrays[name]
    if array.dtype.kind not in "fiub" or shape not in (None, array.shape):
        raise ValueError(f"{name} must be numbers of shape {shape}, got {array.dtype} of shape {array.shape}")
    return array


def _classes(classes: AnyArray, network: Network) -> AnyArray:
    """Return the labels of classes from a file; ValueError where they are not one for each output, in order."""
    ordered = classes.ndim == 1 and classes.dtype.kind in "iubfU" and (classes[1:] > classes[:-1]).all()
    if not ordered or classes.shape != network.out_shape:
        raise ValueError(f"classes must be {network.out_shape} different labels in order, got {classes.shape}")
    return classes


def _progress(epochs: Any, reason: Any) -> tuple[int, str]:
    """Return how many epochs there were, and why they ended; ValueError for what cannot be that."""
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 0 or not isinstance(reason, str):
        raise ValueError(f"n_epochs must be a number of epochs and stop_reason a text, got {epochs!r} and {reason!r}")
    return epochs, reason


def _names(names: list[Any], shape: Shape, kinds: tuple[type, ...]) -> AnyArray:
    """Return names of columns from a file, one for each; ValueError for what cannot be that."""
    if len(names) != shape[-1] or not all(isinstance(name, kinds) for name in names):
        raise ValueError(f"names must be one for each of {shape[-1]} columns, got {len(names)}")
    return np.array(names, dtype=object)


def _with_parameters(estimator: type[Any], document: dict[str, Any]) -> Any:
    """Return an estimator with a file's parameters; layers and loss come from the network if they are not there."""
    described = {name: restore(document["network"][name]) for name in ("encoder", "decoder", "loss")}
    params = {name: restore(value) for name, value in document["params"].items()}
    params.setdefault("scale", None)  # files of 0.1.0 know none
    own = estimator().get_params(deep=False)
    missing = {name: value for name, value in described.items() if name in own and name not in params}
    return estimator(**{**missing, **params})
