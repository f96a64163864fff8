"""What the reference shows of a class."""

from __future__ import annotations

import importlib
import inspect


def found(fullname: str) -> type:
    """Return the class of a dotted name."""
    module, _, name = fullname.rpartition(".")
    return getattr(importlib.import_module(module), name)


def public_bases(fullname: str) -> list[str]:
    """Return the dotted names of the bases that have a page of their own."""
    import npae

    bases = [base for base in found(fullname).__mro__[1:] if base.__module__.startswith("npae")]
    return [f"npae.{base.__name__}" for base in bases if getattr(npae, base.__name__, None) is base]


def own_members(fullname: str) -> list[str]:
    """Return the public methods and properties that no public base documents, in the order of their definition."""
    cls = found(fullname)
    public = [found(base) for base in public_bases(fullname)]
    names: dict[str, None] = {}
    for base in cls.__mro__:
        if not base.__module__.startswith("npae") or base in public:
            continue
        for name, thing in vars(base).items():
            function = thing.fget if isinstance(thing, property) else getattr(thing, "__func__", thing)
            is_documented = (inspect.isfunction(function) or isinstance(thing, property)) and inspect.getdoc(function)
            is_routing = name.startswith("set_") and name.endswith("_request")  # scikit-learn's, alike for each method
            is_shown = not name.startswith("_") and not is_routing and is_documented
            if is_shown and not any(name in dir(above) for above in public):
                names[name] = None
    return list(names)
