"""Autoencoders in NumPy: hand-written backpropagation, SciPy's optimisers on one flat weight vector."""

import importlib
from typing import Any

from .settings.collection import collection_paused

with collection_paused():  # it would look through all modules, for a quarter of the time
    from . import metrics, optimize, series
    from .estimators import (
        AnomalyDetector,
        Autoencoder,
        Classifier,
        CollapsedCode,
        Discovery,
        FillsWorseThanMean,
        NeglectedColumns,
        NoBetterThanMean,
        NotConverged,
        NotFittedError,
        PosteriorCollapse,
        TrainingWarning,
        discover,
        interpolate,
        load,
    )
    from .initializers import Gaussian, Glorot, He, Initializer, LeCun, Orthogonal
    from .layers import (
        LSTM,
        AveragePool1D,
        AveragePool2D,
        BetaSchedule,
        BetaWarmUp,
        Conv1D,
        Conv2D,
        ConvTranspose1D,
        ConvTranspose2D,
        Dense,
        Dropout,
        Flatten,
        GaussianCode,
        Layer,
        Linearization,
        MaxPool1D,
        MaxPool2D,
        Repeat,
        Reshape,
        Upsample,
    )
    from .layers.parameters import Bias, Weight
    from .losses import Loss, LossCurvature
    from .network import Network, Summary
    from .noise import FlipPixels, GaussianNoise, MaskPixels, Noise, Noisy, SaltAndPepper
    from .optimize import (
        KFAC,
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
    from .penalties import L1, L2, CodeKL, CodeL1, CodePenalty, MaxNorm, Penalty, WeightPenalty
    from .settings.archive import FileError
    from .settings.version import RELEASE
    from .training import (
        Callback,
        Checkpoint,
        CodeReport,
        Converged,
        EarlyStopping,
        History,
        JSONLog,
        Progress,
        Record,
        TensorBoard,
        TrainingDiverged,
        UnitReport,
    )

__version__ = RELEASE

__all__ = [
    "KFAC",
    "L1",
    "L2",
    "LSTM",
    "Adam",
    "AdaptiveEta",
    "AnomalyDetector",
    "Autoencoder",
    "AveragePool1D",
    "AveragePool2D",
    "BetaSchedule",
    "BetaWarmUp",
    "Bias",
    "Callback",
    "Checkpoint",
    "Classifier",
    "CodeKL",
    "CodeL1",
    "CodePenalty",
    "CodeReport",
    "CollapsedCode",
    "Conv1D",
    "Conv2D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "Converged",
    "CosineDecay",
    "Dense",
    "Discovery",
    "Dropout",
    "EarlyStopping",
    "EtaSchedule",
    "FileError",
    "FillsWorseThanMean",
    "Flatten",
    "FlipPixels",
    "Gaussian",
    "GaussianCode",
    "GaussianNoise",
    "Glorot",
    "GradientDescent",
    "GradientMismatch",
    "GradientReport",
    "He",
    "History",
    "Initializer",
    "JSONLog",
    "Layer",
    "LeCun",
    "Linearization",
    "Loss",
    "LossCurvature",
    "MaskPixels",
    "MaxNorm",
    "MaxPool1D",
    "MaxPool2D",
    "Momentum",
    "NeglectedColumns",
    "Network",
    "NoBetterThanMean",
    "Noise",
    "Noisy",
    "NotConverged",
    "NotFittedError",
    "Optimizer",
    "Orthogonal",
    "Penalty",
    "PosteriorCollapse",
    "Progress",
    "RMSprop",
    "Record",
    "ReduceOnPlateau",
    "Refine",
    "Repeat",
    "Reshape",
    "SaltAndPepper",
    "StepDecay",
    "Summary",
    "TensorBoard",
    "TrainingDiverged",
    "TrainingWarning",
    "UnitReport",
    "Upsample",
    "WarmUp",
    "Weight",
    "WeightPenalty",
    "check_gradients",
    "datasets",
    "discover",
    "distributed",
    "explorer",
    "export",
    "interpolate",
    "load",
    "metrics",
    "optimize",
    "plots",
    "series",
    "show_versions",
    "study",
]


_LATER = {  # what training does not need, imported when it is first used: matplotlib behind `plots`, above all
    **{room: f".{room}" for room in ("datasets", "distributed", "explorer", "export", "plots", "study")},
    "show_versions": ".settings.installed",
    **dict.fromkeys(("GradientMismatch", "check_gradients"), ".network.gradcheck"),
    "GradientReport": ".network.gradient_report",
}


def __dir__() -> list[str]:
    """List what is imported later, too: tab completion shows it."""
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """Import what training does not need when it is first used."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_LATER[name], __name__)
    return module if _LATER[name] == f".{name}" else getattr(module, name)
