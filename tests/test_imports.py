"""The file listing is the architecture: rooms stand on floors, and import only from the floors below their own."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from looped import in_one_test

import npae

FLOORS = [  # from the ground up; docs/concepts/architecture.md draws them
    {"settings"},
    {"activations", "initializers", "metrics", "samples", "execution", "datasets"},
    {"layers", "optimize", "series"},
    {"losses", "penalties", "noise"},
    {"network"},
    {"training"},
    {"estimators"},
    {"plots", "explorer", "export", "distributed"},
    {"study"},
    {"command_line"},
    {"__main__"},
]
ROOT = Path(npae.__file__).parent
MODULES = sorted(path.relative_to(ROOT).with_suffix("").parts for path in ROOT.rglob("*.py"))


def imported(source, parts):
    """Return the modules and subpackages of npae that the module at `parts`, such as ("layers", "dense"), imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            package = ("npae", *parts[:-1])
            base = package[: len(package) + 1 - node.level] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            found |= {(*base, alias.name)[:2] for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {tuple(alias.name.split("."))[:2] for alias in node.names}
    return {module[-1] for module in found if module[0] == "npae"}


def not_below(source, parts):
    """Return what the module imports although it is in no room below its own."""
    mine = parts[0]
    floor = next(number for number, rooms in enumerate(FLOORS) if mine in rooms)
    return {name for name in imported(source, parts) if name != mine and name not in set().union(*FLOORS[:floor])}


@in_one_test("parts", [p for p in MODULES if p != ("__init__",)], ids="/".join)
def test_a_module_imports_only_from_the_floors_below(parts):
    source = (ROOT.joinpath(*parts)).with_suffix(".py").read_text(encoding="utf-8")
    assert not_below(source, parts) == set()


@in_one_test(
    ("source", "parts", "expected"),
    [
        ("from .network import Network", ("losses",), {"network"}),
        ("from . import network, training", ("losses",), {"network", "training"}),
        ("from ..network import Network", ("layers", "dense"), {"network"}),
        ("from .. import network", ("layers", "dense"), {"network"}),
        ("from npae import Network", ("losses",), {"Network"}),
        ("import npae", ("losses",), {"npae"}),
        ("import npae.network as n", ("losses",), {"network"}),
        ("def f():\n    from .network import Network", ("losses",), {"network"}),
        (
            "from .protocol import Layer\nfrom ..activations import ACTIVATIONS\nimport numpy",
            ("layers", "dense"),
            set(),
        ),
        ("from .dense import Dense", ("layers", "__init__"), set()),
    ],
)
def test_the_reader_of_imports_finds_every_form(source, parts, expected):
    assert not_below(source, parts) == expected


def test_no_file_name_stands_for_two_things():
    names = [parts[-1] for parts in MODULES if parts[-1] != "__init__"]
    assert sorted(names) == sorted(set(names))


def test_the_top_level_shows_what_a_user_says():
    assert len([parts for parts in MODULES if len(parts) == 1]) <= 12


def test_every_module_has_a_name_that_says_what_is_in_it():
    assert not {name for parts in MODULES for name in parts} & {"utils", "util", "core", "helpers", "common", "misc"}


@pytest.fixture(scope="module")
def new_process(tmp_path_factory):
    """Return what a new Python says of imports: npae's; its names, and those for them; its rooms'; a CSV file's."""
    code = """
import npae, sys
print(*{"matplotlib", "sklearn", "pandas", "tqdm", "dask", "PIL", "click"} & {*sys.modules})
print(*dir(npae))
print(*{"matplotlib", "npae.plots"} & {*sys.modules})
import npae.datasets.folders, npae.distributed, npae.study
print(*{"optuna", "dask", "distributed", "PIL"} & {*sys.modules})
from npae.command_line.data_sources import load_data
load_data(sys.argv[1])
print(*{"pandas", "pyarrow", "polars", "matplotlib"} & {*sys.modules})
"""
    table = tmp_path_factory.mktemp("data") / "data.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    command = [sys.executable, "-c", code, table]
    done = subprocess.run(command, cwd=ROOT.parent, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


def test_what_training_does_not_need_is_imported_on_first_use(new_process):
    """First by npae alone, then by its rooms that use Optuna and Dask."""
    assert (new_process[0], new_process[3]) == ("", "")


def test_nothing_of_pandas_is_imported_for_a_csv_file(new_process):
    assert new_process[4] == ""


def test_an_attribute_that_is_not_there_says_so():
    with pytest.raises(AttributeError, match="module 'npae' has no attribute 'nonsense'"):
        _ = npae.nonsense


def test_every_public_name_is_there():
    """Or comes when it is first used."""
    assert {name for name in npae.__all__ if name not in vars(npae)} <= {
        "plots",
        "study",
        "datasets",
        "distributed",
        "explorer",
        "export",
        "show_versions",
        "GradientMismatch",
        "GradientReport",
        "check_gradients",
    }


def test_tab_completion_shows_what_comes_when_it_is_first_used(new_process):
    listed, loaded = new_process[1:3]
    assert set(npae.__all__) | {"__version__"} <= set(listed.split())
    assert loaded == ""
    assert dir(npae) == sorted(set(dir(npae)))
