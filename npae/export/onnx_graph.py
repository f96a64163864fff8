"""An ONNX graph that grows node by node: what layers write their formulas into."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from ..settings.array_types import ArrayLike, Shape

OPSET, IR = 17, 8  # versions of 2022: every runtime that is in use reads them


def onnx_package() -> ModuleType:
    """Return the package onnx, or raise ImportError with the command that installs it."""
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        hint = 'Run: pip install "npae[onnx]"'
        raise ImportError(f"onnx must be installed to write ONNX files, got: {error}. {hint}") from error
    return onnx


class Graph:
    """The nodes and constants of an ONNX graph. An array is known by its name, a str.

    A layer of your own writes its formula into a Graph: see `npae.export.onnx`.

    Parameters
    ----------
    dtype : dtype
        Of the network: "float32" or "float64".
    mask : str, default None
        The name of the input (N, steps) that is false where a step of the series is padding.
    steps : int, default 0
        How many steps the mask has.

    Examples
    --------
    >>> graph = Graph("float32")
    >>> y = graph.add("Mul", "x", graph.constant([2.0, 3.0]))
    >>> [node.op_type for node in graph.nodes]
    ['Mul']
    """

    def __init__(self, dtype: Any, mask: str | None = None, steps: int = 0) -> None:
        self._onnx = onnx_package()
        self.dtype, self.mask, self.steps, self.where = np.dtype(dtype), mask, steps, ""
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._count = 0

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output.

        Parameters
        ----------
        kind : str
            An operator of ONNX, such as "MatMul".
        *inputs : str
            The names of the arrays that it takes.
        **attributes : object
            Its attributes, such as `axis=1`.

        Returns
        -------
        str
            The name of the array that it makes.
        """
        return self.add_many(kind, inputs, 1, **attributes)[0]

    def add_many(self, kind: str, inputs: Sequence[str], count: int, **attributes: Any) -> list[str]:
        """Add a node with several outputs.

        Parameters
        ----------
        kind : str
            An operator of ONNX, such as "Split".
        inputs : sequence of str
            The names of the arrays that it takes.
        count : int
            How many arrays it makes.
        **attributes : object
            Its attributes.

        Returns
        -------
        list of str
            The names of the arrays that it makes.
        """
        name = self._new_name(kind)
        outputs = [name if count == 1 else f"{name}.{i}" for i in range(count)]
        self.nodes.append(self._onnx.helper.make_node(kind, list(inputs), outputs, name=name, **attributes))
        return outputs

    def constant(self, values: ArrayLike) -> str:
        """Add numbers that do not change.

        Parameters
        ----------
        values : array
            Numbers, which get the dtype of the graph; integers and bools stay what they are.

        Returns
        -------
        str
            The name of the array.
        """
        array = np.asarray(values)
        kept = {"i": np.dtype(np.int64), "u": np.dtype(np.int64), "b": np.dtype(bool)}
        array = np.ascontiguousarray(array, kept.get(array.dtype.kind, self.dtype)).reshape(array.shape)
        name = self._new_name("constant")
        self.initializers.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def reshaped(self, x: str, shape: Shape) -> str:
        """Add a node that gives samples another shape.

        Parameters
        ----------
        x : str
            The name of samples (N, ...).
        shape : tuple of int
            The shape of one sample, without N.

        Returns
        -------
        str
            The name of the array (N, *shape).
        """
        return self.add("Reshape", x, self.constant(np.array([0, *shape], np.int64)))

    def _new_name(self, kind: str) -> str:
        self._count += 1
        return f"{self.where}/{kind}_{self._count}"


def count_of(graph: Graph, x: str) -> str:
    """Return the name of an array of one integer: how many samples x (N, ...) holds."""
    return graph.add("Shape", x, start=0, end=1)


def zeros(graph: Graph, count: str, *shape: int) -> str:
    """Return the name of an array (N, *shape) of zeros, for a count N as `count_of` returns it."""
    value = onnx_package().numpy_helper.from_array(np.zeros(1, graph.dtype))
    whole_shape = graph.add("Concat", count, graph.constant(np.array(shape)), axis=0)
    return graph.add("ConstantOfShape", whole_shape, value=value)


def name_output(graph: Graph, x: str, name: str) -> None:
    """Give an array the name that users of the graph see."""
    graph.nodes.append(onnx_package().helper.make_node("Identity", [x], [name], name=f"output/{name}"))


def described(graph: Graph, name: str, shape: Sequence[Any], dtype: Any = None) -> Any:
    """Return what ONNX calls the value info of an input or output; a str stands for a size that may vary."""
    helper = onnx_package().helper
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(graph.dtype if dtype is None else dtype))
    return helper.make_tensor_value_info(name, kind, list(shape))


def whole(graph: Graph, title: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
    """Return ONNX's own graph of the nodes."""
    make_graph = onnx_package().helper.make_graph
    return make_graph(graph.nodes, title, list(inputs), list(outputs), graph.initializers)


def body_of(graph: Graph) -> Graph:
    """Return an empty graph that a node of this one carries out again and again; its names are its own."""
    inner = Graph(graph.dtype)
    inner.where = f"{graph.where}/step"
    return inner


def file_content(graph: Any, facts: dict[str, str], version: str) -> bytes:
    """Return a checked file with ONNX's own graph, and facts about it."""
    onnx = onnx_package()
    opset, made_by = [onnx.helper.make_opsetid("", OPSET)], {"producer_name": "npae", "producer_version": version}
    made = onnx.helper.make_model(graph, opset_imports=opset, ir_version=IR, **made_by)
    onnx.helper.set_model_props(made, facts)
    onnx.checker.check_model(made, full_check=True)
    content: bytes = made.SerializeToString()
    return content
