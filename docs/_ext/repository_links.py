"""Links that lead out of docs: to a page that shows the file, or else to the repository on the web.

Pages link to files of the repository by relative paths, which work on GitHub and in an editor. Sphinx knows only the
files in docs. `{include}` of a file outside docs is replaced by its text, whose links are rewritten likewise.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import repository
from sphinx.application import Sphinx

LINK = re.compile(r"(!?)\[((?:[^\[\]]|\n(?!\n))*)\]\(([^()\s:]+)\)")
INCLUDE = re.compile(r"^```\{include\} (\S+)\n```$", re.MULTILINE)
LAST_LINE = re.compile(r"\n\n```$", re.MULTILINE)  # doctest needs an empty one, a reader does not
FENCE = re.compile(r"(^(`{3,}).*?^\2$)", re.MULTILINE | re.DOTALL)
SHOWN_BY = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "SECURITY.md": "security.md",
}


def lead_out(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put included files into the source of a page, and rewrite the links of both."""
    page = Path(app.env.doc2path(docname))

    def included(match: re.Match[str]) -> str:
        path = (page.parent / match[1]).resolve()
        app.env.note_dependency(str(path))
        return _rewritten(path.read_text(encoding="utf-8"), path.parent, page.parent)

    text = INCLUDE.sub(included, _rewritten(source[0], page.parent, page.parent))
    source[0] = LAST_LINE.sub("\n```", text)


def _rewritten(text: str, base: Path, folder: Path) -> str:
    """Return a text of folder `base` for a page in `folder`; blocks of code stay as they are."""
    pieces = FENCE.split(text)
    for i in range(0, len(pieces), 3):
        pieces[i] = LINK.sub(lambda match: _link(match, base, folder), pieces[i])
    return "".join(piece for i, piece in enumerate(pieces) if i % 3 != 2)


def _link(match: re.Match[str], base: Path, folder: Path) -> str:
    is_image, label, link = match.groups()
    name, hash_, anchor = link.partition("#")
    target = (base / name).resolve()
    if not name or not target.exists():
        return match[0]
    if target.is_relative_to(repository.ROOT / "docs"):
        return f"{is_image}[{label}]({Path(os.path.relpath(target, folder)).as_posix()}{hash_}{anchor})"
    path = target.relative_to(repository.ROOT).as_posix()
    if path in SHOWN_BY:
        shown = os.path.relpath(repository.ROOT / "docs" / SHOWN_BY[path], folder)
        anchored = "" if path == "README.md" else f"{hash_}{anchor}"
        return f"[{label}]({Path(shown).as_posix()}{anchored})"
    kind = "tree" if target.is_dir() else "blob"
    return f"[{label}]({repository.ADDRESS}/{kind}/main/{path}{hash_}{anchor})" if repository.ADDRESS else label


def setup(app: Sphinx) -> dict[str, bool]:
    """Rewrite each page before it is parsed, after nothing and before its session is found."""
    app.connect("source-read", lead_out, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
