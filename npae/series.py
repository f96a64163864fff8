"""From recordings to series X (N, T, C) and back: windows, padding with its mask, scaling of channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .samples.masks import check_mask
from .settings.array_types import AnyArray, ArrayLike, BoolArray, FloatArray
from .settings.checks import digits, positive_integer
from .settings.description import Description

__all__ = ["ChannelScaler", "overlap_mean", "pad", "windows"]


def windows(recording: ArrayLike, length: int, stride: int = 1) -> AnyArray:
    """Return the windows of a recording that begin at its steps 0, stride, 2 stride, ...

    Steps after the last whole window are left out: N = 1 + (T - length) // stride.

    Parameters
    ----------
    recording : array of shape (T, C) or (T,)
        The series to cut; (T,) is one channel.
    length : int
        The steps of a window, from 1 to T.
    stride : int, default 1
        The steps from one window to the next, at least 1.

    Returns
    -------
    array of shape (N, length, C)
        A read-only view: windows that overlap share their memory with the recording.

    Raises
    ------
    ValueError
        If the recording has another shape, or is shorter than a window.

    Examples
    --------
    >>> import numpy as np
    >>> windows(np.arange(6), length=3, stride=2)[:, :, 0].tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    recording = _steps_by_channels(np.asarray(recording), "recording")
    length, stride = positive_integer("length", length), positive_integer("stride", stride)
    if length > len(recording):
        raise ValueError(f"length must be at most the recording's {len(recording)} steps, got {length}.")
    return np.lib.stride_tricks.sliding_window_view(recording, length, axis=0)[::stride].transpose(0, 2, 1)


def overlap_mean(values: ArrayLike, stride: int = 1) -> FloatArray:
    """Return for each step of a recording the mean over all windows that contain it: the reverse of `windows`.

    The steps are those that some window contains, T = (N - 1) stride + length.

    Parameters
    ----------
    values : array of shape (N, length, ...)
        One or more numbers for each step of each window, such as scores or reconstructions.
    stride : int, default 1
        The steps from one window to the next, as given to `windows`, from 1 to `length`.

    Returns
    -------
    float array of shape (T, ...)
        The means.

    Raises
    ------
    ValueError
        If the values have another shape, or if the stride leaves steps out.

    Examples
    --------
    >>> overlap_mean([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], stride=2)
    array([1. , 2. , 3.5, 5. , 6. ])
    """
    values, stride = np.asarray(values), positive_integer("stride", stride)
    if values.ndim < 2 or values.size == 0:
        raise ValueError(f"values must have shape (N, length, ...), at least one number, got {values.shape}.")
    N, length = values.shape[:2]
    if stride > length:
        raise ValueError(f"stride must be at most the {length} steps of a window, got {stride}.")
    total: FloatArray = np.zeros(((N - 1) * stride + length, *values.shape[2:]), np.result_type(values, np.float32))
    count = np.zeros(len(total), int)
    for step in range(length):
        where = slice(step, step + (N - 1) * stride + 1, stride)
        total[where] += values[:, step]
        count[where] += 1
    means: FloatArray = total / count.reshape(-1, *[1] * (total.ndim - 1)).astype(total.dtype)
    return means


def pad(series: Iterable[ArrayLike], steps: int | None = None) -> tuple[FloatArray, BoolArray]:
    """Return series of different lengths as one array, and a mask of their steps in it.

    Estimators take both: `fit(X, mask=mask)`.

    Parameters
    ----------
    series : list of arrays of shape (T_i, C) or (T_i,)
        At least one, each of at least one step; (T_i,) is one channel.
    steps : int, default None
        T, the steps of each padded series. None takes the length of the longest.

    Returns
    -------
    X : float array of shape (N, T, C)
        The series, each followed by zeros: float64, or float32 if all series are.
    mask : bool array of shape (N, T)
        True where a step belongs to its series, False where it is padding.

    Raises
    ------
    ValueError
        If there are no series, if one is empty or longer than `steps`, or if their numbers of channels differ.

    Examples
    --------
    >>> X, mask = pad([[1, 2, 3], [4]])
    >>> X[:, :, 0].tolist(), mask.sum(axis=1).tolist()
    ([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]], [3, 1])
    """
    arrays = [_steps_by_channels(np.asarray(one), f"series[{i}]") for i, one in enumerate(series)]
    if not arrays:
        raise ValueError("series must be a list of at least one series, got none.")
    lengths, channels = np.array([len(one) for one in arrays]), arrays[0].shape[1]
    T = int(lengths.max()) if steps is None else positive_integer("steps", steps)
    for i, one in enumerate(arrays):
        if one.shape[1] != channels or len(one) > T:
            raise ValueError(f"series[{i}] must have {channels} channels and at most {T} steps, got {one.shape}.")
    X = np.zeros((len(arrays), T, channels), np.result_type(np.float32, *arrays))
    for padded, one in zip(X, arrays, strict=True):
        padded[: len(one)] = one
    return X, np.arange(T) < lengths[:, None]


