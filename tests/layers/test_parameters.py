import numpy as np
import pytest
from looped import in_one_test

from npae import Bias, Weight
from npae.initializers import Gaussian
from npae.layers.parameters import Layout


def dense(inputs, units):
    return {"W": Weight((inputs, units), inputs, units, joined="b"), "b": Bias((units,))}


@pytest.fixture
def layout():
    return Layout([("encoder.0", dense(3, 2)), ("decoder.0", {}), ("decoder.1", dense(2, 4))])


def test_the_size_is_the_number_of_entries(layout):
    assert layout.size == 3 * 2 + 2 + 2 * 4 + 4


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["encoder"], range(8)),
        (["encoder.0.W"], range(6)),
        (["decoder.1.b", "encoder.0.b"], [6, 7, *range(16, 20)]),
        (["decoder.1", "decoder"], range(8, 20)),
        (["encoder", "decoder"], range(20)),
    ],
    ids=str,
)
def test_names_stand_for_positions_in_rising_order(layout, names, expected):
    np.testing.assert_array_equal(layout.indices(names), expected)


@pytest.mark.parametrize("name", ["decode", "decoder.", "decoder.0", "encoder.0.Wb", "W", ""])
def test_a_name_that_stands_for_nothing_is_refused_and_the_known_ones_are_listed(layout, name):
    known = "'decoder', 'decoder.1', 'decoder.1.W', 'decoder.1.b', 'encoder', 'encoder.0', 'encoder.0.W', 'encoder.0.b'"
    with pytest.raises(ValueError, match=f"layers must be names of layers or arrays among {known}, got '{name}'"):
        layout.indices(["encoder", name])


def test_views_come_in_the_order_of_the_vector(layout):
    views = layout.views(np.arange(layout.size))
    assert list(views) == ["encoder.0.W", "encoder.0.b", "decoder.1.W", "decoder.1.b"]
    assert [view.shape for view in views.values()] == [(3, 2), (2,), (2, 4), (4,)]
    np.testing.assert_array_equal(np.concatenate([v.ravel() for v in views.values()]), np.arange(layout.size))


def test_views_share_memory_with_the_vector(layout):
    vector = np.zeros(layout.size)
    layout.views(vector)["decoder.1.W"][1, 3] = 7
    assert vector[8 + 7] == 7
    vector[0] = 5
    assert layout.by_layer(vector)[0]["W"][0, 0] == 5
    every = [v for group in layout.by_layer(vector) for v in group.values()] + list(layout.views(vector).values())
    assert all(np.shares_memory(view, vector) for view in every)


def test_by_layer_has_one_dict_a_layer_also_for_layers_without_parameters(layout):
    groups = layout.by_layer(np.arange(layout.size))
    assert [set(group) - {"Wb"} for group in groups] == [{"W", "b"}, set(), {"W", "b"}]
    for (name, view), (_, expected) in zip(
        [(name, group[name]) for group in groups for name in ("W", "b") if name in group],
        layout.views(np.arange(layout.size)).items(),
        strict=True,
    ):
        np.testing.assert_array_equal(view, expected, err_msg=name)


def test_the_joint_block_is_the_matrix_over_the_bias(layout):
    first, _, last = layout.by_layer(np.arange(layout.size))
    for group in (first, last):
        np.testing.assert_array_equal(group["Wb"], np.vstack([group["W"], group["b"]]))
        assert np.shares_memory(group["Wb"], group["b"])


@in_one_test(
    "group",
    [
        {"b": Bias((2,)), "W": Weight((3, 2), 3, 2)},
        {"W": Weight((3, 2), 3, 2), "b": Bias((3,))},
        {"W": Weight((3, 2, 2), 6, 2), "b": Bias((2,))},
        {"W": Weight((3, 2), 3, 2), "V": Weight((2, 2), 2, 2)},
        {"W": Weight((3, 2), 3, 2)},
    ],
    ids=["bias first", "other length", "not a matrix", "two matrices", "alone"],
)
def test_only_a_matrix_followed_by_its_bias_has_a_joint_block(group):
    layout = Layout([("encoder.0", group)])
    (views,) = layout.by_layer(np.zeros(layout.size))
    assert set(views) == set(group)


def test_no_joint_block_reaches_into_the_next_layer():
    layout = Layout([("encoder.0", {"W": Weight((3, 2), 3, 2)}), ("encoder.1", {"b": Bias((2,))})])
    assert [set(group) for group in layout.by_layer(np.zeros(layout.size))] == [{"W"}, {"b"}]


def test_name_of_names_the_entry_that_the_view_holds(layout):
    vector = np.arange(layout.size)
    names = [
        f"{name}[{', '.join(map(str, i))}]" for name, v in layout.views(vector).items() for i in np.ndindex(v.shape)
    ]
    assert [layout.name_of(index) for index in vector] == names
    assert layout.name_of(7) == "encoder.0.b[1]"


def test_name_of_refuses_an_index_past_the_end(layout):
    with pytest.raises(IndexError, match="index must be below 20, got 20"):
        layout.name_of(20)


def test_a_scalar_parameter_has_one_entry():
    layout = Layout([("encoder.0", {"gain": Bias(())})])
    assert layout.size == 1
    assert layout.views(np.array([3.0]))["encoder.0.gain"] == 3


def test_a_weight_starts_at_random_and_a_bias_at_its_constant():
    rng = np.random.default_rng(0)
    assert Weight((30, 20), 30, 20).initial_values(rng, Gaussian(1.0)).std() > 0.9
    state = rng.bit_generator.state
    np.testing.assert_array_equal(Bias((4,), value=1.5).initial_values(rng, Gaussian(1.0)), np.full(4, 1.5))
    assert rng.bit_generator.state == state


def test_several_arrays_are_joined_to_one_block():
    group = {"W": Weight((2, 3), 2, 3, joined=("b", "R")), "b": Bias((3,)), "R": Weight((4, 3), 4, 3)}
    views = Layout([("encoder.0", group)]).by_layer(np.arange(21.0))[0]
    np.testing.assert_array_equal(views["WbR"], np.arange(21.0).reshape(7, 3))
    np.testing.assert_array_equal(views["R"], views["WbR"][3:])


def test_a_bias_starts_at_a_constant_or_at_its_own_numbers():
    assert Bias((3,), 2.0).initial_values(None, None).tolist() == [2, 2, 2]
    assert Bias((3,), (0.0, 1.0, 0.0)).initial_values(None, None).tolist() == [0, 1, 0]
