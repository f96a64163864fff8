"""What a script leaves: results.json for programs, and tables of text for people."""

import json

import numpy as np

from npae.settings import archive


def save_results(folder, document):
    """Write a document to results.json in the folder, all or nothing."""
    archive.write_text(folder / "results.json", json.dumps(document, indent=1))


def table(lines, left=1):
    """Return rows of cells as text: columns of equal width, the first `left` of them aligned on the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    align = [str.ljust] * left + [str.rjust] * (len(widths) - left)
    cells = [[place(*cell) for place, *cell in zip(align, line, widths, strict=True)] for line in lines]
    return "\n".join("  ".join(line).rstrip() for line in cells)


def written(value, form):
    """Return a number as text in a format such as ".2f"; "-" where there is none."""
    return "-" if value is None or not np.isfinite(value) else f"{value:{form}}"
