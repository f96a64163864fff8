"""npae's own `@dataclass(frozen=True)` makes what the standard one makes."""

import ast
import copy
import dataclasses
import inspect
import pickle
import sys
import types
import typing
from pathlib import Path

import pytest
from looped import in_one_test

import npae
from npae.settings import frozen_dataclass

SOURCE = '''
from __future__ import annotations
import dataclasses
from collections.abc import Sequence
from typing import ClassVar

class Base:
    """Not a dataclass."""
    tag: ClassVar[str] = "base"

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", getattr(self, "seen", 0) + 1)

@dataclass(frozen=True)
class Nothing:
    """No fields."""

@dataclass(frozen=True)
class One:
    """One field."""
    a: float

@dataclass(frozen=True)
class Several(Base):
    """A default, metadata, and fields that are not shown, not compared and not hashed."""
    limit: ClassVar[int] = 3
    a: int
    b: Sequence[float] = (1.0,)
    hidden: str = dataclasses.field(default="h", repr=False)
    beside: int = dataclasses.field(default=0, compare=False)
    unhashed: object = dataclasses.field(default=None, hash=False)
    noted: bool = dataclasses.field(default=False, metadata={"npae": "noted"})

@dataclass(frozen=True)
class Derived(Several):
    """A field more, and one with another default."""
    a: int = 5
    c: tuple[int, ...] = ()

@dataclass(frozen=True, eq=False)
class Identity(One):
    """Compared by its base's fields."""
    b: int = 2

@dataclass(frozen=True, eq=False)
class Alone:
    """Compared by identity."""
    a: int = 2

@dataclass(frozen=True)
class Own:
    """Methods that it defines itself."""
    a: int = 1

    def __repr__(self) -> str:
        return "own"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

@dataclass(frozen=True)
class Factory:
    """More than to store its arguments."""
    a: list[int] = dataclasses.field(default_factory=list)
    b: int = dataclasses.field(default=1, init=False)
    c: int = dataclasses.field(default=1, kw_only=True)
'''
CLASSES = ("Nothing", "One", "Several", "Derived", "Identity", "Alone", "Own", "Factory")
ARGUMENTS = {"Nothing": (), "One": (1.5,), "Several": (1,), "Identity": (1.5,)}
ROOT = Path(npae.__file__).parent


def made_by(decorator, name):
    """Return the module of SOURCE, with one decorator or the other."""
    module = types.ModuleType(name)
    module.dataclass = decorator
    sys.modules[name] = module
    exec(compile(SOURCE, name, "exec"), vars(module))
    return module


@pytest.fixture(scope="module")
def both():
    """Return the classes by npae's decorator, and by the standard one."""
    modules = [made_by(frozen_dataclass.dataclass, "by_npae"), made_by(dataclasses.dataclass, "by_standard")]
    yield modules
    for module in modules:
        del sys.modules[module.__name__]


def outcome(action):
    try:
        return action()
    except Exception as error:  # whatever it raises is compared
        return type(error).__name__, str(error)


def facts(module, name):
    """Return what can be seen of a class and its instances, without the module's name."""
    cls = getattr(module, name)
    args = ARGUMENTS.get(name, ())
    value, other = cls(*args), cls(*args)
    standard_child = dataclasses.dataclass(frozen=True)(
        type("Child", (cls,), {"__annotations__": {"z": "int"}, "z": 1})
    )
    return {
        "signature": str(inspect.signature(cls)),
        "types": str(outcome(lambda: typing.get_type_hints(cls.__init__))),
        "fields": [(f.name, f.type, f.default, f.repr, f.compare, f.hash, f.init, dict(f.metadata)) for f in
                   dataclasses.fields(cls)],
        "all": list(cls.__dataclass_fields__),
        "options": repr(cls.__dataclass_params__),
        "match": cls.__match_args__,
        "class attributes": {f: getattr(cls, f, "none") for f in cls.__dataclass_fields__},
        "names": [(getattr(cls, m).__name__, getattr(cls, m).__qualname__) for m in ("__init__", "__repr__")],
        "repr": repr(value),
        "equal": (value == other, value == 3, value != other, value == standard_child(*args)),
        "hash": outcome(lambda: hash(value) if name != "Alone" else None),
        "dict": outcome(lambda: dataclasses.asdict(value)),
        "replaced": repr(dataclasses.replace(value)),
        "copied": repr(copy.deepcopy(value)),
        "pickled": vars(pickle.loads(pickle.dumps(value))),
        "assigned": outcome(lambda: setattr(value, "a", 1)),
        "new": outcome(lambda: setattr(value, "nonsense", 1)),
        "deleted": outcome(lambda: delattr(value, "a")),
        "child": (repr(standard_child(*args)), outcome(lambda: setattr(standard_child(*args), "a", 1))),
        "too few": outcome(lambda: cls(nonsense=1)),
        "too many": outcome(lambda: cls(*range(20))),
        "not frozen": outcome(lambda: dataclasses.dataclass(type("Child", (cls,), {}))),
        "unset": outcome(lambda: repr(cls.__new__(cls))),
    }  # fmt: skip


@in_one_test("name", CLASSES)
def test_a_class_looks_and_acts_as_with_the_standard_decorator(name, both):
    ours, standard = (facts(module, name) for module in both)
    assert ours == standard


def test_a_plain_subclass_may_have_attributes_of_its_own_but_keeps_the_fields(both):
    for module in both:
        child = type("Child", (module.One,), {})(1.5)
        child.more = 2
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'a'"):
            child.a = 2
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'a'"):
            del child.a


def test_a_value_that_holds_itself_has_a_text(both):
    for module in both:
        held = []
        held.append(module.One(held))
        assert repr(held) == "[One(a=[...])]"
        assert repr(held[0]) == "One(a=[...])"


def imports_the_standard_one(source):
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)]
    return any(node.module == "dataclasses" and "dataclass" in {a.name for a in node.names} for node in imports)


def test_the_frozen_classes_of_npae_are_made_by_this_decorator():
    """Except where `__init__` makes a new list or dict, or the class has slots."""
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if imports_the_standard_one(text):
            assert "default_factory" in text or "slots=True" in text, path
