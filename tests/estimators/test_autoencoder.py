import io
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from looped import in_one_test
from threadpoolctl import threadpool_info, threadpool_limits

import npae
from npae import Autoencoder, Dense, FileError

X = np.random.default_rng(0).random((20, 6))


def fitted(**params):
    return Autoencoder(**{"encoder": [4, 2], "epochs": 5, "random_state": 0, **params}).fit(X)


def test_the_decoder_is_the_mirror_of_the_encoder():
    network = fitted(loss="bce").network_
    assert network.encoder.layers == (Dense(4, "tanh"), Dense(2, "identity"))
    assert network.decoder.layers == (Dense(4, "tanh"), Dense(6, "identity"))  # the loss holds the sigmoid
    assert network.reconstruct(1e3 * np.ones(network.n_parameters), X).max() <= 1


def test_a_mirrored_layer_gets_the_activation_of_what_it_rebuilds():
    decoder = fitted(encoder=[Dense(5, "relu"), Dense(4, "elu"), Dense(2)]).network_.decoder
    assert decoder.layers == (Dense(4, "elu"), Dense(5, "relu"), Dense(6, "identity"))


def test_from_sizes_takes_the_narrowest_inner_layer_as_the_code():
    ae = Autoencoder.from_sizes([6, 5, 3, 2, 4, 6], epochs=1, output="tanh").fit(X)
    assert ae.encode(X).shape == (20, 2)
    assert [layer.units for layer in ae.network_.layers] == [5, 3, 2, 4, 6]
    assert ae.network_.layers[-1].activation == "tanh"


@in_one_test("sizes", [[6], [6, 6], [6, 2, 5], []])
def test_from_sizes_refuses_what_is_no_autoencoder(sizes):
    with pytest.raises(ValueError, match="sizes must be at least 3 numbers that end as they begin"):
        Autoencoder.from_sizes(sizes)


def test_from_sizes_refuses_other_data():
    with pytest.raises(ValueError, match=r"decoder must end with samples of shape \(6,\), got \(7,\)"):
        Autoencoder.from_sizes([7, 2, 7]).fit(X)


def test_reconstruct_is_decode_after_encode():
    ae = fitted()
    np.testing.assert_array_equal(ae.reconstruct(X), ae.decode(ae.encode(X)))
    np.testing.assert_array_equal(ae.transform(X), ae.encode(X))
    np.testing.assert_array_equal(ae.inverse_transform([[0.1, 0.2]]), ae.decode([[0.1, 0.2]]))


def test_score_is_minus_the_mean_squared_error():
    ae = fitted()
    assert ae.score(X) == pytest.approx(-np.mean((X - ae.reconstruct(X)) ** 2), rel=1e-12)


def test_samples_follow_the_codes_of_the_training_data():
    ae = fitted(epochs=50)
    codes = ae.encode(X)
    np.testing.assert_allclose(ae.code_mean_, codes.mean(axis=0))
    np.testing.assert_allclose(ae.code_covariance_, np.cov(codes.T, bias=True))
    samples = ae.sample(2000, random_state=1)
    assert samples.shape == (2000, 6)
    np.testing.assert_allclose(samples.mean(axis=0), ae.reconstruct(X).mean(axis=0), atol=0.05)
    np.testing.assert_array_equal(ae.sample(3, random_state=5), ae.sample(3, random_state=5))


def test_partial_fit_goes_on_where_training_was():
    """Five epochs at once and one by one are the same run, moments and eta included."""
    one_by_one = Autoencoder(encoder=[4, 2], random_state=0)
    for _ in range(5):
        one_by_one.partial_fit(X)
    np.testing.assert_array_equal(one_by_one.theta_, fitted().theta_)
    assert one_by_one.history_["loss"] == fitted().history_["loss"]


def test_fit_starts_afresh():
    ae = fitted()
    theta = ae.theta_.copy()
    np.testing.assert_array_equal(ae.fit(X).theta_, theta)


