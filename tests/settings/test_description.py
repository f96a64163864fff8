import json
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Dense, Gaussian, Glorot
from npae.settings.description import Description, describe, restore


@dataclass(frozen=True)
class Bag(Description):
    """A user's description that holds anything."""

    content: object = None
    extra: object = ()


def through_json(value):
    return restore(json.loads(json.dumps(describe(value))))


VALUES = [
    None,
    True,
    0,
    -7,
    0.1,
    math.inf,
    "tanh",
    "",
    [],
    (),
    {},
    [1, (2, [3, (4,)])],
    {"a": (1, 2), "b": {"c": [None]}},
    {"type": "Dense", "items": 3},
    {"type": "dict", "items": {}},
    {"type": "tuple", "items": [1]},
    Dense(2, "tanh"),
    [Dense(2), Gaussian(0.1, mean=-1.0), Glorot()],
    (Dense(2), {"init": Gaussian(0.1)}),
    Bag(),
    Bag([Bag((Dense(1), Bag({"x": Bag(2)})))], extra=(1, "two")),
]


@in_one_test("value", VALUES, ids=repr)
def test_restore_undoes_describe(value):
    again = through_json(value)
    assert again == value
    assert type(again) is type(value)


@pytest.mark.slow
def test_restore_undoes_describe_for_any_nesting():
    """Hypothesis is imported here: pytest rewrites its asserts, which takes longer than the test."""
    from hypothesis import given, settings
    from hypothesis import strategies as st

    # All of Unicode would take seconds.
    text = st.text(st.sampled_from('type"\\/ \n\0\x7f\u2028é\U0001f600\ud800'))
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
    nested = st.recursive(
        plain,
        lambda inner: (
            st.lists(inner)
            | st.lists(inner).map(tuple)
            | st.dictionaries(text | st.sampled_from(["type", "items"]), inner)
            | st.builds(Bag, inner, inner)
        ),
        max_leaves=6,
    )

    @settings(max_examples=40, deadline=None, database=None)
    @given(nested)
    def check(value):
        assert through_json(value) == value

    check()


@in_one_test(
    ("value", "kind"), [(np.float64(0.1), float), (np.float32(0.5), float), (np.int32(3), int), (np.bool_(True), bool)]
)
def test_numpy_scalars_become_plain_numbers(value, kind):
    again = through_json(Dense(value) if kind is int else Bag(value))
    number = again.units if kind is int else again.content
    assert number == value
    assert type(number) is kind


def test_a_path_becomes_a_string(tmp_path):
    """Otherwise a Checkpoint at a Path would keep all callbacks out of a saved model."""
    assert through_json([npae.Checkpoint(tmp_path / "a.npz")]) == [npae.Checkpoint(str(tmp_path / "a.npz"))]


def test_a_description_reads_as_its_type_and_fields():
    assert describe(Dense(2, "tanh")) == {"type": "Dense", "units": 2, "activation": "tanh"}
    assert describe(Bag(1))["type"] == f"{__name__}.Bag"


def test_a_document_may_leave_out_fields_with_defaults():
    assert restore({"type": "Dense", "units": 2}) == Dense(2)


def test_classes_of_the_user_do_not_replace_those_of_the_library():
    type("Dense", (Description,), {})
    assert type(restore({"type": "Dense", "units": 2})) is npae.Dense


@in_one_test(
    "value",
    [np.zeros(2), np.sum, Dense, 1 + 2j, {1, 2}, b"bytes", [object()], {"f": len}, Bag(np.zeros(2))],
    ids=lambda value: repr(value).partition(" at 0x")[0],
)
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(TypeError, match="value must be a description, a number, a string or a list or dict of these"):
        describe(value)


@in_one_test("value", [Fraction(1, 3), np.complex128(1j), np.datetime64("2024-01-01")], ids=repr)
def test_numbers_that_json_has_no_notation_for_are_refused_by_describe(value):
    """Not only later, when a model is saved."""
    with pytest.raises(TypeError, match="value must be a description, a number, a string or a list or dict of these"):
        describe(value)


@in_one_test("value", [{1: "a"}, {("a", 2): 3}, {None: 0}], ids=repr)
def test_keys_that_json_would_turn_into_strings_are_refused(value):
    with pytest.raises(TypeError, match="key"):
        describe(value)


@in_one_test("name", ["Dence", "", None, 3, f"{__name__}.Sack"])
def test_an_unknown_type_is_refused_with_a_hint(name):
    with pytest.raises(ValueError, match="type must be a known description, got .* Import the module that defines it"):
        restore({"type": name, "units": 2})


def test_a_document_without_a_type_is_refused():
    with pytest.raises(ValueError, match="type must be a known description, got None"):
        restore({"units": 2})


def test_values_of_a_damaged_document_are_checked_by_their_class():
    with pytest.raises(ValueError, match="units must be an integer of at least 1, got -2"):
        restore({"type": "Dense", "units": -2})


@in_one_test(
    ("base", "old", "new"),
    [
        (npae.Optimizer, "moved", "after_refinement"),
        (npae.EtaSchedule, "moved", "after_refinement"),
        (npae.EtaSchedule, "first", "initial_eta"),
        (npae.Layer, "turns", "loss_changes"),
        (npae.Weight, "first", "initial_values"),
        (npae.Bias, "first", "initial_values"),
    ],
)
def test_a_hook_under_its_old_name_is_refused_since_nobody_would_call_it(base, old, new):
    with pytest.raises(TypeError, match=f"Mine must call this method '{new}', got its old name '{old}'. Rename it."):
        type("Mine", (base,), {old: lambda self, *arguments: None})


def test_an_old_name_is_found_in_a_mixin_and_free_for_a_field():
    mixin = type("Mixin", (), {"turns": lambda self, epoch: True})
    with pytest.raises(TypeError, match="Mine must call this method 'loss_changes'"):
        type("Mine", (mixin, npae.Layer), {})
    assert type("Spiral", (npae.Layer,), {"turns": 3}).turns == 3
