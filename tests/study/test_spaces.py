"""What a search may choose from, and what it refuses."""

import jobs
import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.study import Integers, Uniform
from npae.study.spaces import Space

optuna = pytest.importorskip("optuna")
KNOWN = ("encoder", "batch_size", "optimizer", "epochs")


def space(**choices):
    return Space(choices, KNOWN)


def test_a_function_makes_a_parameter_from_choices_that_are_not_parameters():
    drawn = {"width": 5, "depth": 2, "epochs": 7}
    some = space(width=Integers(1, 9), depth=[1, 2], epochs=[7, 8], encoder=jobs.funnel)
    assert some.settings(drawn) == {"encoder": [5, 5, 2], "epochs": 7}


def rate(batch_size):
    return npae.Adam(0.001 * batch_size)


def test_a_choice_that_is_both_a_parameter_and_an_argument_is_also_set():
    assert space(batch_size=[2, 4], optimizer=rate).settings({"batch_size": 4}) == {
        "batch_size": 4,
        "optimizer": npae.Adam(0.004),
    }


def test_values_that_are_not_scalars_come_back_unchanged():
    values = [[8, 2], npae.Adam(0.1), npae.Adam(0.1, beta1=0.5), None]
    some = space(encoder=values)
    labels = some.distributions(optuna)["encoder"].choices
    assert labels == ("[8, 2]", "Adam(0.1)", "Adam(0.1, beta1=0.5)", "None")
    assert [some.settings({"encoder": label})["encoder"] for label in labels] == values


def test_values_that_look_alike_are_numbered():
    some = space(epochs=[0.1, 0.1 + 1e-12, [3]])
    assert some.distributions(optuna)["epochs"].choices == ("0: 0.1", "1: 0.1", "2: [3]")


def test_a_grid_has_each_combination_once_in_an_order_drawn_from_the_seed():
    some = space(epochs=Integers(2, 8, step=3), batch_size=np.array([1, 4]))
    grid = some.grid(0)
    assert sorted((point["epochs"], point["batch_size"]) for point in grid) == [
        (e, b) for e in (2, 5, 8) for b in (1, 4)
    ]
    assert grid == some.grid(0) != some.grid(1)


@in_one_test(
    ("choice", "distribution"),
    [
        (Uniform(0.1, 10, log=True), optuna.distributions.FloatDistribution(0.1, 10, log=True)),
        (Integers(2, 8, step=2), optuna.distributions.IntDistribution(2, 8, step=2)),
        (Integers(2, 8, log=True), optuna.distributions.IntDistribution(2, 8, log=True)),
        ([True, 3, "a"], optuna.distributions.CategoricalDistribution([True, 3, "a"])),
    ],
    ids=str,
)
def test_a_choice_is_one_of_optunas_distributions(choice, distribution):
    assert space(epochs=choice).distributions(optuna) == {"epochs": distribution}


@in_one_test(
    ("make", "message"),
    [
        (lambda: Uniform(1, 1), "low must be less than high = 1, got 1"),
        (lambda: Uniform(0, np.inf), "high must be a number in .*, got inf"),
        (lambda: Uniform(0, 1, log=True), "low must be more than 0 on a logarithmic scale, got 0"),
        (lambda: Integers(1.0, 2), "low must be an integer, got 1.0"),
        (lambda: Integers(3, 2), "low must be less than high = 2, got 3"),
        (lambda: Integers(1, 6, step=2), "step must divide high - low = 5, got 2"),
        (lambda: Integers(0, 6, log=True), "low must be at least 1 and step 1 on a logarithmic scale"),
        (lambda: Space({}, KNOWN), "space must be a dict of choices by parameter, at least one, got {}"),
        (lambda: space(epochs=3), r"space\['epochs'\] must be a list of values, .*, got 3"),
        (lambda: space(epochs=[]), r"space\['epochs'\] must have at least one value, got none"),
        (lambda: space(epochs=[1, 1]), r"space\['epochs'\] must have different values, got \[1, 1\]"),
        (lambda: space(encoder=[[1], [1]]), r"space\['encoder'\] must have different values"),
        (
            lambda: space(depth=[1], encoder=jobs.funnel),
            "must take choices of the space .depth., got the argument 'width'",
        ),
        (lambda: space(encoder=list), "must take choices of the space|space must hold something to choose"),
        (
            lambda: space(epochs=Uniform(1, 2)).grid(0),
            r"space\['epochs'\] must be a list of values for a grid, .*geomspace",
        ),
    ],
)
def test_what_cannot_be_chosen_from_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
