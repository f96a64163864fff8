"""The formulas of npae's layers, activations and losses as nodes of ONNX: one function for each.

A function `(graph, layer, x, params, in_shape)` adds its nodes and returns the name of the output. Samples keep the
layout that they have in npae, with channels last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import numpy as np

from ..activations import ACTIVATIONS, ELU, LeakyReLU
from ..layers import (
    LSTM,
    AveragePool1D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GaussianCode,
    Layer,
    MaxPool1D,
    MaxPool2D,
    Repeat,
    Reshape,
    Upsample,
)
from ..layers.chain import Chain
from ..losses import CrossEntropy, Loss
from ..noise import Noisy
from ..settings.array_types import Shape, Views
from ..settings.returned import promise
from .onnx_graph import Graph
from .onnx_recurrent import lstm
from .onnx_windows import average_pool, convolution, max_pool, transposed_convolution, upsample

Nodes: TypeAlias = Callable[[Graph, Any, str, Views, Shape], str]
HOOK = "onnx_nodes"  # the method by which a class of one's own says its nodes


def activated(graph: Graph, name: str, z: str) -> str:
    """Add f(z). ONNX Runtime has some of these functions in float32 only: in float64 they are put together."""
    f, single = ACTIVATIONS[name], graph.dtype == np.float32
    plain = {"identity": None, "tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu"}
    if name in plain:
        kind = plain[name]
        return z if kind is None else graph.add(kind, z)
    if isinstance(f, LeakyReLU):
        if single:
            return graph.add("LeakyRelu", z, alpha=f.slope)
        return graph.add("Max", z, graph.add("Mul", z, graph.constant(f.slope)))  # attributes are in float32
    if isinstance(f, ELU):
        return _elu(graph, f, z)
    return graph.add("Softplus", z) if single else _softplus(graph, z)


def _elu(graph: Graph, f: ELU, z: str) -> str:
    """Add s max(z, 0) + s a (exp(min(z, 0)) - 1)."""
    if graph.dtype == np.float32:
        kind = "Selu" if f.scale != 1 else "Elu"
        return graph.add(kind, z, alpha=f.alpha, **({"gamma": f.scale} if f.scale != 1 else {}))
    zero, one = graph.constant(0.0), graph.constant(1.0)
    below = graph.add("Sub", graph.add("Exp", graph.add("Min", z, zero)), one)
    y = graph.add("Add", graph.add("Relu", z), graph.add("Mul", below, graph.constant(f.alpha)))
    return graph.add("Mul", y, graph.constant(f.scale))


def _softplus(graph: Graph, z: str) -> str:
    """Add max(z, 0) + log(1 + exp(-|z|))."""
    tail = graph.add("Exp", graph.add("Neg", graph.add("Abs", z)))
    tail = graph.add("Log", graph.add("Add", tail, graph.constant(1.0)))
    return graph.add("Add", graph.add("Relu", z), tail)


def _dense(graph: Graph, layer: Dense, x: str, params: Views, in_shape: Shape) -> str:
    z = graph.add("Add", graph.add("MatMul", x, graph.constant(params["W"])), graph.constant(params["b"]))
    return activated(graph, layer.activation, z)


def _mean(graph: Graph, layer: GaussianCode, x: str, params: Views, in_shape: Shape) -> str:
    """Add the mean of q(z | x): the first columns of W and b."""
    W, b = params["W"][:, : layer.units], params["b"][: layer.units]
    return graph.add("Add", graph.add("MatMul", x, graph.constant(W)), graph.constant(b))


def _convolution(graph: Graph, layer: Any, x: str, params: Views, in_shape: Shape) -> str:
    return activated(graph, layer.activation, convolution(graph, layer.windows(in_shape), x, params))


def _transpose(graph: Graph, layer: Any, x: str, params: Views, in_shape: Shape) -> str:
    return activated(graph, layer.activation, transposed_convolution(graph, layer.windows(in_shape), x, params))


def _max_pool(graph: Graph, layer: Any, x: str, params: Views, in_shape: Shape) -> str:
    return max_pool(graph, layer.windows(in_shape), x)


def _average_pool(graph: Graph, layer: Any, x: str, params: Views, in_shape: Shape) -> str:
    return average_pool(graph, layer.windows(in_shape), x, in_shape[-1])


def _reshape(graph: Graph, layer: Layer, x: str, params: Views, in_shape: Shape) -> str:
    return graph.reshaped(x, layer.out_shape(in_shape))


def _repeat(graph: Graph, layer: Repeat, x: str, params: Views, in_shape: Shape) -> str:
    steps = graph.add("Unsqueeze", x, graph.constant(np.array([1])))
    return graph.add("Expand", steps, graph.constant(np.array([1, layer.steps, 1])))


def _nothing(graph: Graph, layer: Layer, x: str, params: Views, in_shape: Shape) -> str:
    return x


KINDS: Mapping[type[Layer], Nodes] = {
    Dense: _dense,
    GaussianCode: _mean,
    LSTM: lstm,
    **dict.fromkeys((Conv1D, Conv2D), _convolution),
    **dict.fromkeys((ConvTranspose1D, ConvTranspose2D), _transpose),
    **dict.fromkeys((MaxPool1D, MaxPool2D), _max_pool),
    **dict.fromkeys((AveragePool1D, AveragePool2D), _average_pool),
    Upsample: upsample,
    **dict.fromkeys((Flatten, Reshape), _reshape),
    Repeat: _repeat,
    **dict.fromkeys((Dropout, Noisy), _nothing),
}


def add_layers(graph: Graph, chain: Chain, params: list[Views], x: str) -> str:
    """Add the layers of a chain, and return the name of what the last one makes."""
    for layer, (prefix, _), views, in_shape in zip(chain.layers, chain.groups, params, chain.shapes, strict=False):
        graph.where = prefix
        x = _nodes_of(layer, f"{prefix} ({type(layer).__name__})")(graph, layer, x, views, in_shape)
        promise(isinstance(x, str), f"{HOOK} of {prefix}", "the name of its output, a str", x)
    return x


def _nodes_of(layer: Layer, what: str) -> Nodes:
    """Return the function that adds a layer's nodes. A class of one's own may inherit its forward, or override it."""
    if type(layer) in KINDS:
        return KINDS[type(layer)]
    own = _hook_of(layer, "forward")
    if own is None:
        hint = f"Define {HOOK}(self, graph, x, params, in_shape) in {type(layer).__name__}: see npae.export.onnx."
        raise ValueError(f"model must have only layers whose ONNX nodes are known, got {what}. {hint}")
    return lambda graph, layer, x, params, in_shape: own(layer, graph, x, params, in_shape)


def _hook_of(part: Layer | Loss, formula: str) -> Callable[..., Any] | None:
    """Return the method that says the nodes of a formula; one of a class above that which has the formula is none."""
    for kind in type(part).__mro__:
        if HOOK in vars(kind):
            return cast("Callable[..., Any]", vars(kind)[HOOK])
        if formula in vars(kind):
            return None
    return None


def add_prediction(graph: Graph, loss: Loss, z: str) -> str:
    """Add the step from the decoder's output to the prediction: the link of the loss."""
    graph.where = "prediction"
    own = _hook_of(loss, "predict")
    if own is not None:
        y = own(loss, graph, z)
        promise(isinstance(y, str), f"{HOOK} of {type(loss).__name__}", "the name of its output, a str", y)
        return str(y)
    if type(loss).predict is CrossEntropy.predict:
        return graph.add("Softmax", z, axis=1)
    if type(loss).predict is not Loss.predict or loss.link not in ACTIVATIONS:
        hint = f"Define {HOOK}(self, graph, z) in {type(loss).__name__}."
        raise ValueError(f"loss must have a prediction whose ONNX nodes are known, got {loss!r}. {hint}")
    return activated(graph, loss.link, z)
