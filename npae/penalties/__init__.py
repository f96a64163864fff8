"""What training makes small besides the loss: weights, and the numbers of a code."""

from .code_penalties import CodeKL, CodeL1, CodePenalty, PenaltyPass
from .penalty import Penalty, checked_penalties
from .weight_penalties import L1, L2, MaxNorm, WeightPenalty

__all__ = [
    "L1",
    "L2",
    "CodeKL",
    "CodeL1",
    "CodePenalty",
    "MaxNorm",
    "Penalty",
    "PenaltyPass",
    "WeightPenalty",
    "checked_penalties",
]
