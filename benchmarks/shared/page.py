"""The results in docs/performance.md: the text between two marks is replaced, the rest belongs to its author."""

import re

from benchmarks.shared import growth

BEGIN, END = "<!-- results: written by benchmarks/run.py -->", "<!-- end of results -->"


def check(path):
    """Raise ValueError unless `path` is a page that results can be written to."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"--write must be a page with the lines {BEGIN!r} and {END!r}, got {str(path)!r}.")


def machine(results):
    """Return the processor and its cores, as the lines above the table say."""
    return ", ".join(re.findall(r"^- (?:processor|cores): (.*)$", results, re.MULTILINE)).replace(", ", ", cores: ", 1)


def write(path, results, rows):
    """Put Markdown between the marks of a page, and the plot of [(entry, Row), ...] beside it, in images/growth.png."""
    head, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    tail = rest.partition(END)[2]
    if growth.draw(rows, path.parent / "images" / "growth.png", machine(results)):
        results += "\n\n![Growth with the number of unknowns and of samples](images/growth.png)"
    path.write_text(f"{head}{BEGIN}\n\n{results}\n\n{END}{tail}", encoding="utf-8")
