"""A written page as a value: a path, which a notebook shows."""

from __future__ import annotations

import html
import os
from pathlib import Path

MOST_SHOWN = 20_000_000  # characters of a page that a notebook holds


class Page(os.PathLike[str]):
    """A page that `npae.explorer.write` has written: the path of the file, which a notebook shows as the page itself.

    It stands wherever a path does, such as in `open(page)` or `Path(page)`.

    Parameters
    ----------
    path : str or os.PathLike
        The HTML file.
    height : int, default 900
        How high a notebook shows it, in pixels.

    Attributes
    ----------
    path : Path
        The HTML file.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(encoder=[8, 2], loss="bce", epochs=5, random_state=0).fit(letters.pixels)
    >>> page = npae.explorer.write(ae, "letters.html", data=letters)
    >>> page
    Page('letters.html')
    >>> page.path.suffix
    '.html'
    """

    def __init__(self, path: str | os.PathLike[str], height: int = 900) -> None:
        self.path = Path(path)
        self.height = height

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"Page({str(self.path)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Page) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def _repr_html_(self) -> str:
        """Return a frame that holds the whole page, so that the notebook shows it without the file."""
        name = html.escape(str(self.path))
        text = self.path.read_text(encoding="utf-8") if self.path.is_file() else ""
        if not text or len(text) > MOST_SHOWN:
            why = "is too large to be shown here" if text else "is no longer there"
            return f"<p>The page {name} {why}. Open it in a browser, or write it again.</p>"
        rights = 'sandbox="allow-scripts allow-downloads" allow="clipboard-write"'
        style = f'style="width: 100%; height: {self.height}px; border: 0"'
        return f'<iframe title="{name}" {rights} {style} srcdoc="{html.escape(text)}"></iframe>'
