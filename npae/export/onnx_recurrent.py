"""The LSTM as nodes of ONNX.

ONNX has an LSTM of its own, which stands here in float32. It knows no float64, and no steps that a state passes
through unchanged: with those, a Scan carries out the formulas step by step.
"""

from __future__ import annotations

import numpy as np

from ..layers import LSTM
from ..settings.array_types import Shape, Views
from .onnx_graph import Graph, body_of, count_of, described, whole, zeros

GATES = [1, 0, 2, 3]  # of o, i, f, g, in the order that ONNX has them: i, o, f, c


def lstm(graph: Graph, layer: LSTM, x: str, params: Views, in_shape: Shape) -> str:
    """Add the states of all steps (N, T, U), or the last one (N, U)."""
    if graph.mask is not None and in_shape[0] != graph.steps:
        where = f"{graph.where} (LSTM)"
        raise ValueError(f"mask must have the {in_shape[0]} steps that {where} sees, got {graph.steps}.")
    real = None if graph.mask is None else _at_least_one(graph, graph.mask, in_shape[0])
    at_least_one = _at_least_one(graph, x, *in_shape)
    if real is None and graph.dtype == np.float32:
        made = _native(graph, layer, at_least_one, params)
    else:
        made = _scanned(graph, layer, at_least_one, real, params, in_shape)
    return graph.add("Slice", made, graph.constant(np.array([0])), count_of(graph, x))


def _at_least_one(graph: Graph, x: str, *shape: int) -> str:
    """Add a sample of zeros where there are none: without any, ONNX Runtime ends the process."""
    one = graph.constant(np.array([1]))
    missing = zeros(graph, graph.add("Sub", one, graph.add("Min", count_of(graph, x), one)), *shape)
    return graph.add("Concat", x, graph.add("CastLike", missing, x), axis=0)


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


def _scanned(graph: Graph, layer: LSTM, x: str, real: str | None, params: Views, in_shape: Shape) -> str:
    U, (_, C), step = layer.units, in_shape, body_of(graph)
    count = f"{step.where}/N"  # not the graph's N, which may be 0
    inputs = [described(step, f"{step.where}/{name}", (count, size)) for name, size in (("h", U), ("c", U), ("x", C))]
    series = [x]
    if real is not None:
        inputs.append(described(step, f"{step.where}/real", (count, 1), bool))
        series.append(graph.add("Unsqueeze", real, graph.constant(np.array([2]))))
    h, c = _step(step, params, *(value.name for value in inputs))
    again = step.add("Identity", h)
    outputs = [described(step, name, (count, U)) for name in (h, c, again)]
    start = zeros(graph, count_of(graph, x), U)
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
