"""How theta moves: descent along gradients, eta over time, and refinement by SciPy."""

from typing import TYPE_CHECKING

from ..settings.first_use import on_first_use
from .bfgs import bfgs
from .eta import CosineDecay, EtaSchedule, StepDecay, WarmUp
from .first_order import Adam, GradientDescent, Momentum, RMSprop
from .hessian_free import hessian_free
from .kfac import KFAC
from .named_optimizers import OPTIMIZERS
from .optimizer import Optimizer
from .powell import powell
from .scipy_refinement import Refine

if TYPE_CHECKING:
    from .adaptive_eta import AdaptiveEta, ReduceOnPlateau
else:
    __getattr__, __dir__ = on_first_use(__name__, {"adaptive_eta": "AdaptiveEta ReduceOnPlateau"})

__all__ = [
    "KFAC",
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
    "hessian_free",
    "powell",
]
