import math

import numpy as np
import pytest

from npae import Dense, Gaussian
from npae.initializers import INITIALIZERS, Initializer
from npae.settings.checks import choose, number_in, positive_integer


def test_choose_takes_a_name_or_an_instance():
    own = Gaussian(2.0)
    assert choose("init", "he", INITIALIZERS, Initializer) is INITIALIZERS["he"]
    assert choose("init", own, INITIALIZERS, Initializer) is own


@pytest.mark.parametrize("value", ["hee", None, 3, Dense(2), Gaussian, ["he"]], ids=repr)
def test_choose_lists_the_known_names(value):
    message = (
        "init must be one of 'glorot', 'he', 'lecun', 'gaussian', 'orthogonal' or an instance of Initializer, got "
    )
    with pytest.raises(ValueError, match=message):
        choose("init", value, INITIALIZERS, Initializer)


@pytest.mark.parametrize("value", [1, 10**9, np.int8(3), np.uint64(4)])
def test_positive_integers_become_ints(value):
    assert positive_integer("epochs", value) == value
    assert type(positive_integer("epochs", value)) is int


@pytest.mark.parametrize("value", [0, -3, 1.0, "1", None, True, np.bool_(True), np.array(2.5), math.nan])
def test_anything_but_a_positive_integer_is_refused(value):
    with pytest.raises(ValueError, match="epochs must be an integer of at least 1, got "):
        positive_integer("epochs", value)


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.25), np.int64(1)])
def test_numbers_in_a_closed_interval_pass(value):
    assert number_in("p", value, 0, 1) is value


@pytest.mark.parametrize("value", [-0.001, 1.001, math.nan, math.inf, -math.inf, "0.5", None, True, [0.5]])
def test_numbers_outside_a_closed_interval_are_refused(value):
    with pytest.raises(ValueError, match=r"p must be a number in \[0, 1\], got "):
        number_in("p", value, 0, 1)


@pytest.mark.parametrize("value", [0, 1, -1, math.nan])
def test_the_ends_of_an_open_interval_are_refused(value):
    with pytest.raises(ValueError, match=r"p must be a number in \]0, 1\[, got "):
        number_in("p", value, 0, 1, closed=False)
    assert number_in("p", 0.5, 0, 1, closed=False) == 0.5
