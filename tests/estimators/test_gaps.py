"""Samples with gaps: NaN is not observed, counts nowhere, and is filled in."""

import numpy as np
import pytest
from looped import in_one_test
from sklearn.base import clone

import npae
from npae.samples import Samples

MISSING = {"missing": "ignore", "random_state": 0}


def low_rank(rows=200, columns=10, rank=2, noise=0.1, hidden=0.2, seed=0):
    """Return samples near a plane, the same with gaps, and where these are."""
    rng = np.random.default_rng(seed)
    full = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns)) + 3
    full += noise * rng.standard_normal((rows, columns))
    gaps = rng.random(full.shape) < hidden
    return full, np.where(gaps, np.nan, full), gaps


FULL, X, GAPS = low_rank()


def imputed_by_components(X, rank, rounds=3000):
    """Return X with its gaps filled by principal components, refitted until nothing changes: the slow reference."""
    gaps = np.isnan(X)
    filled = np.where(gaps, np.nanmean(X, axis=0), X)
    for _ in range(rounds):
        mean = filled.mean(axis=0)
        U, s, V = np.linalg.svd(filled - mean, full_matrices=False)
        new = np.where(gaps, mean + (U[:, :rank] * s[:rank]) @ V[:rank], X)
        if np.abs(new - filled).max() < 1e-6:
            break
        filled = new
    return filled


def error_at_gaps(filled, full=FULL, gaps=GAPS):
    return float(np.mean(np.square(filled - full)[gaps]))


def fitted(X=X, **params):
    return npae.Autoencoder(**{"encoder": [2], **MISSING, **params}).fit(X)


@pytest.fixture(scope="module")
def model():
    """The default model of the samples with gaps: no test may change it."""
    return fitted()


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(
    ("rank", "hidden", "dtype"), [(2, (), "float64"), (2, (), "float32"), (3, (), "float64"), (2, (16,), "float64")]
)
def test_gaps_are_filled_as_well_as_by_principal_components(rank, hidden, dtype):
    full, X, gaps = low_rank(rows=400, rank=rank, seed=rank)
    means = error_at_gaps(np.where(gaps, np.nanmean(X, axis=0), X), full, gaps)
    components = error_at_gaps(imputed_by_components(X, rank), full, gaps)
    ours = error_at_gaps(fitted(X, encoder=[*hidden, rank], dtype=dtype).reconstruct(X), full, gaps)
    assert ours < means / 4
    assert ours < 1.1 * components


def test_an_optimizer_and_batches_fill_gaps_too():
    means = error_at_gaps(np.where(GAPS, np.nanmean(X, axis=0), X))
    for batch_size in (None, 20):
        model = fitted(optimizer=npae.Adam(0.02), epochs=100, batch_size=batch_size)
        assert error_at_gaps(model.reconstruct(X)) < means / 4


def test_nothing_changes_without_gaps():
    plain = npae.Autoencoder([3, 2], epochs=5, random_state=0).fit(FULL)
    ours = fitted(FULL, encoder=[3, 2], epochs=5)
    np.testing.assert_array_equal(ours.theta_, plain.theta_)
    np.testing.assert_array_equal(ours.reconstruct(FULL), plain.reconstruct(FULL))
    assert ours.score(FULL) == plain.score(FULL)


@in_one_test("code", [npae.Dense(2), npae.GaussianCode(2)], ids=["plain", "gaussian"])
@in_one_test("loss", ["mse", "bce"])
def test_the_loss_is_the_mean_over_what_is_observed(loss, code):
    rng = np.random.default_rng(0)
    data = np.where(rng.random((9, 5)) < 0.3, np.nan, rng.random((9, 5)))
    network = npae.Network([npae.Dense(4, "tanh"), code], [npae.Dense(5)], loss, in_shape=5, fill=np.full(5, 0.4))
    theta = network.init(rng)
    seen, filled = ~np.isnan(data), np.where(np.isnan(data), 0.4, data)
    whole = npae.Network([npae.Dense(4, "tanh"), code], [npae.Dense(5)], loss, in_shape=5)
    z = whole.logits(theta, whole.encode(theta, filled))
    errors = (z - filled) ** 2 if loss == "mse" else np.logaddexp(0, z) - filled * z
    expected = errors[seen].sum() / (9 if network.variational else seen.sum())
    if network.variational:
        expected += whole.value(theta, filled) - errors.sum() / 9  # the divergence
    np.testing.assert_allclose(network.value(theta, data), expected, rtol=1e-12)
    npae.check_gradients(network, data, theta=theta)
    weights = np.array([2.0, 1, 0, 1, 3, 1, 1, 1, 1])
    npae.check_gradients(network, data, theta=theta, sample_weight=weights)
    twice = np.repeat(np.arange(9), weights.astype(int))
    found = network.value_and_gradient(theta, data, sample_weight=weights)
    expected = network.value_and_gradient(theta, data[twice])
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-9, atol=1e-15)
    for threads, at_a_time in ((1, None), (2, None), (2, 2)):
        with npae.network.Shards(network, threads, at_a_time) as shards:
            value = shards.evaluate(theta, Samples(data, weights=weights, gaps=True))
            np.testing.assert_allclose(value, expected[0], rtol=1e-12)
            np.testing.assert_allclose(shards.gradient, expected[1], rtol=1e-9, atol=1e-15)


