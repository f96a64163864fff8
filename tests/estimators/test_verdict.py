"""What a fit says about its end: warnings, and the same texts in the history."""

import warnings

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Classifier, CollapsedCode, NoBetterThanMean, NotConverged, TrainingWarning
from npae.estimators import default_recipe
from npae.estimators.verdict import learned_nothing, still_improves
from npae.samples import Samples

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3)) @ RNG.standard_normal((3, 6)) + 2


def fitted(data=X, **params):
    return Autoencoder([4, 2], random_state=0, **params).fit(data)


def test_a_fit_with_all_defaults_has_nothing_to_say():
    assert "notes" not in fitted().history_


def test_a_fit_that_ends_while_it_improves_names_epochs_once():
    with pytest.warns(
        NotConverged, match="Training ended with epochs=30 while the loss still fell. Raise epochs"
    ) as seen:
        ae = fitted(optimizer="adam", epochs=30)
    assert len(seen) == 1
    assert ae.history_["notes"] == [str(seen[0].message)]
    assert seen[0].filename == __file__


def test_a_refinement_is_told_to_go_on():
    with pytest.warns(NotConverged, match="epochs=3 while the loss still fell. Raise epochs to train longer"):
        fitted(optimizer=None, refine=npae.Refine("L-BFGS-B", max_iterations=3), epochs=3)


def test_the_default_recipe_is_told_how_to_go_on(monkeypatch):
    monkeypatch.setattr(default_recipe, "WORK", 0)
    monkeypatch.setattr(default_recipe, "FEWEST", 150)
    letters = npae.datasets.load_font("capitals")
    with pytest.warns(NotConverged, match=r"Give optimizer=None, refine=npae.Refine\('L-BFGS-B'\) and more epochs"):
        Autoencoder([8, 2], activation="tanh", loss="bce", random_state=0).fit(letters)


