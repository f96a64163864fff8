"""Pooling, which makes series and images smaller, and upsampling, which makes them larger."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..settings.array_types import DTypeLike, FloatArray, Shape, Views
from .context import Context
from .layer import Layer, Pass
from .linearization import LinearBack, Linearization, linearize_linear, moved
from .repeat import stretch
from .shape import second_order_of_linear
from .spatial import FORMS, check_fit, check_form, paddings, per_axis, same_padding
from .windows import Windows


@dataclass(frozen=True)
class _Pool(Layer):
    """What pooling layers have in common: one number for each window and channel; nothing is learned."""

    kernel: int | tuple[int, ...]
    stride: int | tuple[int, ...] | None = None
    padding: str | int | tuple[int | tuple[int, int], ...] = "valid"

    rank: ClassVar[int]

    def __post_init__(self) -> None:
        kernel, _ = self._steps()
        paddings(self.padding, kernel)

    def _steps(self) -> tuple[Shape, Shape]:
        kernel = per_axis("kernel", self.kernel, self.rank)
        return kernel, kernel if self.stride is None else per_axis("stride", self.stride, self.rank)

    def windows(self, in_shape: Shape) -> Windows:
        """Return the Windows for samples of `in_shape`; raise ValueError for a shape that the layer cannot take."""
        check_form(type(self).__name__, in_shape, self.rank)
        (kernel, stride), size = self._steps(), tuple(in_shape[:-1])
        padding = paddings(self.padding, kernel) or same_padding(size, kernel, stride)
        windows = Windows(size, kernel, stride, (1,) * self.rank, padding)
        check_fit(kernel, stride, windows.padded)
        return windows

    def out_shape(self, in_shape: Shape) -> Shape:
        return (*self.windows(in_shape).count, in_shape[-1])

    def mirror(self, in_shape: Shape, activation: str) -> Upsample:
        windows = self.windows(in_shape)
        return Upsample(windows.stride, windows.size)


class _MaxPool(_Pool):
    """y = max over the taps of each window; padding never wins. dy goes to the first tap that has the maximum."""

    rearranges = True

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        windows, scratch = self.windows(x.shape[1:]), context.scratch
        taps = list(windows.taps(windows.pad(x, -np.inf, context)))
        y = scratch.empty(*taps[0].shape)
        np.copyto(y, taps[0])
        for tap in taps[1:]:
            np.maximum(y, tap, out=y)

        def backward(dy: FloatArray, grads: Views) -> FloatArray:
            dy, total = scratch.by_row(dy), scratch.empty(len(x), *windows.padded, x.shape[-1])
            hit, part = scratch.empty(*y.shape), scratch.empty(*y.shape)
            total.fill(0.0)
            for tap, target in zip(taps, windows.taps(total), strict=True):
                np.multiply(dy, np.equal(tap, y, out=hit), out=part)
                target += part
                np.subtract(dy, part, out=dy)  # what the first maximum got, later ones do not get
            return total[windows.inside]

        return y, backward

    def linearize(self, x: FloatArray, params: Views, context: Context) -> Linearization:
        """Return the layer as a linear map, as `Layer` describes it: ry is rx at the first maximum of each window.

        Parameters
        ----------
        x, params, context : as in `forward`
            The samples, no parameters, and the circumstances of the pass.

        Returns
        -------
        Linearization
            Without factors.
        """
        windows, scratch = self.windows(x.shape[1:]), context.scratch
        y, _ = self.forward(x, params, context)
        taps = list(windows.taps(windows.pad(x, -np.inf, context)))
        winner = np.full(y.shape, -1)
        for index in range(len(taps) - 1, -1, -1):
            np.copyto(winner, index, where=taps[index] == y)

        def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, LinearBack]:
            ry = scratch.empty(*y.shape)
            ry.fill(0.0)
            for index, tap in enumerate(windows.taps(windows.pad(moved(rx, x), 0.0, context))):
                np.copyto(ry, tap, where=winner == index)
            return ry, back

        def back(dy: FloatArray, products: Views) -> FloatArray:
            total = scratch.empty(len(x), *windows.padded, x.shape[-1])
            total.fill(0.0)
            for index, target in enumerate(windows.taps(total)):
                target += dy * (winner == index)
            inside: FloatArray = total[windows.inside]
            return inside

        return Linearization(y, along)


class _AveragePool(_Pool):
    """y = mean over the taps of each window that are not padding."""

    _linear = "fixed"
    second_order = second_order_of_linear
    linearize = linearize_linear

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        windows, scratch = self.windows(x.shape[1:]), context.scratch
        weight = _weights(windows, x.dtype)
        taps = windows.taps(windows.pad(x, 0.0, context))
        y = scratch.empty(len(x), *windows.count, x.shape[-1])
        y.fill(0.0)
        for tap in taps:
            y += tap
        y *= weight

        def backward(dy: FloatArray, grads: Views) -> FloatArray:
            dy, total = scratch.by_row(dy), scratch.empty(len(x), *windows.padded, x.shape[-1])
            dy *= weight
            total.fill(0.0)
            for target in windows.taps(total):
                target += dy
            return total[windows.inside]

        return y, backward


@dataclass(frozen=True)
class MaxPool1D(_MaxPool):
    """The maximum of each window of series, channel by channel: x (N, T, C), y (N, T', C).

    Of equal maxima the first gets the derivative. The mirror is `Upsample`.

    Parameters
    ----------
    kernel : int
        What a window spans.
    stride : int or None, default None
        Step from window to window; None for the kernel, so that windows do not overlap.
    padding : str, int or tuple, default "valid"
        "valid", "same" or numbers, as in `Conv2D`. Padding takes no part in any result.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not series or too small for kernel or stride.

    Examples
    --------
    >>> import npae
    >>> layer = npae.MaxPool1D(2)
    >>> layer.out_shape((100, 3))
    (50, 3)
    """

    rank = 1


@dataclass(frozen=True)
class MaxPool2D(_MaxPool):
    """The maximum of each window of images, channel by channel: x (N, H, W, C), y (N, H', W', C).

    Of equal maxima the first, in the order of rows, gets the derivative. The mirror is `Upsample`.

    Parameters
    ----------
    kernel : int or tuple of int
        What a window spans: one number for both axes, or (rows, columns).
    stride : int or tuple of int or None, default None
        Step from window to window; None for the kernel, so that windows do not overlap.
    padding : str, int or tuple, default "valid"
        "valid", "same" or numbers, as in `Conv2D`. Padding takes no part in any result.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not images or too small for kernel or stride.

    Examples
    --------
    >>> import npae
    >>> layer = npae.MaxPool2D(3, stride=2)
    >>> layer.out_shape((27, 27, 8))
    (13, 13, 8)
    """

    rank = 2


@dataclass(frozen=True)
class AveragePool1D(_AveragePool):
    """The mean of each window of series, channel by channel: x (N, T, C), y (N, T', C).

    The mirror is `Upsample`.

    Parameters
    ----------
    kernel : int
        What a window spans.
    stride : int or None, default None
        Step from window to window; None for the kernel, so that windows do not overlap.
    padding : str, int or tuple, default "valid"
        "valid", "same" or numbers, as in `Conv2D`. Padding takes no part in any result.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not series or too small for kernel or stride.

    Examples
    --------
    >>> import npae
    >>> layer = npae.AveragePool1D(4)
    >>> layer.out_shape((100, 3))
    (25, 3)
    """

    rank = 1


@dataclass(frozen=True)
class AveragePool2D(_AveragePool):
    """The mean of each window of images, channel by channel: x (N, H, W, C), y (N, H', W', C).

    The mirror is `Upsample`.

    Parameters
    ----------
    kernel : int or tuple of int
        What a window spans: one number for both axes, or (rows, columns).
    stride : int or tuple of int or None, default None
        Step from window to window; None for the kernel, so that windows do not overlap.
    padding : str, int or tuple, default "valid"
        "valid", "same" or numbers, as in `Conv2D`. Padding takes no part in any result.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not images or too small for kernel or stride.

    Examples
    --------
    >>> import npae
    >>> layer = npae.AveragePool2D(2)
    >>> layer.out_shape((28, 28, 8))
    (14, 14, 8)
    """

    rank = 2


@dataclass(frozen=True)
class Upsample(Layer):
    """Repeat every number of series (N, T, C) or images (N, H, W, C), which become `factor` times as large.

    y[n, i, j, c] = x[n, i // factor, j // factor, c].

    Parameters
    ----------
    factor : int or tuple of int
        One number for all axes, or one for each.
    size : int, tuple of int or None, default None
        Of the output without channels; None for factor times the input's. Surplus numbers are cut off at the end,
        missing ones repeat the last number.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are neither series nor images.

    Examples
    --------
    >>> import npae
    >>> layer = npae.Upsample(2)
    >>> layer.out_shape((14, 14, 8))
    (28, 28, 8)
    """

    factor: int | tuple[int, ...]
    size: int | tuple[int, ...] | None = None

    _linear = "fixed"
    rearranges = True
    second_order = second_order_of_linear
    linearize = linearize_linear

    def __post_init__(self) -> None:
        rank = next((len(value) for value in (self.factor, self.size) if isinstance(value, tuple)), 1)
        per_axis("factor", self.factor, rank)
        if self.size is not None:
            per_axis("size", self.size, rank)

    def out_shape(self, in_shape: Shape) -> Shape:
        return (*(size for _, size in self._axes(in_shape)), in_shape[-1])

    def _axes(self, in_shape: Shape) -> list[tuple[int, int]]:
        """Return (factor, size of the output) for each axis."""
        rank = len(in_shape) - 1
        if rank not in FORMS:
            known = " or ".join(FORMS.values())
            raise ValueError(f"samples must be {known} for Upsample, got shape {in_shape}. Use a Reshape before it.")
        factors = per_axis("factor", self.factor, rank)
        whole = tuple(n * factor for n, factor in zip(in_shape[:-1], factors, strict=True))
        return list(zip(factors, whole if self.size is None else per_axis("size", self.size, rank), strict=True))

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        ways_back = []
        for axis, (factor, size) in enumerate(self._axes(x.shape[1:]), 1):
            x, back = stretch(x, axis, factor, size, context)
            ways_back.append(back)

        def backward(dy: FloatArray, grads: Views) -> FloatArray:
            for back in reversed(ways_back):
                dy = back(dy)
            return dy

        return x, backward

    def mirror(self, in_shape: Shape, activation: str) -> _AveragePool:
        axes = self._axes(in_shape)
        factors, missing = zip(*((f, n * f - size) for n, (f, size) in zip(in_shape, axes, strict=False)), strict=True)
        if not all(0 <= pad < factor for factor, pad in zip(factors, missing, strict=True)):
            why = f"pooling by {factors} does not lead from {self.out_shape(in_shape)} back to {in_shape}"
            raise ValueError(f"Upsample has no mirror: {why}. Pass decoder= with the layers that undo it.")
        pool = {1: AveragePool1D, 2: AveragePool2D}[len(factors)]
        return pool(factors, padding=tuple((0, pad) for pad in missing))


@functools.lru_cache(maxsize=256)
def _weights(windows: Windows, dtype: DTypeLike) -> FloatArray:
    """Return 1 / (taps that are not padding) for each window, (*count, 1)."""
    taps = np.ones((1, *windows.size, 1), dtype)
    total: Any = sum(windows.taps(windows.pad(taps, 0.0, Context(dtype))))
    weights: FloatArray = 1.0 / total[0]
    return weights