@in_one_test("dtype", ["float32", np.float32, np.dtype("float64")])
def test_results_have_the_dtype_asked_for(dtype):
    ae = fitted(dtype=dtype)
    for result in (ae.theta_, ae.encode(X), ae.decode([[0, 0]]), ae.reconstruct(X), ae.sample(2)):
        assert result.dtype == np.dtype(dtype)


@in_one_test(
    "data",
    [
        X > 0.5,
        (X > 0.5).astype(np.uint8),
        X.astype(np.float16),
        X.tolist(),
        np.asfortranarray(X),
        X[::-1],
        X.astype(object),
    ],
    ids=["bool", "uint8", "float16", "list", "fortran", "reversed", "object"],
)
def test_every_kind_of_real_array_is_welcome_and_unchanged(data):
    before = np.array(data)
    ae = Autoencoder(encoder=[2], loss="bce", epochs=2, random_state=0).fit(data)
    ae.reconstruct(data)
    ae.score(data)
    np.testing.assert_array_equal(np.array(data), before)


def test_read_only_data_is_welcome():
    frozen = X.copy()
    frozen.flags.writeable = False
    fitted().fit(frozen).encode(frozen)


def test_one_sample_and_one_feature_train():
    assert Autoencoder(encoder=[1], epochs=2).fit(X[:1]).encode(X[:1]).shape == (1, 1)
    assert Autoencoder(encoder=[1], epochs=2).fit(X[:, :1]).sample(3).shape == (3, 1)


def test_save_and_load_give_the_same_model_to_the_bit(tmp_path):
    ae = fitted(
        encoder=(Dense(5, "selu"), 2),
        loss="bce",
        init=npae.Gaussian(0.2),
        optimizer=npae.Adam(0.02, adapt=npae.AdaptiveEta(grow=1.2)),
        refine=npae.Refine("CG", every=2, options={"gtol": 1e-7}),
        callbacks=[npae.EarlyStopping("mse", target=0)],
        dtype="float32",
    )
    ae.save(tmp_path / "model.npz")
    loaded = npae.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.reconstruct(X), ae.reconstruct(X))
    np.testing.assert_array_equal(loaded.sample(4, random_state=0), ae.sample(4, random_state=0))
    assert loaded.get_params() == ae.get_params()
    assert loaded.history_ == ae.history_
    assert (loaded.n_epochs_, loaded.stop_reason_, loaded.n_features_in_) == (5, "epochs", 6)
    loaded.partial_fit(X)


def test_what_is_no_plain_data_is_left_out_of_a_file_but_the_model_is_saved(tmp_path):
    ae = fitted(callbacks=[print], random_state=np.random.default_rng(0))
    ae.save(tmp_path / "model")
    loaded = npae.load(tmp_path / "model")
    assert loaded.callbacks == ()
    np.testing.assert_array_equal(loaded.encode(X), ae.encode(X))


def test_a_model_file_without_its_weights_is_refused(tmp_path):
    npae.settings.archive.write(tmp_path / "model.npz", "autoencoder", {"params": {}, "in_shape": [6]}, {})
    with pytest.raises(FileError, match="must hold a complete npae model"):
        npae.load(tmp_path / "model.npz")


def test_a_file_of_a_newer_version_is_refused(tmp_path, monkeypatch):
    newest = npae.settings.archive.VERSION
    monkeypatch.setattr(npae.estimators.saving, "SCALED", newest + 1)
    fitted().save(tmp_path / "model.npz")
    with pytest.raises(
        FileError, match=f"file version of at most {newest}, got {newest + 1}, written by npae .* Upgrade npae"
    ):
        npae.load(tmp_path / "model.npz")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    fitted().save(path)
    before = path.read_bytes()
    monkeypatch.setattr(npae.settings.archive.os, "replace", lambda *paths: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        fitted(epochs=2).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]


def test_estimators_are_pickled():
    ae = fitted()
    copy = pickle.load(io.BytesIO(pickle.dumps(ae)))
    np.testing.assert_array_equal(copy.encode(X), ae.encode(X))


