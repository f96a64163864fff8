"""Copies of a model with other parameters, and which parameters those may be."""

import copy


def parameters_of(model):
    """Return what may vary, by name; ValueError for what is no estimator with a seed."""
    parameters = model.get_params(deep=False) if hasattr(model, "get_params") else {}
    if "random_state" not in parameters:
        raise ValueError(f"model must be an estimator with a parameter random_state, got {model!r}.")
    return {name: value for name, value in parameters.items() if name != "random_state"}


def check_settings(model, settings):
    """Raise the first error if no setting can be made at all: then it is the names that are wrong."""
    known, errors = parameters_of(model), []
    for setting in settings:
        for name in setting:
            if name.split("__")[0] not in known:
                names = ", ".join(known)
                raise ValueError(f"parameters must be among {names} (or inside them: init__std), got {name!r}.")
        try:
            changed(model, setting)
        except Exception as error:  # it will be the reason of failed runs, unless it is the same for all
            errors.append(error)
    if settings and len(errors) == len(settings):
        raise errors[0]


def changed(model, settings):
    """Return an unfitted copy of the model with other parameters."""
    fresh = type(model)(**copy.deepcopy(model.get_params(deep=False)))
    return fresh.set_params(**settings)


def for_one_run(model, settings, seed):
    """Return an unfitted copy with other parameters and a seed, for one thread unless the model says how many."""
    fresh = changed(model, settings).set_params(random_state=seed)
    if fresh.get_params(deep=False).get("threads", 1) is None:
        fresh.set_params(threads=1)
    return fresh


def fit(model, X, **options):
    """Fit the model; raise the KeyboardInterrupt that a fit of npae ends well with."""
    model.fit(X, **options)
    if getattr(model, "stop_reason_", None) == "interrupted":
        raise KeyboardInterrupt
    return model