def test_the_exact_hessian_leaves_gaps_out():
    network = npae.Network([npae.Dense(3, "tanh")], [npae.Dense(5)], in_shape=5, fill=np.zeros(5))
    rng = np.random.default_rng(0)
    data = np.where(rng.random((9, 5)) < 0.3, np.nan, rng.random((9, 5)))
    theta, v = network.init(rng), rng.standard_normal(network.n_parameters)
    product, h = network.hessian_product(theta, v, data), 1e-5
    ahead, behind = (network.value_and_gradient(theta + sign * h * v, data)[1] for sign in (1, -1))
    np.testing.assert_allclose(product, (ahead - behind) / (2 * h), rtol=1e-6, atol=1e-9)


def test_scores_are_of_what_is_observed(model):
    rows = X[:7].copy()
    rows[3] = np.nan
    rebuilt = model.reconstruct(rows)
    squares = np.square(rebuilt - rows)
    np.testing.assert_allclose(
        model.score_samples(rows), [np.nan if np.isnan(s).all() else np.nanmean(s) for s in squares]
    )
    np.testing.assert_allclose(model.score_samples(rows, features=True), squares)
    np.testing.assert_allclose(model.score(rows), -np.nanmean(squares), rtol=1e-12)
    weights = np.arange(7.0)
    expected = -np.nansum(weights[:, None] * squares) / np.sum(weights[:, None] * ~np.isnan(squares))
    np.testing.assert_allclose(model.score(rows, sample_weight=weights), expected, rtol=1e-12)
    assert np.isfinite(model.threshold(rows)) and np.isfinite(model.encode(rows)).all()


def test_the_scaling_is_of_what_is_observed():
    for scale in ("common", "columns"):
        scaling = fitted(scale=scale).network_.scaling
        np.testing.assert_allclose(scaling.shift, np.nanmean(X, axis=0), rtol=1e-12)
        deviations = np.nanstd(X, axis=0)
        unit = deviations if scale == "columns" else np.sqrt(np.mean(deviations**2))
        np.testing.assert_allclose(scaling.unit, np.broadcast_to(unit, 10), rtol=1e-12)


def test_weights_and_gaps_go_together():
    weights = np.random.default_rng(1).integers(0, 3, len(X))
    twice = np.repeat(np.arange(len(X)), weights)
    params = {"optimizer": npae.GradientDescent(0.05), "epochs": 25, **MISSING}
    ours = npae.Autoencoder([3], **params).fit(X, sample_weight=weights)
    theirs = npae.Autoencoder([3], **params).fit(X[twice])
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(ours.network_.fill, theirs.network_.fill, rtol=1e-12)


def test_tables_with_missing_values_are_taken():
    pandas = pytest.importorskip("pandas")
    short = {"optimizer": "adam", "epochs": 3}
    expected = fitted(**short).theta_
    table = pandas.DataFrame(X, columns=list("abcdefghij"))
    np.testing.assert_array_equal(fitted(table, **short).theta_, expected)
    nullable = table.convert_dtypes()
    assert nullable.isna().to_numpy().sum() == GAPS.sum()
    np.testing.assert_array_equal(fitted(nullable, **short).theta_, expected)
    objects = table.astype(object)
    np.testing.assert_array_equal(fitted(objects.where(table.notna(), None), **short).theta_, expected)
    np.testing.assert_array_equal(fitted(objects.where(table.notna(), pandas.NA), **short).theta_, expected)
    np.testing.assert_array_equal(fitted(np.ma.masked_invalid(X), **short).theta_, expected)


