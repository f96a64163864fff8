"""Autoencoders in NumPy: hand-written backpropagation, SciPy's optimisers on one flat weight vector."""

import importlib

from . import datasets, metrics, optimize
from .autoencoder import Autoencoder, load
from .estimator import NotFittedError
from .gradcheck import GradientMismatch, GradientReport, check_gradients
from .initializers import Gaussian, Glorot, He, Initializer, LeCun
from .layers import Dense, Layer
from .losses import Loss
from .network import Network
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
    "Gaussian",
    "Glorot",
    "GradientDescent",
    "GradientMismatch",
    "GradientReport",
    "He",
    "Initializer",
    "Layer",
    "LeCun",
    "Loss",
    "Network",
    "NotFittedError",
    "Optimizer",
    "Progress",
    "Refine",
    "TrainingDiverged",
    "Weight",
    "check_gradients",
    "datasets",
    "load",
    "metrics",
    "optimize",
    "plots",
]


def __getattr__(name):
    """Import `npae.plots` when it is first used: training needs no matplotlib."""
    if name == "plots":
        return importlib.import_module(".plots", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
