"""Studies of estimators: one setting with many seeds, or parameters that vary."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..estimators.autoencoder import Autoencoder
from ..metrics import mse, pixel_errors
from ..samples.arrays import checked_array
from ..settings.array_types import AnyArray, ArrayLike
from ..settings.checks import zeros_and_ones
from .model_copies import changed, check_settings, fit, for_one_run, parameters_of
from .results import Results
from .run_types import Model, Outcome, Settings
from .runs import checked_settings, run_all


def measures(model: Autoencoder, X: AnyArray) -> Outcome:
    """Return what `repeat` and `sweep` record of a fitted autoencoder by default.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    X : array (N, ...)
        The samples that it was fitted to.

    Returns
    -------
    dict
        `loss` (the last one), `mse`, `epochs_run` and `stop_reason`. For black-and-white X also `wrong_pixels` (in all
        samples), `exact` (samples without a wrong pixel) and `success` (whether all samples are exact). If a parameter
        of the same name is swept, such as the loss, the number is called `measured_loss`.
    """
    rebuilt = model.reconstruct(X)
    numbers = {"loss": model.history_["loss"][-1], "mse": mse(X, rebuilt)}
    if zeros_and_ones(X):
        wrong = pixel_errors(X, rebuilt)
        numbers |= {"wrong_pixels": wrong.sum(), "exact": (wrong == 0).sum(), "success": not wrong.any()}
    return {**numbers, "epochs_run": model.n_epochs_, "stop_reason": model.stop_reason_}


def repeat(
    model: Model, X: ArrayLike, *, measure: Callable[[Any, AnyArray], Outcome] = measures, **options: Any
) -> Results:
    """Fit the model with many seeds; return one row per seed.

    Parameters
    ----------
    model : Autoencoder or estimator
        Any estimator in scikit-learn's manner with a parameter `random_state`. It is not changed. If its `threads` is
        None, the runs use 1: what a run computes must not depend on the number of cores.
    X : array (N, D) or (N, ...)
        Samples.
    measure : callable, default measures
        Function measure(model, X) -> dict of numbers by name, called with each fitted model.
    **options : Any
        `seeds`, `path`, `executor` and all other options of `npae.study.run_all`.

    Returns
    -------
    Results
        The rows, in the order of the seeds.

    Raises
    ------
    ValueError
        If the samples are not finite, or an option cannot work. Whatever else `npae.study.run_all` raises.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> model = npae.Autoencoder([29, 23, 2], activation="tanh", loss="bce", epochs=1000)
    >>> results = npae.study.repeat(model, letters.pixels, seeds=2, executor="serial")
    >>> [row["exact"] for row in results.rows]
    [32, 32]
    """
    return sweep(model, X, {}, measure=measure, **options)


def sweep(
    model: Model,
    X: ArrayLike,
    parameters: Mapping[str, Iterable[Any]] | Sequence[Settings],
    *,
    measure: Callable[[Any, AnyArray], Outcome] = measures,
    **options: Any,
) -> Results:
    """Fit the model with every combination of parameter values, many seeds each; return one row per fit.

    Parameters
    ----------
    model : Autoencoder or estimator
        As in `repeat`.
    X : array (N, D) or (N, ...)
        Samples.
    parameters : dict of list, or list of dict
        A list of values for each parameter, named as in `set_params` ("epochs", "init__std", "refine__every"). Values
        may be descriptions such as `npae.Adam(0.01)`. Or a list of combinations, each a dict of single values.
    measure : callable, default measures
        As in `repeat`.
    **options : Any
        `seeds`, `path`, `executor` and all other options of `npae.study.run_all`.

    Returns
    -------
    Results
        The rows, in the order of the combinations and seeds. A combination that cannot work gives failed runs.

    Raises
    ------
    ValueError
        If the model does not have the parameters, the samples are not finite, or an option cannot work. Whatever else
        `npae.study.run_all` raises.

    Examples
    --------
    >>> import npae
    >>> X = npae.datasets.load_font("symbols").pixels
    >>> model = npae.Autoencoder([16, 2], optimizer="adam", epochs=30)
    >>> results = npae.study.sweep(model, X, {"optimizer__eta": [0.001, 0.03]}, seeds=5, executor="serial")
    >>> slow, fast = results.summary()
    >>> slow["loss_median"] > fast["loss_median"]
    True
    """
    samples: AnyArray = checked_array(X)
    parameters_of(model)
    settings = _combinations(parameters)
    check_settings(model, settings)
    return run_all(_Fit(changed(model, {"random_state": None}), samples, measure), settings, **options)


@dataclass(frozen=True)
class _Fit:
    """Fit a copy of the model with other parameters and measure it."""

    model: Model
    X: AnyArray
    measure: Callable[[Any, AnyArray], Outcome]

    def __call__(self, *, seed: int, **settings: Any) -> Outcome:
        model = fit(for_one_run(self.model, settings, seed), self.X)
        numbers = self.measure(model, self.X)
        return {f"measured_{name}" if name in settings else name: number for name, number in numbers.items()}


def _combinations(parameters: Mapping[str, Iterable[Any]] | Sequence[Settings]) -> list[Settings]:
    if not isinstance(parameters, dict):
        return checked_settings(parameters)
    for name, values in parameters.items():
        if isinstance(values, (str, dict)) or not hasattr(values, "__iter__"):
            raise ValueError(f"parameters[{name!r}] must be a list of values, got {values!r}.")
    return [dict(zip(parameters, values, strict=True)) for values in itertools.product(*parameters.values())]
