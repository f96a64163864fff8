"""Every name of the reference, and every public method, has a property, or stands here with a reason."""

import importlib
import inspect
import re
from pathlib import Path

from properties import COVERED
from test_documentation import public_names

import npae

HERE = Path(__file__).parent
CLUSTER = "needs a cluster: tests/distributed compares it with a fit on one machine"
ROOMS = "is for other rooms of npae, whose results have properties"
HOOK = "is a hook that does nothing in the base class; those that override it have properties"
EXPORTED = "makes nodes of a file: npae.export.onnx has the property that the file predicts the same"
DRAWN = "draws with matplotlib what other properties compare as numbers"
REASONS = {
    **dict.fromkeys(
        [
            "npae.distributed.fit",
            *(
                f"npae.distributed.DistributedObjective{name}"
                for name in ("", ".evaluate", ".value", ".value_and_gradient")
            ),
            *(f"npae.distributed.Rows{name}" for name in ("", ".map", ".prepare")),
        ],
        CLUSTER,
    ),
    **dict.fromkeys(
        [
            f"npae.Network.{name}"
            for name in ("as_theta", "borrow", "evaluate", "loss_changes", "new_workspace", "project")
        ],
        ROOMS,
    ),
    **dict.fromkeys(["npae.Optimizer.check", "npae.EtaSchedule.check", "npae.Callback.begin"], HOOK),
    **dict.fromkeys(
        [f"npae.export.Graph{name}" for name in ("", ".add", ".add_many", ".constant", ".reshaped")], EXPORTED
    ),
    **dict.fromkeys(["npae.study.Results.plot", "npae.study.SearchResults.figures"], DRAWN),
    "npae.datasets.IMAGE_SETS": "names sets that are not on every machine",
    "npae.show_versions": "takes nothing and prints what is installed",
}


def required():
    """Return the dotted names of all that is public, classes with their methods, each once."""
    modules = [npae, *(thing for name in npae.__all__ if inspect.ismodule(thing := getattr(npae, name)))]
    names = {}
    for module in modules:
        for name in module.__all__:
            thing = getattr(module, name)
            if not inspect.ismodule(thing):
                own = module is npae or getattr(npae, name, None) is not thing
                names |= {f"{module.__name__}.{name}": thing} if own else {}
    requests = re.compile(
        r"\.set_\w+_request$"
    )  # made by scikit-learn's rules: tests/estimators/test_metadata_routing.py
    methods = {name for name in public_names() if name.rpartition(".")[0] in names and not requests.search(name)}
    return {*names} | methods


def covered():
    """Return the names that properties speak of."""
    for path in HERE.glob("test_*_properties.py"):
        importlib.import_module(path.stem)
    importlib.import_module("test_estimator_machine")
    return {*COVERED}


def test_every_public_name_has_a_property_or_a_reason():
    missing = required() - covered() - {*REASONS}
    assert sorted(missing) == []


def test_properties_and_reasons_speak_of_names_that_there_are():
    for name in covered() | {*REASONS}:
        thing = npae
        for part in name.removeprefix("npae.").split("."):
            thing = getattr(thing, part)
    assert not {*REASONS} & covered(), "a name that has a property needs no reason"