def test_repr_shows_what_differs_from_the_defaults():
    assert repr(Autoencoder(encoder=[3], loss="bce")) == "Autoencoder(encoder=[3], loss='bce')"


@in_one_test(
    ("data", "error", "message"),
    [
        (np.empty((0, 6)), ValueError, r"got 0 sample\(s\)"),
        (np.empty((6, 0)), ValueError, r"got 0 feature\(s\)"),
        (np.array([[1.0, np.nan]]), ValueError, r"X must be finite, got NaN at \[0, 1\] and 1 such"),
        (np.array([[np.inf, np.inf]]), ValueError, r"X must be finite, got infinity at \[0, 0\] and 2 such"),
        (np.array([1.0, 2.0]), ValueError, "X must be at least 2-D.*Reshape your data"),
        (3.0, ValueError, "X must be at least 2-D"),
        ("letters", ValueError, "X must be an array of numbers"),
        (None, ValueError, "X must be an array of numbers, got None"),
        ([["a", "b"]], ValueError, "X must be an array of numbers"),
        ([[1, 2], [3]], ValueError, "X must be an array of numbers"),
        (X + 1j, ValueError, "Complex data not supported"),
    ],
    ids=["empty", "narrow", "nan", "inf", "1-D", "number", "string", "none", "strings", "ragged", "complex"],
)
def test_data_that_cannot_work_gets_one_clear_error(data, error, message):
    with pytest.raises(error, match=message):
        Autoencoder(encoder=[2]).fit(data)


def test_a_dense_layer_does_not_take_images():
    with pytest.raises(ValueError, match=r"encoder.0: samples must be flat .* for Dense, got shape \(5, 7, 1\)"):
        Autoencoder(encoder=[npae.Dense(2)]).fit(np.ones((4, 5, 7, 1)))


def test_sparse_data_is_refused():
    scipy_sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="X must be a dense array, got a sparse one"):
        Autoencoder().fit(scipy_sparse.csr_matrix(X))


def test_targets_outside_0_1_are_refused_with_bce():
    with pytest.raises(ValueError, match=r"targets must lie in \[0, 1\] for the loss 'bce', got values from 0"):
        Autoencoder(encoder=[2], loss="bce").fit(2.5 * X)


def test_values_too_large_for_float32_are_refused():
    with pytest.raises(ValueError, match="X must fit into float32, got values that are too large"):
        Autoencoder(encoder=[2], dtype="float32").fit(X * 1e300)


@in_one_test("method", ["encode", "reconstruct", "transform", "score"])
def test_a_wrong_number_of_features_is_refused(method):
    with pytest.raises(ValueError, match="X has 5 features, but Autoencoder is expecting 6 features as input"):
        getattr(fitted(), method)(X[:, :5])


def test_codes_of_a_wrong_size_are_refused():
    with pytest.raises(ValueError, match=r"Z must have codes of shape \(2,\), got \(3,\)"):
        fitted().decode([[1, 2, 3]])


@in_one_test("method", ["encode", "decode", "reconstruct", "score", "sample", "save"])
def test_an_unfitted_model_says_so(method):
    with pytest.raises(ValueError, match="Autoencoder must be fitted before this, got an unfitted one. Call fit first"):
        getattr(Autoencoder(), method)(X)


