"""From recordings to series X (N, T, C) and back: windows, padding with its mask, scaling of channels."""

from dataclasses import dataclass

import numpy as np

from .samples.masks import check_mask
from .settings.checks import positive_integer
from .settings.description import Description


def windows(recording, length, stride=1):
    """Return the windows (N, length, C) of a recording that begin at its steps 0, stride, 2 stride, ...

    Steps behind the last whole window are left out. N = 1 + (T - length) // stride.

    Parameters
    ----------
    recording : array (T, C), or (T,) for one channel.
    length : steps of a window, from 1 to T. stride : steps from one to the next, at least 1; default 1.

    Returns
    -------
    A view that cannot be written to: windows that overlap share their memory with the recording.

    Raises
    ------
    ValueError for a recording of another shape, or one shorter than a window.

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


def overlap_mean(values, stride=1):
    """Return at each step of a recording the mean of what all windows say that hold it: the way back from `windows`.

    The steps are those that a window holds, T = (N - 1) stride + length.

    Parameters
    ----------
    values : array (N, length, ...), a number or more for each step of each window, such as scores or reconstructions.
    stride : steps from one window to the next, as it was given to `windows`; from 1 to length; default 1.

    Returns
    -------
    Array (T, ...) of floats.

    Raises
    ------
    ValueError for values of another shape, and for a stride that leaves steps out.

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
    total = np.zeros(((N - 1) * stride + length, *values.shape[2:]), np.result_type(values, np.float32))
    count = np.zeros(len(total), int)
    for step in range(length):
        where = slice(step, step + (N - 1) * stride + 1, stride)
        total[where] += values[:, step]
        count[where] += 1
    return total / count.reshape(-1, *[1] * (total.ndim - 1)).astype(total.dtype)


def pad(series, steps=None):
    """Return series of different lengths as one array, and where it holds them.

    Parameters
    ----------
    series : list of arrays (T_i, C), or (T_i,) for one channel; at least one, of at least one step each.
    steps : T, steps of each padded series; None (default): as many as the longest has.

    Returns
    -------
    X (N, T, C), float64, or float32 if all series are, with zeros behind each series, and mask (N, T), bool, true
    where a step is a series' own. Estimators take both: `fit(X, mask=mask)`.

    Raises
    ------
    ValueError for no series, an empty one, one longer than `steps`, or different numbers of channels.

    Examples
    --------
    >>> X, mask = pad([[1, 2, 3], [4]])
    >>> X[:, :, 0].tolist(), mask.sum(axis=1).tolist()
    ([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]], [3, 1])
    """
    series = [_steps_by_channels(np.asarray(one), f"series[{i}]") for i, one in enumerate(series)]
    if not series:
        raise ValueError("series must be a list of at least one series, got none.")
    lengths, channels = np.array([len(one) for one in series]), series[0].shape[1]
    T = lengths.max() if steps is None else positive_integer("steps", steps)
    for i, one in enumerate(series):
        if one.shape[1] != channels or len(one) > T:
            raise ValueError(f"series[{i}] must have {channels} channels and at most {T} steps, got {one.shape}.")
    X = np.zeros((len(series), T, channels), np.result_type(np.float32, *series))
    for padded, one in zip(X, series, strict=True):
        padded[: len(one)] = one
    return X, np.arange(T) < lengths[:, None]


@dataclass(frozen=True)
class ChannelScaler(Description):
    """Scales each channel of series (..., C) to (x - mean) / deviation, and back.

    `ChannelScaler.fit(X)` takes both from training data; test data are then scaled by the same numbers.

    Parameters
    ----------
    means, deviations : tuples of C numbers, the deviations positive.

    Examples
    --------
    >>> import numpy as np
    >>> scaler = ChannelScaler.fit(np.array([[[1.0, 10.0], [3.0, 30.0]]]))
    >>> scaler
    ChannelScaler(means=(2.0, 20.0), deviations=(1.0, 10.0))
    >>> scaler.inverse(scaler.transform([[5.0, 50.0]])).tolist()
    [[5.0, 50.0]]
    """

    means: tuple
    deviations: tuple

    def __post_init__(self):
        means, deviations = np.asarray(self.means, float), np.asarray(self.deviations, float)
        proper = means.ndim == 1 and means.shape == deviations.shape and np.isfinite(means).all()
        if not proper or not np.all((deviations > 0) & np.isfinite(deviations)):
            got = f"{self.means!r} and {self.deviations!r}"
            raise ValueError(f"means and deviations must be C numbers each, the deviations positive, got {got}.")

    @classmethod
    def fit(cls, X, mask=None):
        """Return the scaler that gives every channel of series X (N, T, C) mean 0 and standard deviation 1.

        Padding, where mask (N, T) is false, does not count. Raises ValueError for a channel that is constant, or not
        finite everywhere.
        """
        X = np.asarray(X, dtype=float)
        if X.ndim != 3 or X.size == 0:
            raise ValueError(f"X must be series (N, T, C), at least one number, got shape {X.shape}.")
        mask = check_mask(mask, X)
        steps = X.reshape(-1, X.shape[2]) if mask is None else X[mask]
        for channel, values in enumerate(steps.T):
            _check_channel(channel, values)
        return cls(tuple(steps.mean(axis=0).tolist()), tuple(steps.std(axis=0).tolist()))

    def transform(self, X):
        """Return (X - mean) / deviation, of the dtype of X if that is a floating one."""
        X = self._checked(X)
        return (X - np.asarray(self.means, X.dtype)) / np.asarray(self.deviations, X.dtype)

    def inverse(self, X):
        """Return X * deviation + mean."""
        X = self._checked(X)
        return X * np.asarray(self.deviations, X.dtype) + np.asarray(self.means, X.dtype)

    def _checked(self, X):
        X = np.asarray(X)
        if X.ndim == 0 or X.shape[-1] != len(self.means):
            raise ValueError(f"X must have {len(self.means)} channels along its last axis, got shape {X.shape}.")
        return X if X.dtype.kind == "f" else X.astype(float)


def _check_channel(channel, values):
    finite = np.isfinite(values)
    if not finite.all():
        what = "nothing but NaN" if np.isnan(values).all() else f"{values[~finite][0]} in {(~finite).sum()} steps"
        raise ValueError(f"channel {channel} must be finite at every step, got {what}. Fill the gaps or leave it out.")
    if values.min() == values.max():
        raise ValueError(f"channel {channel} must vary, got {values[0]:g} at every step. Leave it out.")


def _steps_by_channels(series, what):
    """Return a series as (T, C); raise ValueError if it is none."""
    series = series[:, None] if series.ndim == 1 else series
    if series.ndim != 2 or series.size == 0 or series.dtype.kind not in "fiub":
        got = f"{series.dtype} of shape {series.shape}"
        raise ValueError(f"{what} must be numbers (T, C) or (T,), at least one step and channel, got {got}.")
    return series
