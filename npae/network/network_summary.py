"""What a network consists of: its layers, their shapes and numbers, and which layer of the decoder undoes which."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..layers import Chain, Layer
from ..losses import CrossEntropy
from ..settings.array_types import Shape
from ..settings.checks import positive_integer
from ..settings.data_frame import data_frame
from ..settings.html_table import html_lines, html_table

if TYPE_CHECKING:
    from .network import Network

COLUMNS = ("layer", "what", "activation", "output shape", "parameters", "mirrors")


@dataclass(frozen=True)
class LayerSummary:
    """One layer of a `Summary`.

    Parameters
    ----------
    name : str
        Such as "encoder.0".
    what : str
        The layer as it was written, without its activation: "Conv2D(8, 3, stride=2)".
    activation : str
        The name of its activation, "" if it has none. That of the last layer includes what the loss applies.
    in_shape, out_shape : tuple of int
        The shape of one sample before and after the layer.
    parameters : int
        How many numbers of theta it has.
    mirrors : str
        The name of the encoder's layer that it undoes, "" if it undoes none.
    """

    name: str
    what: str
    activation: str
    in_shape: Shape
    out_shape: Shape
    parameters: int
    mirrors: str


@dataclass(frozen=True)
class Summary:
    """What a model consists of: `print` shows it as a table, and so does a notebook.

    Parameters
    ----------
    title : str
        What the model is, in one line.
    layers : tuple of LayerSummary
        The layers of encoder and decoder, in their order.
    in_shape, code_shape, out_shape : tuple of int
        The shape of one sample, of its code, and of its prediction.
    n_parameters : int
        How many numbers theta has.
    theta_bytes : int
        The memory that theta takes.
    batch_size : int
        How many samples `activation_bytes` is for.
    activation_bytes : int
        The memory that a batch and the outputs of all layers for it take. Training takes about twice as much, since
        gradients have the same shapes.

    Examples
    --------
    >>> import npae
    >>> summary = npae.Network([npae.Dense(2)], [npae.Dense(5)], in_shape=5).summary()
    >>> print(summary)
    Network: (5,) to a code of shape (2,), float64, MeanSquaredError
    --------------------------------------------------------------------
    layer      what      activation  output shape  parameters  mirrors
    input                            (5,)
    encoder.0  Dense(2)  identity    (2,)                  12
    decoder.0  Dense(5)  identity    (5,)                  15  encoder.0
    --------------------------------------------------------------------
    27 parameters (encoder 12, decoder 15), 216 bytes
    96 bytes for a sample and the outputs of all layers
    >>> summary.n_parameters, summary.layers[1].mirrors
    (27, 'encoder.0')
    """

    title: str
    layers: tuple[LayerSummary, ...]
    in_shape: Shape
    code_shape: Shape
    out_shape: Shape
    n_parameters: int
    theta_bytes: int
    batch_size: int
    activation_bytes: int

    def __str__(self) -> str:
        lines = [list(COLUMNS), *self._lines()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        right = COLUMNS.index("parameters")
        text = [
            "  ".join(
                cell.rjust(width) if i == right else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        rule = "-" * sum(widths, 2 * len(widths) - 2)
        return "\n".join([self.title, rule, *text, rule, *self._totals()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_lines([self.title]) + html_table(COLUMNS, self._lines(), left=4) + html_lines(self._totals())

    def to_pandas(self) -> Any:
        """Return the layers as a pandas DataFrame.

        Returns
        -------
        DataFrame
            One row for each layer, with the columns of LayerSummary.

        Raises
        ------
        ImportError
            If pandas is missing.
        """
        names = [field.name for field in dataclasses.fields(LayerSummary)]
        rows = [{name: getattr(layer, name) for name in names} for layer in self.layers]
        return data_frame(rows, names)

    def _lines(self) -> list[list[str]]:
        lines = [["input", "", "", str(self.in_shape), "", ""]]
        for layer in self.layers:
            count = f"{layer.parameters:,}" if layer.parameters else "-"
            lines.append([layer.name, layer.what, layer.activation, str(layer.out_shape), count, layer.mirrors])
        return lines

    def _totals(self) -> list[str]:
        parts = {
            part: sum(layer.parameters for layer in self.layers if layer.name.startswith(part))
            for part in ("encoder", "decoder")
        }
        shares = ", ".join(f"{part} {count:,}" for part, count in parts.items())
        some = "a sample" if self.batch_size == 1 else f"a batch of {self.batch_size:,} samples"
        return [
            f"{self.n_parameters:,} parameters ({shares}), {memory(self.theta_bytes)}",
            f"{memory(self.activation_bytes)} for {some} and the outputs of all layers",
        ]


def summary(self: Network, *, batch_size: int | None = None, title: str = "Network") -> Summary:
    """Return what the network consists of: layers, shapes, parameters and memory.

    Parameters
    ----------
    batch_size : int, default None
        How many samples to tell the memory for. None stands for one.
    title : str, default "Network"
        What to call the network.

    Returns
    -------
    Summary
        `print` shows it as a table; its numbers are attributes.

    Raises
    ------
    ValueError
        If `batch_size` is no positive integer.

    Examples
    --------
    >>> import npae
    >>> npae.Network([npae.Dense(2)], [npae.Dense(5)], in_shape=5).summary(batch_size=100).activation_bytes
    9600
    """
    count = 1 if batch_size is None else positive_integer("batch_size", batch_size)
    item, loss = self.dtype.itemsize, type(self.loss).__name__
    numbers = sum(math.prod(shape) for shape in (*self.encoder.shapes, *self.decoder.shapes[1:]))
    return Summary(
        f"{title}: {self.in_shape} to a code of shape {self.code_shape}, {self.dtype.name}, {loss}",
        tuple(_layers(self)),
        self.in_shape,
        self.code_shape,
        self.out_shape,
        self.n_parameters,
        self.n_parameters * item,
        count,
        numbers * item * count,
    )


def _layers(network: Network) -> Iterator[LayerSummary]:
    mirrors = mirrored_layers(network)
    last = max(
        (i for i, layer in enumerate(network.layers) if getattr(layer, "activation", None) is not None), default=-1
    )
    link = "softmax" if isinstance(network.loss, CrossEntropy) else network.loss.link
    index = 0
    for chain in (network.encoder, network.decoder):
        for layer, (name, specs), before, after in zip(
            chain.layers, chain.groups, chain.shapes[:-1], chain.shapes[1:], strict=True
        ):
            own = str(getattr(layer, "activation", ""))
            activation = link if index == last and link != "identity" else own
            count = sum(math.prod(spec.shape) for spec in specs.values())
            yield LayerSummary(name, written(layer), activation, before, after, count, mirrors.get(name, ""))
            index += 1


def mirrored_layers(network: Network) -> dict[str, str]:
    """Return the name of the encoder's layer that a layer of the decoder undoes, for all that undo one.

    The decoder is compared with the mirrors of the encoder's layers, from the code outwards, as far as they agree.
    """
    encoder, decoder, found, position = network.encoder, network.decoder, {}, 0
    for index in range(len(encoder.layers) - 1, -1, -1):
        mirror = _mirror_of(encoder, index)
        own = decoder.layers[position : position + len(mirror)]
        if (mirror and not all(map(_alike, own, mirror))) or len(own) < len(mirror):
            break
        names = [name for name, _ in decoder.groups[position : position + len(mirror)]]
        found.update(dict.fromkeys(names, encoder.groups[index][0]))
        position += len(mirror)
    return found


def _mirror_of(chain: Chain, index: int) -> list[Layer]:
    """Return the mirror of a layer; that of a layer without one is a layer that no decoder has."""
    try:
        mirror = chain.layers[index].mirror(chain.shapes[index], "identity")
    except Exception:  # that of a layer of one's own may raise anything
        return [Layer()]
    return mirror if isinstance(mirror, list) else [mirror]


def _alike(one: Layer, other: Layer) -> bool:
    """Return whether two layers differ in nothing but their activations."""
    if type(one) is not type(other):
        return False
    names = [field.name for field in dataclasses.fields(one) if field.name != "activation"]
    return all(getattr(one, name) == getattr(other, name) for name in names)


def written(layer: Layer) -> str:
    """Return a layer as one would write it, without its activation.

    >>> import npae
    >>> written(npae.Conv2D(8, 3, stride=2, activation="relu"))
    'Conv2D(8, 3, stride=2)'
    """
    parts = []
    for field in dataclasses.fields(layer):
        value = getattr(layer, field.name)
        if field.name == "activation":
            continue
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            parts.append(repr(value))
        elif (value := _collapsed(value)) != field.default:
            parts.append(f"{field.name}={value!r}")
    return f"{type(layer).__name__}({', '.join(parts)})"


def _collapsed(value: Any) -> Any:
    """Return one integer for a tuple of equal ones, a number for each axis."""
    equal = isinstance(value, tuple) and len(set(value)) == 1 and isinstance(value[0], int)
    return value[0] if equal else value


def memory(size: int) -> str:
    """Return a number of bytes as text.

    >>> memory(216), memory(3000), memory(5_400_000)
    ('216 bytes', '3.00 KB', '5.40 MB')
    """
    if size < 1000:
        return f"{size} bytes"
    power = min(4, int(math.log(size, 1000)))
    return f"{size / 1000**power:.2f} {('KB', 'MB', 'GB', 'TB')[power - 1]}"
