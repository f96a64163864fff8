"""Rows as a Markdown table."""

HEADER = ("what", "npae", "peer", "peer's", "ratio", "target", "", "note")


def table(rows):
    """Return rows as a Markdown table with columns of equal width."""
    return aligned([HEADER, *(_cells(row) for _, row in rows)])


def aligned(cells):
    """Return lines of cells, the first one a header, as a Markdown table with columns of equal width."""
    cells = list(cells)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells)


def _cells(row):
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    wanted = "" if row.target is None else f"{row.target:g}"
    if row.limit is not None:
        wanted += f"{', ' if wanted else ''}{shown(row.limit, row.unit)}"
    npae, peer = shown(row.npae, row.unit), shown(row.peer, row.unit)
    return row.what, npae, row.peer_name or "", peer, ratio, wanted and f"<= {wanted}", row.verdict, row.note


def shown(value, unit):
    """Return a measure as text: seconds as us, ms or s, other units as they are, and "" for None."""
    if value is None:
        return ""
    if unit != "s":
        return f"{value:.4g} {unit}"
    factor, unit = (1e6, "us") if value < 1e-3 else (1e3, "ms") if value < 1 else (1, "s")
    return f"{value * factor:.3g} {unit}"
