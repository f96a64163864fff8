"""A fitted model as an ONNX file, which other programs carry out: data go in as they come, and numbers come out."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from ..estimators import AnomalyDetector, Autoencoder, Classifier
from ..estimators.sklearn_contract import check_fitted
from ..layers.parameters import Layout
from ..network import Network
from ..network.assembly import check_dtype
from ..network.scaling import Scaling
from ..settings.archive import write_bytes
from ..settings.array_types import DTypeLike, FloatArray, Views
from ..settings.checks import checked_path
from ..settings.version import RELEASE
from .onnx_graph import Graph, described, file_content, name_output, whole
from .onnx_layers import add_layers, add_prediction

LARGEST = 2**31 - 2**24  # bytes: a file of the format Protocol Buffers is smaller than 2 GiB
PARTS = {"encoder": ("X", "Z"), "decoder": ("Z", "Y"), "reconstruct": ("X", "Y")}  # names of input and output


def onnx(
    model: Autoencoder | Classifier | AnomalyDetector,
    path: str | os.PathLike[str],
    part: str = "encoder",
    *,
    dtype: DTypeLike | None = None,
    missing: str = "error",
) -> None:
    """Write a part of a fitted model to an ONNX file, for ONNX Runtime and other programs.

    The graph does what the method does: it scales the data, fills gaps with means where the model does, applies the
    layers, and brings predictions back to the units of the data. It takes any number of samples. Noise and Dropout do
    nothing, and a GaussianCode is its mean, as in `encode`. It does not check its input: where `encode` raises an error
    for NaN or a wrong column, the graph computes with it.

    Parameters
    ----------
    model : Autoencoder, Classifier or AnomalyDetector
        A fitted model; of a detector, its autoencoder is written.
    path : str or Path
        The file, which is written as a whole or not at all.
    part : str, default "encoder"
        "encoder" for `encode` (input X, output Z), "decoder" for `decode` (Z, Y), or "reconstruct" for `reconstruct`
        (X, Y), which for a Classifier is `predict_proba`. A model that was fitted with a mask has a second input
        "mask" (N, T) wherever X goes in, true where a step is real.
    dtype : dtype, default None
        "float32" or "float64", of input, output and all that is computed. None stands for that of the model.
    missing : str, default "error"
        What to do about a model with `missing="ignore"` that predicts its own samples. Its gaps take the network's
        predictions again and again, which no graph does. "error" refuses such a model. "means" writes a graph that
        fills gaps with the means of their features, once: for samples without gaps the numbers are the same.

    Raises
    ------
    ImportError
        If the package onnx is missing.
    NotFittedError
        Before `fit` (a ValueError).
    TypeError
        If the model is none of npae's.
    ValueError
        For an unknown part or dtype, a layer or loss of your own without `onnx_nodes`, gaps that no graph can fill, or
        a network of 2 GB.
    OSError
        If the file cannot be written; what was there before stays.

    Notes
    -----
    A layer of your own says its nodes in a method `onnx_nodes(self, graph, x, params, in_shape)`. It gets a
    `npae.export.Graph`, the name of its input, its arrays by name and the shape of one sample; it adds nodes and
    returns the name of its output. A loss of your own does so for its prediction, in `onnx_nodes(self, graph, z)`.

    ``def onnx_nodes(self, graph, x, params, in_shape): return graph.add("Mul", x, graph.constant(params["s"]))``

    The file has opset 17. Its metadata hold, as JSON, the names of the features in "feature_names", the classes of a
    Classifier in the order of the columns in "classes_", and the threshold of a detector in "threshold_". In float64,
    for which ONNX Runtime has no convolutions, these are indices and products: give dtype="float32" where speed counts.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> X = np.random.default_rng(0).random((50, 6)).astype("float32")
    >>> ae = npae.Autoencoder([2], dtype="float32", random_state=0).fit(X)
    >>> npae.export.onnx(ae, "encoder.onnx", part="encoder")
    >>> import onnxruntime
    >>> session = onnxruntime.InferenceSession("encoder.onnx")
    >>> (codes,) = session.run(None, {"X": X[:3]})
    >>> bool(np.allclose(codes, ae.encode(X[:3]), atol=1e-6))
    True
    """
    known = _checked(model)
    path = checked_path("path", path)
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(map(repr, PARTS))}, got {part!r}.")
    if missing not in ("error", "means"):
        raise ValueError(f"missing must be 'error' or 'means', got {missing!r}.")
    network = known.network_
    if part != "decoder" and network.completes and missing == "error":
        hint = "Give missing='means' to fill gaps with means once, which is the same for samples without gaps."
        name = type(known).__name__
        owner = f"{'an' if name.startswith('A') else 'a'} {name}"
        rule = f"part must be 'decoder' for {owner} with missing='ignore', whose gaps no graph can fill"
        raise ValueError(f"{rule}, got {part!r}. {hint}")
    chosen = network.dtype if dtype is None else check_dtype(dtype)
    if network.n_parameters * chosen.itemsize > LARGEST:
        rule = f"theta must take at most {LARGEST:,} bytes for an ONNX file"
        raise ValueError(f"{rule}, got {network.n_parameters * chosen.itemsize:,}.")
    write_bytes(path, _content(known, part, chosen, _facts(model, known, part)))


def _checked(model: Any) -> Any:
    """Return the fitted estimator with the network to write."""
    if not isinstance(model, (Autoencoder, Classifier, AnomalyDetector)):
        hint = " Give the estimator that it belongs to." if isinstance(model, Network) else ""
        known = "a fitted Autoencoder, Classifier or AnomalyDetector"
        raise TypeError(f"model must be {known}, got {model!r}.{hint}")
    check_fitted(model)
    return model.autoencoder_ if isinstance(model, AnomalyDetector) else model


def _facts(given: Any, model: Any, part: str) -> dict[str, str]:
    """Return what the file says besides the graph: `model` is what was given, or the autoencoder of a detector."""
    facts = {"part": part, "model": type(model).__name__}
    names = getattr(model, "feature_names_in_", None)
    if names is not None and part != "decoder":
        facts["feature_names"] = json.dumps([str(name) for name in names])
    if isinstance(given, Classifier):
        facts["classes_"] = json.dumps(np.asarray(given.classes_).tolist(), default=str)
    if isinstance(given, AnomalyDetector):
        facts["threshold_"] = json.dumps(float(given.threshold_))
    return facts


def _content(model: Any, part: str, dtype: np.dtype[Any], facts: dict[str, str]) -> bytes:
    """Return the file."""
    network, (given, made) = model.network_, PARTS[part]
    masked = part != "decoder" and getattr(model, "_masked", False)
    graph = Graph(dtype, "mask" if masked else None, network.in_shape[0])
    in_shape = network.code_shape if part == "decoder" else network.in_shape
    inputs = [described(graph, given, ("N", *in_shape))]
    if masked:
        inputs.append(described(graph, "mask", ("N", network.in_shape[0]), bool))
    out_shape = network.code_shape if part == "encoder" else network.out_shape
    output = _nodes(graph, network, _by_layer(network, model.theta_), given, part)
    name_output(graph, output, made)
    outputs = [described(graph, made, ("N", *out_shape))]
    return file_content(whole(graph, f"npae_{part}", inputs, outputs), facts, RELEASE)


def _nodes(graph: Graph, network: Network, params: list[Views], x: str, part: str) -> str:
    """Add the nodes of a part, and return the name of its output."""
    depth = len(network.encoder.layers)
    if part != "decoder":
        x = _entering(graph, network, x)
        x = add_layers(graph, network.encoder, params[:depth], x)
    if part == "encoder":
        return x
    z = add_layers(graph, network.decoder, params[depth:], x)
    y = add_prediction(graph, network.loss, z)
    return y if network.target_scaling is None else _brought_back(graph, network.target_scaling, y)


def _entering(graph: Graph, network: Network, x: str) -> str:
    """Add what happens to samples before the encoder: gaps are filled, numbers scaled, and padding becomes 0."""
    graph.where = "input"
    if network.fill is not None:
        x = graph.add("Where", graph.add("IsNaN", x), graph.constant(network.fill), x)
    if network.scaling is not None:
        for shift in reversed(_parts(network.scaling.shift, graph.dtype)):
            x = graph.add("Sub", x, graph.constant(shift))
        x = graph.add("Div", x, graph.constant(network.scaling.unit))
    if graph.mask is not None:
        real = graph.add("Unsqueeze", graph.mask, graph.constant(np.array([2])))
        x = graph.add("Where", real, x, graph.constant(0.0))
    return x


def _brought_back(graph: Graph, scaling: Scaling, y: str) -> str:
    graph.where = "output"
    y = graph.add("Mul", y, graph.constant(scaling.unit))
    for shift in _parts(scaling.shift, graph.dtype):
        y = graph.add("Add", y, graph.constant(shift))
    return y


def _parts(shift: FloatArray, dtype: np.dtype[Any]) -> list[FloatArray]:
    """Return the shift, or two numbers for each, the smaller first, whose sum is it where the dtype cannot hold it.

    A mean far above its deviation, rounded, would be off by much of the deviation.
    """
    rounded = shift.astype(dtype)
    rest = shift - rounded
    return [rest, rounded] if rest.any() else [rounded]


def _by_layer(network: Network, theta: Any) -> list[Views]:
    """Return the arrays of each layer by name."""
    return list(Layout(network.encoder.groups + network.decoder.groups).by_layer(network.as_theta(theta)))
