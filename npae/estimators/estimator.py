"""scikit-learn's conventions for estimators and for data, without importing scikit-learn."""

import copy
import dataclasses
import inspect
import math
import sys

import numpy as np

from ..samples.validation import check_samples
from ..settings.description import Description


class NotFittedError(ValueError, AttributeError):
    """The estimator has not been fitted yet. (Where scikit-learn is loaded, its own class is raised.)"""


class Estimator:
    """Parameters by name, in the way of scikit-learn: the constructor only stores, `fit` validates.

    Nested parameters reach into descriptions and lists of them: `optimizer__eta`, `encoder__0__units`.
    """

    _named = {}  # parameter -> table of the descriptions that its names stand for

    def get_params(self, deep=True):
        """Return the constructor's parameters by name; with `deep`, nested ones too."""
        names = inspect.signature(type(self)).parameters
        params = {name: getattr(self, name) for name in names}
        if deep:
            for name in names:
                params.update({f"{name}__{inner}": value for inner, value in _nested(params[name])})
        return params

    def set_params(self, **params):
        """Set parameters by name, nested ones too, and return self; raises ValueError for an unknown name."""
        names = inspect.signature(type(self)).parameters
        for name in sorted(params, key=lambda name: name.count("__")):
            head, *path = name.split("__")
            if head not in names:
                known = ", ".join(names)
                raise ValueError(f"parameter must be one of {known} for {type(self).__name__}, got {head!r}.")
            value = getattr(self, head)
            if path and isinstance(value, str):
                value = self._named.get(head, {}).get(value, value)
            setattr(self, head, _replaced(value, path, params[name], name))
        return self

    def __repr__(self):
        defaults = {name: p.default for name, p in inspect.signature(type(self)).parameters.items()}
        params = ((name, getattr(self, name)) for name in defaults)
        changed = (f"{name}={value!r}" for name, value in params if repr(value) != repr(defaults[name]))
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self):
        return hasattr(self, "theta_")

    def _learn_features(self, X, count):
        """Remember how many features X has, and their names if it has such."""
        names = _feature_names(X)
        self.n_features_in_ = count
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _compared(self, X, shape, what="X"):
        """Return X as checked samples of `shape`, with the feature names that were learned."""
        own, names = type(self).__name__, _feature_names(X)
        X = check_samples(X, what)
        if X.ndim == 2 and len(shape) == 1 and X.shape[1] != shape[0]:
            raise ValueError(f"{what} has {X.shape[1]} features, but {own} is expecting {shape[0]} features as input.")
        if X.shape[1:] != shape:
            same = X[0].size == math.prod(shape)
            hint = f" Use {what}.reshape(-1, {', '.join(map(str, shape))})." if same else ""
            raise ValueError(f"{what} must have samples of shape {shape}, as in fit, got {X.shape[1:]}.{hint}")
        known = getattr(self, "feature_names_in_", None)
        if names is not None and known is not None and list(names) != list(known):
            raise ValueError(
                "The feature names should match those that were passed during fit, "
                f"got {list(names)} instead of {list(known)}."
            )
        return X


class Transforms:
    """What makes an estimator a transformer for scikit-learn: its codes are what it turns X into."""

    def transform(self, X, *, mask=None):
        """Return the codes of X: scikit-learn's name for `encode`."""
        return self.encode(X, mask=mask)

    def inverse_transform(self, X):
        """Return the predictions for codes X: scikit-learn's name for `decode`."""
        return self.decode(X)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the code's entries, as scikit-learn's pipelines ask for them."""
        check_fitted(self)
        size, own = int(np.prod(self.network_.code_shape)), type(self).__name__.lower()
        return np.array([f"{own}{i}" for i in range(size)], dtype=object)

    def fit_transform(self, X, y=None, *, mask=None, **fit_params):
        """Fit to X and return its codes; `mask` as in `fit`."""
        return self.fit(X, y, mask=mask, **fit_params).transform(X, mask=mask)

    def __sklearn_tags__(self):
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(),
        )


class Classifies:
    """What makes an estimator a classifier for scikit-learn."""

    def __sklearn_tags__(self):
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(),
        )

    def __sklearn_clone__(self):
        """Return an unfitted copy with the same `start`: `clone` would copy that without its weights."""
        params = self.get_params(deep=False)
        return type(self)(**{**copy.deepcopy({**params, "start": None}), "start": params["start"]})


def check_fitted(model):
    """Raise NotFittedError if `fit` has not been called."""
    if not model.__sklearn_is_fitted__():
        error = sklearn_exception("NotFittedError", NotFittedError)
        raise error(f"{type(model).__name__} must be fitted before this, got an unfitted one. Call fit first.")


def sklearn_exception(name, ours):
    """Return scikit-learn's own exception class of that name where it is loaded."""
    return getattr(sys.modules.get("sklearn.exceptions"), name, ours)


def _feature_names(X):
    columns = getattr(X, "columns", None)
    if columns is None or not all(isinstance(name, str) for name in columns):
        return None
    return np.asarray(columns, dtype=object)


def _nested(value):
    """Yield (path, value) for all that lies inside a description or a list of them."""
    if isinstance(value, Description):
        items = [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
    elif isinstance(value, (list, tuple)):
        items = [(str(i), item) for i, item in enumerate(value)]
    else:
        return
    for name, item in items:
        yield name, item
        for inner, deep in _nested(item):
            yield f"{name}__{inner}", deep


def _replaced(value, path, new, name):
    """Return a copy of `value` in which the part that `path` names is `new`."""
    if not path:
        return new
    head, *rest = path
    if isinstance(value, Description) and head in {f.name for f in dataclasses.fields(value)}:
        return dataclasses.replace(value, **{head: _replaced(getattr(value, head), rest, new, name)})
    if isinstance(value, (list, tuple)) and head.isdigit() and int(head) < len(value):
        items = list(value)
        items[int(head)] = _replaced(items[int(head)], rest, new, name)
        return type(value)(items)
    layer = name.startswith(("encoder__", "decoder__")) and isinstance(value, int)
    hint = f" Write Dense({value}, ...) for {value}, whose fields have names." if layer else ""
    raise ValueError(f"parameter {name!r} must name something inside {value!r}, got {head!r}.{hint}")
