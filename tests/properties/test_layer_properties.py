"""Layers of every class: shapes, dtypes, independence of samples, ways back, and mirrors."""

import numpy as np
from hypothesis import strategies as st
from layer_examples import LAYERS, NAMES, layers
from properties import property_of
from strategies import rngs

import npae
from npae.initializers import INITIALIZERS
from npae.layers import Chain
from npae.layers.parameters import Layout
from npae.layers.workspace import Workspace

MANY = 12 * len(LAYERS)  # so that each class is drawn often


def workspace_of(layer, in_shape, rng, dtype=np.float64):
    """Return a workspace that has random parameters of a layer."""
    specs = layer.parameters(in_shape)
    layout = Layout([("layer", specs)])
    made = [spec.initial_values(rng, INITIALIZERS[spec.initializer]).ravel() for spec in specs.values()]
    workspace, theta = Workspace(layout, dtype), np.concatenate([*made, np.empty(0)])
    workspace.bind(theta.astype(dtype))
    return workspace


def output(layer, x, workspace, rng=None):
    """Return a copy of what a layer makes of x."""
    workspace.context.begin(len(x), rng)
    return np.array(layer.forward(x, workspace.params[0], workspace.context)[0])


@property_of(
    "npae.Layer.out_shape",
    "npae.Layer.parameters",
    *NAMES,
    "npae.Layer",
    few=17,
    many=MANY,
    example=layers,
    rng=rngs,
    dtype=st.sampled_from([np.float64, np.float32]),
)
def test_outputs_and_ways_back_have_the_shapes_that_a_layer_names(example, rng, dtype):
    (layer, in_shape), count = example, int(rng.integers(1, 5))
    workspace, x = workspace_of(layer, in_shape, rng, dtype), rng.standard_normal((count, *in_shape)).astype(dtype)
    before = x.copy()
    workspace.context.begin(count, np.random.default_rng(0))
    workspace.gradient.fill(np.nan)
    y, back = layer.forward(x, workspace.params[0], workspace.context)
    assert y.shape == (count, *layer.out_shape(in_shape)) and y.dtype == dtype
    dx = back(np.ones_like(y), workspace.grads[0])
    assert dx.shape == x.shape and dx.dtype == dtype
    assert np.isfinite(workspace.gradient).all(), "backward must fill the gradient"
    np.testing.assert_array_equal(x, before)