def test_a_saved_model_fills_the_same(model, tmp_path):
    model.save(tmp_path / "model.npz")
    loaded = npae.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.reconstruct(X), model.reconstruct(X))
    np.testing.assert_array_equal(loaded.network_.fill, model.network_.fill)
    assert loaded.missing == "ignore"
    detector = npae.AnomalyDetector(npae.Autoencoder([2], **MISSING)).fit(X)
    detector.save(tmp_path / "detector.npz")
    np.testing.assert_array_equal(npae.load(tmp_path / "detector.npz").score_samples(X), detector.score_samples(X))


def test_only_models_that_take_gaps_need_a_new_reader(model, tmp_path, monkeypatch):
    model.save(tmp_path / "gaps.npz")
    fitted(FULL, missing="error").save(tmp_path / "plain.npz")
    monkeypatch.setattr(npae.settings.archive, "VERSION", 2)
    npae.load(tmp_path / "plain.npz")
    with pytest.raises(npae.FileError, match="must have a file version of at most 2, got 3"):
        npae.load(tmp_path / "gaps.npz")


def test_a_fitted_model_holds_no_data():
    model = fitted(optimizer="adam", refine=None, epochs=2)
    assert model._state.fills is None


def test_training_with_gaps_resumes_to_the_bit(tmp_path):
    params = {"encoder": [3, 2], "optimizer": "adam", "batch_size": 50}
    checkpoint = {"callbacks": [npae.Checkpoint(tmp_path / "training.npz")]}
    whole = fitted(epochs=26, **params)
    fitted(epochs=14, **params, **checkpoint)
    np.testing.assert_array_equal(fitted(epochs=26, **params, **checkpoint).theta_, whole.theta_)


@pytest.mark.filterwarnings("ignore::npae.TrainingWarning")
def test_a_stream_learns_its_means_from_the_first_chunk(tmp_path):
    path = tmp_path / "stream.npz"
    models = [npae.Autoencoder([2], **MISSING), npae.Autoencoder([2], callbacks=[npae.Checkpoint(path)], **MISSING)]
    for model in models:
        for start in range(0, 200, 50):
            model.partial_fit(X[start : start + 50])
        np.testing.assert_allclose(model.network_.fill, np.nanmean(X[:50], axis=0))
        assert np.isfinite(model.reconstruct(X)).all()
    np.testing.assert_array_equal(models[0].theta_, models[1].theta_)
    again = npae.Autoencoder([2], callbacks=[npae.Checkpoint(path)], **MISSING).partial_fit(X[50:100])
    np.testing.assert_array_equal(again.network_.fill, models[0].network_.fill)
    with pytest.raises(ValueError, match="missing must be 'ignore' as in fit to go on training, got 'error'"):
        models[0].set_params(missing="error").partial_fit(X)


def test_validation_data_may_have_gaps():
    model = fitted(X[:150], optimizer="adam", epochs=15, validation_fraction=0.2)
    assert np.isfinite(model.history_["val_loss"]).all()
    model = npae.Autoencoder([2], optimizer="adam", epochs=3, callbacks=[npae.Record(["mse", "val_mse"])], **MISSING)
    model.fit(X[:150], validation_data=X[150:])
    np.testing.assert_allclose(model.history_["val_loss"], model.history_["val_mse"], rtol=1e-9)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(
    ("encoder", "shape"),
    [
        ([npae.Conv2D(2, 3, stride=2, activation="tanh"), npae.Flatten(), npae.Dense(2)], (4, 4, 1)),
        ([npae.LSTM(3)], (5, 2)),
        ([npae.LSTM(3, sequences=True), npae.Dense(1)], (5, 2)),
        ([4, 2], (4, 4)),
        ([4, npae.GaussianCode(2, beta=0.01)], (6,)),
    ],
    ids=["convolution", "LSTM", "steps", "pictures", "gaussian"],
)
@pytest.mark.filterwarnings("ignore::npae.TrainingWarning", "ignore::npae.PosteriorCollapse")
def test_all_layers_take_gaps(encoder, shape):
    rng = np.random.default_rng(0)
    data = rng.random((40, 1)) * rng.random(int(np.prod(shape))) + 0.01 * rng.random((40, int(np.prod(shape))))
    gaps = rng.random(data.shape) < 0.2
    holed = np.where(gaps, np.nan, data).reshape(40, *shape)
    model = fitted(holed, encoder=encoder, optimizer=npae.Adam(0.01), epochs=12)
    for result in (model.reconstruct(holed), model.encode(holed), model.score_samples(holed), model.theta_):
        assert np.isfinite(result).all()
    assert model.reconstruct(holed).shape == holed.shape
    if model.network_.variational:
        assert np.isfinite(model.elbo(holed)).all() and np.isfinite(model.log_likelihood(holed, 3)).all()


