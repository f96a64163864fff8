"""Studies of estimators: one setting with many seeds, or parameters that vary."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import numpy as np

from ..estimators.autoencoder import Autoencoder
from ..estimators.predicting import computed
from ..losses import Loss
from ..metrics import mse, pixel_errors
from ..network.data_loss import data_loss
from ..samples.feature_names import feature_names
from ..settings.array_types import AnyArray, ArrayLike
from ..settings.checks import zeros_and_ones
from ..settings.description import IF_GIVEN
from .fit_options import (
    VALIDATION,
    checked_options,
    checked_samples,
    checked_validation,
    split_options,
    takes_gaps,
    validation_of,
)
from .former_values import RETURNED, same_loss
from .model_copies import changed, check_settings, fit, for_one_run, parameters_of
from .results import Results
from .run_types import Model, Outcome, Settings
from .runs import Renewed, checked_settings, run_all
from .shared_files import refuse_shared_files
from .yardstick import accepted, common_loss, counting, judged_samples

RUN_ALL = ("seeds", "success", "path", "executor", "workers", "retry_failed", "show_progress")  # its options


def measures(model: Autoencoder, X: AnyArray, **options: Any) -> Outcome:
    """Return what `repeat` and `sweep` record of a fitted autoencoder by default.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    X : array (N, ...)
        The samples that it was fitted to.
    **options : Any
        What `fit` got besides, such as `mask`. Padding does not count.

    Returns
    -------
    dict
        `loss` and `mse` of the reconstructions, without penalties and noise; `epochs_run` and `stop_reason`. For
        black-and-white X also `wrong_pixels` (in all samples), `exact` (samples without a wrong pixel) and `success`
        (whether all samples are exact).

    Notes
    -----
    All models of a sweep are judged by one loss, even if only some of them draw their codes. Where there is no such
    loss, because it varies, or `scale` does between "columns" and others, the rows have `mse` alone. A number with the
    name of a swept parameter gets "measured_" before it.
    """
    return _measures_by(model.network_.loss, model, X, **options)


def _measures_by(loss: Loss | None, model: Autoencoder, X: AnyArray, **options: Any) -> Outcome:
    """Return `measures` by this loss, or without one."""
    samples, numbers = judged_samples(model, X, options), {}
    if loss is not None:
        numbers["loss"] = computed(model, partial(data_loss, model.network_, loss=loss), samples)
    rebuilt = np.asarray(model.reconstruct(X, mask=samples.mask)).reshape(samples.target.shape)
    target, counts = samples.target, counting(samples)
    numbers["mse"] = mse(target[counts], rebuilt[counts])
    if zeros_and_ones(target[counts]):
        wrong = pixel_errors(np.where(counts, target, 0), np.where(counts, rebuilt, 0))
        numbers |= {"wrong_pixels": wrong.sum(), "exact": (wrong == 0).sum(), "success": not wrong.any()}
    return {**numbers, "epochs_run": model.n_epochs_, "stop_reason": model.stop_reason_}


def repeat(model: Model, X: ArrayLike, *, measure: Callable[..., Outcome] = measures, **options: Any) -> Results:
    """Fit the model with many seeds; return one row per seed.

    Parameters
    ----------
    model : Autoencoder or estimator
        Any estimator in scikit-learn's manner with a parameter `random_state`. It is not changed. If its `threads` is
        None, the runs use 1: what a run computes must not depend on the number of cores.
    X : array (N, D) or (N, ...)
        Samples.
    measure : callable, default measures
        Function measure(model, X) -> dict of numbers by name, called with each fitted model. It also gets `mask=` or
        whatever else `fit` was given and the function takes.
    **options : Any
        `seeds`, `path`, `executor` and all other options of `npae.study.run_all`; and what `fit` takes besides the
        samples, such as `mask` and `validation_data`.

    Returns
    -------
    Results
        The rows, in the order of the seeds.

    Raises
    ------
    ValueError
        If the samples are not finite, or an option cannot work.
    TypeError
        For an option that neither `npae.study.run_all` nor `fit` takes.
    FileError
        If the file holds runs of this study whose loss version 0.1.0 measured in another way, and more such runs are
        left: it took the last number of training, with penalties and noise, a mean over batches. Whatever else
        `npae.study.run_all` raises.

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
    measure: Callable[..., Outcome] = measures,
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
        As in `repeat`.

    Returns
    -------
    Results
        The rows, in the order of the combinations and seeds. A combination that cannot work gives failed runs.

    Raises
    ------
    ValueError
        If the model does not have the parameters, the samples are not finite, or an option cannot work.
    TypeError, FileError
        As in `repeat`. Whatever else `npae.study.run_all` raises.

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
    parameters_of(model)
    own, given = split_options(model, options, RUN_ALL, "a study")
    settings = _combinations(parameters)
    check_settings(model, settings)
    refuse_shared_files(model, settings, again=_number(own.get("seeds")) != 1)
    gaps = takes_gaps(model, (setting.get("missing") for setting in settings))
    samples = checked_samples(X, given.get("mask"), gaps)
    given = _for_every_fit(model, given, samples, feature_names(X), gaps)
    beside = accepted(measure, {name: value for name, value in given.items() if name != VALIDATION}, "measure")
    loss = common_loss(cast(Autoencoder, model), settings) if measure is measures else None
    fit_one = _Fit(changed(model, {"random_state": None}), samples, measure, given, [*beside], loss)
    return run_all(fit_one, settings, **own)


def _number(seeds: Any) -> Any:
    return len(seeds) if hasattr(seeds, "__len__") else seeds


def _for_every_fit(model: Model, given: Settings, X: AnyArray, names: AnyArray | None, gaps: bool) -> Settings:
    """Return what `fit` gets besides X, checked."""
    checked = checked_options(given, X)
    if VALIDATION in given:
        checked[VALIDATION] = validation_of(*checked_validation(model, given[VALIDATION], X, names, checked, gaps))
    return checked


@dataclass(frozen=True)
class _Fit(Renewed):
    """Fit a copy of the model with other parameters and measure it; `options` are what `fit` gets besides X.

    `beside` names those of them that the measure gets too, and `loss` is what `measures` judges all models by.
    """

    model: Model
    X: AnyArray
    measure: Callable[..., Outcome]
    options: Settings = field(default_factory=dict, metadata=IF_GIVEN)
    beside: list[str] = field(default_factory=list, compare=False)
    loss: Loss | None = field(default=None, compare=False)

    def __call__(self, *, seed: int, **settings: Any) -> Outcome:
        model = fit(for_one_run(self.model, settings, seed), self.X, **self.options)
        measure = partial(_measures_by, self.loss) if self.measure is measures else self.measure
        numbers = measure(model, self.X, **{name: self.options[name] for name in self.beside})
        return {f"measured_{name}" if name in settings else name: number for name, number in numbers.items()}

    def meaning(self, settings: Settings) -> str:
        if self.measure is not measures:
            return ""
        try:
            same = self.loss is not None and same_loss(changed(self.model, settings), len(self.X))
        except Exception:  # a setting that cannot work fails as a run, as it always did
            same = True
        return "" if same else RETURNED


def _combinations(parameters: Mapping[str, Iterable[Any]] | Sequence[Settings]) -> list[Settings]:
    if not isinstance(parameters, dict):
        return checked_settings(parameters)
    for name, values in parameters.items():
        if isinstance(values, (str, dict)) or not hasattr(values, "__iter__"):
            raise ValueError(f"parameters[{name!r}] must be a list of values, got {values!r}.")
    return [dict(zip(parameters, values, strict=True)) for values in itertools.product(*parameters.values())]
