"""The reference of the site holds every public name, and every public class shows how it is used."""

import inspect
import re
from pathlib import Path

from looped import in_one_test
from numpydoc.docscrape import NumpyDocString

import npae

PAGES = Path(__file__).parents[2] / "docs" / "reference"
MODULES = [npae, *(thing for name in npae.__all__ if inspect.ismodule(thing := getattr(npae, name)))]
AUTOSUMMARY = re.compile(r"\.\. currentmodule:: (\S+)\n\n\.\. autosummary::\n(?:   :.*\n)*\n((?:   \S+\n)+)")
DATA = re.compile(r"\.\. py:data:: (\S+)")


def listed():
    """Return the dotted names that the pages list, as often as they do."""
    names = []
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for module, block in AUTOSUMMARY.findall(text):
            names += [f"{module}.{name}" for name in block.split()]
        names += DATA.findall(text)
    return names


def public():
    """Return the dotted names of everything public that is no module, once: as npae.X where it is there too."""
    names = {}
    for module in MODULES:
        for name in module.__all__:
            thing = getattr(module, name)
            if not inspect.ismodule(thing) and getattr(npae, name, None) is not thing:
                names[f"{module.__name__}.{name}"] = thing
            elif not inspect.ismodule(thing):
                names[f"npae.{name}"] = thing
    return names


CLASSES = sorted(name for name, thing in public().items() if inspect.isclass(thing))


def test_every_public_name_is_listed_once():
    names = listed()
    assert {*public()} - {*names} == set()
    assert {*names} - {*public()} == set()
    assert len(names) == len({*names})


@in_one_test("name", CLASSES)
def test_a_public_class_has_an_example(name):
    assert any(">>>" in line for line in NumpyDocString(inspect.getdoc(public()[name]))["Examples"])


def test_every_subject_is_in_the_table_of_contents():
    subjects = {page.stem for page in PAGES.glob("*.md")} - {"index"}
    contents = re.search(r"```{toctree}\n:maxdepth: 1\n\n(.*?)\n```", (PAGES / "index.md").read_text(), re.DOTALL)
    assert set(contents[1].split()) == subjects
