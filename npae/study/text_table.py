"""The cells and lines of a table as text."""

from __future__ import annotations

from typing import Any


def aligned(lines: list[list[str]]) -> list[str]:
    """Return the lines of a table, with all columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def quartiles(row: dict[str, Any], name: str) -> str:
    """Return the median of a column with its quartiles, "-" without any."""
    median, low, high = (row[f"{name}_{part}"] for part in ("median", "q1", "q3"))
    return "-" if median is None else f"{median:.3g} [{low:.3g}, {high:.3g}]"
