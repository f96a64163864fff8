"""Scaling belongs to the model: in its file, in copies, in checkpoints, in streams, beside masks and labels."""

import copy
import pickle

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import AnomalyDetector, Autoencoder, Checkpoint, Classifier, Dense, FileError, GaussianCode
from npae.settings import archive

RNG = np.random.default_rng(0)
SCALES = np.array([1.0, 100.0, 0.01, 10.0])
X = (RNG.standard_normal((60, 2)) @ RNG.standard_normal((2, 4)) + 0.2 * RNG.standard_normal((60, 4)) + 3) * SCALES
Y = np.where(X[:, 0] > 3, "yes", "no")
ADAM = npae.Adam(0.02, epsilon=1e-30)  # whose steps do not depend on the unit of the loss
EACH_SCALE = pytest.mark.parametrize("scale", ["auto", "common", "columns", None])


def fitted(data=X, encoder=(4, 2), **params):
    return Autoencoder(encoder, **{"random_state": 0} | params).fit(data)


def assert_same(one, other, data=X):
    np.testing.assert_array_equal(one.theta_, other.theta_)
    np.testing.assert_array_equal(one.encode(data), other.encode(data))
    np.testing.assert_array_equal(one.reconstruct(data), other.reconstruct(data))
    np.testing.assert_array_equal(one.score_samples(data), other.score_samples(data))


