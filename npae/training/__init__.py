"""Training: its plan, its state, its loop, and what watches it."""

from . import callbacks, checkpoint, converged, epochs, measures
from .callbacks import Callback, EarlyStopping
from .checkpoint import Checkpoint
from .code_report import CodeReport
from .converged import Converged
from .epochs import TrainingDiverged
from .history import History
from .json_log import JSONLog
from .loop import Training
from .plan import Plan
from .progress import Progress
from .records import Record, UnitReport
from .state import TrainingState
from .tensor_board import TensorBoard

__all__ = [
    "Callback",
    "Checkpoint",
    "CodeReport",
    "Converged",
    "EarlyStopping",
    "History",
    "JSONLog",
    "Plan",
    "Progress",
    "Record",
    "TensorBoard",
    "Training",
    "TrainingDiverged",
    "TrainingState",
    "UnitReport",
]

# Signatures in these modules name what imports the modules: typing.get_type_hints looks it up there.
for _module in (callbacks, checkpoint, converged, epochs, measures):
    vars(_module).update(Training=Training)
