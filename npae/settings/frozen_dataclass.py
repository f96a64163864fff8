"""`@dataclass(frozen=True)`, which compiles one function per class instead of six.

The standard decorator writes the source of a class's methods and compiles it. For the classes of npae, that took half
the time of `import npae`. Here only `__init__` is compiled, since its parameters are the class's own. The other methods
are closures over the names of the fields, with the same results. The fields themselves are the standard decorator's.
A class whose `__init__` does more than to store its arguments is left to the standard decorator as a whole.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import operator
import reprlib
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

_Class = TypeVar("_Class", bound=type)
_Field: TypeAlias = "dataclasses.Field[Any]"
_Fields: TypeAlias = "tuple[_Field, ...]"
_Methods: TypeAlias = dict[str, Callable[..., Any]]


def _dataclass(*, frozen: bool, eq: bool = True) -> Callable[[_Class], _Class]:
    """Return what `dataclasses.dataclass` returns for these options."""

    def decorate(cls: _Class) -> _Class:
        stand_in = _stand_in(cls)
        fields = dataclasses.fields(stand_in)
        if not frozen or not all(map(_is_plain, fields)):
            by_standard: Any = dataclasses.dataclass(frozen=frozen, eq=eq)
            return cast(_Class, by_standard(cls))
        _add_fields(cls, stand_in, fields, eq)
        _add_methods(cls, _init(cls, fields) | _repr(fields) | _immutable(cls, fields))
        if eq:
            _add_methods(cls, _comparison(fields))
        return cls

    return decorate


def _stand_in(cls: type) -> Any:
    """Return a class to which the standard decorator has given the fields of `cls`, compiling nothing."""
    types = inspect.get_annotations(cls)
    values = {name: getattr(cls, name) for name in types if hasattr(cls, name)}
    described = {"__annotations__": types, "__module__": cls.__module__, "__doc__": "Annotations and defaults."}
    bare: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(type(cls.__name__, (), {**values, **described}))
    bare.__dataclass_fields__ = _inherited_fields(cls) | bare.__dataclass_fields__
    return bare


def _inherited_fields(cls: type) -> dict[str, _Field]:
    fields: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        fields |= vars(base).get("__dataclass_fields__", {})
    return fields


def _is_plain(field: _Field) -> bool:
    """Return whether a field is a parameter of `__init__` like any other."""
    return field.init and not field.kw_only and field.default_factory is dataclasses.MISSING


def _add_fields(cls: type, stand_in: Any, fields: _Fields, eq: bool) -> None:
    """Give the class what `dataclasses.fields`, `replace`, `match` and a subclass's own decorator look for."""
    added = {name: vars(stand_in)[name] for name in ("__dataclass_fields__", "__replace__") if name in vars(stand_in)}
    added |= {"__dataclass_params__": _parameters(eq), "__match_args__": tuple(field.name for field in fields)}
    added |= {f.name: f.default for f in fields if isinstance(vars(cls).get(f.name), dataclasses.Field)}
    for name, value in added.items():
        setattr(cls, name, value)


def _add_methods(cls: type, methods: _Methods) -> None:
    """Give the class the methods that it does not define itself."""
    for name, method in methods.items():
        if vars(cls).get(name) is None:  # __hash__ is None where the class defines __eq__
            method.__name__, method.__qualname__, method.__module__ = name, f"{cls.__qualname__}.{name}", cls.__module__
            setattr(cls, name, method)


def _init(cls: type, fields: _Fields) -> _Methods:
    """Compile the constructor in the class's module, where its annotations are evaluated."""
    defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
    parameters = [f"{field.name}=..." if field.name in defaults else field.name for field in fields]
    body = [f"object.__setattr__(self, {field.name!r}, {field.name})" for field in fields]
    body += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    made: dict[str, Any] = {}
    source = f"def __init__({', '.join(['self', *parameters])}): {'; '.join(body) or 'pass'}"
    exec(source, vars(sys.modules[cls.__module__]), made)
    made["__init__"].__defaults__ = tuple(defaults.values())
    made["__init__"].__annotations__ = {field.name: field.type for field in fields} | {"return": None}
    return made


def _repr(fields: _Fields) -> _Methods:
    shown = [field.name for field in fields if field.repr]

    def text(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return {"__repr__": reprlib.recursive_repr()(text)}


def _immutable(cls: Any, fields: _Fields) -> _Methods:
    """Return methods that refuse to change an instance, or the fields of a subclass's instance."""
    names = {field.name for field in fields}

    def assign(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": assign, "__delattr__": delete}


def _comparison(fields: _Fields) -> _Methods:
    """Return equality and hash of the tuple of the values."""
    compared = _values(field.name for field in fields if field.compare)
    hashed = _values(field.name for field in fields if (field.compare if field.hash is None else field.hash))

    def equal(self: Any, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_of_values(self: Any) -> int:
        return hash(hashed(self))

    return {"__eq__": equal, "__hash__": hash_of_values}


def _values(names: Iterable[str]) -> Callable[[Any], tuple[Any, ...]]:
    listed = tuple(names)
    if len(listed) > 1:
        return operator.attrgetter(*listed)
    return lambda instance: tuple(getattr(instance, name) for name in listed)


@functools.cache
def _parameters(eq: bool) -> Any:
    """Return the note by which a subclass's decorator sees that its base is frozen."""
    example: Any = dataclasses.dataclass(frozen=True, eq=eq)(type("_", (), {"__doc__": "No fields."}))
    return example.__dataclass_params__


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass
