"""Which arguments besides X and y a method wants from a meta-estimator: metadata routing as in scikit-learn.

What a method may ask for stands in its signature, so that a subclass with arguments of its own needs nothing else.
Every function here that imports scikit-learn is called by it, or by a user who has it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from .estimator import Estimator

Request: TypeAlias = bool | str | None
METHODS = (
    *("fit", "partial_fit", "predict", "predict_proba", "predict_log_proba", "decision_function", "score"),
    *("transform", "inverse_transform"),
)  # that scikit-learn routes to
UNCHANGED = "$UNCHANGED$"  # scikit-learn's mark of a request that stays as it is
SWITCH = "sklearn.set_config(enable_metadata_routing=True)"
DOC = """Say which arguments of `{0}` a meta-estimator, such as GridSearchCV, passes on.

        Without this, metadata routing refuses them.

        Parameters
        ----------
        {1} : bool, str or None, default "$UNCHANGED$"
            True passes an argument on, False leaves it out, None is an error where it is given, and a text is the name
            under which the meta-estimator gets it. The default leaves the request as it is.

        Returns
        -------
        Estimator
            The estimator itself.

        Raises
        ------
        TypeError
            For a name that `{0}` does not take.
        RuntimeError
            Unless scikit-learn's metadata routing is enabled.
        ImportError
            If scikit-learn is not installed.
        """


def metadata_of(estimator: type[Estimator], method: str) -> list[str]:
    """Return the arguments of a method, if there is one, that can be routed: all but X and y."""
    function = getattr(estimator, method, None)
    if not inspect.isfunction(function):
        return []
    _, *parameters = inspect.signature(function).parameters.values()
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.name not in ("X", "y") and p.kind not in several]


def add_request_methods(estimator: type[Estimator]) -> None:
    """Give a class `set_fit_request` and its like, one for each of its methods that takes something to be routed."""
    for method in METHODS:
        name, metadata = f"set_{method}_request", metadata_of(estimator, method)
        if metadata and (method in vars(estimator) or not hasattr(estimator, name)) and name not in vars(estimator):
            setattr(estimator, name, _request_method(estimator, method, metadata))


def get_metadata_routing(self: Estimator) -> Any:
    """Return scikit-learn's MetadataRequest of this estimator: what each of its methods asks for.

    Returns
    -------
    sklearn.utils.metadata_routing.MetadataRequest
        Nothing is requested until `set_fit_request` and its like are called.
    """
    from sklearn.utils.metadata_routing import MetadataRequest

    routing = MetadataRequest(owner=type(self).__name__)
    for method in METHODS:
        own = self.__dict__.get("_requests", {}).get(method, {})
        for name in metadata_of(type(self), method):
            getattr(routing, method).add_request(param=name, alias=own.get(name))
    return routing


def stored_request(self: Estimator) -> Any:
    """Return `get_metadata_routing()` where scikit-learn before 1.8 looks for it; AttributeError without it."""
    try:
        return self.get_metadata_routing()
    except ImportError as error:
        raise AttributeError("_metadata_request") from error


def _request_method(estimator: type[Estimator], method: str, metadata: list[str]) -> Callable[..., Estimator]:
    def set_request(self: Estimator, **requests: Request) -> Estimator:
        _check_requests(self, method, requests)
        changed = {name: value for name, value in requests.items() if value != UNCHANGED}
        before: dict[str, dict[str, Request]] = self.__dict__.get("_requests", {})
        self.__dict__["_requests"] = {**before, method: {**before.get(method, {}), **changed}}
        return self

    set_request.__name__ = f"set_{method}_request"
    set_request.__qualname__ = f"{estimator.__qualname__}.{set_request.__name__}"
    set_request.__module__, set_request.__doc__ = estimator.__module__, DOC.format(method, ", ".join(metadata))
    signature = inspect.signature(set_request)
    itself, several = signature.parameters.values()
    named = [several.replace(name=name, kind=several.KEYWORD_ONLY, default=UNCHANGED) for name in metadata]
    set_request.__signature__ = signature.replace(parameters=[itself, *named])  # type: ignore[attr-defined]  # of PEP 362
    return set_request


def _check_requests(estimator: Estimator, method: str, requests: dict[str, Request]) -> None:
    """Raise an error for an unknown name or value, and where scikit-learn would not route anything."""
    setter = f"set_{method}_request"
    try:
        from sklearn import get_config
        from sklearn.utils.metadata_routing import MetadataRequest
    except ImportError as error:
        raise ImportError(
            f"{setter} must have scikit-learn, got none. Install it: pip install scikit-learn."
        ) from error
    known = metadata_of(type(estimator), method)
    for name, value in requests.items():
        if name not in known:
            raise TypeError(f"{setter} must name arguments of {method} ({', '.join(known)}), got {name!r}.")
        if value != UNCHANGED:
            getattr(MetadataRequest(owner=type(estimator).__name__), method).add_request(param=name, alias=value)
    if not get_config().get("enable_metadata_routing", False):
        hint = f"Call {SWITCH} first."
        raise RuntimeError(f"{setter} must have metadata routing enabled, got it disabled. {hint}")
