"""The LSTM as nodes of ONNX.

ONNX has an LSTM of its own, which stands here in float32. It knows no float64, and no steps that a state passes
through unchanged: with those, a Scan carries out the formulas step by step.
"""

from __future__ import annotations

import numpy as np

from ..layers import LSTM
from ..settings.array_types import Shape, Views
from .onnx_graph import Graph, body_of, described, whole, zeros

GATES = [1, 0, 2, 3]  # of o, i, f, g, in the order that ONNX has them: i, o, f, c


def lstm(graph: Graph, layer: LSTM, x: str, params: Views, in_shape: Shape) -> str:
    """Add the states of all steps (N, T, U), or the last one (N, U)."""
    if graph.mask is not None and in_shape[0] != graph.steps:
        where = f"{graph.where} (LSTM)"
        raise ValueError(f"mask must have the {in_shape[0]} steps that {where} sees, got {graph.steps}.")
    if graph.mask is None and graph.dtype == np.float32:
        return _native(graph, layer, x, params)
    return _scanned(graph, layer, x, params, in_shape)


def _native(graph: Graph, layer: LSTM, x: str, params: Views) -> str:
    U = layer.units
    W, R, b = (params[name].reshape(-1, 4, U)[:, GATES].reshape(-1, 4 * U) for name in ("W", "R", "b"))
    both = np.concatenate([b[0], np.zeros_like(b[0])])  # ONNX adds two biases
    arrays = (graph.constant(array[np.newaxis]) for array in (W.T, R.T, both))
    steps = graph.add("Transpose", x, perm=[1, 0, 2])
    states, last = graph.add_many("LSTM", (steps, *arrays), 2, hidden_size=U)  # (T, 1, N, U), (1, N, U)
    if not layer.sequences:
        return graph.add("Squeeze", last, graph.constant(np.array([0])))
    return graph.add("Transpose", graph.add("Squeeze", states, graph.constant(np.array([1]))), perm=[1, 0, 2])


def _scanned(graph: Graph, layer: LSTM, x: str, params: Views, in_shape: Shape) -> str:
    U, (_, C), step = layer.units, in_shape, body_of(graph)
    inputs = [described(step, f"{step.where}/{name}", ("N", size)) for name, size in (("h", U), ("c", U), ("x", C))]
    series = [x]
    if graph.mask is not None:
        inputs.append(described(step, f"{step.where}/real", ("N", 1), bool))
        series.append(graph.add("Unsqueeze", graph.mask, graph.constant(np.array([2]))))
    h, c = _step(step, params, *(value.name for value in inputs))
    again = step.add("Identity", h)
    outputs = [described(step, name, ("N", U)) for name in (h, c, again)]
    start = zeros(graph, x, U)
    last, _, states = graph.add_many(
        "Scan",
        (start, start, *series),
        3,
        body=whole(step, "step", inputs, outputs),
        num_scan_inputs=len(series),
        scan_input_axes=[1] * len(series),
        scan_output_axes=[1],
    )
    return states if layer.sequences else last


def _step(step: Graph, params: Views, h: str, c: str, x: str, real: str | None = None) -> tuple[str, str]:
    """Add the formulas of one step; return the names of the state and of the cells after it."""
    W, b, R = (step.constant(params[name]) for name in ("W", "b", "R"))
    z = step.add("Add", step.add("MatMul", x, W), step.add("MatMul", h, R))
    o, i, f, g = step.add_many("Split", (step.add("Add", z, b),), 4, axis=1)
    o, i, f = (step.add("Sigmoid", gate) for gate in (o, i, f))
    kept, let_in = step.add("Mul", f, c), step.add("Mul", i, step.add("Tanh", g))
    cells = step.add("Add", kept, let_in)
    state = step.add("Mul", o, step.add("Tanh", cells))
    if real is None:
        return state, cells
    return step.add("Where", real, state, h), step.add("Where", real, cells, c)
