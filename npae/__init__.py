"""Autoencoders in NumPy: hand-written backpropagation, SciPy's optimisers on one flat weight vector."""

import importlib

from . import metrics, optimize
from .autoencoder import Autoencoder, load
from .estimator import NotFittedError
from .initializers import Gaussian, Glorot, He, Initializer, LeCun
from .layers import (
    AveragePool1D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    Dense,
    Flatten,
    Layer,
    MaxPool1D,
    MaxPool2D,
    Repeat,
    Reshape,
    Upsample,
)
from .losses import Loss
from .network import Network
from .noise import FlipPixels, GaussianNoise, MaskPixels, Noise, SaltAndPepper
from .optimize import Adam, AdaptiveEta, EtaSchedule, GradientDescent, Optimizer, Refine
from .parameters import Bias, Weight
from .persistence import FileError
from .training import Callback, EarlyStopping, Progress, TrainingDiverged

__version__ = "0.1.0"

__all__ = [
    "Adam",
    "AdaptiveEta",
    "Autoencoder",
    "AveragePool1D",
    "AveragePool2D",
    "Bias",
    "Callback",
    "Conv1D",
    "Conv2D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "Dense",
    "EarlyStopping",
    "EtaSchedule",
    "FileError",
    "Flatten",
    "FlipPixels",
    "Gaussian",
    "GaussianNoise",
    "Glorot",
    "GradientDescent",
    "GradientMismatch",
    "GradientReport",
    "He",
    "Initializer",
    "Layer",
    "LeCun",
    "Loss",
    "MaskPixels",
    "MaxPool1D",
    "MaxPool2D",
    "Network",
    "Noise",
    "NotFittedError",
    "Optimizer",
    "Progress",
    "Refine",
    "Repeat",
    "Reshape",
    "SaltAndPepper",
    "TrainingDiverged",
    "Upsample",
    "Weight",
    "check_gradients",
    "datasets",
    "explorer",
    "load",
    "metrics",
    "optimize",
    "plots",
    "study",
]


def __getattr__(name):
    """Import what training does not need when it is first used: matplotlib behind `plots`, above all."""
    if name in ("datasets", "explorer", "gradcheck", "plots", "study"):
        return importlib.import_module(f".{name}", __name__)
    if name in ("GradientMismatch", "GradientReport", "check_gradients"):
        return getattr(importlib.import_module(".gradcheck", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