def test_the_validation_loss_is_what_counts_where_there_is_one():
    noise = RNG.standard_normal((30, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoBetterThanMean)
        ae = Autoencoder([20, 5], optimizer=npae.Adam(0.02), epochs=40, random_state=0)
        ae.fit(noise[:10], validation_data=noise[10:])
    assert still_improves(ae.history_["loss"]) and not still_improves(ae.history_["val_loss"])
    assert "notes" not in ae.history_


@in_one_test(
    "losses, expected",
    [
        ([], False),
        ([1.0], False),
        ([1.0, 1.0], False),
        ([1.0, 0.5], True),
        (list(np.linspace(1, 0.1, 100)), True),
        ([1.0, *np.full(99, 0.1)], False),
        (list(np.exp(-np.arange(100.0))), False),
        ([1e7, *np.linspace(2000, 800, 200)], True),
        ([1.0, *np.full(20, 0.5), *np.full(2, 0.49)], True),
        ([0.1, *np.full(50, 0.5)], False),
        ([1.0, np.nan, 0.5, 0.5, 0.5, 0.5], False),
    ],
    ids=str,
)
def test_the_last_tenth_of_the_epochs_says_whether_more_would_come(losses, expected):
    assert still_improves(losses) is expected


@pytest.mark.parametrize("ended", ["stopped by a callback", "converged"])
def test_training_that_did_not_end_with_its_epochs_is_not_called_unfinished(ended):
    stop = [lambda training: training.epoch == 25] if ended != "converged" else []
    params = {"optimizer": "adam", "epochs": 30} if stop else {}
    assert "notes" not in fitted(callbacks=stop, **params).history_


def dead(**params):
    """Return a model whose code is saturated: all samples get the same one."""
    ae = Autoencoder([2], scale=None, optimizer=npae.GradientDescent(1e-300), epochs=20, random_state=0, **params)
    return ae, 1e4 + RNG.standard_normal((50, 6))


def test_a_collapsed_code_is_named_with_what_to_do():
    ae, data = dead(code_activation="tanh")
    hint = "Use code_activation='identity', another scale, or a wider code"
    with pytest.warns(CollapsedCode, match=f"almost one prediction for all of them. {hint}") as seen:
        ae.fit(data)
    assert ae.history_["notes"] == [str(warning.message) for warning in seen]


def test_predictions_no_better_than_the_mean_are_named():
    with pytest.warns(NoBetterThanMean, match="must be better than the mean of the samples, got a squared error that"):
        fitted(optimizer=npae.GradientDescent(1e-300), epochs=20)


def test_a_converged_model_that_is_no_better_than_the_mean_may_have_too_narrow_a_code():
    noise = np.random.default_rng(0).standard_normal((2000, 200))
    with pytest.warns(NoBetterThanMean, match="Use another init, a wider code, a smaller eta or more epochs"):
        Autoencoder([1], random_state=0).fit(noise)


def test_a_few_epochs_are_not_judged():
    ae = fitted(optimizer=npae.GradientDescent(1e-300), epochs=5)
    assert "notes" not in ae.history_


def test_other_data_may_be_judged_too():
    ae = fitted()
    assert learned_nothing(ae.network_, ae.theta_, Samples(X)) == []
    (found,) = learned_nothing(ae.network_, ae.theta_, Samples(X[:, ::-1] + 100))
    assert isinstance(found, NoBetterThanMean)


@in_one_test("value", [0.0, 0.1, 1e9, -1e-300])
@in_one_test("dtype", ["float64", "float32"])
def test_data_that_does_not_vary_is_no_failure(value, dtype):
    ae = fitted(np.full((7, 3), value), dtype=dtype)
    assert "notes" not in ae.history_
    np.testing.assert_allclose(ae.reconstruct(np.full((7, 3), value)), value, rtol=1e-6, atol=1e-12)


def test_padding_is_not_judged():
    series, mask = RNG.standard_normal((40, 5, 3)), np.arange(5) < RNG.integers(1, 6, 40)[:, None]
    series[~mask] = np.nan
    ae = Autoencoder([4, 2], random_state=0).fit(series, mask=mask)
    assert "notes" not in ae.history_


def test_a_classifier_is_told_that_it_could_go_on():
    y = (X[:, 0] > 2).astype(int)
    with pytest.warns(NotConverged, match="epochs=10"):
        model = Classifier([5], epochs=10, random_state=0).fit(X, y)
    assert len(model.history_["notes"]) == 1


def test_notes_are_saved_and_loaded(tmp_path):
    with pytest.warns(NotConverged):
        ae = fitted(optimizer="adam", epochs=30)
    ae.save(tmp_path / "model.npz")
    assert npae.load(tmp_path / "model.npz").history_["notes"] == ae.history_["notes"]


def test_a_second_fit_forgets_the_notes_of_the_first():
    with pytest.warns(NotConverged):
        ae = fitted(optimizer="adam", epochs=30)
    assert "notes" not in ae.set_params(optimizer="auto", epochs="auto").fit(X).history_


def test_the_warnings_are_public_and_have_one_base():
    for kind in (NotConverged, CollapsedCode, NoBetterThanMean):
        assert issubclass(kind, TrainingWarning) and issubclass(kind, UserWarning)
        assert getattr(npae, kind.__name__) is kind


@in_one_test("constant", [-100.0, -1.0, -0.62, -0.5, 0.0])
def test_a_verdict_on_losses_below_0_is_that_of_their_differences(constant):
    still = np.concatenate([np.linspace(1, 0.1, 50), np.linspace(0.1, 0.05, 10)]) + constant
    done = np.concatenate([np.linspace(1, 0.5, 50), np.full(10, 0.4995)]) + constant
    assert still_improves(list(still))
    assert not still_improves(list(done))


def test_a_single_epoch_is_not_judged():
    assert "notes" not in fitted(optimizer="adam", epochs=1).history_
    assert "A single epoch is not" in NotConverged.__doc__


def test_a_variational_model_that_is_no_better_than_the_mean_is_named():
    model = Autoencoder([8, npae.GaussianCode(2)], optimizer=npae.GradientDescent(1e-300), epochs=20, random_state=0)
    with pytest.warns(NoBetterThanMean, match="a smaller eta, a smaller beta or more epochs") as seen:
        model.fit(3 * X)
    assert model.history_["notes"] == [str(seen[0].message)]


def test_a_code_that_carries_nothing_is_named_once():
    model = Autoencoder([npae.GaussianCode(2, beta=1e4)], optimizer=npae.Adam(0.05), epochs=60, random_state=0)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model.fit(X)
    assert [warning.category for warning in seen if warning.category is not NotConverged] == [npae.PosteriorCollapse]
