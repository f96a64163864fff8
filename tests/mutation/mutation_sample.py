"""A random sample of mutants: one small change of one module each, by the operators of cosmic-ray.

A place is drawn first, then what happens to it, so that a place with many operators counts no more than another one.
The draw is by a checksum of the place, of its line and of the seed: while a module stays as it is, so do its mutants,
whatever happens to others. Annotations are no places, since nothing depends on them when a program runs, nor is
`strict=True` of a zip, which says that no caller hands over fewer.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import parso

WORDS = {"True", "False", "and", "or", "break", "continue"}
SIGNS = {"+", "-", "*", "/", "//", "%", "**", ">>", "<<", "|", "&", "^"}
STATEMENTS = {"if_stmt", "while_stmt", "assert_stmt", "for_stmt", "except_clause", "decorator"}
EXPRESSIONS = {"number", "comparison", "factor", "not_test", "test", "ternary"}


@dataclass(frozen=True)
class Place:
    """A node of a module's syntax tree, and its number in the draw."""

    number: int
    path: str
    kind: str
    start: tuple[int, int]
    end: tuple[int, int]


@dataclass(frozen=True)
class Mutant:
    """A changed module: where, in which function, the changed lines before and after, and all of its code."""

    path: str
    line: int
    function: str
    before: str
    after: str
    code: str

    @property
    def name(self) -> str:
        """Return what tells it from other mutants, whatever happens to the lines above."""
        return f"{self.path} {self.function} :: {self.before} :: {self.after}"


def sample(root: Path, paths: list[str], seed: int) -> Iterator[Mutant]:
    """Yield mutants of the modules in the order of the draw, one for each place."""
    sources = {path: (root / path).read_text(encoding="utf-8") for path in paths}
    drawn = sorted((place for path in paths for place in _places(sources[path], path, seed)), key=lambda p: p.number)
    for place in drawn:
        yield from _mutant(sources[place.path], place)


def _places(source: str, path: str, seed: int) -> list[Place]:
    lines, seen, found = source.splitlines(), Counter(), []
    for node in _nodes(_tree(source)):
        if not _may_change(node):
            continue
        row, column = node.start_pos
        line = lines[row - 1].strip()
        where = f"{seed} {path} {node.type} {column - lines[row - 1].index(line)} {line}"
        seen[where] += 1
        number = int.from_bytes(hashlib.sha256(f"{where} {seen[where]}".encode()).digest()[:8], "big")
        found.append(Place(number, path, node.type, node.start_pos, node.end_pos))
    return found


@cache
def _tree(source: str) -> parso.tree.NodeOrLeaf:
    """Return the syntax tree of a module, which nobody changes."""
    return parso.parse(source)


def _nodes(tree: parso.tree.NodeOrLeaf) -> Iterator[parso.tree.NodeOrLeaf]:
    left = [tree]
    while left:
        node = left.pop()
        yield node
        left += reversed(getattr(node, "children", ()))


def _may_change(node: parso.tree.NodeOrLeaf) -> bool:
    """Return whether an operator may act on a node; whether one does is asked only where it is drawn."""
    value = getattr(node, "value", "")
    if node.type == "if_stmt" and node.children[1].get_code().strip() == "TYPE_CHECKING":
        return False
    if (
        node.parent is not None
        and node.parent.type == "argument"
        and node.parent.children[0].get_code().strip() == "strict"
    ):
        return False
    known = node.type in STATEMENTS | EXPRESSIONS
    return (known or (node.type == "keyword" and value in WORDS) or value in SIGNS) and not _is_annotation(node)


def _is_annotation(node: parso.tree.NodeOrLeaf) -> bool:
    while node.parent is not None:
        node, inner = node.parent, node
        if node.type == "tfpdef" or (node.type == "annassign" and node.children[1] is inner):
            return True
        if node.type == "funcdef" and node.annotation is inner:
            return True
    return False


@cache
def _operators() -> list[object]:
    from cosmic_ray.operators.provider import OperatorProvider  # here, since only a sample needs the tool

    provider = OperatorProvider()
    classes = [provider[name] for name in provider]
    return [cls() for cls in classes if not getattr(cls, "arguments", tuple)()]


def _mutant(source: str, place: Place) -> Iterator[Mutant]:
    """Yield the mutant at a place: the first one, from a drawn one on, that is another program."""
    node = _find(_tree(source), place)
    choices = [(operator, i) for operator in _operators() for i in range(_positions(operator, node))]
    first = place.number % max(len(choices), 1)
    for operator, i in choices[first:] + choices[:first]:
        code = _changed(source, place, operator, i)
        if _is_another_program(source, code):
            line, before, after = difference(source, code)
            yield Mutant(place.path, line, _function_at(source, line), before, after, code)
            return


def _find(tree: parso.tree.NodeOrLeaf, place: Place) -> parso.tree.NodeOrLeaf:
    key = (place.kind, place.start, place.end)
    return next(node for node in _nodes(tree) if (node.type, node.start_pos, node.end_pos) == key)


def _positions(operator: object, node: parso.tree.NodeOrLeaf) -> int:
    try:
        return len(list(operator.mutation_positions(node)))
    except (AttributeError, IndexError):  # an except clause with a dotted name is more than the operator knows
        return 0


def _changed(source: str, place: Place, operator: object, i: int) -> str:
    tree = parso.parse(source)
    node = _find(tree, place)
    siblings = node.parent.children
    index = next(k for k, sibling in enumerate(siblings) if sibling is node)
    new = operator.mutate(node, i)
    siblings[index : index + 1] = [] if new is None else [new]
    return tree.get_code()


def _is_another_program(source: str, code: str) -> bool:
    try:
        return ast.dump(ast.parse(code)) != ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return False


def difference(source: str, code: str) -> tuple[int, str, str]:
    """Return the number of the first line that differs, and what differs before and after, as one line each."""
    old, new = source.splitlines(), code.splitlines()
    head = _in_common(old, new)
    tail = _in_common(old[head:][::-1], new[head:][::-1])
    before, after = (" ".join(" ".join(lines[head : len(lines) - tail]).split()) for lines in (old, new))
    return head + 1, before, after or "(removed)"


def _in_common(one: list[str], other: list[str]) -> int:
    """Return how many lines at the beginning are the same."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _function_at(source: str, line: int) -> str:
    """Return the dotted name of the function or class that a line belongs to."""
    names, body = [], ast.parse(source).body
    while True:
        around = [node for node in body if node.lineno <= line <= node.end_lineno or _decorates(node, line)]
        if not around:
            return ".".join(names) or "(module)"
        names += [around[0].name] if hasattr(around[0], "name") else []
        body = [node for node in ast.walk(around[0]) if node is not around[0] and _is_direct(node, around[0])]


def _decorates(node: ast.AST, line: int) -> bool:
    return any(decorator.lineno == line for decorator in getattr(node, "decorator_list", ()))


def _is_direct(node: ast.AST, parent: ast.AST) -> bool:
    """Return whether a node is a statement in one of the parent's blocks."""
    blocks = (getattr(parent, name, ()) for name in ("body", "orelse", "finalbody", "handlers"))
    return any(node is statement for block in blocks if isinstance(block, list) for statement in block)
