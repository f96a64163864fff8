"""Write the tables of docs/dependencies.md from setup.cfg and from what is installed.

    python docs/licences.py

A licence that the page states for something that is not installed here stays as it is.
"""

from __future__ import annotations

import configparser
import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "dependencies.md"
FOR_USERS = ("images", "parquet", "onnx", "tensorboard", "search", "distributed")
CLASSIFIERS = {  # the part of a classifier -> the identifier that the project's licence has (https://spdx.org/licenses)
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-based",
}
FIELDS = {"BSD 3-Clause": "BSD-3-Clause", "3-clause BSD": "BSD-3-Clause"}  # what the field License says in words
ROW = re.compile(r"^\| (\w[\w.-]*) \| (\S+) \| (.+?) \| (.+) \|$", re.MULTILINE)
LONGEST = 40  # characters of a licence that is an identifier, not its text


def main() -> None:
    """Write the page."""
    text = PAGE.read_text(encoding="utf-8")
    for heading, extras in parts().items():
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows(extras, stated(text)))
        pattern = rf"(## {heading}\n.*?\| --- \| --- \| --- \| --- \|\n)(?:\|[^\n]*\n)*"
        text = re.sub(pattern, lambda found, table=table: f"{found[1]}{table}\n", text, flags=re.DOTALL)
    PAGE.write_text(text, encoding="utf-8")


def parts() -> dict[str, tuple[str, ...]]:
    """Return the extras of each table, by its heading; "" stands for what npae always needs."""
    others = tuple(name for name in requirements() if name and name not in FOR_USERS)
    return {"What npae needs": ("",), "What its extras need": FOR_USERS, "What work on npae needs": others}


def requirements() -> dict[str, dict[str, str]]:
    """Return the least version of each requirement by its name, for each extra and for "", npae itself."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = {"": config["options"]["install_requires"], **config["options.extras_require"]}
    return {extra: dict(_requirement(line) for line in text.split("\n") if line) for extra, text in lines.items()}


def _requirement(line: str) -> tuple[str, str]:
    name, least = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?(?:>=(\S+))?", line).groups()
    return name, least or "any"


def rows(extras: tuple[str, ...], known: dict[str, str]) -> list[list[str]]:
    """Return the rows of a table: name, least version, licence, and what for."""
    found: dict[str, tuple[str, list[str]]] = {}
    for extra in extras:
        for name, least in requirements()[extra].items():
            found.setdefault(name, (least, []))[1].append(extra or "npae")
    ordered = sorted(found.items(), key=lambda item: item[0].lower())
    return [
        [name, least, licence_of(name) or known.get(name, "unknown"), ", ".join(where)]
        for name, (least, where) in ordered
    ]


def stated(text: str) -> dict[str, str]:
    """Return the licences in a page by the names of the packages."""
    return {name: licence for name, _, licence, _ in ROW.findall(text)}


def licence_of(name: str) -> str | None:
    """Return the identifier of an installed package's licence, None where it is not installed or does not say."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    given = about.get("License-Expression") or ""
    if not given:
        given = next((known for part, known in CLASSIFIERS.items() if part in str(about.get_all("Classifier"))), "")
    if not given:
        field = about.get("License") or ""
        given = next((known for words, known in FIELDS.items() if words in field), field)
    return given if 0 < len(given) <= LONGEST else None


if __name__ == "__main__":
    main()
