"""The affine map in every memory layout: against its formula, bit for bit where the layouts promise that."""

import numpy as np
import pytest
from looped import in_one_test

from npae.layers import affine as module
from npae.layers.affine import affine, affine_parameters, affine_second_order, by_steps, second_order_by_steps
from npae.layers.memory_order import SMALL, WIDE
from npae.layers.parameters import Layout
from npae.layers.workspace import Workspace

D = 5


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def bound(rng, units, samples, inputs=D):
    """Return a workspace with random parameters and a gradient that is not a number."""
    layout = Layout([("layer", affine_parameters(inputs, units))])
    workspace = Workspace(layout, np.float64)
    workspace.bind(rng.standard_normal(layout.size))
    workspace.context.begin(samples)
    workspace.gradient.fill(np.nan)
    return workspace


def compare(workspace, x, dz, z, dx):
    """Compare the results of both passes with the formula, all of them as rows."""
    W, b = (workspace.params[0][name] for name in "Wb")
    np.testing.assert_allclose(z, x @ W + b, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(dx, dz @ W.T, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(workspace.grads[0]["W"], x.T @ dz, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(workspace.grads[0]["b"], dz.sum(axis=0), rtol=1e-11, atol=1e-12)


@in_one_test("last", [False, True])
@in_one_test("own", [False, True], ids=["x from elsewhere", "x is an output"])
@in_one_test(("samples", "units"), [(4, 3), (4, WIDE), (SMALL, 3), (SMALL, WIDE), (1, 1)])
def test_rows_equal_the_formula_in_every_layout(samples, units, own, last, rng):
    workspace = bound(rng, units, samples)
    context = workspace.context
    context.feeds_loss = last
    x = context.scratch.output(samples, D) if own else np.empty((samples, D))
    x[...] = rng.standard_normal(x.shape)
    dz = rng.standard_normal((samples, units))
    z, backward = affine(x, workspace.params[0], context)
    dx = backward(dz, workspace.grads[0])
    compare(workspace, x, dz, z, dx)
    assert dx.flags.f_contiguous == x.flags.f_contiguous or 1 in dx.shape


@in_one_test("axes", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=["by rows", "turned", "as an LSTM's states"])
@in_one_test("units", [3, 9], ids=["K < N", "K > N"])
def test_steps_equal_the_formula_in_every_layout(units, axes, rng):
    N, T = 7, 6
    x, dz = rng.standard_normal((N, T, D)), rng.standard_normal((N, T, units))
    x = x.transpose(axes).copy().transpose(np.argsort(axes))
    workspace = bound(rng, units, N)
    z, backward = by_steps(affine, x, workspace.params[0], workspace.context)
    dx = backward(dz, workspace.grads[0])
    compare(workspace, *(a.reshape(N * T, -1) for a in (x, dz, z, dx)))


def test_an_lstms_states_are_multiplied_where_they_are(rng, monkeypatch):
    """Without a copy of x or of z, and never where the gradients of all steps would be larger than x."""
    called = []
    monkeypatch.setattr(module, "_affine_of_columns", lambda x, *_: called.append(x) or (np.zeros((6, 3, 7)), None))
    states = rng.standard_normal((6, D, 7))
    workspace = bound(rng, 3, 7)
    by_steps(affine, states.transpose(2, 0, 1), workspace.params[0], workspace.context)
    assert np.shares_memory(called[0], states)
    wide = bound(rng, 8, 7)
    by_steps(affine, states.transpose(2, 0, 1), wide.params[0], wide.context)
    assert len(called) == 1


def test_no_dx_is_computed_where_nobody_reads_it(rng):
    for x, units in ((rng.standard_normal((4, D)), 3), (rng.standard_normal((6, D, 7)).transpose(2, 0, 1), 3)):
        workspace = bound(rng, units, len(x))
        z, backward = (affine if x.ndim == 2 else _of_steps)(x, workspace.params[0], workspace.context)
        workspace.context.wants_dx = False
        assert backward(np.ones(z.shape), workspace.grads[0]) is None
        assert np.isfinite(workspace.gradient).all()


def _of_steps(x, params, context):
    return by_steps(affine, x, params, context)


def _second_order_of_steps(x, params, context):
    return second_order_by_steps(affine_second_order, x, params, context)


@in_one_test("steps", [False, True])
@in_one_test("moves", [False, True], ids=["x is data", "x moves"])
@in_one_test("samples", [4, SMALL])
def test_the_passes_of_second_order_are_the_derivatives_along_v(samples, moves, steps, rng):
    """By central differences of z and of the gradient, which are exact up to rounding: both are of second degree."""
    K, shape = 3, (samples, 2) if steps else (samples,)
    x, rx, dz, rdz = (rng.standard_normal((*shape, size)) for size in (D, D, K, K))
    workspace, direction = bound(rng, K, samples), bound(rng, K, samples)
    theta = np.concatenate([workspace.params[0][name].ravel() for name in "Wb"])
    v = np.concatenate([direction.params[0][name].ravel() for name in "Wb"])
    second_order, first_order = (_second_order_of_steps, _of_steps) if steps else (affine_second_order, affine)
    z, backward = second_order(x, workspace.params[0], workspace.context)
    z = z.copy()
    dx, along = backward(dz)
    rz, backward_along = along(rx if moves else None, direction.params[0])
    rdx = backward_along(rdz, workspace.grads[0])

    def moved(h):
        at = bound(rng, K, samples)
        at.bind(theta + h * v)
        z, back = first_order(x + h * rx * moves, at.params[0], at.context)
        return z.copy(), back(dz + h * rdz, at.grads[0]).copy(), at.gradient.copy()

    ahead, here, behind = moved(0.5), moved(0.0), moved(-0.5)
    tolerance = {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(z, here[0], **tolerance)
    np.testing.assert_allclose(dx, here[1], **tolerance)
    np.testing.assert_allclose(rz, ahead[0] - behind[0], **tolerance)
    np.testing.assert_allclose(workspace.gradient, ahead[2] - behind[2], **tolerance)
    if moves:
        np.testing.assert_allclose(rdx, ahead[1] - behind[1], **tolerance)
    else:
        assert rdx is None
