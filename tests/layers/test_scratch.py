"""Scratch memory: what a pass gets again, how it lies in memory, where ones follow."""

import numpy as np
import pytest

from npae.layers import scratch as module
from npae.layers.memory_order import SMALL
from npae.layers.scratch import Scratch


def taken(scratch, *shapes):
    """Begin a pass and return the arrays that it gets for these shapes."""
    scratch.rewind()
    return [scratch.empty(*shape) for shape in shapes]


def test_the_same_shapes_in_the_same_order_get_the_same_arrays():
    scratch = Scratch()
    first, second = taken(scratch, (3, 2), (3, 2), (4,)), taken(scratch, (3, 2), (3, 2), (4,))
    assert all(a is b for a, b in zip(first, second, strict=True))


def test_arrays_of_one_pass_never_share_memory():
    scratch = Scratch()
    scratch.rewind()
    x = scratch.output(3, 2)
    arrays = [
        x,
        scratch.output(3, 2),
        scratch.empty(3, 2),
        scratch.empty(3, 2),
        scratch.empty_like(x),
        scratch.empty_like(x),
    ]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


def test_another_shape_gets_another_array():
    scratch = Scratch()
    (first,), (second,), (third,) = taken(scratch, (3, 2)), taken(scratch, (2, 3)), taken(scratch, (3, 2))
    assert second.shape == (2, 3)
    assert third.shape == (3, 2)
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(second, third)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_arrays_have_the_dtype_of_the_scratch_memory(dtype):
    scratch = Scratch(dtype)
    y = scratch.output(2, 3)
    assert {a.dtype for a in (y, scratch.with_ones(y), scratch.empty(2), scratch.empty_like(y))} == {np.dtype(dtype)}


def test_an_output_has_a_column_of_ones_after_it():
    scratch = Scratch()
    y = scratch.output(4, 3)
    y[...] = np.arange(12).reshape(4, 3)
    np.testing.assert_array_equal(scratch.with_ones(y), np.column_stack([y, np.ones(4)]))
    assert np.shares_memory(scratch.with_ones(y), y)
    assert y.flags.f_contiguous


def test_the_last_layers_output_lies_row_by_row():
    scratch = Scratch()
    y = scratch.output(4, 3, last=True)
    assert y.shape == (4, 3)
    assert y.flags.c_contiguous


def test_empty_like_has_the_memory_order_of_its_model():
    scratch = Scratch()
    column, row = scratch.output(4, 3), scratch.empty(4, 3)
    assert scratch.empty_like(column).strides == column.strides
    assert scratch.empty_like(row).strides == row.strides
    assert scratch.empty_like(np.zeros((5, 2, 3))).shape == (5, 2, 3)


def test_ones_stay_ones_whatever_the_batch_size():
    scratch = Scratch()
    for samples in np.random.default_rng(0).integers(1, 9, 300):
        scratch.rewind()
        outputs = [scratch.output(samples, units) for units in (5, 2, 3)]
        for y in outputs:
            y.fill(np.nan)
            scratch.empty_like(y).fill(np.nan)
        for y in outputs:
            np.testing.assert_array_equal(scratch.with_ones(y)[:, -1], 1)
            assert np.isnan(scratch.with_ones(y)[:, :-1]).all()


def test_small_foreign_arrays_are_copied_to_get_ones_and_large_ones_have_none():
    scratch, small, large = Scratch(), np.arange(6.0).reshape(3, 2), np.zeros((SMALL, 2))
    np.testing.assert_array_equal(scratch.with_ones(small), np.column_stack([small, np.ones(3)]))
    assert not np.shares_memory(scratch.with_ones(small), small)
    assert scratch.with_ones(large) is None


def test_foreign_arrays_are_foreign_also_where_they_reuse_the_memory_of_replaced_ones(monkeypatch):
    """An array is known by its id, and Python gives the id of a freed array to the next one."""
    monkeypatch.setattr(module, "SMALL", 0)
    scratch = Scratch()
    for samples in (3, 5, 3, 7, 2):
        scratch.rewind()
        outputs = [scratch.output(samples, units) for units in (4, 2)]
        foreign = [np.empty((samples, 4))[:, :2] for _ in range(500)]
        assert all(scratch.with_ones(x) is None for x in foreign)
        assert all(scratch.with_ones(y).shape[0] == samples for y in outputs)


def test_a_view_of_an_output_is_foreign(monkeypatch):
    monkeypatch.setattr(module, "SMALL", 0)
    scratch = Scratch()
    y = scratch.output(4, 3)
    assert scratch.with_ones(y[:2]) is None
    assert scratch.with_ones(y.reshape(4, 3)) is None


def test_what_lies_by_row_is_not_copied():
    scratch, x = Scratch(), np.arange(12.0).reshape(2, 3, 2)
    assert scratch.by_row(x) is x
    turned = x.transpose(2, 1, 0)
    np.testing.assert_array_equal(scratch.by_row(turned), turned)
    assert scratch.by_row(turned).flags.c_contiguous


def test_by_row_copies_only_what_does_not_lie_row_by_row():
    scratch, x = Scratch(), np.arange(24.0).reshape(2, 3, 4)
    assert scratch.by_row(x) is x
    for other in (np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2]):
        copy = scratch.by_row(other)
        assert copy.flags.c_contiguous
        np.testing.assert_array_equal(copy, x)
