"""What a user configures, and what rooms hand to one another, cannot be changed: dataclasses are frozen."""

import dataclasses
import importlib
from pathlib import Path

import npae

ROOT = Path(npae.__file__).parent
ROOMS = ("estimators", "layers", "network", "optimize", "penalties", "samples", "settings", "training")
CHANGING = {"npae.samples.samples.Samples", "npae.training.state.TrainingState"}


def dataclasses_of(room):
    """Yield the dataclasses that the modules of a room define."""
    for path in sorted((ROOT / room).rglob("*.py")):
        name = ".".join(("npae", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for thing in vars(importlib.import_module(name)).values():
            if isinstance(thing, type) and dataclasses.is_dataclass(thing) and thing.__module__ == name:
                yield thing


def test_all_dataclasses_are_frozen_but_the_state_of_a_training_and_samples():
    changing = {
        f"{cls.__module__}.{cls.__qualname__}"
        for room in ROOMS
        for cls in dataclasses_of(room)
        if "__dataclass_params__" in vars(cls) and not cls.__dataclass_params__.frozen
    }
    assert changing == CHANGING
