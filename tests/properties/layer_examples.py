"""Layers of every class, each with the shape of a sample that it takes."""

from hypothesis import strategies as st
from strategies import activations, sizes

import npae

sides = st.integers(3, 6)
images = st.tuples(sides, sides, st.integers(1, 2))
recordings = st.tuples(sides, st.integers(1, 3))
flat = st.tuples(sizes)
small = st.integers(1, 3)
odd = st.sampled_from([1, 3])
pooled = st.sampled_from(["same", "valid"])


def _with(shapes, cls, *arguments, **options):
    return st.tuples(st.builds(cls, *arguments, **options), shapes)


def _convolution(cls, shapes):
    padded = _with(shapes, cls, small, st.just(3), st.integers(1, 2), st.just(1), st.just(1), activations)
    return padded | _with(shapes, cls, small, odd, st.integers(1, 2), pooled, st.just(1), activations)


LAYERS = {
    "Dense": _with(flat, npae.Dense, sizes, activations) | _with(recordings, npae.Dense, sizes, activations),
    "Dropout": _with(flat | images, npae.Dropout, st.sampled_from([0.0, 0.3, 0.9])),
    "Noisy": _with(flat | recordings, npae.Noisy, st.sampled_from([npae.GaussianNoise(0.2), npae.MaskPixels(0.5)])),
    "LSTM": _with(recordings, npae.LSTM, small, st.booleans()),
    "GaussianCode": _with(flat, npae.GaussianCode, small, st.sampled_from([0.0, 1.0, npae.BetaWarmUp(3)])),
    "Conv1D": _convolution(npae.Conv1D, recordings),
    "Conv2D": _convolution(npae.Conv2D, images),
    "ConvTranspose1D": _convolution(npae.ConvTranspose1D, recordings),
    "ConvTranspose2D": _convolution(npae.ConvTranspose2D, images),
    "MaxPool1D": _with(recordings, npae.MaxPool1D, small, st.none() | small, pooled),
    "MaxPool2D": _with(images, npae.MaxPool2D, small, st.none() | small, pooled),
    "AveragePool1D": _with(recordings, npae.AveragePool1D, small, st.none() | small, pooled),
    "AveragePool2D": _with(images, npae.AveragePool2D, small, st.none() | small, pooled),
    "Upsample": _with(images, npae.Upsample, small),
    "Flatten": _with(flat | recordings | images, npae.Flatten),
    "Reshape": st.tuples(st.just(npae.Reshape((2, 3))), st.sampled_from([(6,), (3, 2), (1, 2, 3)])),
    "Repeat": _with(flat, npae.Repeat, sizes),
}
NAMES = [f"npae.{name}" for name in LAYERS]
layers = st.one_of(*LAYERS.values())