def test_masks_and_gaps_go_together():
    rng = np.random.default_rng(0)
    series, mask = rng.random((20, 5, 2)), np.arange(5) < rng.integers(1, 6, 20)[:, None]
    series[~mask] = 7e7
    series[rng.random(series.shape) < 0.2] = np.nan
    model = npae.Autoencoder([npae.LSTM(3)], optimizer="adam", epochs=3, **MISSING).fit(series, mask=mask)
    seen = ~np.isnan(series) & mask[:, :, None]
    np.testing.assert_allclose(model.network_.fill, np.average(np.nan_to_num(series), axis=(0, 1), weights=seen))
    squares = np.where(seen, np.square(model.reconstruct(series, mask=mask) - np.nan_to_num(series)), 0)
    np.testing.assert_allclose(model.score(series, mask=mask), -squares.sum() / seen.sum())
    assert model.score_samples(series, mask=mask, steps=True).shape == (20, 5)


def test_rows_and_columns_without_a_number():
    rows = X.copy()
    rows[[3, 77]] = np.nan
    kept = np.delete(X, [3, 77], axis=0)
    np.testing.assert_array_equal(fitted(rows).theta_, fitted(kept).theta_)
    pandas = pytest.importorskip("pandas")
    columns = X.copy()
    columns[:, 4] = np.nan
    with pytest.raises(ValueError, match="X must have a number in each column, got none in column 4. Leave"):
        fitted(columns)
    with pytest.raises(ValueError, match="got none in column 'e'. Leave"):
        fitted(pandas.DataFrame(columns, columns=list("abcdefghij")))
    weights = np.zeros(len(X))
    weights[np.isnan(X[:, 4])] = 1
    with pytest.raises(ValueError, match="got none in column 4"):
        npae.Autoencoder([2], **MISSING).fit(X, sample_weight=weights)
    with pytest.raises(ValueError, match="X must have a number in some row, got gaps alone"):
        fitted(np.full((5, 3), np.nan))


def test_an_unknown_word_and_infinity_are_refused():
    for bad in ("drop", None, True):
        with pytest.raises(ValueError, match="missing must be 'error' or 'ignore', got"):
            fitted(missing=bad)
    with pytest.raises(ValueError, match="X must be finite, got infinity at"):
        fitted(np.where(GAPS, np.inf, X))


@in_one_test("what", ["array", "table", "masked"])
def test_the_error_names_the_option(what):
    data = X
    if what == "table":
        data = pytest.importorskip("pandas").DataFrame(X).convert_dtypes()
    if what == "masked":
        data = np.ma.masked_invalid(X)
    model = npae.Autoencoder([2], epochs=2, random_state=0)
    for method in (model.fit, model.partial_fit, model.fit(FULL).reconstruct):
        with pytest.raises(ValueError, match=r"(NaN|NA|masked).*Or let the model take gaps: missing='ignore'\."):
            method(data)


def test_a_mapped_file_trains_and_is_filled_as_an_array_is(model, tmp_path):
    mapped = np.memmap(tmp_path / "samples", mode="w+", dtype=X.dtype, shape=X.shape)
    mapped[:] = X
    mapped.flags.writeable = False  # as joblib hands it to its workers
    np.testing.assert_array_equal(fitted(mapped).theta_, model.theta_)
    stream = npae.Autoencoder([2], missing="ignore", random_state=0)
    np.testing.assert_array_equal(stream.partial_fit(mapped[:40]).theta_, clone(stream).partial_fit(X[:40]).theta_)
    np.testing.assert_allclose(model.reconstruct(mapped), model.reconstruct(X), rtol=1e-9)
    assert np.isclose(model.score(mapped), model.score(X))


