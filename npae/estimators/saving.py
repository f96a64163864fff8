"""A fitted model as one file: its parameters, network, weights and history, and nothing that has to be run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..samples import Schema
from ..settings import archive
from ..settings.array_types import AnyArray
from ..settings.description import describe
from .sklearn_contract import check_fitted

if TYPE_CHECKING:
    from .anomaly_detector import AnomalyDetector
    from .autoencoder import Autoencoder
    from .classifier import Classifier

ARRAYS = {  # the kinds of models, and which arrays their files hold besides theta_, unless a code is wide
    "autoencoder": ("code_mean_", "code_covariance_"),
    "classifier": ("classes_",),
}
SCALED = 2  # the version of the file format that knows a scaling
NEWEST = 3  # the one that knows targets, numbers that stand for gaps, and codes without a covariance
DETECTOR = "anomaly_detector"  # the kind of a file that holds a detector around an autoencoder


def write_model(model: Autoencoder | Classifier, path: str | os.PathLike[str], kind: str) -> None:
    """Write a fitted model of some kind to `path`.

    What is saved is what was fitted. Parameters that do not shape the network and are not plain data (a function among
    the callbacks, a generator) are left out; a layer or loss that is not plain data raises TypeError.
    """
    check_fitted(model)
    document, arrays = _content(model, kind)
    archive.write(path, kind, document, arrays, version=_version(document, arrays))


def write_detector(detector: AnomalyDetector, path: str | os.PathLike[str]) -> None:
    """Write a fitted detector to `path`: the file of its autoencoder, and what the detector has besides."""
    check_fitted(detector)
    document, arrays = _content(detector.autoencoder_, "autoencoder")
    params = {name: value for name, value in detector.get_params(deep=False).items() if name != "autoencoder"}
    if params["missing"] is None:  # so that readers of before, which know no such parameter, understand the file
        del params["missing"]
    own = {"params": _describable(params), "default": detector.autoencoder is None, "offset": detector.offset_}
    arrays["decision_scores"] = detector.decision_scores_
    arrays |= {"usual_errors": detector.usual_errors_, "constants": detector._constants}
    archive.write(path, DETECTOR, {**document, "detector": own}, arrays, version=_version(document, arrays))


def _content(model: Autoencoder | Classifier, kind: str) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Return the document and the arrays that the file of a fitted model holds."""
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
        "within_loss": getattr(model, "_within_loss", False),
    }
    content = {name.rstrip("_"): getattr(model, name) for name in ("theta_", *_arrays(model, kind))}
    if getattr(model, "_masked", False):
        document["masked"] = True
    if network.scaling is not None:
        document["scaling"] = network.scaling.kind
        content |= {"shift": network.scaling.shift, "unit": network.scaling.unit}
    targets: Schema | None = getattr(model, "_targets", None)
    if targets is not None:
        scaling = network.target_scaling
        names = [] if targets.names is None else list(targets.names)
        document["targets"] = {"names": names, "scaling": None if scaling is None else scaling.kind}
        if scaling is not None:
            content |= {"target_shift": scaling.shift, "target_unit": scaling.unit}
    if network.fill is not None:
        document["gaps"] = "completed" if network.completes else "filled"
        content["fill"] = network.fill
    return document, content


def _arrays(model: Any, kind: str) -> tuple[str, ...]:
    """Return which arrays the file of a model holds besides theta_."""
    wide = kind == "autoencoder" and model.code_covariance_ is None
    return ("code_mean_", "code_variance_") if wide else ARRAYS[kind]


def _version(document: dict[str, Any], arrays: dict[str, AnyArray]) -> int:
    """Return the least version of the format whose readers understand a file."""
    if "targets" in document or "gaps" in document or "code_variance" in arrays:
        return NEWEST
    return SCALED if "scaling" in document else 1


def _describable(params: dict[str, Any]) -> dict[str, Any]:
    """Keep what is plain data."""
    described = {}
    for name, value in params.items():
        try:
            described[name] = describe(value)
        except TypeError:
            continue
    return described
