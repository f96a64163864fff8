"""Values of options as Python writes them, such as ``Adam(eta=0.01)``, read without running anything."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import click

from .. import losses
from ..settings.description import Description

NAMES = {"none": None, "true": True, "false": False}  # in lower case


def read_by(read: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Return a callback for an option, which makes a value of its text; ValueError becomes an error of usage."""

    def callback(_: click.Context, __: click.Parameter, text: Any) -> Any:
        try:
            return read(text) if isinstance(text, str) else text
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return callback


def parse_layers(text: str) -> Any:
    """Return the list of layers in a text such as ``29,23,2`` or ``Conv2D(8, 3),Flatten(),2``; None for ``none``.

    >>> parse_layers("29,23,2"), parse_layers("2")
    ([29, 23, 2], [2])
    """
    layers = parse_value(text)
    return list(layers) if isinstance(layers, (list, tuple)) else layers if layers is None else [layers]


def parse_value(text: str) -> Any:
    """Return what a text stands for: a literal, a description of npae with literal arguments, or else the text itself.

    ValueError for a call of something else, and for arguments that do not fit.

    >>> parse_value("0.01"), parse_value("tanh"), parse_value("none"), parse_value("L-BFGS-B")
    (0.01, 'tanh', None, 'L-BFGS-B')
    >>> parse_value("29,23,2"), parse_value("Adam(eta=0.01, adapt=AdaptiveEta())").eta
    ((29, 23, 2), 0.01)
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        if "(" in text:
            raise ValueError(f"{text!r} must be written as in Python, such as Adam(eta=0.01).") from None
        return text
    try:
        return _value(tree)
    except _NoValueError:
        return text


class _NoValueError(Exception):
    """A piece of Python that stands for no value: the text is a text."""


def _value(node: ast.expr) -> Any:
    """Return the value of a piece of Python."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return NAMES.get(node.id.lower(), node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        number = _value(node.operand)
        if isinstance(number, (int, float)):
            return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [_value(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    if isinstance(node, ast.Dict) and None not in node.keys:
        return _dict([key for key in node.keys if key is not None], node.values)
    if isinstance(node, ast.Call):
        return _description(node)
    raise _NoValueError


def _dict(keys: list[ast.expr], values: list[ast.expr]) -> dict[Any, Any]:
    items = [(_value(key), _value(value)) for key, value in zip(keys, values, strict=True)]
    try:
        return dict(items)
    except TypeError:
        got = ", ".join(map(ast.unparse, keys))
        raise ValueError(f"keys of a dict must be numbers or texts, got {got}.") from None


def _description(call: ast.Call) -> Description:
    """Return the layer, loss, optimizer or the like that a call makes."""
    name = ast.unparse(call.func).removeprefix("npae.")
    if name not in known_descriptions():
        hint = "Known are layers, optimizers, noises, penalties and the like: see --help."
        raise ValueError(f"value must be a description of npae such as Adam(eta=0.01), got {name}(...). {hint}")
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(word.arg is None for word in call.keywords):
        raise ValueError(f"arguments of {name} must be written out, got a star.")
    try:
        args = [_value(arg) for arg in call.args]
        return known_descriptions()[name](*args, **{str(word.arg): _value(word.value) for word in call.keywords})
    except _NoValueError:
        rule = f"arguments of {name} must be numbers, texts, lists or descriptions"
        raise ValueError(f"{rule}, got {ast.unparse(call)}.") from None
    except TypeError as error:
        raise ValueError(f"{name} must have arguments that it knows: {error}.") from error


@lru_cache(maxsize=1)
def known_descriptions() -> dict[str, type[Description]]:
    """Return the public descriptions of npae by name: layers, losses, optimizers, callbacks and the like."""
    package = importlib.import_module("npae")  # whose vars lack what nobody has used so far
    found = {**{name: getattr(package, name) for name in package.__all__}, **vars(losses)}
    return {name: cls for name, cls in found.items() if isinstance(cls, type) and issubclass(cls, Description)}
