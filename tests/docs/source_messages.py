"""The messages in npae's source: what each `raise` and `warn` says, with ... for what is filled in."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

GAP = "..."
VERDICTS = ("NotConverged", "CollapsedCode", "NoBetterThanMean", "FillsWorseThanMean")
CLASSES = ("Error", "Warning", *VERDICTS, "TrainingDiverged")
DEPTH = 3  # names and functions that are followed
Scopes = tuple[ast.Module | ast.FunctionDef, ...]  # the module, and the functions around a node
Names = dict[str, list[ast.expr | ast.FunctionDef]]  # what names stand for


def messages_of(folder: Path) -> dict[str, str]:
    """Return the beginnings of all messages, up to what was given instead, each with the place that it comes from."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node, scopes in _within(tree, (tree,)):
            for message in _said(node, scopes):
                place = f"{path.relative_to(folder).as_posix()}:{node.lineno}"
                found.setdefault(message.partition(", got")[0].strip(), place)
    return found


def _within(node: ast.AST, scopes: Scopes) -> Iterator[tuple[ast.Raise | ast.Call, Scopes]]:
    """Yield each `raise` and each call in a node, with the scopes that it is in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Raise, ast.Call)):
            yield child, scopes
        if not isinstance(child, (ast.Name, ast.Constant, ast.alias, ast.arguments)):
            yield from _within(child, (*scopes, child) if isinstance(child, ast.FunctionDef) else scopes)


def _said(node: ast.Raise | ast.Call, scopes: Scopes) -> list[str]:
    """Return what a statement says if it raises an error, warns, or makes either."""
    if isinstance(node, ast.Raise):
        return _spoken(node.exc, scopes) if isinstance(node.exc, ast.Call) else []
    if not node.args:
        return []
    name, of_type = _name(node.func), isinstance(node.func, ast.Call) and _name(node.func.func) == "type"
    if name.endswith(CLASSES) or of_type:
        return _spoken(node, scopes)
    if name == "warn" or (name == "append" and getattr(node.func.value, "id", "") == "doubts"):
        return _texts(node.args[0], _names(scopes))
    if name == "check" and len(node.args) >= 3:  # of plots: "{what} must be {rule}"
        parts = itertools.product(*(_texts(node.args[index], _names(scopes)) for index in (0, 2)))
        return [f"{what} must be {rule}" for what, rule in parts]
    return []


def _spoken(call: ast.Call, scopes: Scopes) -> list[str]:
    """Return what an exception says: of an OSError (number, text, path), the text."""
    return [text for argument in call.args[:2] for text in _texts(argument, _names(scopes)) if text.strip(" .")]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _names(scopes: Scopes) -> Names:
    return {name: values for scope in scopes for name, values in _assigned(scope).items()}


@cache
def _assigned(scope: ast.Module | ast.FunctionDef) -> Names:
    """Return what is assigned and defined in a scope, functions inside it left out."""
    values: Names = {}
    pending: list[ast.AST] = [*scope.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef):
            values.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign):
            for name, value in _pairs(node.targets[0], node.value):
                values.setdefault(name, []).append(value)
        elif not isinstance(node, (ast.ClassDef, ast.expr)):
            pending.extend(ast.iter_child_nodes(node))
    return values


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, other)


def _texts(node: ast.expr, names: Names, depth: int = DEPTH) -> list[str]:
    """Return the texts that an expression may be, with a gap for what is not known here."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else [GAP]
    if isinstance(node, ast.FormattedValue):
        return _texts(node.value, names, depth)
    if isinstance(node, (ast.JoinedStr, ast.BinOp)):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node.left, node.right]
        combined = itertools.product(*(_texts(part, names, depth) for part in parts))
        return ["".join(texts) for texts in itertools.islice(combined, 64)]
    if isinstance(node, ast.IfExp):
        return _texts(node.body, names, depth) + _texts(node.orelse, names, depth)
    if isinstance(node, ast.Call) and _name(node.func) == "rstrip":
        return _texts(node.func.value, names, depth)
    known = names.get(_name(node.func) if isinstance(node, ast.Call) else _name(node), ()) if depth else ()
    found = [text for value in known for text in _texts_of(value, isinstance(node, ast.Call), names, depth - 1)]
    return found or [GAP]


def _texts_of(known: ast.expr | ast.FunctionDef, called: bool, names: Names, depth: int) -> Iterator[str]:
    """Yield the texts that a name stands for, or that the function of this name returns."""
    if isinstance(known, ast.FunctionDef) and called:
        inner = {**names, **_assigned(known)}
        returned = (node.value for node in ast.walk(known) if isinstance(node, ast.Return) and node.value is not None)
        yield from itertools.chain.from_iterable(_texts(value, inner, depth) for value in returned)
    elif isinstance(known, ast.expr) and not called:
        yield from _texts(known, names, depth)