@in_one_test(
    ("params", "message"),
    [
        ({"encoder": [4, 0]}, r"encoder\[1\] must be an integer of at least 1, got 0"),
        ({"encoder": []}, "encoder must be a list of layers or numbers of units, at least one"),
        ({"encoder": 3}, "encoder must be a list of layers"),
        ({"encoder": [2.5]}, r"encoder\[0\] must be an integer"),
        ({"encoder": "tanh"}, "encoder must be a list of layers"),
        ({"decoder": [3, 5]}, r"decoder must end with samples of shape \(6,\), got \(5,\)"),
        ({"activation": "tan"}, "activation must be one of 'identity', 'tanh', 'sigmoid', 'relu'.*got 'tan'"),
        ({"output": "softmax"}, "output must be one of"),
        ({"loss": "bce", "output": "tanh"}, "output must be 'sigmoid' or 'identity' for the loss BinaryCrossEntropy"),
        ({"loss": "mae"}, "loss must be one of 'mse', 'bce'.*got 'mae'"),
        ({"init": "xavier"}, "init must be one of 'glorot', 'he', 'lecun', 'gaussian'"),
        ({"optimizer": "sgd"}, "optimizer must be one of 'gradient_descent', 'momentum', 'rmsprop', 'adam'"),
        ({"optimizer": None}, "optimizer or refine must be given, got None for both"),
        ({"refine": "CG"}, "refine must be 'auto', None or a Refine"),
        ({"epochs": 0}, "epochs must be an integer of at least 1"),
        ({"batch_size": 0}, "batch_size must be an integer of at least 1"),
        ({"dtype": "float16"}, "dtype must be float64 or float32, got 'float16'"),
        ({"dtype": "tensor"}, "dtype must be float64 or float32"),
        ({"random_state": "lucky"}, "random_state must be None, an integer"),
        ({"random_state": -1}, "random_state must be None, an integer"),
    ],
    ids=str,
)
def test_parameters_that_cannot_work_get_one_clear_error_in_fit(params, message):
    with pytest.raises(ValueError, match=message):
        fitted(**params)


@in_one_test(
    ("data", "message"),
    [
        ((X, X[:, :2]), r"\[1\] must have samples of shape \(6,\), as the model predicts, got \(2,\)"),
        ((X,), r"got a tuple of 1: ndarray of shape \("),
        ([X], "got a list of 1: ndarray"),
        ((X, X, X), "got a tuple of 3"),
        ((), "got a tuple of 0"),
        ((X, X[:, 0] > 0), "must fit its mask: mask must be None where X is not series"),
        ((X, np.ones(len(X))), r"\[1\] must be at least 2-D"),
        ((X, X[:-1]), r"\[1\] must have a row for each of the 20 samples, got 19 rows"),
        (X[0], "must be at least 2-D"),
        ("X", "must be an array of numbers"),
    ],
)
def test_validation_data_that_are_no_samples_are_named(data, message):
    with pytest.raises(ValueError, match=f"validation_data.*{message}"):
        Autoencoder([2], epochs=1).fit(X, validation_data=data)
    with pytest.raises(ValueError, match=f"validation_data.*{message}"):
        npae.study.search(Autoencoder([2]), X, {"epochs": [1]}, validation_data=data, trials=1, executor="serial")


def test_a_list_of_samples_is_validation_data():
    model = Autoencoder([2], epochs=2, random_state=0).fit(X, validation_data=[X[0], X[1]])
    assert model.fit(X, validation_data=X[:2].tolist()).history_["val_loss"]
    images = X.reshape(len(X), 2, 3)
    assert model.fit(images, validation_data=[images[0], images[1]]).history_["val_loss"]
    assert model.fit(images, validation_data=(images, None)).history_["val_loss"]
    with pytest.raises(ValueError, match="validation_data must fit its mask: mask must be bools of shape"):
        model.fit(images, validation_data=(images, images[:, 0] > 0))


def test_bad_validation_data_is_refused_before_training():
    ae = Autoencoder(encoder=[2])
    with pytest.raises(ValueError, match="validation_data has 3 features, but Autoencoder is expecting 6"):
        ae.fit(X, validation_data=X[:, :3])
    assert not hasattr(ae, "theta_")


def test_no_warning_leaks_from_numpy_for_huge_data():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(npae.TrainingDiverged):
            Autoencoder(encoder=[2], scale=None, epochs=20).fit(X * 1e300)
        with pytest.raises(
            ValueError, match="X must have numbers whose squares float64 can hold, got larger ones in col"
        ):
            Autoencoder(encoder=[2]).fit(X * 1e300)


