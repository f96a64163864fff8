"""``npae info``: what a file that npae saved holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ..estimators import AnomalyDetector, Autoencoder, load
from ..network.network import Network
from ..settings import archive
from ..training.recorded_history import checked_history
from .written_tables import Columns, plain, print_table, printed

KINDS = ("autoencoder", "classifier", "anomaly_detector")


@click.command()
@click.argument("file")
@click.option("--history", is_flag=True, help="The history of training instead, one row per epoch.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", help="csv for --history.")
def info(file: str, history: bool, form: str) -> None:
    """Say what a model or checkpoint FILE holds.

    \b
    Examples:
      npae info model.npz
      npae info model.npz --format json
      npae info model.npz --history --format csv
      npae info training.npz
    """
    document, _ = archive.read(file, *KINDS, "checkpoint")
    what = "checkpoint" if document["kind"] == "checkpoint" else "npae model"
    if history:
        with archive.complete(file, what):
            columns = _history(document)
        print_table(columns, form)
        return
    if form == "csv":
        raise click.UsageError("--format csv must come with --history.")
    with archive.complete(file, what):
        facts = _of_checkpoint(document) if what == "checkpoint" else _of_model(document, load(file))
    of_file = {"file": file, "bytes": Path(file).stat().st_size, "file format": document["version"]}
    facts = {**of_file, "written by npae": document.get("npae", "0.1.0 or before"), **facts}
    click.echo(json.dumps(facts, indent=1) if form == "json" else _as_text(facts))


def _history(document: dict[str, Any]) -> Columns:
    """Return one column for each number that was recorded per epoch."""
    recorded = document["state"]["history"] if document["kind"] == "checkpoint" else document["history"]
    epochs = len(recorded["loss"])
    history = checked_history(recorded, epochs)
    columns = {name: column for name, column in history.items() if isinstance(column, list) and len(column) == epochs}
    numbers = {name: column for name, column in columns.items() if all(not isinstance(v, (dict, str)) for v in column)}
    return {"epoch": list(range(1, epochs + 1)), **numbers}


def _of_model(document: dict[str, Any], model: Any) -> dict[str, Any]:
    """Return the facts of a fitted model."""
    inner = model.autoencoder_ if isinstance(model, AnomalyDetector) else model
    network, history = inner.network_, inner.history_
    facts: dict[str, Any] = {
        "kind": document["kind"].replace("_", " "),
        "model": " ".join(repr(model).split()),
        "samples of shape": list(network.in_shape),
        "codes of shape": list(network.code_shape),
        "parameters": network.n_parameters,
        "dtype": network.dtype.name,
        "loss": type(network.loss).__name__,
        "scale": None if network.scaling is None else network.scaling.kind,
        "gaps": "taken" if network.fill is not None else "refused",
        "epochs": inner.n_epochs_,
        "stopped": inner.stop_reason_,
        "loss reached": plain(history["loss"][-1]) if history["loss"] else None,
        "seconds": plain(history["seconds"][-1]) if history["seconds"] else None,
        "refinements": len(history.get("refinements", [])),
    }
    if isinstance(model, AnomalyDetector):
        facts["threshold"] = plain(model.threshold_)
    if not isinstance(inner, Autoencoder):
        facts["classes"] = [str(name) for name in inner.classes_]
    if history.get("notes"):
        facts["warnings"] = list(history["notes"])
    names = getattr(inner, "feature_names_in_", None)
    facts["columns"] = None if names is None else [str(name) for name in names]
    return {**facts, "layers": _layers(network, inner.theta_)}


def _layers(network: Network, theta: Any) -> list[dict[str, Any]]:
    """Return what each layer is, the shape that it gives to samples, and how many parameters it has."""
    sizes: dict[str, int] = {}
    for array, view in network.parameters(theta).items():
        owner = array.rpartition(".")[0]
        sizes[owner] = sizes.get(owner, 0) + view.size
    found = []
    for side, chain in (("encoder", network.encoder), ("decoder", network.decoder)):
        for i, (layer, shape) in enumerate(zip(chain.layers, chain.shapes[1:], strict=True)):
            name = f"{side}.{i}"
            count = sum(size for key, size in sizes.items() if key == name or key.startswith(f"{name}."))
            found.append({"name": name, "layer": repr(layer), "shape": list(shape), "parameters": count})
    return found


def _of_checkpoint(document: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a training that is under way, or has ended."""
    state, identity = document["state"], document["identity"]
    history = checked_history(state["history"], state["epoch"])
    return {
        "kind": "checkpoint",
        "epochs": state["epoch"],
        "stopped": state.get("stopped") or "under way",
        "loss reached": plain(history["loss"][-1]) if history["loss"] else None,
        "seconds": plain(history["seconds"][-1]) if history["seconds"] else None,
        **{name: str(value) for name, value in identity.items()},
    }


def _as_text(facts: dict[str, Any]) -> str:
    """Return facts as lines of text, and the layers as a table."""
    layers = facts.pop("layers", [])
    width = max(map(len, facts))
    lines = [f"{name:<{width}}  {_shown(value)}" for name, value in facts.items()]
    if layers:
        columns: Columns = {
            name: [_shown(layer[name]) if name == "shape" else layer[name] for layer in layers] for name in layers[0]
        }
        lines += ["", printed(columns, "text").rstrip("\n")]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " x ".join(map(str, value)) if all(isinstance(n, int) for n in value) else ", ".join(map(str, value))
    return "none" if value is None else str(value)
