"""Autoencoders in NumPy: hand-written backpropagation, SciPy's optimisers on one flat weight vector."""

from typing import TYPE_CHECKING

from .settings.collection import collection_paused
from .settings.first_use import on_first_use

with collection_paused():  # it would look through all modules, for a quarter of the time
    from . import metrics, optimize
    from .estimators import (
        Autoencoder,
        CollapsedCode,
        FillsWorseThanMean,
        NeglectedColumns,
        NoBetterThanMean,
        NotConverged,
        NotFittedError,
        PosteriorCollapse,
        TrainingWarning,
    )
    from .initializers import Gaussian, Glorot, He, Initializer, LeCun, Orthogonal
    from .layers import (
        BetaSchedule,
        BetaWarmUp,
        Dense,
        Dropout,
        Flatten,
        GaussianCode,
        Layer,
        Linearization,
        Repeat,
        Reshape,
    )
    from .layers.parameters import Bias, Weight
    from .losses import Loss, LossCurvature
    from .network import Network, Summary
    from .noise import FlipPixels, GaussianNoise, MaskPixels, Noise, Noisy, SaltAndPepper
    from .optimize import (
        KFAC,
        Adam,
        CosineDecay,
        EtaSchedule,
        GradientDescent,
        Momentum,
        Optimizer,
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
        TrainingDiverged,
    )

if TYPE_CHECKING:
    from . import datasets, distributed, explorer, export, plots, series, study
    from .estimators import AnomalyDetector, Classifier, Discovery, discover, interpolate, load
    from .execution.worker_rules import WorkerLost
    from .layers import (
        LSTM,
        AveragePool1D,
        AveragePool2D,
        Conv1D,
        Conv2D,
        ConvTranspose1D,
        ConvTranspose2D,
        MaxPool1D,
        MaxPool2D,
        Upsample,
    )
    from .network.gradcheck import GradientMismatch, check_gradients
    from .network.gradient_report import GradientReport
    from .optimize import AdaptiveEta, ReduceOnPlateau
    from .settings.installed import show_versions
    from .training import JSONLog, Progress, Record, TensorBoard, UnitReport
else:  # what a first model does without, such as matplotlib, which `plots` imports
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            **dict.fromkeys(("datasets", "distributed", "explorer", "export", "plots", "series", "study"), ""),
            "estimators": "AnomalyDetector Classifier Discovery discover interpolate load",
            "layers": "AveragePool1D AveragePool2D Conv1D Conv2D ConvTranspose1D ConvTranspose2D LSTM MaxPool1D "
            "MaxPool2D Upsample",
            "network.gradcheck": "GradientMismatch check_gradients",
            "network.gradient_report": "GradientReport",
            "optimize": "AdaptiveEta ReduceOnPlateau",
            "execution.worker_rules": "WorkerLost",
            "settings.installed": "show_versions",
            "training": "JSONLog Progress Record TensorBoard UnitReport",
        },
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
    "WorkerLost",
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
