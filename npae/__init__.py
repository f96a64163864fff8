"""Autoencoders in NumPy: hand-written backpropagation, SciPy's optimisers on one flat weight vector."""

import importlib

from . import metrics, optimize, series
from .autoencoder import Autoencoder
from .classifier import Classifier
from .estimator import NotFittedError
from .initializers import Gaussian, Glorot, He, Initializer, LeCun, Orthogonal
from .layers import (
    LSTM,
    AveragePool1D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool1D,
    MaxPool2D,
    Repeat,
    Reshape,
    Upsample,
)
from .losses import Loss
from .model_file import load
from .network import Network
from .noise import FlipPixels, GaussianNoise, MaskPixels, Noise, Noisy, SaltAndPepper
from .optimize import (
    Adam,
    AdaptiveEta,
    CosineDecay,
    EtaSchedule,
    GradientDescent,
    Momentum,
    Optimizer,
    ReduceOnPlateau,
    Refine,
    RMSprop,
    StepDecay,
    WarmUp,
)
from .parameters import Bias, Weight
from .penalties import L1, L2, CodeKL, CodeL1, CodePenalty, MaxNorm, Penalty, WeightPenalty
from .persistence import FileError
from .training import Callback, Checkpoint, EarlyStopping, Progress, Record, TrainingDiverged, UnitReport

__version__ = "0.1.0"

__all__ = [
    "Adam",
    "AdaptiveEta",
    "Autoencoder",
    "AveragePool1D",
    "AveragePool2D",
    "Bias",
    "Callback",
    "Checkpoint",
    "Classifier",
    "CodeKL",
    "CodeL1",
    "CodePenalty",
    "Conv1D",
    "Conv2D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "CosineDecay",
    "Dense",
    "Dropout",
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
    "L1",
    "L2",
    "LSTM",
    "Layer",
    "LeCun",
    "Loss",
    "MaskPixels",
    "MaxNorm",
    "MaxPool1D",
    "MaxPool2D",
    "Momentum",
    "Network",
    "Noise",
    "Noisy",
    "NotFittedError",
    "Optimizer",
    "Orthogonal",
    "Penalty",
    "Progress",
    "RMSprop",
    "Record",
    "ReduceOnPlateau",
    "Refine",
    "Repeat",
    "Reshape",
    "SaltAndPepper",
    "StepDecay",
    "TrainingDiverged",
    "UnitReport",
    "Upsample",
    "WarmUp",
    "Weight",
    "WeightPenalty",
    "check_gradients",
    "datasets",
    "distributed",
    "explorer",
    "load",
    "metrics",
    "optimize",
    "plots",
    "series",
    "study",
]


def __getattr__(name):
    """Import what training does not need when it is first used: matplotlib behind `plots`, above all."""
    if name in ("datasets", "distributed", "explorer", "gradcheck", "plots", "study"):
        return importlib.import_module(f".{name}", __name__)
    if name in ("GradientMismatch", "GradientReport", "check_gradients"):
        return getattr(importlib.import_module(".gradcheck", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
