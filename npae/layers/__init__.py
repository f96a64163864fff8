"""Layers: immutable descriptions whose forward pass returns the way back."""

from typing import TYPE_CHECKING

from ..settings.first_use import on_first_use
from .beta import BetaSchedule, BetaWarmUp
from .chain import Chain
from .dense import Dense
from .dropout import Dropout
from .fused_activation import without_link
from .gaussian_code import GaussianCode
from .layer import Layer
from .linear_pairs import warn_of_linear_pairs
from .linearization import Linearization
from .shape import Flatten, Repeat, Reshape
from .shorthand import listed, mirrored, of_whole_samples, with_shape_of_samples
from .steps_alone import warn_of_steps_alone

if TYPE_CHECKING:
    from .conv import Conv1D, Conv2D, ConvTranspose1D, ConvTranspose2D
    from .pool import AveragePool1D, AveragePool2D, MaxPool1D, MaxPool2D, Upsample
    from .recurrent import LSTM
else:
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            "conv": "Conv1D Conv2D ConvTranspose1D ConvTranspose2D",
            "pool": "AveragePool1D AveragePool2D MaxPool1D MaxPool2D Upsample",
            "recurrent": "LSTM",
        },
    )

__all__ = [
    "LSTM",
    "AveragePool1D",
    "AveragePool2D",
    "BetaSchedule",
    "BetaWarmUp",
    "Chain",
    "Conv1D",
    "Conv2D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianCode",
    "Layer",
    "Linearization",
    "MaxPool1D",
    "MaxPool2D",
    "Repeat",
    "Reshape",
    "Upsample",
    "listed",
    "mirrored",
    "of_whole_samples",
    "warn_of_linear_pairs",
    "warn_of_steps_alone",
    "with_shape_of_samples",
    "without_link",
]
