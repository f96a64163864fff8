"""The documents lead somewhere: links, anchors, paths and names in them exist, and their Python is Python."""

import ast
import configparser
import functools
import importlib
import re
from collections import Counter
from pathlib import Path

from looped import in_one_test

import npae

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\[\]]*\]\(([^()\s]+)\)")  # an image's link too
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```(\w*|{plot}.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"(?:npae|data|experiments|benchmarks|tests|docs|\.ci)/[\w./-]*")
GENERATED = ("data/mnist", "docs/_build", "docs/gallery", "docs/reference/generated")  # the reader's own, or built
HISTORY = "CHANGELOG.md"  # names what is gone

BUILT = {"_build", "gallery", "generated"}  # folders that the site's build writes
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(p for p in (ROOT / "docs").rglob("*.md") if not BUILT & {*p.parts})])
PRESENT = [path for path in DOCUMENTS if path.name != HISTORY]


def each(paths):
    """Run a test with each document."""
    return in_one_test("path", paths, ids=lambda path: path.relative_to(ROOT).as_posix())


def prose(path):
    """Return a document without its blocks of code."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(text):
    """Return the anchors of all headings, as GitHub makes them."""
    seen, found = Counter(), set()
    for heading in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE):
        anchor = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def broken(path, text):
    """Return the links of a text at `path` that lead nowhere; those to other sites are not followed."""
    lost = []
    for link in LINK.findall(text):
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(prose(target))):
            lost.append(link)
    return lost


def paths_in(text):
    """Return the paths of the project that stand in backticks or in commands."""
    spoken = [*CODE.findall(FENCE.sub("", text)), *(body for _, body in FENCE.findall(text))]
    return {path.rstrip("/.") for part in spoken for path in re.findall(rf"(?<![\w/.-]){PATH.pattern}", part)}


def resolves(name):
    """Return whether a dotted name such as npae.plots.history is a module of npae or something in one."""
    thing, reached = npae, "npae"
    for part in name.split(".")[1:]:
        reached += f".{part}"
        try:
            thing = getattr(thing, part)
        except AttributeError:
            try:
                thing = importlib.import_module(reached)
            except ModuleNotFoundError:
                return False
    return True


def test_the_documents_are_found():
    names = {str(path.relative_to(ROOT)) for path in DOCUMENTS}
    assert {
        "README.md",
        "CONTRIBUTING.md",
        "docs/glossary.md",
        "docs/studies/index.md",
        "docs/studies/letters.md",
    } <= names


@each(DOCUMENTS)
def test_every_link_leads_somewhere(path):
    assert broken(path, prose(path)) == []


def test_a_broken_link_is_noticed():
    text = "[a](README.md) [b](no.md) [c](#where) [d](README.md#where) ![e](docs/none.png) [f](https://npae.example/x)"
    assert broken(ROOT / "README.md", text) == ["no.md", "#where", "README.md#where", "docs/none.png"]


def test_anchors_are_those_of_github():
    text = '# S4.10 "Best" 1 and 2, for 10\n## Losses, penalties, noise\n## `CodeKL` sees\n## Why?\n## Why?'
    expected = {"s410-best-1-and-2-for-10", "losses-penalties-noise", "codekl-sees", "why", "why-1"}
    assert anchors(text) == expected


@each(PRESENT)
def test_every_path_exists(path):
    named = {name for name in paths_in(path.read_text(encoding="utf-8")) if not name.startswith(GENERATED)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


@functools.cache
def scripts():
    """Return the names of all files of Python."""
    folders = ("npae", "experiments", "benchmarks", "tests", "docs")
    return {script.name for folder in folders for script in (ROOT / folder).rglob("*.py")}


@each(PRESENT)
def test_every_script_that_is_named_without_its_folder_exists(path):
    named = {name for name in CODE.findall(prose(path)) if re.fullmatch(r"\w+\.py", name)}
    assert named <= scripts()


def test_paths_are_found_in_text_and_in_commands():
    text = "`npae/layers/` and `experiments/x.py`, not out/letters\n\n```sh\npython docs/y.py --out out/docs\n```\n"
    assert paths_in(text) == {"npae/layers", "experiments/x.py", "docs/y.py"}


@each(PRESENT)
def test_every_name_of_npae_exists(path):
    text = path.read_text(encoding="utf-8")
    spoken = [*CODE.findall(prose(path)), *(body for language, body in FENCE.findall(text) if language == "python")]
    names = {name for part in spoken for name in re.findall(r"(?<![\w./])npae(?:\.\w+)+", part)}
    assert {name for name in names if not resolves(name)} == set()


def test_a_name_that_is_gone_is_noticed():
    assert resolves("npae.optimize.bfgs")
    assert resolves("npae.plots.history")
    assert not resolves("npae.plots.nonsense")
    assert not resolves("npae.nonsense.history")


@each(DOCUMENTS)
def test_python_in_a_document_is_a_doctest_that_runs_or_can_be_read(path):
    """What stands in testpaths, pytest runs; other blocks must at least be Python."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    tested = config["tool:pytest"]["testpaths"].split()
    for language, body in FENCE.findall(path.read_text(encoding="utf-8")):
        if ">>>" in body:
            assert {path.relative_to(ROOT).as_posix(), path.relative_to(ROOT).parts[0]} & {*tested}
        elif language == "python":
            ast.parse(body)


def test_the_version_is_the_same_everywhere():
    citation, changes = (ROOT / "CITATION.cff").read_text(), (ROOT / HISTORY).read_text()
    assert re.findall(r"^version: (.*)$", citation, flags=re.MULTILINE) == [npae.__version__]
    assert f"## [{npae.__version__}] - " in changes


def test_every_claim_has_a_verdict_and_a_section():
    """Of 34 in all; the overview links to the section."""
    overview, sections = (ROOT / "docs" / "studies" / "index.md").read_text(), []
    for page in sorted((ROOT / "docs" / "studies").glob("*.md")):
        sections += re.findall(r"^## (S\d\.\d+) ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    claimed = re.findall(r"^\| (S\d\.\d+) .* \| .*(?:holds|fails).* \| \[page\]", overview, flags=re.MULTILINE)
    assert sorted(claimed) == sorted(sections)
    assert len(claimed) == 34


@each(DOCUMENTS)
def test_every_block_of_python_is_a_session_that_the_tests_run(path):
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert [block for block in blocks if not block.startswith(">>> ")] == []


@each(
    sorted((ROOT / "docs").glob("*.md"))
    + sorted((ROOT / "docs").glob("how_to/*.md"))
    + sorted((ROOT / "docs").glob("tutorials/*.md"))
)
def test_a_page_says_how_to_install_pandas_if_it_needs_it(path):
    text = path.read_text(encoding="utf-8")
    needed = re.search(r"^>>> import .*\bpandas\b|^>>> .*to_pandas\(", text, re.MULTILINE)
    assert not needed or re.search(r"pip install .*\bpandas\b", text)
