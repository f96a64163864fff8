import numpy as np
import pytest

from npae import Bias, Weight
from npae.layers import workspace
from npae.layers.parameters import Layout
from npae.layers.workspace import Context, Workspace


def taken(context, *shapes):
    """Start a pass and return what it is given for these shapes."""
    context.begin(1)
    return [context.empty(*shape) for shape in shapes]


def test_the_same_shapes_in_the_same_order_get_the_same_arrays():
    context = Context()
    first, second = taken(context, (3, 2), (3, 2), (4,)), taken(context, (3, 2), (3, 2), (4,))
    assert all(a is b for a, b in zip(first, second, strict=True))


def test_arrays_of_one_pass_never_share_memory():
    context = Context()
    context.begin(1)
    x = context.output(3, 2)
    arrays = [
        x,
        context.output(3, 2),
        context.empty(3, 2),
        context.empty(3, 2),
        context.empty_like(x),
        context.empty_like(x),
    ]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


def test_another_shape_gets_another_array():
    context = Context()
    (first,), (second,), (third,) = taken(context, (3, 2)), taken(context, (2, 3)), taken(context, (3, 2))
    assert second.shape == (2, 3)
    assert third.shape == (3, 2)
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(second, third)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scratch_arrays_have_the_dtype_of_the_run(dtype):
    context = Context(dtype)
    y = context.output(2, 3)
    assert {a.dtype for a in (y, context.with_ones(y), context.empty(2), context.empty_like(y))} == {np.dtype(dtype)}


def test_an_output_has_a_column_of_ones_behind_it():
    context = Context()
    y = context.output(4, 3)
    y[...] = np.arange(12).reshape(4, 3)
    np.testing.assert_array_equal(context.with_ones(y), np.column_stack([y, np.ones(4)]))
    assert np.shares_memory(context.with_ones(y), y)
    assert y.flags.f_contiguous


def test_the_last_layers_output_lies_row_by_row():
    context = Context()
    context.feeds_loss = True
    y = context.output(4, 3)
    assert y.shape == (4, 3)
    assert y.flags.c_contiguous


def test_empty_like_has_the_memory_order_of_its_model():
    context = Context()
    column, row = context.output(4, 3), context.empty(4, 3)
    assert context.empty_like(column).strides == column.strides
    assert context.empty_like(row).strides == row.strides
    assert context.empty_like(np.zeros((5, 2, 3))).shape == (5, 2, 3)


def test_ones_stay_ones_whatever_the_batch_size():
    context = Context()
    for samples in np.random.default_rng(0).integers(1, 9, 300):
        context.begin(samples)
        outputs = [context.output(samples, units) for units in (5, 2, 3)]
        for y in outputs:
            y.fill(np.nan)
            context.empty_like(y).fill(np.nan)
        for y in outputs:
            np.testing.assert_array_equal(context.with_ones(y)[:, -1], 1)
            assert np.isnan(context.with_ones(y)[:, :-1]).all()


def test_small_foreign_arrays_are_copied_to_get_ones_and_large_ones_have_none():
    context, small, large = Context(), np.arange(6.0).reshape(3, 2), np.zeros((workspace.SMALL, 2))
    np.testing.assert_array_equal(context.with_ones(small), np.column_stack([small, np.ones(3)]))
    assert not np.shares_memory(context.with_ones(small), small)
    assert context.with_ones(large) is None


def test_foreign_arrays_are_foreign_also_where_they_reuse_the_memory_of_replaced_ones(monkeypatch):
    """An array is known by its id, and Python gives the id of a freed array to the next one."""
    monkeypatch.setattr(workspace, "SMALL", 0)
    context = Context()
    for samples in (3, 5, 3, 7, 2):
        context.begin(samples)
        outputs = [context.output(samples, units) for units in (4, 2)]
        foreign = [np.empty((samples, 4))[:, :2] for _ in range(500)]
        assert all(context.with_ones(x) is None for x in foreign)
        assert all(context.with_ones(y).shape[0] == samples for y in outputs)


