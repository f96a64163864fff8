"""What "auto" stands for, in every combination, and that nothing else is touched."""

import itertools

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Adam, Autoencoder, Classifier, Dense, GaussianCode, Refine
from npae.estimators.default_recipe import DefaultRecipe, refines_by_default
from npae.estimators.learning import begun

X = np.random.default_rng(0).random((30, 6))
REFINE = Refine("CG", every=2, max_iterations=2)


def fitted(encoder=(4, 2), **params):
    return Autoencoder(encoder, random_state=0, **params).fit(X)


def plan_of(**params):
    """Return (optimizer, refine, epochs) that training took, without training."""
    training, _ = begun(Autoencoder(**{"encoder": (4, 2), "random_state": 0} | params), X, None, None, None)
    return training.plan


CHOICES = {"optimizer": ("auto", "adam", None), "refine": ("auto", REFINE, None), "epochs": ("auto", 7)}


@in_one_test("optimizer, refine, epochs", [*itertools.product(*CHOICES.values())], ids=str)
def test_every_combination_of_auto_is_resolved(optimizer, refine, epochs):
    params = {"optimizer": optimizer, "refine": refine, "epochs": epochs}
    if optimizer is None and refine in ("auto", None):
        with pytest.raises(ValueError, match="optimizer or refine must be given, got None for both"):
            plan_of(**params)
        return
    plan = plan_of(**params)
    if optimizer == refine == epochs == "auto":
        assert plan.optimizer is None and plan.refine.name == "L-BFGS-B" and plan.callbacks == (npae.Converged(0.03),)
    else:
        assert plan.optimizer == (None if optimizer is None else Adam())
        assert plan.refine == (REFINE if refine is REFINE else None)
        assert plan.epochs == (200 if epochs == "auto" else 7)
        assert plan.callbacks == ()


@in_one_test(
    "params",
    [
        {"batch_size": 10},
        {"noise": npae.GaussianNoise(0.1)},
        {"encoder": [4, GaussianCode(2)]},
        {"encoder": [4, npae.Dropout(0.1), 2]},
        {"callbacks": [npae.AdaptiveEta()]},
        {"callbacks": npae.AdaptiveEta()},
    ],
    ids=lambda params: str(next(iter(params.items()))),
)
def test_what_needs_an_optimizer_gets_adam_for_200_epochs(params):
    plan = plan_of(**params)
    assert isinstance(plan.optimizer, Adam) and plan.refine is None and plan.epochs == 200


@in_one_test(
    "params",
    [
        {"loss": "bce"},
        {"activation": "relu"},
        {"penalty": npae.L2(1e-4)},
        {"callbacks": [npae.EarlyStopping("loss", patience=3)]},
    ],
    ids=lambda params: str(next(iter(params.items()))),
)
def test_everything_else_is_refined(params):
    assert refines_by_default(Autoencoder(**params))
    assert plan_of(**params).optimizer is None


def test_an_explicit_recipe_begins_with_drawn_weights_and_is_what_it_was():
    network = npae.Network([Dense(4, "tanh"), Dense(2)], [Dense(4, "tanh"), Dense(6)], in_shape=(6,))
    theta, optimizer = network.init(np.random.default_rng(0)), Adam()
    memory = optimizer.start(theta)
    for _ in range(5):
        optimizer.step(theta, network.value_and_gradient(theta, X)[1], optimizer.eta, memory, None)
    ae = fitted(optimizer="adam", epochs=5, scale=None)
    np.testing.assert_allclose(ae.theta_, theta, rtol=1e-12)


def test_weights_are_drawn_where_the_initialiser_is_named():
    training, _ = begun(Autoencoder([4, 2], init=npae.Gaussian(0.5), random_state=0), X, None, None, None)
    np.testing.assert_array_equal(training.theta, training.network.init(np.random.default_rng(0)))


def test_a_stream_is_trained_on_by_adam():
    ae = Autoencoder([4, 2], random_state=0).partial_fit(X).partial_fit(X)
    assert ae.n_epochs_ == 2 and ae._optimizer == Adam()


def test_a_model_that_was_refined_goes_on_by_adam():
    ae = fitted()
    before, error = ae.n_epochs_, -ae.score(X)
    ae.partial_fit(X)
    assert ae.n_epochs_ == before + 1 and -ae.score(X) < 2 * error


def test_it_ends_where_it_has_converged_and_says_so():
    ae = fitted()
    assert ae.stop_reason_ == "converged"
    assert len(ae.history_["refinements"]) == ae.n_epochs_
    assert "notes" not in ae.history_


def test_a_callback_may_end_it_earlier():
    ae = fitted(callbacks=[npae.EarlyStopping("loss", target=10.0)])
    assert ae.stop_reason_ == "loss reached 10.0" and ae.n_epochs_ == 1


def test_the_code_is_linear_and_hidden_layers_are_tanh():
    layers = fitted().network_.layers
    assert [layer.activation for layer in layers] == ["tanh", "identity", "tanh", "identity"]
    for params, expected in [
        ({"activation": "tanh"}, ["tanh", "tanh"]),
        ({"activation": "relu"}, ["relu", "relu"]),
        ({"code_activation": "sigmoid"}, ["tanh", "sigmoid"]),
        ({"activation": "relu", "code_activation": "identity"}, ["relu", "identity"]),
    ]:
        assert [layer.activation for layer in fitted(**params).network_.encoder.layers] == expected