@property_of(*NAMES, few=17, many=MANY, example=layers, rng=rngs)
def test_what_becomes_of_a_sample_does_not_depend_on_its_batch(example, rng):
    layer, in_shape = example
    workspace, x = workspace_of(layer, in_shape, rng), rng.standard_normal((5, *in_shape))
    whole = output(layer, x, workspace)
    order = rng.permutation(5)
    np.testing.assert_allclose(output(layer, x[order], workspace), whole[order], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(output(layer, x[2:3], workspace), whole[2:3], rtol=1e-9, atol=1e-12)


@property_of(*NAMES, few=8, many=MANY, example=layers, rng=rngs)
def test_a_linearization_is_linear_and_its_way_back_is_the_transpose(example, rng):
    layer, in_shape = example
    workspace, x = workspace_of(layer, in_shape, rng), rng.standard_normal((4, *in_shape))
    params = workspace.params[0]
    workspace.context.begin(4, np.random.default_rng(1))
    linear = layer.linearize(x, params, workspace.context)
    rx, v = rng.standard_normal(x.shape), {name: rng.standard_normal(array.shape) for name, array in params.items()}
    v.update(_joined(params, v))
    ry, back = linear.along(rx, v)
    ry, dy = np.array(ry), rng.standard_normal(linear.y.shape)
    twice = np.array(linear.along(2 * rx, {name: 2 * array for name, array in v.items()})[0])
    np.testing.assert_allclose(twice, 2 * ry, rtol=1e-9, atol=1e-12)
    if isinstance(layer, npae.GaussianCode):
        return  # its way back adds the curvature of its charge
    ry, back = linear.along(rx, v)
    forth = float(np.vdot(dy, ry))
    workspace.gradient.fill(0)
    dx = back(dy.copy(), workspace.grads[0])
    own = sum(float(np.vdot(workspace.grads[0][name], v[name])) for name in layer.parameters(in_shape))
    np.testing.assert_allclose(float(np.vdot(dx, rx)) + own, forth, rtol=1e-8, atol=1e-9)


def _joined(params, v):
    """Return directions for the blocks that several arrays make together, from those of the arrays."""
    blocks = {}
    for name in params:
        parts = [part for part in ("W", "b", "R") if part in params and part in name]
        if name not in ("W", "b", "R") and parts:
            width = v[parts[0]].shape[-1]
            blocks[name] = np.concatenate([v[part].reshape(-1, width) for part in parts])
    return blocks


@property_of(
    "npae.Dropout", "npae.Noisy", example=LAYERS["Dropout"] | LAYERS["Noisy"], rng=rngs, seed=st.integers(0, 99)
)
def test_what_draws_acts_in_training_alone_and_draws_the_same_from_the_same_seed(example, rng, seed):
    (layer, in_shape), (one, other) = example, (np.random.default_rng(seed) for _ in range(2))
    workspace, x = workspace_of(layer, in_shape, rng), rng.standard_normal((3, *in_shape))
    np.testing.assert_array_equal(output(layer, x, workspace), x)
    np.testing.assert_array_equal(output(layer, x, workspace, one), output(layer, x, workspace, other))


MIRRORED = [name for name in LAYERS if name not in ("Repeat", "Upsample", "ConvTranspose1D", "ConvTranspose2D")]


@property_of(
    "npae.Layer.mirror",
    *(f"npae.{name}" for name in MIRRORED),
    few=8,
    many=MANY,
    example=st.one_of(*(LAYERS[name] for name in MIRRORED)),
)
def test_a_mirror_leads_back_to_the_shape_of_a_sample(example):
    layer, in_shape = example
    mirror = layer.mirror(in_shape, "identity")
    mirror = mirror if isinstance(mirror, list) else [mirror]
    assert Chain("decoder", mirror, layer.out_shape(in_shape)).out_shape == in_shape


@property_of("npae.Flatten", "npae.Reshape", example=LAYERS["Flatten"] | LAYERS["Reshape"], rng=rngs)
def test_another_shape_holds_the_same_numbers_in_the_same_order(example, rng):
    layer, in_shape = example
    x = rng.standard_normal((3, *in_shape))
    y = output(layer, x, workspace_of(layer, in_shape, rng))
    np.testing.assert_array_equal(y.reshape(3, -1), x.reshape(3, -1))


POOLS = ("MaxPool1D", "MaxPool2D", "AveragePool1D", "AveragePool2D", "Upsample", "Repeat")


@property_of(*(f"npae.{name}" for name in POOLS), few=6, example=st.one_of(*(LAYERS[name] for name in POOLS)), rng=rngs)
def test_what_learns_nothing_stays_between_the_least_and_the_greatest_number(example, rng):
    layer, in_shape = example
    x = rng.standard_normal((3, *in_shape))
    y = output(layer, x, workspace_of(layer, in_shape, rng))
    assert x.min() - 1e-12 <= y.min() and y.max() <= x.max() + 1e-12
    np.testing.assert_allclose(output(layer, x + 3, workspace_of(layer, in_shape, rng)), y + 3, rtol=1e-12, atol=1e-12)


CONVOLUTIONS = ("Conv1D", "Conv2D", "ConvTranspose1D", "ConvTranspose2D")


@property_of(
    *(f"npae.{name}" for name in CONVOLUTIONS),
    "npae.Dense",
    few=5,
    example=st.one_of(*(LAYERS[name] for name in (*CONVOLUTIONS, "Dense"))),
    rng=rngs,
)
def test_a_layer_without_an_activation_is_affine(example, rng):
    layer, in_shape = example
    layer = npae.Dense(layer.units) if isinstance(layer, npae.Dense) else _linear(layer)
    workspace, (x, y) = workspace_of(layer, in_shape, rng), rng.standard_normal((2, 3, *in_shape))
    f = [output(layer, z, workspace) for z in (x, y, x + y, np.zeros_like(x))]
    np.testing.assert_allclose(f[2] + f[3], f[0] + f[1], rtol=1e-9, atol=1e-11)


def _linear(layer):
    return type(layer)(layer.filters, layer.kernel, layer.stride, layer.padding)


@property_of(
    "npae.Layer.loss_changes",
    "npae.BetaSchedule.at",
    "npae.BetaWarmUp",
    "npae.BetaWarmUp.at",
    "npae.BetaSchedule",
    "npae.GaussianCode.beta_at",
    "npae.GaussianCode.loss_changes",
    epochs=st.integers(1, 9),
    beta=st.sampled_from([0.0, 0.5, 4.0]),
    first=st.sampled_from([0.0, 1.0]),
)
def test_beta_goes_from_its_first_value_to_its_last_and_stays_there(epochs, beta, first):
    code = npae.GaussianCode(2, npae.BetaWarmUp(epochs, beta, first))
    values = [code.beta_at(epoch) for epoch in (*range(epochs + 3), float("inf"))]
    assert values[0] == first and values[epochs:] == [beta] * 4
    steps = np.diff(values)
    assert (steps >= 0).all() or (steps <= 0).all()
    assert [code.loss_changes(e) for e in range(1, epochs + 3)] == [bool(step) for step in steps[: epochs + 2]]
