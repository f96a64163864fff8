"""Numbers in the files of version 0.1.0 that meant something else than today's: such studies are refused by name.

There, a search took `val_loss` after the last epoch, with penalties and the KL term, even if `fit` returned another
epoch; and `loss`, as `repeat` and `sweep` recorded it, was the last number that training had seen. Where both mean the
same as today, a study of 0.1.0 can be resumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..settings.archive import FileError
from .model_copies import changed
from .model_traits import is_charged, is_stochastic, restores_best
from .run_types import FilePath
from .spaces import Space
from .trials import Trial

if TYPE_CHECKING:
    from optuna import Study

JUDGED = "judged"  # attribute of an Optuna study: what its values are those of
RETURNED = "the model that fit returns"


def check_former(study: Study, trial: Trial, space: Space, path: FilePath | None, pruned: bool) -> None:
    """Raise FileError if the study has trials whose values or reports meant something else; otherwise mark it."""
    if JUDGED in study.user_attrs:
        return
    what = trial.objective.what
    others = 0
    for former in study.get_trials(deepcopy=False):
        counts = "outcome" in former.user_attrs and (what == "val_loss" or (pruned and callable(what)))
        reported = bool(former.intermediate_values) and not (what == "val_loss" or callable(what))
        if reported or (counts and not same_val_loss(changed(trial.model, space.settings(former.params)))):
            others += 1
    if others:
        rule = f"{path} must hold trials that were judged by the model that fit returns"
        hint = "Give another path, or another objective, such as 'score'."
        raise FileError(f"{rule}, got {others} that an earlier version judged by the loss of the last epoch. {hint}")
    study.set_user_attr(JUDGED, RETURNED)


def same_val_loss(model: Any) -> bool:
    """Return whether `val_loss` after the last epoch is the loss of the reconstructions of what `fit` returns."""
    return not is_charged(model) and not restores_best(model)


def same_loss(model: Any, samples: int) -> bool:
    """Return whether `loss` after the last epoch is the loss of the reconstructions of what `fit` returns."""
    full = model.batch_size is None or model.batch_size >= samples
    return full and not is_stochastic(model) and same_val_loss(model)
