"""Studies of estimators: one setting with many seeds, or parameters that vary."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..metrics import mse, pixel_errors
from ..samples.validation import check_samples
from .model_copies import changed, check_settings, fit, for_one_run, parameters_of
from .runs import checked_settings, run_all


def measures(model, X):
    """Return what `repeat` and `sweep` record of a fitted autoencoder unless told otherwise.

    Returns
    -------
    dict : `loss` (the last one), `mse`, `epochs_run`, `stop_reason`; for black-and-white X also `wrong_pixels` (in all
        samples), `exact` (samples without a wrong pixel) and `success` (whether that is all of them). Where a parameter
        of the same name is swept, such as the loss, the number is called `measured_loss`.
    """
    rebuilt = model.reconstruct(X)
    numbers = {"loss": model.history_["loss"][-1], "mse": mse(X, rebuilt)}
    if np.isin(X, (0, 1)).all():
        wrong = pixel_errors(X, rebuilt)
        numbers |= {"wrong_pixels": wrong.sum(), "exact": (wrong == 0).sum(), "success": not wrong.any()}
    return {**numbers, "epochs_run": model.n_epochs_, "stop_reason": model.stop_reason_}


def repeat(model, X, *, measure=measures, **options):
    """Fit the model with many seeds; return a row for each.

    Parameters
    ----------
    model : Autoencoder, or an estimator in scikit-learn's manner with a parameter `random_state`. It is not changed.
        Its `threads`, if None, is 1: what a run computes does not depend on the number of cores.
    X : samples (N, D), or (N, ...).
    measure : function(model, X) -> dict of numbers, called with each fitted model; default `measures`.
    **options : `seeds`, `path`, `executor` and all others of `npae.study.run_all`.

    Returns
    -------
    Results.

    Raises
    ------
    What `npae.study.run_all` raises, and ValueError for samples that are not finite.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> model = npae.Autoencoder([29, 23, 2], loss="bce", epochs=1000)
    >>> results = npae.study.repeat(model, letters.pixels, seeds=2, executor="serial")
    >>> [row["exact"] for row in results.rows]
    [32, 32]
    """
    return sweep(model, X, {}, measure=measure, **options)


def sweep(model, X, parameters, *, measure=measures, **options):
    """Fit the model with every combination of parameter values, many seeds each; return a row for each fit.

    Parameters
    ----------
    model, X, measure, **options : as in `repeat`.
    parameters : dict of a list of values for each parameter, named as in `set_params` ("epochs", "init__std",
        "refine__every"); values may be descriptions such as `npae.Adam(0.01)`. Or a list of dicts of single values,
        the combinations to try.

    Returns
    -------
    Results. A combination that cannot work gives failed runs.

    Raises
    ------
    As `repeat`; ValueError for parameters that the model does not have.

    Examples
    --------
    >>> import npae
    >>> X = npae.datasets.load_font("symbols").pixels
    >>> model = npae.Autoencoder([16, 2], epochs=30)
    >>> results = npae.study.sweep(model, X, {"optimizer__eta": [0.001, 0.03]}, seeds=5, executor="serial")
    >>> slow, fast = results.summary()
    >>> slow["loss_median"] > fast["loss_median"]
    True
    """
    X = check_samples(X)
    parameters_of(model)
    settings = _combinations(parameters)
    check_settings(model, settings)
    return run_all(_Fit(changed(model, {"random_state": None}), X, measure), settings, **options)


@dataclass(frozen=True)
class _Fit:
    """Fit a copy of the model with other parameters and measure it."""

    model: Any
    X: Any
    measure: Any

    def __call__(self, *, seed, **settings):
        model = fit(for_one_run(self.model, settings, seed), self.X)
        numbers = self.measure(model, self.X)
        return {f"measured_{name}" if name in settings else name: number for name, number in numbers.items()}


def _combinations(parameters):
    if not isinstance(parameters, dict):
        return checked_settings(parameters)
    for name, values in parameters.items():
        if isinstance(values, (str, dict)) or not hasattr(values, "__iter__"):
            raise ValueError(f"parameters[{name!r}] must be a list of values, got {values!r}.")
    return [dict(zip(parameters, values, strict=True)) for values in itertools.product(*parameters.values())]
