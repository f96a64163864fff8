"""Where the repository is on the web, by the addresses in setup.cfg."""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[2]


def address() -> str:
    """Return the address of the repository that `project_urls` names, or nothing."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["metadata"].get("project_urls", "").strip().splitlines()
    urls = {name.strip().lower(): url.strip().rstrip("/") for name, _, url in (line.partition("=") for line in lines)}
    return next((urls[name] for name in ("source", "source code", "repository", "homepage") if name in urls), "")


ADDRESS = address()
