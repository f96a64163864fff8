"""The logo and the icon, drawn: an hourglass of pixels, five numbers through two and back."""

from __future__ import annotations

from pathlib import Path

COLUMNS = (5, 4, 2, 4, 5)
INK = {5: "#0b5394", 4: "#3d85c6", 2: "#e69138"}


def write(folder: Path) -> None:
    """Write logo.svg and favicon.svg into a folder, where they are not there yet as they should be."""
    folder.mkdir(exist_ok=True)
    for name, margin in (("logo", 2), ("favicon", 0)):
        path, picture = folder / f"{name}.svg", hourglass(margin)
        if not path.exists() or path.read_text(encoding="utf-8") != picture:
            path.write_text(picture, encoding="utf-8")


def hourglass(margin: float) -> str:
    """Return the picture as SVG: a column of squares for each layer."""
    side, step = 8, 10
    places = [
        (margin + step * x, margin + step * (y + (5 - n) / 2), n) for x, n in enumerate(COLUMNS) for y in range(n)
    ]
    squares = [f'<rect x="{x}" y="{y:g}" width="{side}" height="{side}" rx="2" fill="{INK[n]}"/>' for x, y, n in places]
    size = 48 + 2 * margin
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" aria-label="npae">'
    return "\n".join([head, *squares, "</svg>\n"])