@in_one_test("kind", ["common", "columns"])
@in_one_test("recipe", [{"refine": npae.Refine("L-BFGS-B", 20, 5)}, {"batch_size": 20}], ids=str)
def test_a_fit_is_that_on_data_scaled_by_hand(kind, recipe):
    deviation = X.std(axis=0)
    unit = deviation if kind == "columns" else np.full(4, np.sqrt(np.mean(deviation**2)))
    Z = (X - X.mean(axis=0)) / unit
    recipe = {"optimizer": ADAM, "epochs": 60, **recipe}
    own, by_hand = fitted(scale=kind, **recipe), fitted(Z, scale=None, **recipe)
    worth = own.network_.loss_unit
    np.testing.assert_allclose(own.history_["loss"], np.multiply(by_hand.history_["loss"], worth), rtol=1e-6)
    np.testing.assert_allclose(own.reconstruct(X), by_hand.reconstruct(Z) * unit + X.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(own.encode(X), by_hand.encode(Z), rtol=1e-5, atol=1e-6)


@pytest.mark.fast_cases(4)
@EACH_SCALE
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_file_holds_the_scaling(scale, dtype, tmp_path):
    model = fitted(scale=scale, dtype=dtype)
    model.save(tmp_path / "model.npz")
    loaded = npae.load(tmp_path / "model.npz")
    assert_same(loaded, model)
    assert loaded.scale == scale and loaded.network_.in_shape == (4,)
    np.testing.assert_array_equal(loaded.decode(model.encode(X)), model.decode(model.encode(X)))
    assert archive.read(tmp_path / "model.npz", "autoencoder")[0]["version"] == (1 if scale is None else 2)


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize(
    "model", [Classifier([4], epochs=20, random_state=0), AnomalyDetector(random_state=0)], ids=str
)
@EACH_SCALE
@pytest.mark.filterwarnings("ignore::npae.NeglectedColumns")  # "auto" sees the large column: the detector says so
def test_files_of_classifiers_and_detectors_hold_it_too(model, scale, tmp_path):
    name = "autoencoder__scale" if isinstance(model, AnomalyDetector) else "scale"
    model = copy.deepcopy(model).set_params(**{name: scale}).fit(X, Y)
    model.save(tmp_path / "model.npz")
    loaded = npae.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert archive.read(tmp_path / "model.npz", "classifier", "anomaly_detector")[0]["version"] == (2 if scale else 1)


def test_a_version_that_knows_no_scaling_refuses_the_file(tmp_path, monkeypatch):
    fitted().save(tmp_path / "scaled.npz")
    fitted(scale=None).save(tmp_path / "plain.npz")
    monkeypatch.setattr(archive, "VERSION", 1)
    npae.load(tmp_path / "plain.npz")
    with pytest.raises(
        FileError, match="must have a file version of at most 1, got 2, written by npae .* Upgrade npae to read it"
    ):
        npae.load(tmp_path / "scaled.npz")


@in_one_test("name, value", [("unit", np.zeros(4)), ("shift", np.full(4, np.nan)), ("unit", np.ones(3))])
def test_a_damaged_scaling_gets_one_clear_error(name, value, tmp_path):
    path = tmp_path / "model.npz"
    fitted().save(path)
    document, arrays = archive.read(path, "autoencoder")
    own = {key: document[key] for key in document if key not in ("format", "version", "kind", "arrays")}
    archive.write(path, "autoencoder", own, {**arrays, name: value}, version=2)
    with pytest.raises(FileError, match="must hold a complete npae model, got one without it: scaling must"):
        npae.load(path)


def test_a_scaling_of_another_width_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    fitted().save(path)
    document, arrays = archive.read(path, "autoencoder")
    own = {key: document[key] for key in document if key not in ("format", "version", "kind", "arrays")}
    archive.write(path, "autoencoder", own, arrays | {"unit": np.ones(7), "shift": np.ones(7)}, version=2)
    with pytest.raises(
        FileError, match="scaling must have a shift and a unit for each of 4 columns, got some of shape"
    ):
        npae.load(path)


@pytest.mark.fast_cases(2)
@EACH_SCALE
def test_copies_and_pickles_are_the_same_model(scale):
    model = fitted(scale=scale)
    assert_same(copy.deepcopy(model), model)
    assert_same(pickle.loads(pickle.dumps(model)), model)


def test_a_clone_has_the_parameter_and_learns_its_own_scaling():
    clone = pytest.importorskip("sklearn.base").clone(fitted(scale="columns"))
    assert clone.scale == "columns" and not hasattr(clone, "network_")
    np.testing.assert_allclose(clone.fit(5 * X).network_.scaling.unit, 5 * X.std(axis=0))


@pytest.mark.fast_cases(2)
@EACH_SCALE
@pytest.mark.parametrize(
    "recipe", [{}, {"optimizer": ADAM, "epochs": 20}, {"optimizer": ADAM, "epochs": 20, "batch_size": 7}], ids=str
)
def test_training_resumes_to_the_bit(scale, recipe, tmp_path):
    checkpoint, data = Checkpoint(tmp_path / "training.npz"), npae.datasets.load_font("capitals").pixels

    def killed(training):
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fitted(
            data,
            [16, 2],
            scale=scale,
            callbacks=[lambda training: training.epoch == 1 and killed(training), checkpoint],
            **recipe,
        )
    resumed = fitted(data, [16, 2], scale=scale, callbacks=[checkpoint], **recipe)
    whole = fitted(data, [16, 2], scale=scale, **recipe)
    assert whole.n_epochs_ > 1
    assert_same(resumed, whole, data)
    assert resumed.history_["loss"] == whole.history_["loss"]
    assert resumed.stop_reason_ == whole.stop_reason_


def test_a_checkpoint_of_another_scale_is_refused(tmp_path):
    checkpoint = Checkpoint(tmp_path / "training.npz")
    fitted(scale="columns", callbacks=[checkpoint])
    with pytest.raises(ValueError, match="must be a checkpoint of this training, with scale common, got columns"):
        fitted(callbacks=[checkpoint])


def test_a_stream_is_scaled_by_its_first_chunk():
    model = Autoencoder([2], scale="columns", batch_size=10, random_state=0).partial_fit(X[:30])
    unit = model.network_.scaling.unit
    np.testing.assert_allclose(unit, X[:30].std(axis=0))
    np.testing.assert_array_equal(model.partial_fit(100 * X[30:]).network_.scaling.unit, unit)
    with pytest.raises(ValueError, match="scale must be 'columns' as in fit to go on training, got 'common'"):
        model.set_params(scale="common").partial_fit(X)


def test_a_stream_resumes_with_the_scaling_of_its_first_chunk(tmp_path):
    def started(*callbacks):
        return Autoencoder([4, 2], scale="columns", optimizer="adam", callbacks=callbacks, random_state=0)

    checkpoint = Checkpoint(tmp_path / "stream.npz")
    started(checkpoint).partial_fit(X[:30])
    resumed = started(checkpoint).partial_fit(50 * X[30:])
    whole = started().partial_fit(X[:30]).partial_fit(50 * X[30:])
    np.testing.assert_array_equal(resumed.network_.scaling.unit, whole.network_.scaling.unit)
    assert_same(resumed, whole)


@in_one_test("rows", [1, 2, 29])
def test_few_samples_at_the_beginning_of_a_stream_teach_no_unit_for_each_column(rows):
    labels = np.arange(len(X)) % 2
    few = Classifier([3]).partial_fit(X[:rows], labels[:rows], classes=[0, 1])
    assert few.network_.scaling.kind == "common"
    assert Classifier([3]).partial_fit(X[:30], labels[:30]).network_.scaling.kind == "columns"
    assert Autoencoder([2]).partial_fit(X[:rows]).network_.scaling.kind == "common"
    assert Autoencoder([2], scale="columns").partial_fit(X[:rows]).network_.scaling.kind == "columns"


@in_one_test("rows", [1, 29, 30])
@in_one_test("loss", ["bce", "mse"])
def test_a_first_chunk_of_any_length_needs_no_scale_by_the_user(rows, loss):
    chunk = np.random.default_rng(0).random((rows, 4))
    model = Autoencoder([2], loss=loss, random_state=0).partial_fit(chunk)
    assert model.n_epochs_ == 1 and (model.network_.scaling is None) == (loss == "bce")


@pytest.mark.parametrize("scale", ["common", "columns"])
def test_padding_changes_neither_scaling_nor_model(scale):
    mask = np.arange(5) < RNG.integers(1, 6, 40)[:, None]
    series = RNG.standard_normal((40, 5, 3)) * [1, 10, 100] + 7
    models = [
        Autoencoder([4, 2], scale=scale, optimizer="adam", epochs=5, random_state=0).fit(
            np.where(mask[..., None], series, padding), mask=mask
        )
        for padding in (np.nan, 0.0, 1e6)
    ]
    np.testing.assert_allclose(models[0].network_.scaling.shift, series[mask].mean(axis=0))
    for model in models[1:]:
        np.testing.assert_array_equal(model.theta_, models[0].theta_)
    scores = models[0].score_samples(series, mask=mask)
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(models[0].encode(np.where(mask[..., None], series, 5), mask=mask)[mask].shape[-1:], 2)


def test_validation_rows_do_not_take_part():
    model = Autoencoder([2], optimizer="adam", epochs=2, validation_fraction=0.5).fit(np.r_[X[:30], 100 * X[30:]])
    np.testing.assert_allclose(model.network_.scaling.shift, X[:30].mean(axis=0))


def test_scores_are_in_the_numbers_of_the_data():
    model = fitted()
    errors = np.square(X - model.reconstruct(X))
    np.testing.assert_allclose(model.score(X), -errors.mean(), rtol=1e-12)
    np.testing.assert_allclose(model.score_samples(X), errors.mean(axis=1), rtol=1e-8)
    np.testing.assert_allclose(model.history_["loss"][-1], errors.mean(), rtol=1e-9)


def test_a_mapped_file_is_learned_as_in_memory(tmp_path):
    mapped = np.memmap(tmp_path / "X", np.float32, "w+", shape=X.shape)
    mapped[:] = X
    for params in ({"batch_size": 7, "epochs": 3}, {"epochs": 3, "optimizer": "adam"}):
        in_file, in_memory = (fitted(data, scale="columns", **params) for data in (mapped, np.array(mapped)))
        assert_same(in_file, in_memory, np.array(mapped))


def test_threads_give_the_same_model_up_to_rounding():
    one, two = (fitted(optimizer="adam", epochs=5, threads=threads) for threads in (1, 2))
    np.testing.assert_allclose(one.reconstruct(X), two.reconstruct(X), rtol=1e-8)


STILL = npae.GradientDescent(1e-300)  # moves nothing


@pytest.mark.fast_cases(2)
@EACH_SCALE
def test_a_classifier_begins_with_the_codes_of_its_start(scale):
    start = fitted(scale=scale)
    model = Classifier(start=start, optimizer=STILL, epochs=1, random_state=0).fit(X, Y)
    np.testing.assert_allclose(model.encode(X), start.encode(X), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("given", ["auto", "columns"])
def test_a_classifier_gives_each_column_a_unit_though_its_start_had_one_for_all(given):
    start = fitted(scale="common")
    model = Classifier(start=start, scale=given, optimizer=STILL, epochs=1, random_state=0).fit(X, Y)
    assert model.network_.scaling.kind == "columns"
    np.testing.assert_allclose(model.network_.scaling.unit, X.std(axis=0), rtol=1e-6)
    kept = Classifier(start=start, scale="common", optimizer=STILL, epochs=1, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(kept.encode(X), start.encode(X))


def test_columns_of_small_numbers_help_a_classifier_whose_start_had_one_unit_for_all():
    """The start sees column 0 alone; the label is in column 1, whose numbers are a thousand times smaller."""
    rng = np.random.default_rng(0)
    data = rng.standard_normal((120, 2)) * [1000.0, 1.0]
    start = Autoencoder([4, 2], random_state=0).fit(data)
    accuracy = Classifier(start=start, random_state=0).fit(data, data[:, 1] > 0).score(data, data[:, 1] > 0)
    assert accuracy > 0.95


def test_a_scale_other_than_that_of_start_is_refused():
    with pytest.raises(ValueError, match="scale must be 'auto', or that of start, None, got 'columns'"):
        Classifier(start=fitted(scale=None), scale="columns").fit(X, Y)
    with pytest.raises(ValueError, match="scale must be 'auto', or that of start, 'columns', got 'common'"):
        Classifier(start=fitted(scale="columns"), scale="common").fit(X, Y)


@in_one_test("above", ["auto", "columns", None])
@in_one_test("below", ["auto", "columns", None])
def test_a_stack_of_autoencoders_gives_the_code_of_the_last(below, above):
    first = Autoencoder([3], scale=below, optimizer="adam", epochs=3, random_state=0).fit(X)
    second = Autoencoder([2], scale=above, optimizer="adam", epochs=3, random_state=1).fit(first.encode(X))
    model = Classifier(start=[first, second], optimizer=STILL, epochs=1, random_state=0).fit(X, Y)
    np.testing.assert_allclose(model.encode(X), second.encode(first.encode(X)), rtol=1e-10, atol=1e-12)


def test_a_stack_of_images_is_flattened_before_it_is_scaled():
    pictures = RNG.random((20, 4, 4, 1)) * 50
    first = Autoencoder([npae.Conv2D(3, 3, stride=2, activation="relu")], optimizer="adam", epochs=1, random_state=0)
    codes = first.fit(pictures).encode(pictures)
    second = Autoencoder([2], scale="columns", optimizer="adam", epochs=1, random_state=0).fit(codes)
    model = Classifier(start=[first, second], optimizer=STILL, epochs=1).fit(pictures, np.arange(20) % 2)
    np.testing.assert_allclose(model.encode(pictures), second.encode(codes), rtol=1e-9, atol=1e-10)


@pytest.mark.filterwarnings("ignore:.*sees each of the 5 rows")
def test_a_stack_whose_layer_cannot_be_scaled_is_refused():
    series = RNG.random((20, 5, 2))
    first = Autoencoder([Dense(3, "tanh")], epochs=1, random_state=0).fit(series)
    second = Autoencoder([npae.LSTM(2)], [npae.Repeat(5), Dense(3)], epochs=1, random_state=0).fit(first.encode(series))
    with pytest.raises(ValueError, match=r"start\[1\] must begin with a Dense layer of whole samples, .* scale=None"):
        Classifier(start=[first, second], epochs=1).fit(series, np.arange(20) % 2)


def test_a_sample_is_in_the_numbers_of_the_data():
    drawn = fitted().sample(2000)
    np.testing.assert_allclose(drawn.mean(axis=0) / X.mean(axis=0), 1, atol=0.3)


def test_the_worst_sensor_is_found_whatever_its_unit():
    sensors = (RNG.standard_normal((200, 1)) + 0.1 * RNG.standard_normal((200, 4))) * SCALES
    strange = sensors[:4] + np.diag(3 * SCALES)
    detector = AnomalyDetector(Autoencoder([1], scale="columns", random_state=0)).fit(sensors)
    np.testing.assert_array_equal(detector.worst_features(strange)[:, 0], np.arange(4))


@pytest.mark.parametrize("scale", ["common", "columns"])
def test_a_variational_autoencoder_may_be_scaled(scale, tmp_path):
    model = Autoencoder([4, GaussianCode(2, 0.1)], scale=scale, epochs=50, random_state=0).fit(X)
    assert model.network_.scaling.kind == scale
    model.save(tmp_path / "model.npz")
    np.testing.assert_array_equal(
        npae.load(tmp_path / "model.npz").elbo(X, random_state=1), model.elbo(X, random_state=1)
    )
