"""Formulas in docstrings, such as |z|, theta_ and (N, *shape), are text and not markup of reStructuredText."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

LITERAL = re.compile(r"(``.*?``|`[^`]*`_?)")
LAST_UNDERSCORE = re.compile(r"(?<=\w)_(?!\w)")
EMPHASIS = re.compile(r"\*\*?(?=\w)[^*\n]*[\w.?!]\*\*?")
PARAMETER = re.compile(r"\*+\w+ : ")  # numpydoc escapes it
LIST_ITEM = re.compile(r"- |\d\. |\.\. ")


def escape(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Make displayed formulas literal blocks, and escape what is no markup elsewhere, except in examples."""
    shown: list[str] = []
    last, kind, has_sections = "", "prose", False
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        has_sections = has_sections or after.startswith("---")
        if line.lstrip().startswith(">>>"):
            kind = "example"
        elif kind == "example" and not line.strip():
            kind = "prose"
        elif line.strip() and not line.startswith(" "):
            kind = "prose" if kind == "formula" else kind
        elif kind == "prose" and line.strip() and not (has_sections or LIST_ITEM.match(last)) and not shown[-1].strip():
            kind = "formula"
            shown += [".. code-block:: text", ""]
        shown.append(line if kind != "prose" or PARAMETER.match(line) else _escaped_line(line))
        last = line if line.strip() and not line.startswith(" ") else last
    lines[:] = shown


def _escaped_line(line: str) -> str:
    return "".join(part if i % 2 else _escaped(part) for i, part in enumerate(LITERAL.split(line)))


def _escaped(text: str) -> str:
    text = LAST_UNDERSCORE.sub(r"\_", text.replace("|", r"\|"))
    parts = re.split(r"(\*+[^*]+\*+)", text)
    return "".join(part if EMPHASIS.fullmatch(part) else part.replace("*", r"\*") for part in parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """Escape before numpydoc reads the docstring."""
    app.connect("autodoc-process-docstring", escape, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