SCALES = [
    ({}, "common"),
    ({"scale": "columns"}, "columns"),
    ({"scale": None}, None),
    ({"loss": "bce"}, None),
    ({"output": "sigmoid"}, None),
    ({"output": "tanh"}, None),
    ({"encoder": [4, GaussianCode(2)], "epochs": 1}, None),
    ({"encoder": [4, GaussianCode(2)], "epochs": 1, "scale": "common"}, "common"),
    ({"encoder": [4, 2], "decoder": [4, Dense(6, "relu")]}, None),
    ({"noise": npae.GaussianNoise(0.1), "epochs": 1}, "common"),
]


@in_one_test("params, kind", SCALES, ids=str)
def test_the_scale_suits_output_and_loss(params, kind):
    scaling = begun(Autoencoder(**{"encoder": (4, 2), "random_state": 0} | params), X, None, None, None)[
        0
    ].network.scaling
    assert (scaling and scaling.kind) == kind


@in_one_test(
    "params, message",
    [
        ({"scale": "rows"}, "scale must be 'auto', 'common', 'columns' or None, got 'rows'"),
        ({"scale": True}, "scale must be 'auto', 'common', 'columns' or None, got True"),
        ({"scale": "common", "loss": "bce"}, "scale must be None or 'auto' where the loss is BinaryCrossEntropy"),
        ({"scale": "columns", "output": "tanh"}, "None or 'auto' where the output has the activation 'tanh', got 'col"),
        ({"code_activation": "wide"}, "code_activation must be one of"),
        ({"epochs": "all"}, "epochs must be an integer of at least 1, got 'all'"),
        ({"optimizer": "automatic"}, "optimizer must be one of"),
        ({"refine": "L-BFGS-B"}, "refine must be 'auto', None or a Refine"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(params, message):
    with pytest.raises(ValueError, match=message):
        fitted(**params)


def test_a_last_layer_without_an_activation_is_named():
    series = Autoencoder([npae.LSTM(3)], [npae.Repeat(5), npae.LSTM(2, sequences=True)], scale="common", epochs=1)
    with pytest.raises(ValueError, match="scale must be None or 'auto' where the output is that of LSTM, got 'common'"):
        series.fit(np.zeros((4, 5, 2)))


def test_a_classifier_scales_its_columns():
    y = np.arange(30) % 2
    assert Classifier([3], epochs=1).fit(X, y).network_.scaling.kind == "columns"
    assert Classifier([3], scale="common", epochs=1).fit(X, y).network_.scaling.kind == "common"
    assert Classifier([3], scale=None, epochs=1).fit(X, y).network_.scaling is None


@in_one_test("samples, fewest", [(10, 2000), (10**5, 60), (10**9, 60)])
def test_large_data_gets_fewer_iterations(samples, fewest):
    network = npae.Network([Dense(16, "tanh"), Dense(2)], [Dense(16, "tanh"), Dense(500)], in_shape=(500,))
    recipe = DefaultRecipe.of(network, samples)
    evaluations = recipe.epochs * recipe.refine.max_iterations
    assert fewest - 50 <= evaluations <= 2000
    assert 20 <= recipe.trial.max_iterations <= 100


def test_the_memory_of_lbfgs_is_bounded():
    for width, corrections in ((4, 50), (20_000, 5)):
        network = npae.Network([Dense(16, "tanh"), Dense(2)], [Dense(16, "tanh"), Dense(width)], in_shape=(width,))
        assert DefaultRecipe.of(network, 100).refine.options["maxcor"] == corrections


def test_the_name_of_a_column_whose_squares_overflow_is_in_the_message():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"small": [1.0, 2.0, 3.0], "large": [1e300, -1e300, 1e299]})
    for data, name in ((frame, "column 'large'"), (frame.to_numpy(), "column 1")):
        with pytest.raises(ValueError, match=f"squares float64 can hold, got larger ones in {name}. Divide it"):
            Autoencoder([2]).fit(data)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("seed", range(3))
def test_partial_fit_goes_on_as_the_recipe_does(seed):
    table = np.exp(
        np.random.default_rng(seed).standard_normal((60, 3)) @ np.random.default_rng(9).standard_normal((3, 6))
    )
    model = Autoencoder(random_state=seed).fit(table)
    before, epochs = model.score(table), model.n_epochs_
    model.partial_fit(table)
    assert model.score(table) >= before
    assert model.n_epochs_ == epochs + 1 and len(model.history_["refinements"]) == epochs + 1


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("size", [1e-25, 1.0, 1e25])
def test_single_precision_learns_numbers_whose_squares_it_cannot_hold(size):
    table = np.random.default_rng(0).random((60, 5))
    error = Autoencoder(dtype="float32", random_state=0).fit(size * table).reconstruct(size * table) / size - table
    assert np.square(error).mean() < 0.5 * table.var(axis=0).mean()
