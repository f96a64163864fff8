"""The names that functions and classes have in the keys of runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ..settings.description import Description

PACKAGE = "npae."

# A key depends on names such as "npae.autoencoder.Autoencoder". If a name changed whenever code moves, no study in a
# user's files could be resumed after an upgrade. So whatever existed in version 0.1.0 keeps the name that it had there.
# This table maps today's names of modules, classes and methods to the names of 0.1.0, both without "npae.".
# When you move or rename something, add a line; tests/study/test_key_names.py shows what is missing.
NAMES_IN_0_1_0 = {
    "distributed.cluster_fit": "distributed.training",
    "distributed.parts": "distributed.rows",
    "estimators.autoencoder": "autoencoder",
    "estimators.autoencoder.Autoencoder.save": "model_file.Saved.save",
    "estimators.classifier": "classifier",
    "estimators.classifier.Classifier.save": "model_file.Saved.save",
    "estimators.classifying": "classifier.Classifier",
    "estimators.estimator": "estimator",
    "estimators.interpolation": "variational",
    "estimators.learning": "autoencoder.Autoencoder",
    "estimators.loading": "model_file",
    "estimators.predicting": "autoencoder.Autoencoder",
    "estimators.scoring": "autoencoder.Autoencoder",
    "estimators.sklearn_contract": "estimator.Transforms",
    "estimators.sklearn_contract.NotFittedError": "estimator.NotFittedError",
    "estimators.transforming": "estimator.Transforms",
    "estimators.variational": "variational.Variational",
    "estimators.variational.PosteriorCollapse": "variational.PosteriorCollapse",
    "layers.gaussian_code": "layers.code",
    "layers.parameters": "parameters",
    "layers.layer": "layers.base",
    "metrics.pixels": "metrics",
    "metrics.success_rates": "metrics",
    "metrics.value_errors": "metrics",
    "network.derivatives": "network.Network",
    "network.diagnosis": "inference.Inference",
    "network.gradcheck": "gradcheck",
    "network.gradient_report": "gradcheck",
    "network.inference": "inference.Inference",
    "network.network": "network",
    "network.sides.scaled_by": "network.Network.scaled_by",
    "network.theta": "network.Network",
    "plots.code_space": "plots.codes",
    "plots.history_figure": "plots.record",
    "plots.sample_pictures": "plots.pictures",
    "samples.masks": "series",
    "samples.masks.zero_padding": "series.blanked",
    "settings.archive": "persistence",
    "study.ranges": "study.spaces",
    "study.sweeps": "study.models",
    "study.yardstick": "study.trials",
    "training.epochs": "training.loop",
}


# Parameters that estimators did not have in version 0.1.0, with the value that stands for what they did then: where it
# is given, the key of a run stays what it was.
NEW_PARAMETERS = {"scale": None, "code_activation": "auto", "missing": "error", "workers": None}


def name_of(thing: Any) -> str:
    """Return the name of a function or class: "Adam" for a description in npae, otherwise "module.name".

    Names in npae do not change when code moves. For what a script defines, the module is the stem of the script's file.
    A lambda or a local function raises TypeError, since others may have the same name.
    """
    module, name = thing.__module__, thing.__qualname__
    if "<" in name:
        hint = "Define it with def at the top level of a file."
        raise TypeError(f"function must have a name that tells it from all others, got {name!r}. {hint}")
    if module.startswith(PACKAGE):
        described = isinstance(thing, type) and issubclass(thing, Description)
        return name if described else f"{PACKAGE}{_name_in_0_1_0(f'{module}.{name}'.removeprefix(PACKAGE))}"
    if module in ("__main__", "__mp_main__"):
        module = Path(getattr(sys.modules[module], "__file__", None) or "__main__").stem
    return f"{module}.{name}"


def _name_in_0_1_0(name: str) -> str:
    """Replace the longest beginning of the name that is in the table."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        beginning = ".".join(parts[:length])
        if beginning in NAMES_IN_0_1_0:
            return ".".join([NAMES_IN_0_1_0[beginning], *parts[length:]])
    return name
