"""Convolutions and their transposes: one implementation under those of series and of images."""

import functools
import math
from dataclasses import dataclass

import numpy as np

from ..activations import ACTIVATIONS, check_activation
from ..settings.checks import positive_integer
from .parameters import Bias, Weight
from .protocol import Layer
from .spatial import check_fit, check_form, format_sizes, paddings, per_axis, same_padding
from .windows import Windows, extents


@dataclass(frozen=True)
class _Filters(Layer):
    """What the four layers have in common: fields, and weights W (*kernel, C, K).

    A convolution leads from C channels to K, its transpose from K to C. The windows lie on what has C either way.
    """

    filters: int
    kernel: int | tuple
    stride: int | tuple = 1
    padding: str | int | tuple = "same"
    dilation: int | tuple = 1
    activation: str = "identity"

    rank = None

    def __post_init__(self):
        positive_integer("filters", self.filters)
        check_activation(self.activation)
        kernel, _, dilation = self._steps()
        paddings(self.padding, extents(kernel, dilation))

    def _steps(self):
        return [per_axis(what, getattr(self, what), self.rank) for what in ("kernel", "stride", "dilation")]

    def windows(self, in_shape):
        """Return the Windows for samples of `in_shape`; raise ValueError for one that the layer cannot take."""
        check_form(type(self).__name__, in_shape, self.rank)
        return _placed(self, tuple(in_shape[:-1]))

    def _learned(self, windows, channels, columns, fan_in, fan_out):
        """Return W and b. Fans are how many numbers meet in one, and how many one goes to, on average."""
        initializer = ACTIVATIONS[self.activation].initializer
        shape, fans = (*windows.kernel, channels, columns), (max(1, round(fan_in)), max(1, round(fan_out)))
        return {"W": Weight(shape, *fans, initializer), "b": Bias((self.filters,))}


class _Convolution(_Filters):
    """y = f(x * W + b)."""

    def parameters(self, in_shape):
        windows, C, K = self.windows(in_shape), in_shape[-1], self.filters
        taps = math.prod(windows.kernel)
        return self._learned(windows, C, K, fan_in=taps * C, fan_out=taps * K / math.prod(windows.stride))

    def out_shape(self, in_shape):
        return (*self.windows(in_shape).count, self.filters)

    def placed(self, size):
        """Return the Windows on samples of this size."""
        kernel, stride, dilation = self._steps()
        extent = extents(kernel, dilation)
        padding = paddings(self.padding, extent) or same_padding(size, extent, stride)
        windows = Windows(size, kernel, stride, dilation, padding)
        check_fit(extent, stride, windows.padded)
        return windows

    def forward(self, x, params, context):
        windows, W, f = self.windows(x.shape[1:]), _matrix(params["W"]), ACTIVATIONS[self.activation]
        y = context.empty(len(x), *windows.count, self.filters)
        z = _matrix(y)  # (M, K), a row for each window
        for part, rows in windows.gathered(x, context):
            np.matmul(rows, W, out=z[part])
            z[part] += params["b"]
        f.apply(y, context)

        def backward(dy, grads):
            dy, dW = context.by_row(dy), _matrix(grads["W"])
            f.times_derivative(y, dy, context)
            dz, term = _matrix(dy), context.empty(*dW.shape)
            _add_rows(dz, grads["b"], context)
            dW.fill(0.0)
            for part, rows in windows.gathered(x, context):
                dW += np.matmul(rows.T, dz[part], out=term)
            if not context.wants_dx:
                return None
            dx = context.empty(*x.shape)
            for part, rows in windows.scattered(dx, context):
                np.matmul(dz[part], W.T, out=rows)
            return dx

        return y, backward

    def mirror(self, in_shape, activation):
        windows = self.windows(in_shape)
        axes = zip(windows.padded, windows.extent, windows.stride, strict=True)
        spare = tuple((n - span) % step for n, span, step in axes)
        transpose = {1: ConvTranspose1D, 2: ConvTranspose2D}[self.rank]
        steps = self.kernel, self.stride, windows.padding, self.dilation
        return transpose(in_shape[-1], *steps, activation, output_padding=spare)


