"""Small pieces of HTML for notebooks: tables and curves. All text in them is escaped."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 320, 90  # of a curve, in pixels
POINTS = 400  # of a curve at most: a page stays small
CELL = "padding:2px 10px;border:0;text-align:{side};white-space:nowrap"
LINE = "border-top:1px solid #8888"


def escape(text: str) -> str:
    """Return a text as HTML shows it; the module html is imported on first use, since few see tables."""
    from html import escape

    return escape(text)


def html_table(header: Sequence[str], lines: Sequence[Sequence[str]], caption: str = "", left: int = 1) -> str:
    """Return a table; the first `left` columns and what is no number stand at the left."""
    right = [
        i >= left and any(line[i] for line in lines) and all(_is_number(line[i]) for line in lines)
        for i in range(len(header))
    ]
    rows = [_row("th", header, right), *(_row("td", line, right) for line in lines)]
    title = f'<caption style="text-align:left">{escape(caption)}</caption>' if caption else ""
    return f'<table style="border-collapse:collapse;{LINE}">{title}{"".join(rows)}</table>'


def _row(tag: str, cells: Sequence[str], right: Sequence[bool]) -> str:
    styles = [CELL.format(side="right" if side else "left") for side in right]
    return (
        "<tr>"
        + "".join(f'<{tag} style="{style}">{escape(cell)}</{tag}>' for cell, style in zip(cells, styles, strict=True))
        + "</tr>"
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "").removesuffix(" %") or "0")
    except ValueError:
        return cell in ("-", "")
    return True


def html_lines(lines: Sequence[str]) -> str:
    """Return lines of text."""
    return "".join(f"<div>{escape(line)}</div>" for line in lines)


def html_curves(curves: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Return one or two curves over the epochs as a picture, "" without any; logarithmic if all values are positive."""
    finite = [value for _, values in curves for value in values if _finite(value)]
    if len(finite) < 2:
        return ""
    log = min(finite) > 0
    low, high = (math.log(f(finite)) if log else f(finite) for f in (min, max))
    span, longest = (high - low) or 1.0, max(len(values) for _, values in curves)
    colours = ("#0072B2", "#E69F00")
    paths = []
    for (name, values), colour, dash in zip(curves, colours, ("", "4 3"), strict=False):
        points = _points(values, longest, lambda v: ((math.log(v) if log else v) - low) / span)
        style = f'fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dash}"'
        paths.append(f"<g><title>{escape(name)}</title>{_lines(points, style)}</g>")
    frame = f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" fill="none" stroke="#8888"/>'
    box = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">{frame}{"".join(paths)}</svg>'
    names = " and ".join(name + (" (dashed)" if i else "") for i, (name, _) in enumerate(curves))
    scale = ", logarithmic" if log else ""
    return f"<div>{picture}</div>" + html_lines([f"{names}, {min(finite):.4g} to {max(finite):.4g}{scale}"])


def _points(
    values: Sequence[float], longest: int, height: Callable[[float], float]
) -> list[tuple[float, float] | None]:
    """Return places in the picture, None where a value is not finite."""
    step = max(1, math.ceil(len(values) / POINTS))
    chosen = sorted({*range(0, len(values), step), len(values) - 1}) if len(values) else []
    across = (WIDTH - 12) / max(1, longest - 1)
    return [
        (6 + i * across, HEIGHT - 6 - (HEIGHT - 12) * height(values[i])) if _finite(values[i]) else None for i in chosen
    ]


def _lines(points: Sequence[tuple[float, float] | None], style: str) -> str:
    """Return the polylines that lead through the points, one for each piece without a gap."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    texts = (" ".join(f"{x:.1f},{y:.1f}" for x, y in (piece * 2 if len(piece) == 1 else piece)) for piece in pieces)
    return "".join(f'<polyline points="{text}" stroke-linecap="round" {style}/>' for text in texts if text)


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
