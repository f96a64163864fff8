"""How theta moves: descent along gradients, eta over time, and refinement by SciPy."""

from .adaptive_eta import AdaptiveEta, ReduceOnPlateau
from .bfgs import bfgs
from .eta import CosineDecay, EtaSchedule, StepDecay, WarmUp
from .kfac import KFAC
from .first_order import OPTIMIZERS, Adam, GradientDescent, Momentum, RMSprop
from .optimizer import Optimizer
from .hessian_free import hessian_free
from .powell import powell
from .scipy_refinement import Refine

__all__ = [
    "OPTIMIZERS",
    "KFAC",
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
    "hessian_free",
    "powell",
]
