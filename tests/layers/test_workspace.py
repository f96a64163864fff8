"""What a thread evaluates a network with: views of theta and of the gradient, lent and taken back."""

from collections import deque

import numpy as np
import pytest

from npae import Bias, Weight
from npae.layers import workspace
from npae.layers.parameters import Layout
from npae.layers.workspace import LentWorkspace, Workspace


@pytest.fixture
def bound():
    return Workspace(Layout([("encoder.0", {"W": Weight((2, 3), 2, 3, joined="b"), "b": Bias((3,))})]), np.float64)


def test_gradients_by_layer_are_views_of_the_gradient(bound):
    bound.grads[0]["Wb"][...] = np.arange(9).reshape(3, 3)
    np.testing.assert_array_equal(bound.gradient, np.arange(9))


def test_bind_shows_the_vector_it_was_given_last(bound):
    first, second = np.zeros(9), np.ones(9)
    params = bound.params
    for theta in (first, second, first, second.astype(np.float32)):
        bound.bind(theta)
        np.testing.assert_array_equal(bound.params[0]["Wb"], theta.reshape(3, 3))
    assert bound.params is params


@pytest.mark.parametrize("long", [0, 9, 10])
def test_what_bind_shows_does_not_depend_on_where_it_lies(bound, monkeypatch, long):
    monkeypatch.setattr(workspace, "LONG", long)
    strided, theta = np.arange(18.0)[::2], np.ones(9)
    for vector in (theta, strided, theta, theta.astype(np.float32), theta + 1, strided + 1, theta):
        bound.bind(vector)
        np.testing.assert_array_equal(bound.params[0]["Wb"], vector.reshape(3, 3))
        np.testing.assert_array_equal(bound.weights[0], vector[:6].reshape(2, 3))
    theta += 1  # as an optimiser moves it
    bound.bind(theta)
    np.testing.assert_array_equal(bound.params[0]["Wb"], theta.reshape(3, 3))


def test_a_long_vector_is_not_copied(bound, monkeypatch):
    monkeypatch.setattr(workspace, "LONG", 9)
    theta = np.ones(9)
    bound.bind(theta)
    assert np.shares_memory(bound.params[0]["W"], theta)


def test_a_workspace_is_lent_once_at_a_time_and_then_goes_back():
    idle, made = deque(), []

    def new():
        made.append(object())
        return made[-1]

    with LentWorkspace(idle, new) as first, LentWorkspace(idle, new) as second:
        assert first is not second
    with LentWorkspace(idle, new) as again:
        assert again in (first, second)
        np.log(np.zeros(1))  # no warning, which would be an error here
    assert len(made) == len(idle) == 2


def test_a_workspace_goes_back_after_an_error_too():
    idle = deque()
    with pytest.raises(ZeroDivisionError), LentWorkspace(idle, object):
        raise ZeroDivisionError
    assert len(idle) == 1
