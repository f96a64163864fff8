"""A notebook shows whatever a plot function returns as a picture, pyplot imported or not."""

import ast
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.formatters import DisplayFormatter
from test_plots import CAPITALS, DRAWN, png

import npae

FORMATTER = DisplayFormatter()


def shown(thing):
    """Return the kinds of what a notebook would show, without text."""
    return set(FORMATTER.format(thing)[0]) - {"text/plain"}


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("name", DRAWN)
def test_what_a_plot_function_returns_is_shown(name):
    drawn = DRAWN[name][0]()
    if name == "history on given axes":
        return  # the caller's Axes stay what they are
    pictures, _ = FORMATTER.format(drawn)
    assert pictures.keys() - {"text/plain"} == {"image/png"}
    assert pictures["image/png"].startswith(b"\x89PNG")


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("name", DRAWN)
def test_what_is_returned_can_be_pickled(name):
    drawn = DRAWN[name][0]()
    again = pickle.loads(pickle.dumps(drawn))
    assert type(again) is type(drawn)
    assert png(again) == png(drawn)


def test_a_study_s_figures_are_shown():
    model = npae.Autoencoder([2], epochs=2, random_state=0)
    results = npae.study.repeat(model, CAPITALS.pixels, seeds=2, executor="serial")
    assert shown(results.plot()) == {"image/png"}


@pytest.mark.slow
def test_a_search_s_figures_are_shown_one_by_one_and_together():
    space = {"encoder": [[2], [3]]}
    model = npae.Autoencoder([2], epochs=2, random_state=0)
    figures = npae.study.search(model, CAPITALS.pixels, space, trials=2, executor="serial").figures()
    assert list(figures) == ["history", "importance", "slices"]
    assert all(shown(figure) == {"image/png"} for figure in figures.values())
    assert shown(figures) == {"text/html"}
    assert FORMATTER.format(figures)[0]["text/html"].count("<img ") == 3


CELL = """
import matplotlib
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib import pyplot
from matplotlib_inline.backend_inline import configure_inline_support
import npae

shell = InteractiveShell.instance()
matplotlib.use("module://matplotlib_inline.backend_inline")
configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
pyplot.ion()
X = np.random.default_rng(0).random((20, 16))
shell.user_ns["ae"] = npae.Autoencoder([8, 2], epochs=2, random_state=0).fit(X)
shell.user_ns |= {"X": X, "npae": npae, "pyplot": pyplot}
for code in ("npae.plots.history(ae)", "npae.plots.latent_space(ae, X)", "pyplot.figure(); 1"):
    with capture_output() as captured:
        result = shell.run_cell(code, silent=False)
    kinds = sorted({*shell.display_formatter.format(result.result)[0]} - {"text/plain"})
    print(len(captured.outputs), *kinds)
"""


@pytest.mark.slow
def test_the_inline_backend_shows_no_picture_twice():
    """It shows pyplot's figures after a cell, such as that of the third, and npae's are not among them."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CELL], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines() == ["0 image/png", "0 image/png", "1"]


def test_all_figures_are_made_in_one_place():
    made = set()
    for path in Path(npae.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if not re.search(r"(Figure|subplots|figure)\s*\(", source):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("Figure", "subplots", "figure"):
                made.add(path.name)
    assert made <= {"axes.py"}
