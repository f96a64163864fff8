"""The optimizers that a name stands for, with their defaults."""

from __future__ import annotations

from .first_order import Adam, GradientDescent, Momentum, RMSprop
from .kfac import KFAC
from .optimizer import Optimizer

OPTIMIZERS: dict[str, Optimizer] = {
    "gradient_descent": GradientDescent(),
    "momentum": Momentum(),
    "rmsprop": RMSprop(),
    "adam": Adam(),
    "kfac": KFAC(),
}
