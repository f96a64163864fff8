"""How Sphinx builds the site: `python -m sphinx -W --keep-going -b html docs docs/_build/html`."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS / "_ext")]
os.environ.setdefault("MPLBACKEND", "agg")

import drawings  # noqa: E402
import inventories  # noqa: E402
import public_names  # noqa: E402
import repository  # noqa: E402

import npae  # noqa: E402

project = "npae"
author = copyright = "npae developers"
version = release = npae.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "docstring_formulas",
    "page_sessions",
    "repository_links",
]
exclude_patterns = ["_build", "_ext", "_templates", "gallery/**/*.ipynb", "**/*.py.md5"]
nitpick_ignore_regex = [(r"py:.*", r".*")]
suppress_warnings = [
    "config.cache",  # settings below hold functions, which cannot be pickled and need not be
]

# Markdown: anchors are made as GitHub makes them, so that links work there too.
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "attrs_inline", "attrs_block", "substitution"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

# The reference comes from the docstrings.
autosummary_generate = sorted(f"reference/{page.name}" for page in (DOCS / "reference").glob("*.md"))
autosummary_context = {"own_members": public_names.own_members, "public_bases": public_names.public_bases}
autodoc_default_options = {"member-order": "bysource"}
default_role = "py:obj"
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # the docstrings have the types
templates_path = ["_templates"]
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# Links to the pages of other projects, where their inventories can be had (see _ext/inventories.py).
intersphinx_mapping = inventories.mapping(
    DOCS / "_build" / "inventories",
    python="https://docs.python.org/3/",
    numpy="https://numpy.org/doc/stable/",
    scipy="https://docs.scipy.org/doc/scipy/",
    sklearn="https://scikit-learn.org/stable/",
    matplotlib="https://matplotlib.org/stable/",
)

# The gallery: every script of examples/ is run, and its picture is the one that the run drew.
if any((ROOT / "examples").rglob("*.py")) and any((ROOT / "examples").glob("GALLERY_HEADER.*")):
    extensions.append("sphinx_gallery.gen_gallery")
    sphinx_gallery_conf = {
        "examples_dirs": str(ROOT / "examples"),
        "gallery_dirs": "gallery",
        "filename_pattern": r"\.py$",
        "subsection_order": [
            f"../examples/{name}"
            for name in ("code_space", "noise", "generate", "tables", "series", "training", "inside")
        ],
        "within_subsection_order": "ExampleTitleSortKey",
        "backreferences_dir": "reference/generated/used_in",
        "doc_module": ("npae",),
        "thumbnail_size": (560, 392),
        "remove_config_comments": True,
        "download_all_examples": False,
        "show_memory": False,
        "show_signature": False,
        "min_reported_time": 1,
        "matplotlib_animations": False,
    }

html_theme = "pydata_sphinx_theme"
html_title = f"npae {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_search_scorer = str(DOCS / "_static" / "scorer.js")
html_logo = "_static/logo.svg"
html_favicon = "_static/favicon.svg"
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_copy_source = False
html_theme_options = {
    "logo": {"text": "npae", "alt_text": "npae: home"},
    "header_links_before_dropdown": 5,
    "navbar_align": "left",
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "show_toc_level": 2,
    "back_to_top_button": False,
}
html_sidebars = {"index": [], "quick_start": [], "messages": [], "changelog": [], "glossary": []}
if repository.ADDRESS:
    html_theme_options["github_url"] = repository.ADDRESS

linkcheck_ignore = repository.own_links()  # tests/docs follows these in the checkout
linkcheck_timeout, linkcheck_retries = 20, 2
linkcheck_anchors_ignore_for_url = [r"https://github\.com/.*"]

drawings.write(DOCS / "_static")


def setup(app: object) -> None:
    """Let a section be without pages: the gallery is, where sphinx-gallery finds no examples."""
    logging.getLogger("sphinx.sphinx.directives.other").addFilter(lambda record: "toctree glob" not in str(record.msg))
