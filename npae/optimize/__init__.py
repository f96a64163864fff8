"""How theta moves: descent along gradients, eta over time, refinement by SciPy."""

from .bfgs import bfgs
from .descent import OPTIMIZERS, Adam, GradientDescent, Optimizer
from .eta import AdaptiveEta, EtaSchedule
from .powell import powell
from .refine import Refine

__all__ = [
    "OPTIMIZERS",
    "Adam",
    "AdaptiveEta",
    "EtaSchedule",
    "GradientDescent",
    "Optimizer",
    "Refine",
    "bfgs",
    "powell",
]
