"""The messages in npae's source: what each `raise` and `warn` says, with ... for what is filled in."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

GAP = "..."
CLASSES = ("Error", "Warning", "NotConverged", "CollapsedCode", "NoBetterThanMean", "TrainingDiverged")
Names = dict[str, list[ast.expr]]  # what names stand for


def messages_of(folder: Path) -> dict[str, str]:
    """Return the beginnings of all messages, each with the place that it comes from."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node, names in _with_names(tree):
            for message in _said(node, names):
                found.setdefault(message.partition(", got")[0].strip(), f"{path.relative_to(folder).as_posix()}:{node.lineno}")
    return found


def _with_names(tree: ast.Module) -> Iterator[tuple[ast.AST, Names]]:
    """Yield each node with what the names around it stand for: those of its module, and of the function it is in."""
    own = _assigned(tree.body)
    pending: list[tuple[ast.AST, Names]] = [(tree, own)]
    while pending:
        node, names = pending.pop()
        yield node, names
        for child in ast.iter_child_nodes(node):
            inner = {**names, **_assigned(child.body)} if isinstance(child, ast.FunctionDef) else names
            pending.append((child, inner))


def _assigned(body: list[ast.stmt]) -> Names:
    values: Names = {}
    pending: list[ast.AST] = [*body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Assign):
            for name, value in _pairs(node.targets[0], node.value):
                values.setdefault(name, []).append(value)
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            pending.extend(ast.iter_child_nodes(node))
    return values


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, other)


def _said(node: ast.AST, names: Names) -> list[str]:
    """Return what a statement says if it raises an error, warns, or makes either."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return _spoken(node.exc, names)
    if not isinstance(node, ast.Call) or not node.args:
        return []
    if _name(node.func).endswith(CLASSES):
        return _spoken(node, names)
    if _name(node.func) == "warn" or ast.unparse(node.func) == "doubts.append":
        return _texts(node.args[0], names)
    if _name(node.func) == "check" and len(node.args) >= 3:  # of plots: "{what} must be {rule}"
        parts = itertools.product(_texts(node.args[0], names), _texts(node.args[2], names))
        return [f"{what} must be {rule}" for what, rule in parts]
    return []


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _spoken(call: ast.Call, names: Names) -> list[str]:
    """Return what an exception says: of an OSError (number, text, path), the text."""
    return [text for argument in call.args[:2] for text in _texts(argument, names) if text.strip(" .")]


def _texts(node: ast.expr, names: Names, depth: int = 3) -> list[str]:
    """Return the texts that an expression may be, with a gap for what is not known here."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else [GAP]
    if isinstance(node, ast.FormattedValue):
        return _texts(node.value, names, depth)
    if isinstance(node, ast.JoinedStr):
        parts = [_texts(part, names, depth) for part in node.values]
        return ["".join(part) for part in itertools.islice(itertools.product(*parts), 64)]
    if isinstance(node, ast.BinOp):
        both = itertools.product(_texts(node.left, names, depth), _texts(node.right, names, depth))
        return ["".join(pair) for pair in both]
    if isinstance(node, ast.IfExp):
        return _texts(node.body, names, depth) + _texts(node.orelse, names, depth)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "rstrip":
        return _texts(node.func.value, names, depth)
    if isinstance(node, ast.Name) and depth and node.id in names:
        found = [text for value in names[node.id] for text in _texts(value, names, depth - 1)]
        return found or [GAP]
    return [GAP]
