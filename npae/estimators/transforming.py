"""The methods of a transformer in scikit-learn's sense, whose codes can be a table: methods of Autoencoder."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from ..settings.array_types import AnyArray, ArrayLike, FloatArray
from .metadata_requests import metadata_of
from .sklearn_contract import check_fitted

if TYPE_CHECKING:
    from .autoencoder import Autoencoder

CONTAINERS = ("default", "pandas", "polars")


def transform(self: Autoencoder, X: ArrayLike, *, mask: ArrayLike | None = None) -> Any:
    """Return the codes of samples: scikit-learn's name for `encode`.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N, L), or DataFrame
        The codes. A DataFrame, with the index of X, if `set_output` or scikit-learn's `transform_output` asks for it.
    """
    return _contained(self, self.encode(X, mask=mask), X)


def fit_transform(
    self: Autoencoder, X: ArrayLike, y: object = None, *, mask: ArrayLike | None = None, **fit_params: Any
) -> Any:
    """Fit to samples and return their codes.

    Parameters
    ----------
    X, y, mask : as in `fit`
        The samples, nothing, and the mask.
    **fit_params : object
        Further arguments of `fit`; those that `transform` has too are for both.

    Returns
    -------
    array of shape (N, L), or DataFrame
        The codes, as `transform` returns them.
    """
    both = {name: value for name, value in fit_params.items() if name in metadata_of(type(self), "transform")}
    return self.fit(X, y, mask=mask, **fit_params).transform(X, mask=mask, **both)


def inverse_transform(self: Autoencoder, X: ArrayLike) -> FloatArray:
    """Return the predictions for codes: scikit-learn's name for `decode`.

    Parameters
    ----------
    X : array of shape (N, L)
        The codes.

    Returns
    -------
    array of shape (N, D)
        The predictions.
    """
    return self.decode(X)


def get_feature_names_out(self: Autoencoder, input_features: object = None) -> AnyArray:
    """Return the names of the code's entries, as scikit-learn's pipelines ask for them.

    Parameters
    ----------
    input_features : object, default None
        Ignored: codes have no counterpart among the features.

    Returns
    -------
    array of str, shape (L,)
        Such as "autoencoder0".
    """
    check_fitted(self)
    size, own = int(np.prod(self.network_.code_shape)), type(self).__name__.lower()
    return np.array([f"{own}{i}" for i in range(size)], dtype=object)


def set_output(self: Autoencoder, *, transform: str | None = None) -> Autoencoder:
    """Set what `transform` and `fit_transform` return: an array or a DataFrame.

    Without this, scikit-learn's setting `transform_output` holds, if scikit-learn is loaded.

    Parameters
    ----------
    transform : str, default None
        "default" for an array, "pandas" or "polars" for a DataFrame with the names of `get_feature_names_out` (codes
        with axes are flattened). pandas keeps the index of X. None leaves the setting as it is.

    Returns
    -------
    Autoencoder
        The estimator itself.

    Raises
    ------
    ValueError
        For another name.

    Examples
    --------
    >>> import pandas, npae
    >>> X = pandas.DataFrame({"a": [0.0, 1.0, 2.0], "b": [1.0, 0.0, 1.0]}, index=["x", "y", "z"])
    >>> codes = npae.Autoencoder([1], epochs=1).set_output(transform="pandas").fit_transform(X)
    >>> list(codes), list(codes.index)
    (['autoencoder0'], ['x', 'y', 'z'])
    """
    if transform is not None:
        _check_container(transform)
        self.__dict__["_sklearn_output_config"] = {"transform": transform}  # scikit-learn's name for it
    return self


def _contained(model: Autoencoder, codes: FloatArray, X: Any) -> Any:
    """Return codes as the array or the DataFrame that `set_output`, or else scikit-learn's setting, asks for."""
    config: dict[str, Any] = getattr(sys.modules.get("sklearn"), "get_config", dict)()
    wanted = model.__dict__.get("_sklearn_output_config", {}).get("transform", config.get("transform_output"))
    if wanted in (None, "default"):
        return codes
    _check_container(wanted)
    try:
        library = importlib.import_module(wanted)
    except ImportError as error:
        raise ImportError(
            f"transform={wanted!r} must have {wanted}, got none. Install it: pip install {wanted}."
        ) from error
    table, names = codes.reshape(len(codes), -1), model.get_feature_names_out().tolist()
    if wanted == "polars":
        return library.DataFrame(table, schema=names, orient="row")
    index = X.index if isinstance(X, (library.DataFrame, library.Series)) else None
    return library.DataFrame(table, index=index, columns=names)


def _check_container(name: object) -> None:
    if name not in CONTAINERS:
        raise ValueError(f"transform must be one of {', '.join(map(repr, CONTAINERS))}, got {name!r}.")
