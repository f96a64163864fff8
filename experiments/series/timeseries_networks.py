"""The data and the networks of timeseries.py: real series and sines, and three kinds of autoencoders for them."""

from dataclasses import dataclass, field

import numpy as np

import npae
from npae import LSTM, Conv1D, Dense, Flatten
from npae.datasets import sines
from npae.series import ChannelScaler

HIDDEN = {"dense": 64, "conv": (16, 32), "lstm": 32}


@dataclass(frozen=True, eq=False)
class Task:
    """Series to rebuild, and how networks learn them.

    Attributes
    ----------
    X, y : tuple
        A (training, test) pair of series (N, T, C), and one of their classes (N,).
    code : int
        How many numbers a code has.
    noise : float
        Standard deviation of the noise that training adds to the input; that of the scaled series is 1.
    decay : float
        Weight decay of the dense and the convolutional network.
    epochs : int
        Passes over the data, in full batches.
    """

    name: str
    X: tuple = field(repr=False)
    y: tuple = field(repr=False)
    code: int = 4
    noise: float = 0.2
    decay: float = 0.0
    epochs: int = 1000

    def scaled(self):
        """Return (training, test) series, every channel scaled by what the training series have."""
        scaler = ChannelScaler.fit(self.X[0])
        return tuple(map(scaler.transform, self.X))


@dataclass(frozen=True, eq=False)
class Watch:
    """A recording (T, 1) to watch: networks learn its first `normal` steps; `label` (T,) is true at the anomaly."""

    name: str
    recording: np.ndarray = field(repr=False)
    label: np.ndarray = field(repr=False)
    normal: int = 1200
    length: int = 48  # of a window
    stride: int = 4  # from one training window to the next; windows of the rest are one step apart
    code: int = 4
    epochs: int = 100
    near: int = 9  # steps over which a score is averaged: a single wrong step is a glitch

    def scaled(self):
        """Return (normal part, rest) as recordings, scaled by what the normal part has."""
        scaler = ChannelScaler.fit(self.recording[None, : self.normal])
        scaled = scaler.transform(self.recording)
        return scaled[: self.normal], scaled[self.normal :]


def encoder(kind, code):
    """Return the layers of an encoder for series (T, C); its decoder is the mirror."""
    size = HIDDEN[kind]
    if kind == "dense":
        return [Flatten(), Dense(size, "tanh"), Dense(code)]
    if kind == "lstm":
        return [LSTM(size), Dense(code)]
    return [*(Conv1D(filters, 5, stride=2, activation="tanh") for filters in size), Flatten(), Dense(code)]


def autoencoder(kind, task, seed, eta=0.01, batch_size=None):
    """Return the model of a kind for a Task or Watch, not fitted.

    Adam, with a cosine decay of eta and gradients clipped to a norm of 1. Weight decay would pull the states of an LSTM
    to 0, where it outputs the mean of all series: it gets none.
    """
    noise, decay = getattr(task, "noise", 0.0), 0.0 if kind == "lstm" else getattr(task, "decay", 0.0)
    return npae.Autoencoder(
        encoder(kind, task.code),
        activation="tanh",
        scale=None,  # of series that are scaled already
        noise=npae.GaussianNoise(noise) if noise else None,
        optimizer=npae.Adam(eta, adapt=npae.CosineDecay(), weight_decay=decay, clip=1.0),
        epochs=task.epochs,
        batch_size=batch_size,
        dtype="float32",
        threads=1,
        random_state=seed,
    )


def real_tasks():
    """Return the three tasks whose series come with aeon; ImportError with a hint where it is not installed."""
    load = _aeon()
    return [
        Task("ItalyPowerDemand", *_split(load.load_italy_power_demand), code=4, noise=0.2, epochs=1000),
        Task("GunPoint", *_split(load.load_gunpoint), code=4, noise=0.2, epochs=600),
        Task("BasicMotions", *_split(load.load_basic_motions), code=16, noise=0.5, decay=1.0, epochs=300),
    ]


def real_watch():
    """Return KDD-TSAD_135, which comes with aeon: its test file is the whole recording, including the training part."""
    recording, label = _aeon().load_kdd_tsad_135("test")
    return Watch("KDD-TSAD_135", recording[:, None], label.astype(bool))


def sine_task():
    """Return slow and fast sines as two classes; they need no other package."""
    slow, fast = (sines(40, 24, waves=1, frequencies=f, random_state=f[0]).values for f in ((1, 1.5), (2, 3)))
    X, y = (np.stack(pair, axis=1).reshape(80, *np.shape(pair[0])[1:]) for pair in ((slow, fast), _classes(40)))
    return Task("sines", (X[:40], X[40:]), (y[:40], y[40:]), code=4, epochs=100)


def sine_watch():
    """Return a sine with an anomaly: ten steps of noise."""
    rng, steps = np.random.default_rng(0), np.arange(1500)
    label = (steps >= 1000) & (steps < 1010)
    wave = np.sin(2 * np.pi * steps / 48) + 0.02 * rng.standard_normal(1500) + label * rng.standard_normal(1500)
    return Watch("sine", wave[:, None], label, normal=500, length=24, epochs=15)


def _classes(n):
    return np.full(n, "slow"), np.full(n, "fast")


def _split(load):
    """Return X and y, each as a pair (training, test), from a loader of aeon, which has channels before steps."""
    (X, y), (X_test, y_test) = load(split="train"), load(split="test")
    return (X.transpose(0, 2, 1), X_test.transpose(0, 2, 1)), (y, y_test)


def _aeon():
    try:
        import aeon.datasets
    except ImportError as error:
        hint = "Install it with pip install 'npae[experiments]', or see --quick."
        raise ImportError(f"the package aeon must be installed for its series, got {error}. {hint}") from error
    return aeon.datasets
