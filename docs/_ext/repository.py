"""Where the repository is on the web, by the addresses in setup.cfg."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def addresses() -> dict[str, str]:
    """Return the project's own addresses that `project_urls` names, by their names in lower case."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["metadata"].get("project_urls", "").strip().splitlines()
    return {name.strip().lower(): url.strip().rstrip("/") for name, _, url in (line.partition("=") for line in lines)}


def own_links() -> list[str]:
    """Return patterns of links to the project's own addresses.

    What they lead to is in this checkout, and is on the web only once it is published.
    """
    return [f"{re.escape(address)}(/.*|#.*)?$" for address in sorted({*addresses().values()})]


def address() -> str:
    """Return the address of the repository, or nothing."""
    urls = addresses()
    return next((urls[name] for name in ("source", "source code", "repository", "homepage") if name in urls), "")


ADDRESS = address()
