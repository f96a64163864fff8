"""Parameters by name, in the way of scikit-learn and without importing it."""

from __future__ import annotations

import dataclasses
import inspect
import numbers
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Union

from ..initializers import INITIALIZERS
from ..losses import LOSSES
from ..optimize import OPTIMIZERS
from ..settings.description import Description
from . import metadata_requests, notebook_view, sklearn_contract

if TYPE_CHECKING:
    from .autoencoder import Autoencoder
    from .classifier import Classifier

Model: TypeAlias = Union["Autoencoder", "Classifier"]  # an estimator with a network
NAMED = {  # what the names of these parameters stand for
    "optimizer": {**OPTIMIZERS, "auto": OPTIMIZERS["adam"]},
    "loss": LOSSES,
    "init": INITIALIZERS,
}
Self = TypeVar("Self", bound="Estimator")


class Estimator:
    """Parameters by name: the constructor only stores them, and `fit` validates them.

    Nested parameters reach into descriptions and lists of them: `optimizer__eta`, `encoder__0__units`. A method with
    arguments besides X and y brings a method such as `set_fit_request` along, for scikit-learn's metadata routing.
    """

    get_metadata_routing = metadata_requests.get_metadata_routing
    _metadata_request = property(metadata_requests.stored_request)
    __sklearn_clone__ = sklearn_contract.sklearn_clone
    _repr_html_ = notebook_view.html

    if TYPE_CHECKING:  # made for each class by `add_request_methods`
        set_fit_request: Callable[..., Any]
        set_partial_fit_request: Callable[..., Any]
        set_predict_request: Callable[..., Any]
        set_score_request: Callable[..., Any]
        set_transform_request: Callable[..., Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        metadata_requests.add_request_methods(cls)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's parameters by name.

        Parameters
        ----------
        deep : bool, default True
            Whether nested parameters are returned too.

        Returns
        -------
        dict of str to object
            The parameters.
        """
        names = inspect.signature(type(self)).parameters
        params = {name: getattr(self, name) for name in names}
        if deep:
            for name in names:
                params.update({f"{name}__{inner}": value for inner, value in _nested(params[name])})
        return params

    def set_params(self: Self, **params: Any) -> Self:
        """Set parameters by name.

        Parameters
        ----------
        **params : object
            The parameters, nested ones too.

        Returns
        -------
        Estimator
            The estimator itself.

        Raises
        ------
        ValueError
            For an unknown name.
        """
        names = inspect.signature(type(self)).parameters
        for name in sorted(params, key=lambda name: name.count("__")):
            head, *path = name.split("__")
            if head not in names:
                known = ", ".join(names)
                raise ValueError(f"parameter must be one of {known} for {type(self).__name__}, got {head!r}.")
            value = getattr(self, head)
            if path and isinstance(value, str):
                value = NAMED.get(head, {}).get(value, value)  # type: ignore[attr-defined]  # tables of different types
            setattr(self, head, _replaced(value, path, params[name], name))
        return self

    def __repr__(self) -> str:
        defaults = {name: p.default for name, p in inspect.signature(type(self)).parameters.items()}
        params = ((name, getattr(self, name)) for name in defaults)
        changed = (f"{name}={value!r}" for name, value in params if repr(value) != repr(defaults[name]))
        return f"{type(self).__name__}({', '.join(changed)})"


def _nested(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) for everything inside a description or a list of them."""
    if isinstance(value, Description) and dataclasses.is_dataclass(value):
        items = [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
    elif isinstance(value, (list, tuple)):
        items = [(str(i), item) for i, item in enumerate(value)]
    else:
        return
    for name, item in items:
        yield name, item
        for inner, deep in _nested(item):
            yield f"{name}__{inner}", deep


def _replaced(value: Any, path: list[str], new: Any, name: str) -> Any:
    """Return a copy of `value` in which the part that `path` names is `new`."""
    if not path:
        return new
    head, *rest = path
    fields = dataclasses.fields(value) if isinstance(value, Description) and dataclasses.is_dataclass(value) else ()
    if head in {field.name for field in fields}:
        return dataclasses.replace(value, **{head: _replaced(getattr(value, head), rest, new, name)})
    if isinstance(value, (list, tuple)) and head.isdigit() and int(head) < len(value):
        items = [_replaced(item, rest, new, name) if i == int(head) else item for i, item in enumerate(value)]
        return type(value)(items)
    layer = name.startswith(("encoder__", "decoder__")) and isinstance(value, numbers.Integral)
    hint = f" Write Dense({value}, ...) for {value}, whose fields have names." if layer else ""
    raise ValueError(f"parameter {name!r} must name something inside {value!r}, got {head!r}.{hint}")
