"""Training runs: their state, their loop, and what watches them."""

from ..samples.samples import Samples
from .callbacks import Callback, EarlyStopping
from .checkpoint import Checkpoint
from .code_report import CodeReport
from .loop import Training, TrainingDiverged
from .plan import Plan
from .progress import Progress
from .records import Record, UnitReport
from .state import TrainingState

__all__ = [
    "Callback",
    "Checkpoint",
    "CodeReport",
    "EarlyStopping",
    "Plan",
    "Progress",
    "Record",
    "Samples",
    "Training",
    "TrainingDiverged",
    "TrainingState",
    "UnitReport",
]
