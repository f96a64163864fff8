"""The types that the signatures of studies speak of."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Figure
    from optuna.distributions import BaseDistribution as BaseDistribution
    from optuna.pruners import BasePruner as BasePruner
    from optuna.samplers import BaseSampler as BaseSampler
    from optuna.trial import FrozenTrial as FrozenTrial
else:  # Matplotlib and Optuna are imported on first use, and Optuna may be missing: type hints say Any at runtime
    Figure = BaseDistribution = BasePruner = BaseSampler = FrozenTrial = Any

Settings: TypeAlias = dict[str, Any]  # what a run gets besides its seed, by name
Outcome: TypeAlias = dict[str, Any]  # how a run ended: status, reason, seconds, and what it measured
Row: TypeAlias = dict[str, Any]  # the line of a run in a file: key, settings as plain data, seed, outcome

Function: TypeAlias = Callable[..., Any]  # called with seed=, and with the settings by name
Submit: TypeAlias = Callable[[Settings, int], Future[Outcome]]
Tell: TypeAlias = Callable[[Row], None]  # told of each run that ends
Success: TypeAlias = str | Callable[[Row], Any] | None
Where: TypeAlias = Executor | Literal["serial"] | None
FilePath: TypeAlias = str | PathLike[str]


class Model(Protocol):
    """An estimator in scikit-learn's manner."""

    def get_params(self, deep: bool = ...) -> dict[str, Any]:
        """Return the constructor's parameters by name."""

    def set_params(self, **params: Any) -> Any:
        """Set parameters by name."""

    def fit(self, X: Any, *arguments: Any, **options: Any) -> Any:
        """Train on samples."""


AnyModel = TypeVar("AnyModel", bound=Model)
