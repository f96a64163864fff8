"""What the page says of the model: its layers, how it was trained, how the loss fell, and whether its code is alive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..estimators.autoencoder import Autoencoder
from ..estimators.verdict import CollapsedCode, learned_nothing
from ..network import Network
from ..samples import Samples
from ..settings.array_types import AnyArray, ArrayLike
from ..settings.version import RELEASE
from ..training.code_report import ACTIVE

POINTS = 200  # of a curve of the history
SEEN = 500  # samples that tell whether the code is alive


def described_model(model: Autoencoder, network: Network) -> dict[str, Any]:
    """Return the rows of the page's table of layers, its facts as pairs of texts, and its curves of the loss."""
    curves = {name: thinned(model.history_.get(name, [])) for name in ("loss", "val_loss")}
    return {
        "layers": [row for chain in (network.encoder, network.decoder) for row in _layers(chain)],
        "facts": _facts(model, network),
        "history": {name: curve for name, curve in curves.items() if len(curve) > 1},
    }


def _layers(chain: Any) -> list[list[str]]:
    """Return name, kind and activation, shape of the output and number of parameters of each layer."""
    rows = []
    for layer, (name, specs), shape in zip(chain.layers, chain.groups, chain.shapes[1:], strict=True):
        kind = " ".join(filter(None, [type(layer).__name__, getattr(layer, "activation", "")]))
        count = sum(math.prod(spec.shape) for spec in specs.values())
        rows.append([name, kind, " \u00d7 ".join(map(str, shape)), f"{count:,}"])
    return rows


def _facts(model: Autoencoder, network: Network) -> list[list[str]]:
    losses = [value for value in model.history_.get("loss", []) if math.isfinite(value)]
    validation = [value for value in model.history_.get("val_loss", []) if math.isfinite(value)]
    seed = model.random_state if isinstance(model.random_state, (int, np.integer)) else None
    facts = {
        "parameters": f"{network.n_parameters:,} ({network.dtype})",
        "loss": type(network.loss).__name__ + (f", {losses[-1]:.4g} reached" if losses else ""),
        "validation loss": f"{validation[-1]:.4g}" if validation else "",
        "epochs": f"{model.n_epochs_}"
        if model.stop_reason_ == "epochs"
        else f"{model.n_epochs_} ({model.stop_reason_})",
        "random_state": "not an int: this model cannot be trained again to the bit" if seed is None else f"{seed}",
        "npae": RELEASE,
    }
    return [[name, text] for name, text in facts.items() if text]


def thinned(values: Sequence[float]) -> list[list[float]]:
    """Return [epoch, value] of up to `POINTS` finite values, the first and the last one included."""
    finite = [[i + 1, float(value)] for i, value in enumerate(values) if math.isfinite(value)]
    chosen = np.unique(np.linspace(0, len(finite) - 1, min(len(finite), POINTS)).astype(int))
    return [finite[i] for i in chosen] if finite else []


def collapse(model: Autoencoder, network: Network, samples: AnyArray | None, mask: ArrayLike | None) -> str | None:
    """Return "all" if the code hardly varies, by the rules by which `fit` warns, otherwise None.

    These are `CollapsedCode` for the data shown, or as `fit` noted it, and `PosteriorCollapse`.
    """
    if network.variational:
        return None if (model.code_variance_ > ACTIVE).any() else "all"
    if samples is None or getattr(model, "_targets", None) is not None or mask is not None:
        return "all" if any(note.startswith("code must vary") for note in model.history_.get("notes", [])) else None
    some = Samples(np.asarray(samples[:: max(1, len(samples) // SEEN)], network.dtype))
    found = learned_nothing(network, model.theta_, some)
    return "all" if any(isinstance(warning, CollapsedCode) for warning in found) else None
