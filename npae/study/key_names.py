"""The names that functions and classes have in the keys of runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ..settings.description import Description

PACKAGE = "npae."

# A key depends on names such as "npae.autoencoder.Autoencoder". If a name changed whenever the code moves, every study
# in a user's files would start from scratch. So whatever existed in version 0.1.0 keeps the name that it had there.
# The table gives that name for modules, classes and methods whose name is another one today (without "npae.").
# Move or rename a thing, and add a line here; tests/study/test_key_names.py shows what is missing. What is new since
# 0.1.0 needs a line only when it moves.
NAMES_IN_0_1_0 = {
    "distributed.cluster_fit": "distributed.training",
    "distributed.parts": "distributed.rows",
    "estimators.autoencoder": "autoencoder",
    "estimators.classifier": "classifier",
    "estimators.estimator": "estimator",
    "estimators.interpolation": "variational",
    "estimators.saving": "model_file",
    "estimators.variational": "variational",
    "layers.gaussian_code": "layers.code",
    "layers.parameters": "parameters",
    "layers.protocol": "layers.base",
    "network.gradcheck": "gradcheck",
    "network.inference": "inference",
    "network.network": "network",
    "plots.history_figure": "plots.record",
    "samples.masks": "series",
    "samples.masks.zero_padding": "series.blanked",
    "settings.archive": "persistence",
    "study.sweeps": "study.models",
}


def name_of(thing: Any) -> str:
    """Return the name of a function or class: "Adam" for a description of npae, else "module.name".

    The name of what npae defines does not change when npae moves it. The module of what a script defines is the name
    of the script's file. A lambda or a local function raises TypeError: others may have the same name.
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
