"""Training: its plan, its state, its loop, and what watches it."""

from typing import TYPE_CHECKING

from ..settings.first_use import on_first_use
from . import callbacks, checkpoint, converged, epochs, measures
from .callbacks import Callback, EarlyStopping
from .checkpoint import Checkpoint
from .code_report import CodeReport
from .converged import Converged
from .epochs import TrainingDiverged
from .history import History
from .loop import Training
from .plan import Plan
from .state import TrainingState

if TYPE_CHECKING:
    from .json_log import JSONLog
    from .progress import Progress
    from .records import Record, UnitReport
    from .tensor_board import TensorBoard
else:
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            "json_log": "JSONLog",
            "progress": "Progress",
            "records": "Record UnitReport",
            "tensor_board": "TensorBoard",
        },
    )

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
