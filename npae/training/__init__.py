"""Training runs: their state, their loop, and what watches them."""

from .callbacks import Callback, EarlyStopping, Progress
from .loop import Plan, Training, TrainingDiverged
from .state import TrainingState

__all__ = ["Callback", "EarlyStopping", "Plan", "Progress", "Training", "TrainingDiverged", "TrainingState"]
