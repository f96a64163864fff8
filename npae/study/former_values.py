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
from .optuna_storage import counted
from .run_types import FilePath, FrozenTrial
from .spaces import Space
from .trials import Trial

if TYPE_CHECKING:
    from optuna import Study

JUDGED = "judged"  # attribute of an Optuna study: what its values are those of
RETURNED = "the model that fit returns"


def check_former(study: Study, trial: Trial, space: Space, path: FilePath | None, pruned: bool, total: int) -> None:
    """Raise FileError if the study has trials whose values or reports meant something else, and more are to come.

    Otherwise mark the study as one of today's.
    """
    ended = sum(former.state.is_finished() for former in counted(study))
    if JUDGED in study.user_attrs or ended >= total:
        return
    former = [each for each in study.get_trials(deepcopy=False) if _differs(each, trial, space, pruned)]
    if former:
        rule = f"{path} must hold trials that were judged by the model that fit returns"
        got = (
            f"{len(former)} that an earlier version judged by the loss of the last epoch, and {total - ended} are left"
        )
        raise FileError(f"{rule}, got {got}. Give another path, or another objective, such as 'score'.")
    study.set_user_attr(JUDGED, RETURNED)


def _differs(former: FrozenTrial, trial: Trial, space: Space, pruned: bool) -> bool:
    """Return whether a trial's value, or what it reported, may mean something else today."""
    what = trial.objective.what
    by_loss = what == "val_loss" or (pruned and callable(what))
    if former.intermediate_values and not by_loss:
        return True
    ended = "outcome" in former.user_attrs
    return ended and by_loss and not same_val_loss(changed(trial.model, space.settings(former.params)))


def same_val_loss(model: Any) -> bool:
    """Return whether `val_loss` after the last epoch is the loss of the reconstructions of what `fit` returns."""
    return not is_charged(model) and not restores_best(model)


def same_loss(model: Any, samples: int) -> bool:
    """Return whether `loss` after the last epoch is the loss of the reconstructions of what `fit` returns."""
    full = model.batch_size is None or model.batch_size >= samples
    return full and not is_stochastic(model) and same_val_loss(model)
