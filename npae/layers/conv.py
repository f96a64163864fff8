"""Convolutions and their transposes: one implementation for series and images."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..activations import ACTIVATIONS
from ..settings.array_types import FloatArray, Shape, Views
from .context import Context
from .filters import Filters, add_rows, matrix
from .layer import Pass
from .linearized_windows import linearize_convolution, linearize_transpose
from .parameters import Bias, Weight
from .spatial import check_fit, format_sizes, paddings, per_axis, same_padding
from .windows import Windows, extents


class _Convolution(Filters):
    """y = f(x * W + b)."""

    linearize = linearize_convolution

    def parameters(self, in_shape: Shape) -> dict[str, Weight | Bias]:
        windows, C, K = self.windows(in_shape), in_shape[-1], self.filters
        taps = math.prod(windows.kernel)
        fan_out = taps * K / math.prod(windows.stride)
        return self._weight_and_bias(windows, C, K, fan_in=taps * C, fan_out=fan_out, joined="b")

    def out_shape(self, in_shape: Shape) -> Shape:
        return (*self.windows(in_shape).count, self.filters)

    def windows_for(self, size: Shape) -> Windows:
        kernel, stride, dilation = self._steps()
        extent = extents(kernel, dilation)
        padding = paddings(self.padding, extent) or same_padding(size, extent, stride)
        windows = Windows(size, kernel, stride, dilation, padding)
        check_fit(extent, stride, windows.padded)
        return windows

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        windows, W, f = self.windows(x.shape[1:]), matrix(params["W"]), ACTIVATIONS[self.activation]
        scratch = context.scratch
        y = scratch.empty(len(x), *windows.count, self.filters)
        z = matrix(y)  # (M, K), a row for each window
        for part, rows in windows.im2col(x, context):
            np.matmul(rows, W, out=z[part])
            z[part] += params["b"]
        f.apply(y, scratch)

        def backward(dy: FloatArray, grads: Views) -> FloatArray | None:
            dy, dW = scratch.by_row(dy), matrix(grads["W"])
            f.times_derivative(y, dy, scratch)
            dz, term = matrix(dy), scratch.empty(*dW.shape)
            add_rows(dz, grads["b"], context)
            dW.fill(0.0)
            for part, rows in windows.im2col(x, context):
                dW += np.matmul(rows.T, dz[part], out=term)
            if not context.wants_dx:
                return None
            dx = scratch.empty(*x.shape)
            for part, rows in windows.col2im(dx, context):
                np.matmul(dz[part], W.T, out=rows)
            return dx

        return y, backward

    def mirror(self, in_shape: Shape, activation: str) -> _Transpose:
        windows = self.windows(in_shape)
        axes = zip(windows.padded, windows.extent, windows.stride, strict=True)
        spare = tuple((n - span) % step for n, span, step in axes)
        transpose = {1: ConvTranspose1D, 2: ConvTranspose2D}[self.rank]
        steps = self.kernel, self.stride, windows.padding, self.dilation
        return transpose(in_shape[-1], *steps, activation, output_padding=spare)


@dataclass(frozen=True)
class _Transpose(Filters):
    """y = f(x *' W + b), where *' W is the transpose of * W: the map that turns a convolution's dy into dx."""

    output_padding: int | tuple[int, ...] = 0

    linearize = linearize_transpose

    def __post_init__(self) -> None:
        super().__post_init__()
        _, stride, _ = self._steps()
        spare = per_axis("output_padding", self.output_padding, self.rank, low=0)
        if any(n >= step for n, step in zip(spare, stride, strict=True)):
            raise ValueError(
                f"output_padding must be less than the stride {format_sizes(stride)}, got {self.output_padding!r}."
            )
        if self.padding == "same" and any(spare):
            hint = "Give the padding in numbers."
            raise ValueError(f"output_padding must be 0 with padding 'same', got {self.output_padding!r}. {hint}")

    def parameters(self, in_shape: Shape) -> dict[str, Weight | Bias]:
        windows, C, K = self.windows(in_shape), self.filters, in_shape[-1]
        taps = math.prod(windows.kernel)
        return self._weight_and_bias(windows, C, K, fan_in=taps * K / math.prod(windows.stride), fan_out=taps * C)

    def out_shape(self, in_shape: Shape) -> Shape:
        return (*self.windows(in_shape).size, self.filters)

    def windows_for(self, size: Shape) -> Windows:
        kernel, stride, dilation = self._steps()
        extent, spare = extents(kernel, dilation), per_axis("output_padding", self.output_padding, self.rank, low=0)
        padding = paddings(self.padding, extent)
        if padding is None:
            whole = tuple(n * step for n, step in zip(size, stride, strict=True))
            return Windows(whole, kernel, stride, dilation, same_padding(whole, extent, stride))
        axes = zip(size, stride, extent, padding, spare, strict=True)
        whole = tuple((n - 1) * step + span - sum(pads) + more for n, step, span, pads, more in axes)
        if min(whole) < 1:
            raise ValueError(f"padding must leave something of the output, got {self.padding!r}, size {whole}.")
        return Windows(whole, kernel, stride, dilation, padding)

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        windows, W, f = self.windows(x.shape[1:]), matrix(params["W"]), ACTIVATIONS[self.activation]
        scratch = context.scratch
        x = scratch.by_row(x)
        rows_of_x = matrix(x)
        y = scratch.empty(len(x), *windows.size, self.filters)
        for part, rows in windows.col2im(y, context):
            np.matmul(rows_of_x[part], W.T, out=rows)
        y += params["b"]
        f.apply(y, scratch)

        def backward(dy: FloatArray, grads: Views) -> FloatArray:
            dy, dW = scratch.by_row(dy), matrix(grads["W"])
            f.times_derivative(y, dy, scratch)
            add_rows(matrix(dy), grads["b"], context)
            dx, term = scratch.empty(*x.shape), scratch.empty(*dW.shape)
            rows_of_dx = matrix(dx)
            dW.fill(0.0)
            for part, rows in windows.im2col(dy, context):
                dW += np.matmul(rows.T, rows_of_x[part], out=term)
                if context.wants_dx:
                    np.matmul(rows, W, out=rows_of_dx[part])
            return dx

        return y, backward

    def mirror(self, in_shape: Shape, activation: str) -> _Convolution:
        windows = self.windows(in_shape)
        convolution = {1: Conv1D, 2: Conv2D}[self.rank]
        return convolution(in_shape[-1], self.kernel, self.stride, windows.padding, self.dilation, activation)


@dataclass(frozen=True)
class Conv1D(_Convolution):
    """Convolution of series and activation: y = f(x * W + b), linear unless an activation is given.

    Like `Conv2D` with one axis. x (N, T, C), W (k, C, K), b (K,), y (N, T', K).

    Parameters
    ----------
    filters : int
        K, at least 1.
    kernel : int
        Size of the window.
    stride : int, default 1
        Distance of one window from the next.
    padding : str, int or tuple, default "same"
        As in `Conv2D`. A pair (before, after) may stand alone: Conv1D(8, 3, padding=(2, 0)) sees the past only.
    dilation : int, default 1
        The distance of neighbours in a window.
    activation : str, default "identity"
        Name of f, by default none (linear), unlike that of an int among an estimator's layers.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not series or too short for kernel or stride.

    Examples
    --------
    >>> import npae
    >>> layer = npae.Conv1D(16, 5, stride=2)
    >>> layer.out_shape((100, 3))
    (50, 16)
    """

    rank = 1


@dataclass(frozen=True)
class Conv2D(_Convolution):
    """Convolution of images and activation: y = f(x * W + b), linear unless an activation is given.

    z[n, p, q, k] = b[k] + sum over i, j, c of x[n, s p + d i - pad, s q + d j - pad, c] W[i, j, c, k], where x is 0
    outside, s is the stride, d the dilation and pad the padding before. (As everywhere in deep learning, W is not
    flipped.) x (N, H, W, C), W (kh, kw, C, K), b (K,), y (N, H', W', K).

    Parameters
    ----------
    filters : int
        K, at least 1.
    kernel : int or tuple of int
        Size of the window: one number for both axes, or (rows, columns).
    stride : int or tuple of int, default 1
        Distance of one window from the next: one number for both axes, or (rows, columns).
    padding : str, int or tuple, default "same"
        "same": zeros such that H' = ceil(H / s), half of them before, rounded down, as in Keras; "valid": none; an int
        for all sides; or a pair ((top, bottom), (left, right)), in which an int stands for both. Each is less than what
        a window spans.
    dilation : int or tuple of int, default 1
        The distance of neighbours in a window.
    activation : str, default "identity"
        Name of f, by default none (linear), unlike that of an int among an estimator's layers.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not images or too small for kernel or stride.

    Examples
    --------
    >>> from npae import Conv2D
    >>> layer = Conv2D(32, 3, stride=2)
    >>> layer.out_shape((27, 27, 1)), layer.mirror((27, 27, 1), "relu").out_shape((14, 14, 32))
    ((14, 14, 32), (27, 27, 1))
    """

    rank = 2


@dataclass(frozen=True)
class ConvTranspose1D(_Transpose):
    """Transposed convolution of series and activation: y = f(x *' W + b), linear unless an activation is given.

    Like `ConvTranspose2D` with one axis. x (N, T', K), W (k, C, K), b (C,), y (N, T, C).

    Parameters
    ----------
    filters : int
        C, at least 1.
    kernel : int
        Size of the window.
    stride : int, default 1
        Distance of one window from the next.
    padding : str, int or tuple, default "same"
        As in `ConvTranspose2D`. A pair (before, after) may stand alone.
    dilation : int, default 1
        The distance of neighbours in a window.
    activation : str, default "identity"
        Name of f, by default none (linear), unlike that of an int among an estimator's layers.
    output_padding : int, default 0
        As in `ConvTranspose2D`.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not series or the padding leaves nothing of the output.

    Examples
    --------
    >>> import npae
    >>> layer = npae.ConvTranspose1D(3, 5, stride=2)
    >>> layer.out_shape((48, 16))
    (96, 3)
    """

    rank = 1


@dataclass(frozen=True)
class ConvTranspose2D(_Transpose):
    """Transposed convolution of images and activation: y = f(x *' W + b), linear unless an activation is given.

    x *' W is the dx of a convolution whose dy is x: every number of x adds W, times itself, to a window of y. Windows
    overlap if the kernel exceeds the stride. x (N, H', W', K), W (kh, kw, C, K), b (C,), y (N, H, W, C), with the sizes
    of that convolution.

    Parameters
    ----------
    filters : int
        C, at least 1.
    kernel : int or tuple of int
        Size of the window: one number for both axes, or (rows, columns).
    stride : int or tuple of int, default 1
        Distance of one window from the next: one number for both axes, or (rows, columns).
    padding : str, int or tuple, default "same"
        What the convolution adds to its input, and this layer takes off its output: "same" for H = s H', "valid" for
        none, or numbers as in `Conv2D`.
    dilation : int or tuple of int, default 1
        The distance of neighbours in a window.
    activation : str, default "identity"
        Name of f, by default none (linear), unlike that of an int among an estimator's layers.
    output_padding : int or tuple of int, default 0
        Rows and columns to add at the end, which the convolution's stride would skip; less than the stride.
        H = s (H' - 1) + d (kh - 1) + 1 - padding + output_padding.

    Raises
    ------
    ValueError
        If a parameter is out of range, or if samples are not images or the padding leaves nothing of the output.

    Examples
    --------
    >>> import npae
    >>> layer = npae.ConvTranspose2D(1, 3, stride=2, padding="same")
    >>> layer.out_shape((14, 14, 32))
    (28, 28, 1)
    """

    rank = 2
