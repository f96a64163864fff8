"""The circumstances of a pass: what `begin` sets, and what padding means to a mean."""

import numpy as np
import pytest

from npae.layers.context import Context


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


def test_what_a_pass_takes_is_free_again_in_the_next_one():
    context = Context(np.float32)
    first = context.empty(3, 2)
    assert first.dtype == np.float32
    assert context.empty(3, 2) is not first
    context.begin(1)
    assert context.scratch.empty(3, 2) is first


def test_charges_add_up_until_the_next_pass():
    context = Context()
    context.charge(0.5)
    context.charge(0.25)
    assert context.charged == 0.75
    context.begin(1)
    assert context.charged == 0.0


def test_padding_is_taken_out_of_a_copy():
    context, x = Context(), np.ones((2, 3, 1))
    assert context.without_padding(x) is x
    context.begin(2, mask=np.array([[True, False, True], [True, True, False]]))
    np.testing.assert_array_equal(context.without_padding(x)[:, :, 0], [[1, 0, 1], [1, 1, 0]])
    assert x.all()


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_codes_are_drawn_from_the_passes_own_generator_first(rng):
    context, other = Context(), np.random.default_rng(1)
    context.begin(1, rng, code_rng=other)
    assert context.code_rng is (other if rng is None else rng)


def test_a_layer_of_ones_own_may_ask_the_context_for_memory():
    context, column = Context(), np.zeros((4, 3), order="F")
    assert context.empty(2, 5).shape == (2, 5)
    assert context.empty_like(column).strides == column.strides
