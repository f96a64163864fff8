"""Every public call that takes arrays, with data that does not vary, of half precision, and of other layouts."""

import copy
import warnings

import numpy as np
import pytest
from looped import in_one_test
from public_calls import CALLS, Kit

import npae

pytestmark = pytest.mark.slow  # by default, the cases of test_numbers_at_the_edges.py hold the same kinds
EACH_CALL = pytest.mark.parametrize("name", CALLS)
CLOSE = {  # calls whose results have the precision of their input
    "ChannelScaler": {"rtol": 2e-3, "atol": 2e-3},
    "series.overlap_mean": {"rtol": 1e-6},
}
REFUSED = {"ChannelScaler": "must vary"}  # what data that does not vary is refused for


def made(function):
    """Return a Kit without warnings of how little it has learned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.TrainingWarning)
        warnings.simplefilter("ignore", npae.PosteriorCollapse)
        return function()


def constant(value):
    """Return a Kit whose samples are all the same."""
    kit = Kit.of(6, 4)
    arrays = (np.full_like(array, value) for array in (kit.X, kit.images, kit.series))
    X, images, series = arrays
    return made(lambda: Kit(X, kit.y, images, series, kit.mask, kit.Z))


def converted(kit, dtype):
    """Return the Kit of the same numbers, which half precision holds, in a dtype."""
    X, images, series, Z = (array.astype(np.float16).astype(dtype) for array in (kit.X, kit.images, kit.series, kit.Z))
    return made(lambda: Kit(X, kit.y, images, series, kit.mask, Z))


@pytest.fixture(scope="module")
def kits():
    return {value: constant(value) for value in (0.0, 1.0)}


@pytest.fixture(scope="module")
def halves():
    kit = Kit.of(6, 4)
    return converted(kit, np.float16), converted(kit, np.float64)


def numbers(result):
    """Return what a call computed as a flat list of arrays of numbers."""
    return [np.asarray(part, float) for part in (result if isinstance(result, (tuple, list)) else [result])]


@EACH_CALL
@in_one_test("value", [0.0, 1.0])
def test_data_that_does_not_vary_gives_finite_numbers_or_one_clear_error(name, value, kits):
    """All codes are equal then, so that nothing can be divided by their deviation."""
    call = CALLS[name]
    if name in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[name]):
            call(copy.deepcopy(kits[value]))
        return
    for found in numbers(made(lambda: call(copy.deepcopy(kits[value])))):
        assert not np.isnan(found).any()


@EACH_CALL
def test_half_precision_counts_as_the_same_numbers_in_double(name, halves):
    half, double = (numbers(made(lambda kit=kit: CALLS[name](copy.deepcopy(kit)))) for kit in halves)
    for one, other in zip(half, double, strict=True):
        np.testing.assert_allclose(one, other, **CLOSE.get(name, {"rtol": 0}))