@dataclass(frozen=True)
class ChannelScaler(Description):
    """Scales each channel of series to (x - mean) / deviation, and back.

    `ChannelScaler.fit(X)` takes both numbers from training data; test data are then scaled by the same numbers.

    Parameters
    ----------
    means : tuple of C floats
        What is subtracted from each channel.
    deviations : tuple of C floats
        What each channel is then divided by, positive numbers.

    Raises
    ------
    ValueError
        If the numbers do not scale.

    Examples
    --------
    >>> import numpy as np
    >>> scaler = ChannelScaler.fit(np.array([[[1.0, 10.0], [3.0, 30.0]]]))
    >>> scaler
    ChannelScaler(means=(2.0, 20.0), deviations=(1.0, 10.0))
    >>> scaler.inverse(scaler.transform([[5.0, 50.0]])).tolist()
    [[5.0, 50.0]]
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def __post_init__(self) -> None:
        means, deviations = np.asarray(self.means, float), np.asarray(self.deviations, float)
        proper = means.ndim == 1 and means.shape == deviations.shape and np.isfinite(means).all()
        if not proper or not np.all((deviations > 0) & np.isfinite(deviations)):
            got = f"{self.means!r} and {self.deviations!r}"
            raise ValueError(f"means and deviations must be C numbers each, the deviations positive, got {got}.")

    @classmethod
    def fit(cls, X: ArrayLike, mask: ArrayLike | None = None) -> ChannelScaler:
        """Return the scaler that gives every channel of series mean 0 and standard deviation 1.

        Parameters
        ----------
        X : array of shape (N, T, C)
            The training data.
        mask : bool array of shape (N, T), default None
            False where a step is padding, which does not count.

        Returns
        -------
        ChannelScaler
            The scaler, with the means and deviations of X.

        Raises
        ------
        ValueError
            If X or the mask has another shape, or if a channel is constant or not finite everywhere.
        """
        X = np.asarray(X, dtype=float)
        if X.ndim != 3 or X.size == 0:
            raise ValueError(f"X must be series (N, T, C), at least one number, got shape {X.shape}.")
        mask = check_mask(mask, X)
        steps = X.reshape(-1, X.shape[2]) if mask is None else X[mask]
        for channel, values in enumerate(steps.T):
            _check_channel(channel, values)
        means, deviations = _mean_and_deviation(steps)
        return cls(tuple(means.tolist()), tuple(deviations.tolist()))

    def transform(self, X: ArrayLike) -> FloatArray:
        """Return (X - mean) / deviation.

        Parameters
        ----------
        X : array of shape (..., C)
            The series to scale.

        Returns
        -------
        float array of shape (..., C)
            The scaled series, of the dtype of X if that is a floating one, otherwise float64.

        Raises
        ------
        ValueError
            If X has another number of channels.
        """
        x = self._checked(X)
        wide = x.astype(np.result_type(x, np.float64))  # the difference may be beyond a narrower type
        scaled: FloatArray = (wide - np.asarray(self.means)) / np.asarray(self.deviations)
        return scaled.astype(x.dtype, copy=False)

    def inverse(self, X: ArrayLike) -> FloatArray:
        """Return X * deviation + mean.

        Parameters
        ----------
        X : array of shape (..., C)
            Scaled series.

        Returns
        -------
        float array of shape (..., C)
            The series in their own units, of the dtype of X if that is a floating one, otherwise float64.

        Raises
        ------
        ValueError
            If X has another number of channels.
        """
        x = self._checked(X)
        wide = x.astype(np.result_type(x, np.float64))
        restored: FloatArray = wide * np.asarray(self.deviations) + np.asarray(self.means)
        return restored.astype(x.dtype, copy=False)

    def _checked(self, X: ArrayLike) -> FloatArray:
        X = np.asarray(X)
        if X.ndim == 0 or X.shape[-1] != len(self.means):
            raise ValueError(f"X must have {len(self.means)} channels along its last axis, got shape {X.shape}.")
        return X if X.dtype.kind == "f" else X.astype(float)


def _mean_and_deviation(steps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each channel of steps (n, C), whose squares may be beyond float64.

    Powers of 2, which round nothing, bring the largest number of a channel to about 1.
    """
    _, exponents = np.frexp(np.abs(steps).max(axis=0))
    small = np.ldexp(steps, -exponents)
    return np.ldexp(small.mean(axis=0), exponents), np.ldexp(small.std(axis=0), exponents)


def _check_channel(channel: int, values: FloatArray) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        what = "nothing but NaN" if np.isnan(values).all() else f"{values[~finite][0]} in {(~finite).sum()} steps"
        raise ValueError(f"channel {channel} must be finite at every step, got {what}. Fill the gaps or leave it out.")
    if values.min() == values.max():
        raise ValueError(f"channel {channel} must vary, got {digits(values[0])} at every step. Leave it out.")


def _steps_by_channels(series: AnyArray, what: str) -> AnyArray:
    """Return a series as (T, C), or raise ValueError if it cannot be one."""
    series = series[:, None] if series.ndim == 1 else series
    if series.ndim != 2 or series.size == 0 or series.dtype.kind not in "fiub":
        got = f"{series.dtype} of shape {series.shape}"
        raise ValueError(f"{what} must be numbers (T, C) or (T,), at least one step and channel, got {got}.")
    return series
