"""Read-only arrays, as joblib's memory maps and Dask give them, are as good as others, in data and in models."""

import copy
import dataclasses

import joblib
import numpy as np
import pytest
from looped import in_one_test
from public_calls import CALLS, Kit

import npae


@pytest.fixture(scope="module")
def kit():
    return Kit.of(6, 6)


def frozen(value, seen=None):
    """Make every array that an object holds read-only, and return the object."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return value
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    elif isinstance(value, dict):
        for item in value.values():
            frozen(item, seen)
    elif isinstance(value, (list, tuple)):
        for item in value:
            frozen(item, seen)
    elif type(value).__module__.startswith("npae") or isinstance(value, Kit):
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        for name in [*getattr(value, "__dict__", ()), *slots]:
            frozen(getattr(value, name, None), seen)
    return value


def values(result):
    """Return what a call computed as a flat list of arrays."""
    return [np.asarray(part) for part in result] if isinstance(result, (tuple, list)) else [np.asarray(result)]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name.startswith("plots") else name for name in CALLS]
)
def test_read_only_arrays_give_the_same_results(name, kit):
    expected = CALLS[name](copy.deepcopy(kit))
    for found, value in zip(values(CALLS[name](frozen(copy.deepcopy(kit)))), values(expected), strict=True):
        np.testing.assert_array_equal(found, value)


@pytest.fixture(scope="module")
def dumped(kit, tmp_path_factory):
    path = tmp_path_factory.mktemp("joblib") / "kit.joblib"
    joblib.dump(kit, path)
    return path


SOME = ("partial_fit, f", "Classifier(", "encode", "save and load")  # calls that stand for the others in a short run


@pytest.mark.parametrize("mode", ["r", "r+", pytest.param("c", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", [name if name.startswith(SOME) else pytest.param(name, marks=pytest.mark.slow) for name in CALLS]
)
def test_memory_maps_give_the_same_results_and_stay_as_they_are(name, mode, kit, dumped):
    before = dumped.read_bytes()
    result = CALLS[name](joblib.load(dumped, mmap_mode=mode))
    for found, value in zip(values(result), values(CALLS[name](copy.deepcopy(kit))), strict=True):
        np.testing.assert_array_equal(found, value)
    assert dumped.read_bytes() == before


@in_one_test("optimizer", ["adam", "momentum", "rmsprop", "gradient_descent", None], ids=str)
@in_one_test("adapt", [None, npae.AdaptiveEta()], ids=["fixed eta", "adaptive eta"])
def test_training_goes_on_from_read_only_memories(optimizer, adapt, kit):
    refine = npae.Refine("L-BFGS-B", max_iterations=2) if optimizer is None else None
    if optimizer is not None:
        optimizer = dataclasses.replace(npae.optimize.OPTIMIZERS[optimizer], adapt=adapt)
    stop = npae.EarlyStopping(patience=9, restore_best=True)
    model = npae.Autoencoder([2], optimizer=optimizer, refine=refine, epochs=3, callbacks=[stop], random_state=0)
    model.fit(kit.X)
    other = frozen(copy.deepcopy(model))
    for _ in range(2):
        model.partial_fit(kit.X)
        other.partial_fit(kit.X)
    np.testing.assert_array_equal(other.theta_, model.theta_)


def test_what_partial_fit_moves_is_nobody_elses(kit):
    model = npae.Autoencoder([2], optimizer="adam", epochs=2, random_state=0).fit(kit.X)
    theta, copied = model.theta_, model.theta_.copy()
    first = copy.deepcopy(model).partial_fit(kit.X).theta_
    for _ in range(3):
        model.partial_fit(kit.X)
    np.testing.assert_array_equal(theta, copied)
    assert not np.array_equal(first, model.theta_)
    assert dataclasses.is_dataclass(model._state)
