"""Every page is a doctest from top to bottom; those that take long run with `pytest -m slow`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from npae.datasets import load_images

DOCS = Path(__file__).parent
SLOW = {  # pages whose session takes more than a second, one a line
    "how_to/generate.md",
    "how_to/interpolate.md",
    "how_to/larger_than_memory.md",
    "how_to/look_at_a_model.md",
    "how_to/sweep_and_search.md",
    "quick_start.md",
    "scaling.md",
    "tutorials/denoising.md",
    "tutorials/letters.md",
    "tutorials/mnist_variational.md",
    "tutorials/more_than_one_machine.md",
    "tutorials/scipy_optimum.md",
    "tutorials/series_anomaly.md",
}

collect_ignore_glob = ["*.py", "_build/*", "gallery/*", "reference/generated/*"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow pages, before slow tests are deselected."""
    for item in items:
        if item.path.is_relative_to(DOCS) and item.path.relative_to(DOCS).as_posix() in SLOW:
            item.add_marker(pytest.mark.slow)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a page that `% needs: mnist` where these images are not on this machine."""
    if item.path.suffix == ".md":
        for name in re.findall(r"^% needs: (\S+)$", item.path.read_text(), re.MULTILINE):
            try:
                load_images(name)
            except FileNotFoundError:
                pytest.skip(f"{name} is not on this machine")
