"""How theta moves: descent along gradients, eta over time, refinement by SciPy."""

from .descent import OPTIMIZERS, Adam, GradientDescent, Optimizer
from .eta import AdaptiveEta, EtaSchedule
from .refine import Refine

__all__ = ["OPTIMIZERS", "Adam", "AdaptiveEta", "EtaSchedule", "GradientDescent", "Optimizer", "Refine"]