def test_what_is_saved_is_what_was_fitted_whatever_the_parameters_say_now(tmp_path):
    ae = fitted()
    expected = ae.reconstruct(X)
    ae.set_params(activation="relu", loss="bce", encoder=[3]).save(tmp_path / "model.npz")
    np.testing.assert_array_equal(npae.load(tmp_path / "model.npz").reconstruct(X), expected)


@pytest.mark.parametrize("encoder", [np.array([4, 2]), range(4, 0, -2)], ids=["array", "range"])
def test_an_encoder_in_any_kind_of_list_is_saved(encoder, tmp_path):
    ae = fitted(encoder=encoder)
    ae.save(tmp_path / "model.npz")
    np.testing.assert_array_equal(npae.load(tmp_path / "model.npz").encode(X), ae.encode(X))


def test_a_loss_that_cannot_be_described_is_refused_when_saving(tmp_path, monkeypatch):
    ae = fitted()
    monkeypatch.setattr(ae.network_, "loss", lambda: None)
    with pytest.raises(TypeError, match="value must be a description"):
        ae.save(tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


def test_numpy_numbers_in_the_history_are_saved(tmp_path):
    ae = fitted(callbacks=[lambda training: training.history.setdefault("mine", []).append(np.float32(1.5))])
    ae.save(tmp_path / "model.npz")
    assert npae.load(tmp_path / "model.npz").history_["mine"] == [1.5] * 5


def test_a_loaded_model_goes_on_with_its_history(tmp_path):
    ae = fitted()
    ae.save(tmp_path / "model.npz")
    loaded = npae.load(tmp_path / "model.npz").partial_fit(X)
    assert loaded.n_epochs_ == len(loaded.history_["loss"]) == 6
    assert loaded.history_["loss"][:5] == ae.history_["loss"]


def test_a_new_optimizer_starts_afresh_at_the_same_theta():
    ae = fitted(optimizer="gradient_descent").set_params(optimizer=npae.Adam(0.001))
    ae.partial_fit(X)
    assert ae.history_["eta"] == [0.5] * 5 + [0.001]
    ae.set_params(optimizer__eta=0.002).partial_fit(X)
    assert ae.history_["eta"][-1] == 0.002
    assert ae.history_["loss"][-1] < ae.history_["loss"][4]


@in_one_test(("name", "value"), [("encoder", [3]), ("loss", "bce"), ("dtype", "float32")])
def test_going_on_with_another_network_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be .* as in fit to go on training, got .*Call fit"):
        fitted().set_params(**{name: value}).partial_fit(X)


def test_a_refit_that_fails_leaves_the_fitted_model_whole():
    ae = fitted()
    with pytest.raises(ValueError, match="targets must lie"):
        ae.set_params(loss="bce").fit(X[:, :3] + 5)
    assert ae.n_features_in_ == 6
    assert ae.encode(X).shape == (20, 2)


def test_theta_is_not_changed_behind_the_users_back():
    ae = fitted()
    theta = ae.theta_
    before = theta.copy()
    ae.partial_fit(X)
    np.testing.assert_array_equal(theta, before)


@in_one_test("method", ["encode", "reconstruct", "score"])
def test_values_too_large_for_a_float32_model_are_refused_later_too(method):
    with pytest.raises(ValueError, match="X must fit into float32, got values that are too large"):
        getattr(fitted(dtype="float32"), method)(np.full((2, 6), 1e39))


def test_masked_and_dated_entries_are_refused():
    with pytest.raises(ValueError, match="X must have no masked entries, got 3 of them"):
        fitted().encode(np.ma.masked_less(X, np.sort(X.ravel())[3]))
    with pytest.raises(ValueError, match="X must be an array of numbers, got dtype datetime64"):
        fitted().encode(np.zeros((2, 6), dtype="datetime64[s]"))


def test_fits_in_several_threads_leave_the_blas_threads_as_they_were():
    def count():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    with threadpool_limits(2, "blas"):
        before = count()
        with ThreadPoolExecutor(3) as executor:
            list(executor.map(lambda epochs: fitted(epochs=epochs), [5, 200, 60]))
        assert count() == before