def test_a_view_of_an_output_is_foreign(monkeypatch):
    monkeypatch.setattr(workspace, "SMALL", 0)
    context = Context()
    y = context.output(4, 3)
    assert context.with_ones(y[:2]) is None
    assert context.with_ones(y.reshape(4, 3)) is None


def test_begin_sets_the_circumstances_of_a_pass():
    context, rng = Context(), np.random.default_rng(0)
    context.wants_dx, context.feeds_loss = False, True
    mask = np.ones((7, 2), bool)
    context.begin(7, rng, mask, 0.5, gradient=False)
    assert (context.samples, context.training, context.rng, context.wants_dx, context.feeds_loss) == (
        7,
        True,
        rng,
        True,
        False,
    )
    assert context.mask is mask and (context.real, context.wants_gradient) == (0.5, False)
    context.begin(8)
    assert (context.samples, context.training, context.rng) == (8, False, None)
    assert (context.mask, context.real, context.wants_gradient) == (None, 1.0, True)


def test_padding_has_no_share_in_the_mean_and_is_blanked_in_series_only():
    context, mask = Context(), np.array([[True, True, False], [True, False, False]])
    context.begin(4, mask=mask, real=0.25)
    z = np.ones((2, 3, 5))
    assert context.share_of_mean(z) == 1 / (4 * 3 * 5 * 0.25)
    np.testing.assert_array_equal(context.blank(z), np.repeat(mask[:, :, None], 5, axis=2))
    for rows in (np.ones((2, 3)), np.ones((2, 4, 5)), np.ones((2, 3, 5, 1))):
        assert context.share_of_mean(rows) == 2 / (4 * rows.size)
        assert context.blank(rows).all()


def test_what_lies_by_row_is_not_copied():
    context, x = Context(), np.arange(12.0).reshape(2, 3, 2)
    assert context.by_row(x) is x
    turned = x.transpose(2, 1, 0)
    np.testing.assert_array_equal(context.by_row(turned), turned)
    assert context.by_row(turned).flags.c_contiguous


@pytest.fixture
def work():
    return Workspace(Layout([("encoder.0", {"W": Weight((2, 3), 2, 3, joined="b"), "b": Bias((3,))})]), np.float64)


def test_gradients_by_layer_are_views_of_the_gradient(work):
    work.grads[0]["Wb"][...] = np.arange(9).reshape(3, 3)
    np.testing.assert_array_equal(work.gradient, np.arange(9))


def test_bind_shows_the_vector_it_was_given_last(work):
    first, second = np.zeros(9), np.ones(9)
    params = work.params
    for theta in (first, second, first, second.astype(np.float32)):
        work.bind(theta)
        np.testing.assert_array_equal(work.params[0]["Wb"], theta.reshape(3, 3))
    assert work.params is params


@pytest.mark.parametrize("long", [0, 9, 10])
def test_what_bind_shows_does_not_depend_on_where_it_lies(work, monkeypatch, long):
    monkeypatch.setattr(workspace, "LONG", long)
    strided, theta = np.arange(18.0)[::2], np.ones(9)
    for vector in (theta, strided, theta, theta.astype(np.float32), theta + 1, strided + 1, theta):
        work.bind(vector)
        np.testing.assert_array_equal(work.params[0]["Wb"], vector.reshape(3, 3))
        np.testing.assert_array_equal(work.weights[0], vector[:6].reshape(2, 3))
    theta += 1  # as an optimiser moves it
    work.bind(theta)
    np.testing.assert_array_equal(work.params[0]["Wb"], theta.reshape(3, 3))


def test_a_long_vector_is_not_copied(work, monkeypatch):
    monkeypatch.setattr(workspace, "LONG", 9)
    theta = np.ones(9)
    work.bind(theta)
    assert np.shares_memory(work.params[0]["W"], theta)


def test_by_row_copies_only_what_does_not_lie_row_by_row():
    context, x = Context(), np.arange(24.0).reshape(2, 3, 4)
    assert context.by_row(x) is x
    for other in (np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2]):
        copy = context.by_row(other)
        assert copy.flags.c_contiguous
        np.testing.assert_array_equal(copy, x)
