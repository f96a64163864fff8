"""The directive `{plot}`: runs the session of a page, compares what it prints, and shows the figures that it draws.

In a page that holds a `{plot}`, all blocks of doctest (```python and ```{plot}) are one session, which the build runs
from top to bottom in a temporary folder, as pytest does. After a `{plot}`, the figures that are open are shown and
closed. Matplotlib's own directive of this name does not work in Markdown, since MyST has no `insert_input`.

A page with the comment `% needs: mnist` runs where these images are. Elsewhere it says so and shows its code alone.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib
import os
import re
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import matplotlib as mpl
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from npae.datasets import load_images
from npae.plots.axes import Picture

logger = logging.getLogger(__name__)
DPI = 160
SHOWN_DPI = 100
BLOCK = re.compile(r"(^```python\n.*?^```$)", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"^% needs: (\S+)$", re.MULTILINE)
NOT_RUN = """:::{{note}}
This copy of the page was built without the images of {}, so its pictures are missing.
:::
"""
OPTIONS = re.compile(r"(^`{3,})\{plot\}\n(?::.*\n)*", re.MULTILINE)
HAS_PLOT = re.compile(r"^`{3,}\{plot\}", re.MULTILINE)
STYLE = {"font.size": 10, "figure.dpi": 100, "savefig.dpi": DPI, "figure.figsize": (6.4, 4.0), "axes.titlesize": 11}


class Session:
    """What a page has defined so far, in a temporary folder of its own."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.folder = tempfile.TemporaryDirectory()
        self.pictures: list[Any] = []  # of npae.plots, which pyplot does not know
        self.blocks = 0
        self.figures = 0

    def run(self, text: str, line: int) -> str:
        """Run a block and return what differs from what it promises."""
        said: list[str] = []
        test = doctest.DocTestParser().get_doctest(text, self.names, self.page, f"{self.page}.md", line)
        test.globs = self.names
        here = os.getcwd()
        os.chdir(self.folder.name)
        try:
            with mpl.rc_context(STYLE), _noting(self.pictures):
                doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
        finally:
            os.chdir(here)
        return "".join(said)


class Plot(SphinxDirective):
    """Run a block of the page's session and show the figures that it leaves open."""

    has_content = True
    optional_arguments = 1  # a function that draws, such as drawings.data_flow, instead of a block of the session
    option_spec: ClassVar[dict[str, Any]] = {
        "context": directives.unchanged,  # as in Matplotlib's directive; here, a page is always one session
        "nofigs": directives.flag,
        "alt": directives.unchanged,
        "hide-code": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the code as a literal block, and an image for each figure."""
        session = _session_of(self.env)
        if self.arguments:
            module, _, name = self.arguments[0].rpartition(".")
            with mpl.rc_context(STYLE):
                getattr(importlib.import_module(module), name)()
            return self._images(session)
        text = "\n".join(self.content) + "\n"
        differs = session.run(text, self.lineno)
        if differs:
            where = self.get_location()
            logger.warning("a block of the session does not print what the page says:\n%s", differs, location=where)
        shown: list[nodes.Node] = []
        if "hide-code" not in self.options:
            code = nodes.literal_block(text.rstrip(), text.rstrip())  # highlighted only if both are the same
            code["language"] = "pycon"
            self.set_source_info(code)
            shown.append(code)
        return shown + self._images(session)

    def _images(self, session: Session) -> list[nodes.Node]:
        from matplotlib import pyplot

        images: list[nodes.Node] = []
        figures = [*map(pyplot.figure, pyplot.get_fignums()), *session.pictures]
        for figure in figures if "nofigs" not in self.options else ():
            session.figures += 1
            images.append(self._image(figure, f"{session.page.replace('/', '-')}-{session.figures}.png"))
        pyplot.close("all")
        session.pictures.clear()
        return images

    def _image(self, figure: Any, name: str) -> nodes.Node:
        path = Path(self.env.app.doctreedir).parent / "sessions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})
        width, _ = struct.unpack(">II", path.read_bytes()[16:24])
        image = nodes.image(uri=os.path.relpath(path, Path(self.env.doc2path(self.env.docname)).parent))
        image["alt"] = self.options.get("alt", "the figure that the code above draws")
        image["width"] = f"{round(width * SHOWN_DPI / DPI)}px"
        image["classes"] = ["session-figure"]
        self.set_source_info(image)
        return image


@contextlib.contextmanager
def _noting(pictures: list[Any]) -> Iterator[None]:
    """Append the figures that npae.plots makes meanwhile."""

    def init(self: Picture, *args: Any, **options: Any) -> None:
        super(Picture, self).__init__(*args, **options)
        pictures.append(self)

    Picture.__init__ = init  # type: ignore[method-assign]  # only here
    try:
        yield
    finally:
        del Picture.__init__


def _session_of(env: Any) -> Session:
    """Return the session of the page that is being read."""
    if "npae_session" not in env.temp_data:
        env.temp_data["npae_session"] = Session(env.docname)
    return env.temp_data["npae_session"]


def run_all_blocks(app: Sphinx, docname: str, source: list[str]) -> None:
    """Make every doctest of a page that has a `{plot}` part of its session."""
    if name := missing(source[0]):
        source[0] = OPTIONS.sub(r"\1python\n", NEEDS.sub("", source[0]))
        source[0] = source[0].replace("\n## ", f"\n{NOT_RUN.format(name)}\n## ", 1)
    elif HAS_PLOT.search(source[0]):
        source[0] = "".join(_as_session(source[0]))


def missing(text: str) -> str | None:
    """Return the name of the images that a page needs and that are not on this machine, or None."""
    for name in NEEDS.findall(text):
        try:
            load_images(name)
        except FileNotFoundError:
            return str(name)
    return None


def _as_session(text: str) -> list[str]:
    """Return the pieces of a page, where ```python with a prompt has become ```{plot} without figures."""
    quiet = "```{plot}\n:nofigs:\n\n"
    return [
        piece.replace("```python\n", quiet, 1) if piece.startswith("```python\n") and ">>>" in piece else piece
        for piece in BLOCK.split(text)
    ]


def close_session(app: Sphinx, doctree: nodes.document) -> None:
    """Forget the session of a page that has been read."""
    session = app.env.temp_data.pop("npae_session", None)
    if session is not None:
        session.names.clear()
        session.folder.cleanup()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and its hooks."""
    app.add_directive("plot", Plot)
    app.connect("source-read", run_all_blocks)
    app.connect("doctree-read", close_session)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
