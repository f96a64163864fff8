"""The page as one file: markup, style, scripts and data in one text."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "page"
SCRIPTS = (
    *("windows", "recurrent", "network", "state", "distances", "picture", "curves", "drawing", "view", "marks"),
    *("labels", "legend", "axes", "regions", "plane", "badges", "pointer", "gestures", "panels", "pins", "slices"),
    *(
        "search",
        "worst",
        "editor",
        "strokes",
        "fields",
        "upload",
        "svg",
        "saving",
        "code_text",
        "link",
        "facts",
        "main",
    ),
)


def page_text(title: str, document: dict[str, Any]) -> str:
    """Join markup, style, scripts and data. Only scripts whose hash is in the page's policy can run."""
    style = (PAGE / "page.css").read_text(encoding="utf-8")
    script = "\n".join((PAGE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    parts = {
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
        "title": html.escape(title).encode("ascii", "xmlcharrefreplace").decode(),
        "style": style,
        "model": _safe_json(document),
        "script": script,
    }
    page = (PAGE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def _hash(text: str) -> str:
    """Return the hash of a style or a script as a content security policy wants it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _safe_json(document: dict[str, Any]) -> str:
    """Return ASCII JSON that is safe inside a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
