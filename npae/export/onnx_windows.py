"""Convolutions, pooling and upsampling as nodes of ONNX.

In float32 they are ONNX's own operators, between transpositions to channels first, which a runtime optimises away.
ONNX Runtime has no such operators in float64. There a window is an index: Gather picks the numbers of all windows, and
a product or a sum does the rest.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..layers import Upsample
from ..layers.pool import _weights
from ..layers.windows import Windows
from ..settings.array_types import FloatArray, IntArray, Shape, Views
from .onnx_graph import Graph


def convolution(graph: Graph, windows: Windows, x: str, params: Views) -> str:
    """Add z = x * W + b."""
    if graph.dtype == np.float32:
        return _native(graph, "Conv", windows, x, params)
    taken = _taken(graph, windows.size, _places(windows), x, params["W"].shape[-2])
    return _product(graph, taken, _matrix(params["W"]), params["b"], windows.count)


def transposed_convolution(graph: Graph, windows: Windows, x: str, params: Views) -> str:
    """Add z = x *' W + b: each place of the output gathers what the windows over it hold."""
    if graph.dtype == np.float32:
        return _native(graph, "ConvTranspose", windows, x, params, output_padding=_spare(windows))
    W = np.moveaxis(params["W"], -1, -2)  # (*kernel, K, C)
    taken = _taken(graph, windows.count, _windows_over(windows), x, W.shape[-2])
    return _product(graph, taken, _matrix(W), params["b"], windows.size)


def max_pool(graph: Graph, windows: Windows, x: str) -> str:
    """Add the maximum of each window."""
    return _channels_first(graph, "MaxPool", windows, x, dilations=list(windows.dilation))


def average_pool(graph: Graph, windows: Windows, x: str, channels: int) -> str:
    """Add the mean of each window over what is not padding."""
    if graph.dtype == np.float32:
        return _channels_first(graph, "AveragePool", windows, x, count_include_pad=0)
    taken = _taken(graph, windows.size, _places(windows), x, channels)  # (N, windows, taps, C)
    total = graph.add("ReduceSum", taken, graph.constant(np.array([2])), keepdims=0)
    weights = _weights(windows, np.dtype(np.float64)).reshape(-1, 1)
    return graph.reshaped(graph.add("Mul", total, graph.constant(weights)), (*windows.count, channels))


def upsample(graph: Graph, layer: Upsample, x: str, params: Views, in_shape: Shape) -> str:
    """Add repeated numbers, axis by axis."""
    for axis, (factor, size) in enumerate(layer._axes(in_shape), 1):
        repeated = np.minimum(np.arange(size) // factor, in_shape[axis - 1] - 1)
        x = graph.add("Gather", x, graph.constant(repeated), axis=axis)
    return x


def _native(graph: Graph, kind: str, windows: Windows, x: str, params: Views, **options: Any) -> str:
    W, rank = params["W"], len(windows.size)
    weights = graph.constant(W.transpose(rank + 1, rank, *range(rank)))
    dilations = list(windows.dilation)
    return _channels_first(
        graph, kind, windows, x, weights, graph.constant(params["b"]), dilations=dilations, **options
    )


def _channels_first(graph: Graph, kind: str, windows: Windows, x: str, *more: str, **options: Any) -> str:
    """Add an operator of ONNX that slides a window, between two transpositions."""
    rank = len(windows.size)
    pads = [pair[side] for side in (0, 1) for pair in windows.padding]
    options |= {"kernel_shape": list(windows.kernel), "strides": list(windows.stride), "pads": pads}
    x = graph.add("Transpose", x, perm=[0, rank + 1, *range(1, rank + 1)])
    y = graph.add(kind, x, *more, **options)
    return graph.add("Transpose", y, perm=[0, *range(2, rank + 2), 1])


def _spare(windows: Windows) -> list[int]:
    """Return how many numbers the output of a transposed convolution has after what its windows reach."""
    axes = zip(windows.padded, windows.count, windows.stride, windows.extent, strict=True)
    return [padded - (count - 1) * stride - extent for padded, count, stride, extent in axes]


def _taken(graph: Graph, size: Shape, places: IntArray, x: str, channels: int) -> str:
    """Add x (N, *size, C) at these places, as an array (N, *places.shape, C); a place outside of x is 0."""
    x = graph.reshaped(x, (math.prod(size), channels))
    if places.max() == math.prod(size):
        x = graph.add("Pad", x, graph.constant(np.array([0, 0, 0, 0, 1, 0])), graph.constant(0.0))
    return graph.add("Gather", x, graph.constant(places), axis=1)


def _product(graph: Graph, taken: str, W: FloatArray, b: FloatArray, size: Shape) -> str:
    rows = graph.reshaped(taken, (math.prod(size), len(W)))
    z = graph.add("Add", graph.add("MatMul", rows, graph.constant(W)), graph.constant(b))
    return graph.reshaped(z, (*size, W.shape[1]))


def _matrix(W: FloatArray) -> FloatArray:
    return W.reshape(-1, W.shape[-1])


def _places(windows: Windows) -> IntArray:
    """Return where each window has its taps, (windows, taps): places in a flat sample, or its size for padding."""
    index, inside = np.zeros((1, 1), int), np.ones((1, 1), bool)
    for n, count, kernel, stride, dilation, (before, _) in zip(
        windows.size, windows.count, windows.kernel, windows.stride, windows.dilation, windows.padding, strict=True
    ):
        at = stride * np.arange(count)[:, None] + dilation * np.arange(kernel) - before
        shape = len(index) * count, index.shape[1] * kernel
        index = (index[:, None, :, None] * n + at[None, :, None]).reshape(shape)
        inside = (inside[:, None, :, None] & ((at >= 0) & (at < n))[None, :, None]).reshape(shape)
    return np.where(inside, index, math.prod(windows.size))


def _windows_over(windows: Windows) -> IntArray:
    """Return which window has a place at a tap, (places, taps): each tap of a place is in one window at most."""
    places = _places(windows)
    found = np.full((math.prod(windows.size) + 1, places.shape[1]), len(places))
    number, tap = np.indices(places.shape)
    found[places, tap] = number
    return found[:-1]