@dataclass(frozen=True)
class _Transpose(_Filters):
    """y = f(x *' W + b), where *' W is the transpose of * W: what the convolution sends dy back as."""

    output_padding: int | tuple = 0

    def __post_init__(self):
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

    def parameters(self, in_shape):
        windows, C, K = self.windows(in_shape), self.filters, in_shape[-1]
        taps = math.prod(windows.kernel)
        return self._learned(windows, C, K, fan_in=taps * K / math.prod(windows.stride), fan_out=taps * C)

    def out_shape(self, in_shape):
        return (*self.windows(in_shape).size, self.filters)

    def placed(self, count):
        """Return the Windows of which there are so many."""
        kernel, stride, dilation = self._steps()
        extent, spare = extents(kernel, dilation), per_axis("output_padding", self.output_padding, self.rank, low=0)
        padding = paddings(self.padding, extent)
        if padding is None:
            size = tuple(n * step for n, step in zip(count, stride, strict=True))
            return Windows(size, kernel, stride, dilation, same_padding(size, extent, stride))
        axes = zip(count, stride, extent, padding, spare, strict=True)
        size = tuple((n - 1) * step + span - sum(pads) + more for n, step, span, pads, more in axes)
        if min(size) < 1:
            raise ValueError(f"padding must leave something of the output, got {self.padding!r}, size {size}.")
        return Windows(size, kernel, stride, dilation, padding)

    def forward(self, x, params, context):
        windows, W, f = self.windows(x.shape[1:]), _matrix(params["W"]), ACTIVATIONS[self.activation]
        x = context.by_row(x)
        rows_of_x = _matrix(x)
        y = context.empty(len(x), *windows.size, self.filters)
        for part, rows in windows.scattered(y, context):
            np.matmul(rows_of_x[part], W.T, out=rows)
        y += params["b"]
        f.apply(y, context)

        def backward(dy, grads):
            dy, dW = context.by_row(dy), _matrix(grads["W"])
            f.times_derivative(y, dy, context)
            _add_rows(_matrix(dy), grads["b"], context)
            dx, term = context.empty(*x.shape), context.empty(*dW.shape)
            rows_of_dx = _matrix(dx)
            dW.fill(0.0)
            for part, rows in windows.gathered(dy, context):
                dW += np.matmul(rows.T, rows_of_x[part], out=term)
                if context.wants_dx:
                    np.matmul(rows, W, out=rows_of_dx[part])
            return dx

        return y, backward

    def mirror(self, in_shape, activation):
        windows = self.windows(in_shape)
        convolution = {1: Conv1D, 2: Conv2D}[self.rank]
        return convolution(in_shape[-1], self.kernel, self.stride, windows.padding, self.dilation, activation)


@dataclass(frozen=True)
class Conv1D(_Convolution):
    """Convolution of series: x (N, T, C), W (k, C, K), b (K,), y (N, T', K); else as `Conv2D`, with one axis.

    A pair (before, after) as padding may stand alone: Conv1D(8, 3, padding=(2, 0)) sees the past only.
    """

    rank = 1


@dataclass(frozen=True)
class Conv2D(_Convolution):
    """Convolution of images and activation: y = f(x * W + b).

    z[n, p, q, k] = b[k] + sum over i, j, c of x[n, s p + d i - pad, s q + d j - pad, c] W[i, j, c, k], where x is 0
    outside: s the stride, d the dilation, pad the padding before. (As everywhere in deep learning, W is not flipped.)
    x (N, H, W, C), W (kh, kw, C, K), b (K,), y (N, H', W', K).

    Parameters
    ----------
    filters : int, K, at least 1.
    kernel, stride, dilation : int for both axes, or a tuple (rows, columns); stride and dilation 1 by default.
    padding : "same" (default): zeros such that H' = ceil(H / s), half of them before, rounded down, as in Keras;
        "valid": none; an int for all sides; or a pair ((top, bottom), (left, right)), in which an int stands for both.
        Each less than what a window spans.
    activation : name of f; default "identity".

    Raises
    ------
    ValueError for numbers that cannot be, and for samples that are no images or too small for kernel or stride.

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
    """Transposed convolution of series: x (N, T', K), W (k, C, K), b (C,), y (N, T, C); else as `ConvTranspose2D`."""

    rank = 1


@dataclass(frozen=True)
class ConvTranspose2D(_Transpose):
    """Transposed convolution and activation: f(x *' W + b), where x *' W is the dx of a convolution whose dy is x.

    Every number of x adds W, times itself, to a window of y; windows overlap where the kernel exceeds the stride.
    x (N, H', W', K), W (kh, kw, C, K), b (C,), y (N, H, W, C), with the sizes of that convolution.

    Parameters
    ----------
    filters : int, C, at least 1.
    kernel, stride, dilation, activation : as in `Conv2D`.
    padding : what the convolution adds to its input, and this takes off its output: "same" (default) for H = s H',
        "valid" for none, or numbers as in `Conv2D`.
    output_padding : int or tuple, default 0, less than the stride: rows and columns more at the end, which the
        convolution's stride would skip. H = s (H' - 1) + d (kh - 1) + 1 - padding + output_padding.

    Raises
    ------
    ValueError for numbers that cannot be, and for samples that are no images or of which the padding leaves nothing.
    """

    rank = 2


@functools.lru_cache(maxsize=256)
def _placed(layer, size):
    return layer.placed(size)


def _matrix(array):
    """Return an array (..., K) that lies row by row as a matrix of rows (K,)."""
    return array.reshape(-1, array.shape[-1])


def _add_rows(dz, db, context):
    """Write the sum of dz's rows into db; as a product, since NumPy adds up rows one after another."""
    ones = context.empty(len(dz))
    ones.fill(1.0)
    np.dot(ones, dz, out=db)
