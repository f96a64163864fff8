"""Autoencoders in NumPy: hand-written backpropagation, SciPy's optimisers on one flat weight vector."""

import importlib

from . import metrics, optimize
from .autoencoder import Autoencoder, load
from .estimator import NotFittedError
from .initializers import Gaussian, Glorot, He, Initializer, LeCun
from .layers import Dense, Layer
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
    "Bias",
    "Callback",
    "Dense",
    "EarlyStopping",
    "EtaSchedule",
    "FileError",
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
    "Network",
    "Noise",
    "NotFittedError",
    "Optimizer",
    "Progress",
    "Refine",
    "SaltAndPepper",
    "TrainingDiverged",
    "Weight",
    "check_gradients",
    "datasets",
    "distributed",
    "explorer",
    "load",
    "metrics",
    "optimize",
    "plots",
    "study",
]


def __getattr__(name):
    """Import what training does not need when it is first used: matplotlib behind `plots`, above all."""
    if name in ("datasets", "distributed", "explorer", "gradcheck", "plots", "study"):
        return importlib.import_module(f".{name}", __name__)
    if name in ("GradientMismatch", "GradientReport", "check_gradients"):
        return getattr(importlib.import_module(".gradcheck", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