def test_a_detector_says_which_observed_number_is_strange():
    data = low_rank(rank=1)[1]
    data[8] = np.nan
    detector = npae.AnomalyDetector(npae.Autoencoder([1], **MISSING), contamination=0.01).fit(data)
    data[5, 3], data[5, 4] = 8.0, np.nan
    assert detector.predict(data)[[5, 8]].tolist() == [-1, 1]
    assert detector.worst_features(data[[5]]).tolist() == [[3]]
    assert np.isnan(detector.explain(data[[5]])[0, 4]) and np.isfinite(detector.threshold_)
    assert np.isfinite(detector.score(data)) and np.isfinite(detector.usual_errors_).all()


def test_a_classifier_takes_gaps_if_its_start_does():
    y = (FULL[:, 0] > 3).astype(int)
    model = npae.Classifier(start=fitted(encoder=[6, 4], epochs=50), epochs=100, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.85
    with pytest.raises(ValueError, match="X must be finite, got NaN") as error:
        npae.Classifier([4], epochs=1).fit(X, y)
    assert "missing=" not in str(error.value)


def test_scikit_learn_is_told():
    pytest.importorskip("sklearn")
    for missing, told in (("error", False), ("ignore", True)):
        model = npae.Autoencoder([2], missing=missing)
        assert model.__sklearn_tags__().input_tags.allow_nan is told
        assert npae.AnomalyDetector(model).__sklearn_tags__().input_tags.allow_nan is told


def test_the_page_and_the_cluster_say_that_they_take_no_gaps(model, tmp_path):
    with pytest.raises(ValueError, match="missing must be 'error' on a cluster, got 'ignore'"):
        npae.distributed.fit(npae.Autoencoder([2], missing="ignore"), [])
    with pytest.raises(ValueError, match="data must be finite, got NaN"):
        npae.explorer.write(model, tmp_path / "page.html", X)


def test_noise_comes_on_top_of_what_stands_in_gaps():
    model = fitted(noise=npae.GaussianNoise(0.1), optimizer="adam", epochs=5)
    assert np.isfinite(model.reconstruct(X)).all()


class TestNothingIsObserved:
    NOTHING = np.full((3, X.shape[1]), np.nan)

    @pytest.mark.parametrize(
        "use",
        [
            lambda model, data: model.score(data),
            lambda model, data: model.threshold(data),
            lambda model, data: model.score(np.r_[X, data], sample_weight=np.r_[np.zeros(len(X)), np.ones(len(data))]),
        ],
        ids=["score", "threshold", "weights"],
    )
    def test_there_is_no_score(self, use, model):
        with pytest.raises(ValueError, match="X must have a number in some row, got gaps alone"):
            use(model, self.NOTHING)

    def test_there_is_no_validation(self):
        model = npae.Autoencoder([2], missing="ignore", optimizer="adam", epochs=2)
        with pytest.raises(ValueError, match="validation_data must have a number in some row, got gaps alone"):
            model.fit(X, validation_data=self.NOTHING)


def test_targets_that_are_the_samples_may_have_gaps(model):
    assert model.score(X, target=X.copy()) == model.score(X)
    with pytest.raises(ValueError, match="target must be finite, got NaN"):
        model.score(X, target=np.where(np.isnan(X), X, 2.0))


def test_new_samples_are_not_sought_among_gaps(model):
    with pytest.raises(ValueError, match="data must have no gaps, got .* missing. Fill them first"):
        npae.discover(model, X, candidates=100)


def test_the_bound_counts_what_is_observed_whatever_the_loss():
    data = np.clip(np.abs(X) / 4, 0, 1)
    model = npae.Autoencoder([npae.GaussianCode(2)], loss="bce", missing="ignore", epochs=2, random_state=0).fit(data)
    assert np.isfinite(model.elbo(data)).all()


def test_padding_is_no_number_that_was_observed():
    series, mask = np.zeros((4, 3, 2)), np.array([[True, True, False]] * 4)
    rng = np.random.default_rng(0)
    model = npae.Autoencoder([npae.LSTM(2)], missing="ignore", epochs=1, random_state=0)
    model.fit(rng.random((4, 3, 2)), mask=mask)
    series[mask] = np.nan
    with pytest.raises(ValueError, match="X must have a number in some row, got gaps alone"):
        model.score(series, mask=mask)
