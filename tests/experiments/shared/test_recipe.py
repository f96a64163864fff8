from dataclasses import fields, replace

import numpy as np
from looped import in_one_test

import npae
from experiments.shared.recipe import Recipe

LETTERS = npae.datasets.load_font("capitals").pixels


NAMED = {"activation": "tanh", "optimizer": "adam", "refine": None, "epochs": 200}  # what "auto" is not left to decide


def test_the_fields_are_parameters_of_an_autoencoder_with_the_same_defaults_where_these_are_not_auto():
    usual = npae.Autoencoder().get_params(deep=False)
    recipe = Recipe((16, 2))
    ours = {field.name: getattr(recipe, field.name) for field in fields(Recipe)}
    assert ours.pop("threads") == 1
    assert usual.keys() - ours.keys() == {"threads", "workers", "random_state", "scale", "code_activation", "missing"}
    assert {name: value for name, value in usual.items() if name in ours} | NAMED == ours
    assert {name for name in ours if usual[name] == "auto"} == NAMED.keys()


def test_data_are_not_scaled_unless_a_run_asks_for_it():
    recipe = Recipe((2,), epochs=1)
    assert recipe.autoencoder(0).scale is None
    assert recipe.autoencoder(0).fit(LETTERS).network_.scaling is None
    assert recipe.autoencoder(0, scale="common").fit(LETTERS).network_.scaling is not None


def test_a_model_has_the_settings_of_its_recipe():
    recipe = Recipe((npae.Dense(4, "relu"),), decoder=(35,), penalty=(npae.L1(1e-6), npae.L2(1e-5)), epochs=3)
    model = recipe.autoencoder(7, threads=2)
    assert (model.encoder, model.decoder) == ([npae.Dense(4, "relu")], [35])
    assert model.penalty == [npae.L1(1e-6), npae.L2(1e-5)]
    assert (model.epochs, model.random_state, model.threads) == (3, 7, 2)


def test_callbacks_of_a_run_come_before_those_of_the_recipe():
    stop, report = npae.EarlyStopping("loss", target=0), npae.UnitReport()
    assert Recipe((2,), callbacks=(stop,)).autoencoder(0, [report]).callbacks == [report, stop]


def test_a_recipe_from_sizes_is_an_autoencoder_from_sizes():
    sizes = [35, 9, 2, 9, 35]
    model = Recipe.from_sizes(sizes, loss="bce", epochs=2).autoencoder(0)
    peer = npae.Autoencoder.from_sizes(sizes, activation="tanh", loss="bce", epochs=2, random_state=0)
    np.testing.assert_array_equal(model.fit(LETTERS).theta_, peer.fit(LETTERS).theta_)


def test_equal_recipes_are_one_key_and_different_ones_two():
    recipe = Recipe((npae.Dense(4),), penalty=npae.L1(1e-6), callbacks=(npae.EarlyStopping("loss", target=0),))
    assert len({recipe, replace(recipe), replace(recipe, penalty=npae.L1(1e-5))}) == 2


@in_one_test(
    "encoder", [(16, 8), (npae.Dense(8), npae.Dropout(0.1)), (npae.Conv2D(4, 3), npae.Flatten(), npae.Dense(8))]
)
def test_the_code_size_is_that_of_the_innermost_dense_layer(encoder):
    assert Recipe(encoder).code_size == 8
