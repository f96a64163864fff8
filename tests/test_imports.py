"""The file listing is the architecture: rooms stand on floors, and import only from the floors below their own."""

import ast
import importlib.util
import inspect
import json
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


FIRST_USE = [npae, npae.estimators, npae.layers, npae.optimize, npae.training]  # they import names when they are used
LATER = {  # what a bare `import npae` must not load
    *("matplotlib", "sklearn", "pandas", "tqdm", "dask", "distributed", "optuna", "PIL", "click", "onnx"),
    *(f"npae.{room}" for room in ("command_line", "datasets", "distributed", "explorer", "export", "plots", "study")),
    *(f"npae.{module}" for module in ("series", "settings.installed", "network.gradcheck", "optimize.adaptive_eta")),
    *(f"npae.estimators.{module}" for module in ("anomaly_detector", "classifier", "discovery", "interpolation")),
    *(f"npae.layers.{module}" for module in ("conv", "pool", "recurrent", "windows")),
    *(f"npae.training.{module}" for module in ("json_log", "progress", "records", "tensor_board")),
}


@pytest.fixture(scope="module")
def new_process(tmp_path_factory):
    """Return what a new Python says, by what it was asked."""
    code = f"""
import sys, json, typing
import npae
from npae.settings.description import restore
said = {{"imported": sorted({LATER!r} & {{*sys.modules}}), "listed": dir(npae)}}
hints = [typing.get_type_hints(f) for f in vars(npae.Autoencoder).values() if callable(f) and hasattr(f, "__name__")]
said["after hints and names"] = sorted({LATER!r} & {{*sys.modules}})
said["restored"] = str(restore({{"type": "Conv2D", "filters": 2, "kernel": 3}}))
said["module"] = npae.training.json_log.__name__
import npae.datasets.folders, npae.distributed, npae.study
said["after rooms"] = sorted({{"optuna", "dask", "distributed", "PIL"}} & {{*sys.modules}})
from npae.command_line.data_sources import load_data
load_data(sys.argv[1])
said["after a CSV file"] = sorted({{"pandas", "pyarrow", "polars", "matplotlib"}} & {{*sys.modules}})
print(json.dumps(said))
"""
    table = tmp_path_factory.mktemp("data") / "data.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    command = [sys.executable, "-c", code, table]
    done = subprocess.run(command, cwd=ROOT.parent, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_what_few_programs_need_is_imported_on_first_use(new_process):
    """First by npae alone, then by its rooms that use Optuna and Dask."""
    assert new_process["imported"] == []
    assert new_process["after rooms"] == []


def test_what_must_come_later_is_there():
    """Or the list of what must not be loaded would go on holding nothing, after a module was renamed."""
    assert [name for name in sorted(LATER) if name.startswith("npae.") and importlib.util.find_spec(name) is None] == []


def test_a_file_may_describe_what_is_not_imported_yet(new_process):
    assert new_process["restored"].startswith("Conv2D(filters=2, kernel=3")


def test_a_module_that_comes_later_is_an_attribute_of_its_package(new_process):
    assert new_process["module"] == "npae.training.json_log"


def test_tab_completion_shows_what_comes_when_it_is_first_used(new_process):
    """And neither that nor looking at the annotations of Autoencoder imports anything."""
    assert set(npae.__all__) | {"__version__"} <= set(new_process["listed"])
    assert new_process["after hints and names"] == []
    assert dir(npae) == sorted(set(dir(npae)))


def test_nothing_of_pandas_is_imported_for_a_csv_file(new_process):
    assert new_process["after a CSV file"] == []


def test_an_attribute_that_is_not_there_says_so():
    with pytest.raises(AttributeError, match="module 'npae' has no attribute 'nonsense'"):
        _ = npae.nonsense


@in_one_test("package", FIRST_USE, ids=lambda package: package.__name__)
def test_every_public_name_is_there(package):
    """Or comes when it is first used, and stays. (The rooms of npae come in other tests: Matplotlib is slow.)"""
    for name in {*package.__all__} - set().union(*FLOORS):
        value = getattr(package, name)
        assert vars(package)[name] is value


def imported_for_tools(package):
    """Return the names that a package imports under `if TYPE_CHECKING`."""
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    blocks = [node.body for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {alias.name for body in blocks for statement in body for alias in statement.names}


@in_one_test("package", FIRST_USE, ids=lambda package: package.__name__)
def test_tools_that_read_the_source_see_what_comes_on_first_use(package):
    home = inspect.getclosurevars(package.__getattr__).nonlocals["home"]
    modules = [*home.values()]
    assert imported_for_tools(package) == {
        name for name, module in home.items() if name != module or modules.count(module) == 1
    }


@in_one_test("package", FIRST_USE, ids=lambda package: package.__name__)
def test_no_name_that_comes_on_first_use_is_hidden_by_a_module(package):
    """Importing package.name, the module, would put it in the place of the name."""
    home = inspect.getclosurevars(package.__getattr__).nonlocals["home"]
    modules = {path.stem for path in Path(package.__file__).parent.iterdir()}
    assert [name for name, module in home.items() if name in modules and name != module] == []
