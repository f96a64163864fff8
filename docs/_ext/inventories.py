"""Links to other projects' pages (intersphinx) where their inventories can be had, and none elsewhere.

Sphinx warns if it cannot fetch an inventory, and a warning fails the build. So each inventory is fetched here, with a
short time-out, and kept. One that is neither reachable nor kept is left out: its links are plain text.
"""

from __future__ import annotations

import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SECONDS = 5


def mapping(folder: Path, **sites: str) -> dict[str, tuple[str, str]]:
    """Return intersphinx_mapping of those `sites` whose inventories are in `folder` or can be fetched into it."""
    if os.environ.get("NPAE_DOCS_OFFLINE"):
        sites = {}
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        kept = list(pool.map(lambda name: _kept(folder / f"{name}.inv", sites[name]), sites))
    return {name: (sites[name], str(folder / f"{name}.inv")) for name, there in zip(sites, kept, strict=True) if there}


def _kept(path: Path, url: str) -> bool:
    """Return whether the inventory is at `path`, fetching it if it is not."""
    if not path.exists():
        try:
            with urllib.request.urlopen(f"{url}objects.inv", timeout=SECONDS) as answer:
                content = answer.read()
        except OSError:
            return False
        if content.startswith(b"# Sphinx inventory"):
            path.write_bytes(content)
    return path.exists()
