"""How theta moves: descent along gradients, eta over time, refinement by SciPy."""

from .bfgs import bfgs
from .descent import OPTIMIZERS, Adam, GradientDescent, Momentum, Optimizer, RMSprop
from .eta import AdaptiveEta, CosineDecay, EtaSchedule, ReduceOnPlateau, StepDecay, WarmUp
from .powell import powell
from .refine import Refine

__all__ = [
    "OPTIMIZERS",
    "Adam",
    "AdaptiveEta",
    "CosineDecay",
    "EtaSchedule",
    "GradientDescent",
    "Momentum",
    "Optimizer",
    "RMSprop",
    "ReduceOnPlateau",
    "Refine",
    "StepDecay",
    "WarmUp",
    "bfgs",
    "powell",
]
