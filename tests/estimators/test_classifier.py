"""The classifier: what it learns, where it begins, how it is kept."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Checkpoint, Classifier, Dense, EarlyStopping, FileError, Record

RNG = np.random.default_rng(0)
CENTRES = RNG.random((3, 6))
INDEX = np.arange(30) % 3
X = CENTRES[INDEX] + 0.1 * RNG.normal(size=(30, 6))
Y = np.array(["one", "two", "three"])[INDEX]
STILL = npae.GradientDescent(1e-300)  # moves nothing


def fitted(y=Y, **params):
    params = {"encoder": [5], "epochs": 60, "optimizer": npae.Adam(0.02), "random_state": 0} | params
    return Classifier(**params).fit(X, y)


@pytest.fixture(scope="module")
def ae():
    return Autoencoder([4, 3], epochs=20, random_state=1).fit(X)


@in_one_test("y", [Y, INDEX, INDEX == 0, 2.0 * INDEX - 1, Y.astype(object)], ids=lambda y: str(y.dtype))
def test_it_learns_labels_of_any_kind(y):
    model = fitted(y)
    assert model.predict(X).tolist() == list(y)
    assert model.score(X, y) == 1
    np.testing.assert_array_equal(model.classes_, np.unique(y))


def test_the_score_is_the_share_of_right_labels():
    spoilt = Y.copy()
    spoilt[:6] = np.roll(Y, 1)[:6]
    assert fitted().score(X, spoilt) == 24 / 30


def test_the_loss_is_minus_the_mean_logarithm_of_the_right_label_s_probability():
    model = fitted(epochs=5)
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    right = p[np.arange(30), np.searchsorted(model.classes_, Y)]
    np.testing.assert_allclose(model.history_["loss"][-1], -np.log(right).mean())


def test_accuracies_are_recorded_on_demand():
    watch = Record(["accuracy", "val_accuracy"])
    model = Classifier([5], epochs=7, callbacks=[watch], random_state=0)
    model.fit(X[:20], Y[:20], validation_data=(X[20:], Y[20:]))
    assert model.history_["accuracy"][-1] == model.score(X[:20], Y[:20])
    assert model.history_["val_accuracy"][-1] == model.score(X[20:], Y[20:])
    assert len(model.history_["val_loss"]) == len(model.history_["val_accuracy"]) == 7


def test_more_accuracy_is_better():
    model = fitted(epochs=500, callbacks=[EarlyStopping("accuracy", target=1.0)])
    assert model.score(X, Y) == 1
    assert 1 < model.n_epochs_ < 500


def test_the_last_rows_and_their_labels_can_be_held_out():
    held = Classifier([5], epochs=3, validation_fraction=0.2, random_state=0).fit(X, Y)
    given = Classifier([5], epochs=3, random_state=0).fit(X[:24], Y[:24], validation_data=(X[24:], Y[24:]))
    assert held.history_["val_loss"] == given.history_["val_loss"]


def test_it_begins_with_the_encoder_of_an_autoencoder(ae):
    model = fitted(encoder=None, start=ae, scale="common", optimizer=STILL, epochs=1)
    np.testing.assert_array_equal(model.encode(X), ae.encode(X))
    assert model.network_.encoder.layers == ae.network_.encoder.layers


def test_it_begins_with_autoencoders_one_upon_the_other(ae):
    above = Autoencoder([Dense(2, "relu")], dtype="float32", epochs=3, random_state=2).fit(ae.encode(X))
    model = fitted(encoder=None, start=[ae, above], optimizer=STILL, epochs=1)
    np.testing.assert_allclose(model.encode(X), above.encode(ae.encode(X)), rtol=1e-5, atol=1e-6)
    assert model.network_.encoder.layers == ae.network_.encoder.layers + above.network_.encoder.layers


def test_it_begins_with_the_encoder_of_a_classifier():
    first = fitted()
    model = fitted(INDEX == 0, encoder=None, start=first, optimizer=STILL, epochs=1)
    np.testing.assert_array_equal(model.encode(X), first.encode(X))


def test_images_are_classified_by_the_convolutions_of_an_autoencoder():
    pictures = RNG.random((30, 4, 4, 1)) + (INDEX == 1)[:, None, None, None]
    ae = Autoencoder([npae.Conv2D(3, 3, activation="relu"), npae.Flatten(), 4], epochs=3, random_state=0).fit(pictures)
    model = Classifier(start=ae, optimizer=npae.Adam(0.05), epochs=60, random_state=0).fit(pictures, INDEX == 1)
    assert model.encode(pictures).shape == (30, 4)
    assert model.score(pictures, INDEX == 1) == 1


def test_samples_in_a_mapped_file_are_learned_as_in_memory(tmp_path):
    mapped = np.memmap(tmp_path / "X", np.float32, "w+", shape=X.shape)
    mapped[:] = X
    in_file, in_memory = (
        Classifier([5], epochs=3, batch_size=7, random_state=0).fit(x, Y) for x in (mapped, mapped.copy())
    )
    np.testing.assert_array_equal(in_file.theta_, in_memory.theta_)
    assert in_file.predict(mapped).tolist() == in_memory.predict(mapped.copy()).tolist()


def test_training_leaves_what_it_began_with_as_it_is(ae):
    before = ae.theta_.copy()
    model = fitted(encoder=None, start=ae)
    np.testing.assert_array_equal(ae.theta_, before)
    assert np.abs(model.encode(X) - ae.encode(X)).max() > 0.1


def test_the_same_layers_from_random_weights_are_another_start(ae):
    model = fitted(encoder=ae.network_.encoder.layers, optimizer=STILL, epochs=1)
    assert model.network_.encoder.layers == ae.network_.encoder.layers
    assert np.abs(model.encode(X) - ae.encode(X)).max() > 0.1


def test_a_start_does_not_change_the_head_or_the_order_of_the_batches(ae):
    params = {"optimizer": STILL, "epochs": 2, "batch_size": 7}
    mine, random = (
        fitted(**params, **beginning)
        for beginning in ({"encoder": None, "start": ae}, {"encoder": ae.network_.encoder.layers})
    )
    heads = [model.network_.parameters(model.theta_)["decoder.0.W"] for model in (mine, random)]
    np.testing.assert_array_equal(*heads)
    assert mine._state.rng.bit_generator.state == random._state.rng.bit_generator.state


def test_equal_seeds_give_equal_bits_with_noise_dropout_and_penalties():
    params = {"encoder": [5, npae.Dropout(0.2)], "noise": npae.GaussianNoise(0.1), "penalty": [npae.L2(1e-3)]}
    once, again = (fitted(**params, batch_size=8, dtype="float32", epochs=4) for _ in range(2))
    np.testing.assert_array_equal(once.theta_, again.theta_)
    assert once.predict_proba(X).dtype == np.float32


@pytest.mark.parametrize("method", ["BFGS", "trust-ncg"])
def test_scipy_trains_it_with_exact_second_derivatives(method):
    refine = npae.Refine(method, max_iterations=60)
    model = fitted(optimizer=None, refine=refine, epochs=1, penalty=None)
    assert model.network_.has_exact_hessian
    assert model.history_["loss"][-1] < 0.01
    assert model.score(X, Y) == 1


def test_going_on_epoch_by_epoch_is_the_same_as_fitting():
    whole = fitted(epochs=3)
    parts = Classifier([5], optimizer=npae.Adam(0.02), random_state=0)
    for _ in range(3):
        parts.partial_fit(X, Y)
    np.testing.assert_array_equal(parts.theta_, whole.theta_)
    assert parts.history_["loss"] == whole.history_["loss"]


def test_a_stream_may_bring_new_classes_if_they_were_named():
    model = Classifier([5], optimizer=npae.Adam(0.02), random_state=0).partial_fit(X[:2], Y[:2], classes=np.unique(Y))
    for _ in range(80):
        model.partial_fit(X, Y, classes=["one", "two", "three"])
    assert model.score(X, Y) == 1
    with pytest.raises(
        ValueError, match=r"classes must be \['one', 'three', 'two'\], as at the first call, got \[1, 2"
    ):
        model.partial_fit(X, Y, classes=[1, 2])


def test_a_stream_with_a_class_that_was_not_named_is_refused():
    model = Classifier([5]).partial_fit(X[:2], Y[:2])
    with pytest.raises(ValueError, match="y must hold labels among .*got 'three'. Give all of them at the first call"):
        model.partial_fit(X, Y)


@in_one_test("y", [Y, INDEX, INDEX == 1, Y.astype(object)], ids=lambda y: str(y.dtype))
def test_save_and_load_give_the_same_model_to_the_bit(tmp_path, y):
    model = fitted(y, callbacks=[EarlyStopping("val_accuracy", patience=3)], validation_fraction=0.2, dtype="float32")
    model.save(tmp_path / "model.npz")
    same = npae.load(tmp_path / "model.npz")
    assert type(same) is Classifier
    assert same.get_params() == model.get_params()
    assert same.history_ == model.history_
    np.testing.assert_array_equal(same.predict_proba(X), model.predict_proba(X))
    assert same.predict(X).tolist() == model.predict(X).tolist()


def test_a_loaded_model_has_the_layers_it_began_with_and_goes_on(tmp_path, ae):
    fitted(encoder=None, start=ae).save(tmp_path / "model.npz")
    same = npae.load(tmp_path / "model.npz")
    assert (same.start, same.encoder) == (None, list(ae.network_.encoder.layers))
    assert len(same.partial_fit(X, Y).history_["loss"]) == 61


def test_each_file_is_read_as_what_it_holds(tmp_path, ae):
    class Mine(Classifier):
        pass

    ae.save(tmp_path / "ae.npz")
    Mine([5], epochs=1).fit(X, Y).save(tmp_path / "mine.npz")
    assert type(npae.load(tmp_path / "ae.npz")) is Autoencoder
    assert type(npae.load(tmp_path / "mine.npz")) is Classifier
    fitted(epochs=1, callbacks=[Checkpoint(str(tmp_path / "run.npz"))])
    with pytest.raises(
        FileError, match="must hold an npae autoencoder or classifier or anomaly_detector, got an npae checkpoint"
    ):
        npae.load(tmp_path / "run.npz")


def test_a_checkpoint_is_of_one_start(tmp_path, ae):
    params = {"encoder": None, "callbacks": [Checkpoint(str(tmp_path / "run.npz"))], "batch_size": 7}
    fitted(start=ae, epochs=3, **params)
    resumed = fitted(start=ae, epochs=6, **params)
    np.testing.assert_array_equal(resumed.theta_, fitted(start=ae, epochs=6, **params | {"callbacks": []}).theta_)
    other = Autoencoder([4, 3], epochs=1, random_state=5).fit(X)
    with pytest.raises(ValueError, match="must be a checkpoint of this training, with random_state 0, start"):
        fitted(start=other, epochs=6, **params)


def test_a_fit_that_is_refused_leaves_the_model_as_it_was():
    model = fitted()
    with pytest.raises(ValueError, match="batch_size must be at most"):
        model.set_params(batch_size=31).fit(X, INDEX)
    assert model.predict(X).tolist() == Y.tolist()


@in_one_test(
    ("params", "message"),
    [
        ({"encoder": []}, "encoder must be a list of layers or numbers of units"),
        ({"activation": "step"}, "activation must be one of"),
        ({"encoder": [5], "start": "ae"}, r"encoder must be None where start brings the layers, got \[5\]"),
        ({"start": "letters.npz"}, "start must be None, a fitted Autoencoder or a list of them, got 'letters.npz'"),
        ({"start": []}, r"start must be None, a fitted Autoencoder or a list of them, got \[\]"),
        ({"start": Autoencoder()}, "start must be fitted, got an unfitted Autoencoder. Call its fit first"),
        ({"epochs": 0}, "epochs must be an integer of at least 1"),
        ({"validation_fraction": 1.0}, "validation_fraction must be a number in"),
    ],
    ids=str,
)
def test_parameters_that_cannot_work_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        Classifier(**params).fit(X, Y)


def test_codes_that_are_not_flat_are_refused():
    message = r"encoder must end with flat codes \(L,\), got codes of shape \(4, 2\). Let it end with Flatten"
    with pytest.raises(ValueError, match=message):
        Classifier([npae.Dense(2)]).fit(RNG.random((30, 4, 3)), Y)  # Dense takes every step of a series by itself


def test_a_start_of_other_samples_is_refused(ae):
    with pytest.raises(ValueError, match=r"X must have samples of shape \(6,\), as start was fitted to, got \(5,\)"):
        Classifier(start=ae).fit(X[:, :5], Y)


def test_autoencoders_that_do_not_fit_together_are_refused(ae):
    message = r"start\[1\] must be fitted to codes of shape \(3,\), those of start\[0\], got \(6,\)"
    with pytest.raises(ValueError, match=message):
        Classifier(start=[ae, ae]).fit(X, Y)


@in_one_test(
    ("data", "message"),
    [
        ((X, Y[:-1]), "validation_data must hold a label for each of the 30 samples, got 29 labels"),
        ((X[:, :5], Y), "validation_data has 5 features, but Classifier is expecting 6"),
        ((X[:1], ["four"]), "validation_data must hold labels among .*got 'four'"),
        (X, r"validation_data must be a pair \(X, y\), got ndarray"),
    ],
)
def test_validation_data_that_cannot_work_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        Classifier([5], epochs=1).fit(X, Y, validation_data=data)


@in_one_test("method", ["predict", "predict_proba", "encode", "save"])
def test_what_needs_a_fit_says_so(method):
    with pytest.raises(ValueError, match="Classifier must be fitted before this"):
        getattr(Classifier(), method)(X)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_labels_in_a_column_are_warned_of_once(method):
    X, y = np.eye(6), np.array([["a"], ["b"]] * 3)
    with pytest.warns(UserWarning, match="A column-vector y was passed") as seen:
        getattr(Classifier([3], epochs=1, random_state=0), method)(X, y)
    assert len(seen) == 1
