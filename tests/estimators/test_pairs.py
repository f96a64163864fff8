"""Pairs: a model learns from samples to their targets, wherever samples are taken; targets as y are refused."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from looped import in_one_test
from sklearn.base import clone
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import npae
from npae import Autoencoder

RNG = np.random.default_rng(0)
CLEAN = RNG.standard_normal((60, 2)) @ RNG.standard_normal((2, 6))
NOISY = CLEAN + 0.5 * RNG.standard_normal(CLEAN.shape)
OTHER = CLEAN @ RNG.standard_normal((6, 3)) * 50 + 7  # three numbers of another size
IMAGES = RNG.random((20, 4, 6, 1))
SERIES = RNG.standard_normal((12, 5, 3))
MASK = np.arange(5) < RNG.integers(2, 6, 12)[:, None]
SHORT = {"optimizer": "adam", "epochs": 3, "random_state": 0}


def fitted(target=OTHER, X=NOISY, encoder=(4, 2), **params):
    return Autoencoder(encoder, **{**SHORT, **params}).fit(X, target=target)


def loss_by_hand(ae, theta, X, T, mask=None):
    """The loss of dense tanh layers with a linear code and output, by a slow reference."""
    network, x = ae.network_, X
    if network.scaling is not None:
        x = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0).mean())
    arrays = network.parameters(theta)
    for name in ("encoder.0", "encoder.1", "decoder.0", "decoder.1"):
        x = x @ arrays[f"{name}.W"] + arrays[f"{name}.b"]
        x = np.tanh(x) if name in ("encoder.0", "decoder.0") else x
    if network.target_scaling is not None:
        x = x * np.sqrt(T.var(axis=0).mean()) + T.mean(axis=0)
    return np.mean((x - T) ** 2)


def test_noise_of_held_out_pairs_is_removed_as_well_as_by_regression():
    rng = np.random.default_rng(0)
    clean = rng.standard_normal((600, 2)) @ rng.standard_normal((2, 12))
    noisy = clean + rng.standard_normal(clean.shape)
    train, test = slice(0, 400), slice(400, None)
    peer = MLPRegressor(
        hidden_layer_sizes=(2,), activation="identity", solver="lbfgs", max_iter=500, tol=1e-9, random_state=0
    )
    reference = np.mean((peer.fit(noisy[train], clean[train]).predict(noisy[test]) - clean[test]) ** 2)
    ae = Autoencoder([2], random_state=0).fit(noisy[train], target=clean[train])
    assert -ae.score(noisy[test], target=clean[test]) < 1.05 * reference < 0.25 * np.mean((noisy - clean) ** 2)


@in_one_test("scale", ["auto", None])
@in_one_test("target", [OTHER, CLEAN], ids=["other shape", "same shape"])
def test_value_and_gradient_equal_a_slow_reference(scale, target):
    ae = fitted(target, scale=scale)
    theta, network = ae.theta_, ae.network_
    value, gradient = network.value_and_gradient(theta, NOISY, target)
    np.testing.assert_allclose(value, loss_by_hand(ae, theta, NOISY, target), rtol=1e-10)
    direction, h = RNG.standard_normal(len(theta)), 1e-6
    rise = loss_by_hand(ae, theta + h * direction, NOISY, target)
    rise -= loss_by_hand(ae, theta - h * direction, NOISY, target)
    np.testing.assert_allclose(gradient @ direction, rise / (2 * h), rtol=1e-5)


@in_one_test(
    "params",
    [
        {},
        {"epochs": 3, "optimizer": None, "refine": npae.Refine(max_iterations=9)},
        {"loss": "bce"},
        {"batch_size": 7},
        {"noise": npae.GaussianNoise(0.1)},
    ],
    ids=str,
)
def test_samples_as_their_own_targets_change_no_bit(params):
    X = RNG.random((30, 5))
    models = [Autoencoder([4, 2], **{**SHORT, **params}) for _ in range(3)]
    alone, same, copied = (ae.fit(X, target=T) for ae, T in zip(models, (None, X, X.tolist()), strict=True))
    np.testing.assert_array_equal(alone.theta_, same.theta_)
    np.testing.assert_array_equal(alone.theta_, copied.theta_)
    assert alone.score(X) == same.score(X) == same.score(X, target=X)


@in_one_test(
    ("X", "target", "encoder"),
    [
        (NOISY, OTHER, [4, 2]),
        (NOISY, OTHER[:, :1], [npae.Dropout(0.1), 4, 2]),
        (NOISY, RNG.random((60, 2, 3)), [4, 2]),
        (NOISY, RNG.random((60, 2, 3)), [4, npae.GaussianCode(2)]),
        (IMAGES, RNG.random((20, 3, 3)), [5, 2]),
        (IMAGES, RNG.random((20, 7)), [5, 2]),
        (IMAGES, RNG.random((20, 4, 6, 3)), [npae.Conv2D(2, (3, 3), activation="tanh"), npae.Flatten(), 2]),
        (IMAGES, RNG.random((20, 4, 6, 3)), [npae.MaxPool2D((2, 2)), npae.Conv2D(2, (1, 1)), npae.Flatten(), 2]),
        (SERIES, RNG.random((12, 8, 2)), [npae.LSTM(4), 2]),
        (SERIES, RNG.random((12, 2)), [4, 2]),
    ],
    ids=lambda value: str(getattr(value, "shape", value)),
)
def test_the_mirrored_decoder_ends_in_the_shape_of_targets(X, target, encoder):
    ae = fitted(target, X, encoder)
    for result in (ae.reconstruct(X), ae.predict(X), ae.decode(ae.encode(X)), ae.inverse_transform(ae.transform(X))):
        assert result.shape == target.shape
    assert ae.sample(3).shape == (3, *target.shape[1:])
    np.testing.assert_allclose(ae.score(X, target=target), -np.mean((ae.reconstruct(X) - target) ** 2), rtol=1e-10)
    np.testing.assert_allclose(ae.score_samples(X, target=target).mean(), -ae.score(X, target=target), rtol=1e-10)


def test_a_decoder_that_is_given_must_end_in_the_shape_of_targets():
    assert fitted(decoder=[4, 3]).reconstruct(NOISY).shape == OTHER.shape
    assert fitted(RNG.random((60, 3, 2)), decoder=[6]).reconstruct(NOISY).shape == (60, 3, 2)
    with pytest.raises(ValueError, match=r"decoder must end with targets of shape \(3,\), got \(6,\)"):
        fitted(decoder=[4, 6])


@pytest.mark.parametrize(
    ("X", "target", "encoder", "message"),
    [
        (
            IMAGES,
            RNG.random((20, 7)),
            [npae.Conv2D(2, (3, 3)), npae.Flatten(), 2],
            r"targets of shape \(7,\), got None",
        ),
        (
            SERIES,
            RNG.random((12, 8, 3)),
            [npae.LSTM(4, sequences=True), npae.Flatten(), 2],
            "Give decoder= with layers",
        ),
    ],
    ids=["axes", "steps"],
)
def test_an_encoder_whose_mirror_does_not_lead_to_targets_needs_a_decoder(X, target, encoder, message):
    with pytest.raises(ValueError, match=message):
        fitted(target, X, encoder)


def test_targets_have_a_scaling_of_their_own():
    network = fitted().network_
    np.testing.assert_allclose(network.target_scaling.shift, OTHER.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(network.target_scaling.unit, np.sqrt(OTHER.var(axis=0).mean()), rtol=1e-12)
    np.testing.assert_allclose(network.scaling.shift, NOISY.mean(axis=0), rtol=1e-12)
    columns = fitted(scale="columns").network_
    np.testing.assert_allclose(columns.target_scaling.unit, OTHER.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(columns.scaling.unit, NOISY.std(axis=0), rtol=1e-12)
    assert fitted(scale=None).network_.target_scaling is None


def test_the_units_of_targets_do_not_change_what_is_learned():
    small, large = (fitted(factor * OTHER + shift) for factor, shift in ((1, 0), (1e6, -1e7)))
    np.testing.assert_allclose(large.reconstruct(NOISY), 1e6 * small.reconstruct(NOISY) - 1e7, rtol=1e-6)


def test_only_targets_must_suit_a_loss_that_restricts_them():
    ae = fitted(RNG.random((60, 3)), 100 * NOISY - 50, loss="bce")
    assert ae.reconstruct(100 * NOISY - 50).min() >= 0 and ae.network_.target_scaling is None
    with pytest.raises(ValueError, match=r"targets must lie in \[0, 1\] for the loss 'bce'"):
        fitted(OTHER, RNG.random((60, 6)), loss="bce")


@in_one_test(
    "params",
    [
        {"batch_size": 16, "epochs": 60},
        {"batch_size": 16, "threads": 2, "epochs": 60},
        {"threads": 3, "epochs": 80},
        {"optimizer": "auto", "epochs": "auto"},
        {"optimizer": None, "refine": npae.Refine("trust-ncg", max_iterations=20), "epochs": 4},
        {"optimizer": None, "refine": npae.Refine("L-BFGS-B", sample=40), "epochs": 4},
        {"noise": npae.GaussianNoise(0.1), "epochs": 80},
        {"penalty": npae.L2(1e-6), "epochs": 80},
        {"dtype": "float32", "epochs": 80},
    ],
    ids=str,
)
def test_every_way_to_train_learns_the_targets(params):
    ae = fitted(optimizer=params.pop("optimizer", npae.Adam(0.03)), **params)
    assert -ae.score(NOISY, target=OTHER) < 0.3 * OTHER.var(axis=0).mean()


def test_the_default_recipe_learns_targets():
    ae = Autoencoder([3, 2], random_state=0).fit(NOISY, target=CLEAN)
    assert -ae.score(NOISY, target=CLEAN) < 0.3 * np.mean((NOISY - CLEAN) ** 2)


def test_validation_pairs_are_judged_by_their_targets():
    ae = Autoencoder([4, 2], **SHORT).fit(NOISY[:40], target=OTHER[:40], validation_data=(NOISY[40:], OTHER[40:]))
    np.testing.assert_allclose(ae.history_["val_loss"][-1], -ae.score(NOISY[40:], target=OTHER[40:]), rtol=1e-10)
    noisy = Autoencoder([4, 2], noise=npae.GaussianNoise(0.1), **SHORT)
    noisy.fit(CLEAN, validation_data=(NOISY, CLEAN))
    np.testing.assert_allclose(noisy.history_["val_loss"][-1], -noisy.score(NOISY, target=CLEAN), rtol=1e-10)
    with pytest.raises(ValueError, match="validation_data must be a tuple with its own target where target is given"):
        Autoencoder([4, 2]).fit(NOISY, target=CLEAN, validation_data=NOISY)


def test_rows_that_are_held_out_keep_their_targets():
    held = Autoencoder([4, 2], validation_fraction=0.25, **SHORT).fit(NOISY, target=OTHER)
    given = Autoencoder([4, 2], **SHORT).fit(NOISY[:45], target=OTHER[:45], validation_data=(NOISY[45:], OTHER[45:]))
    assert held.history_["val_loss"] == given.history_["val_loss"]


@pytest.mark.parametrize("width", [3, 2])
def test_padding_of_series_counts_neither_in_samples_nor_in_targets(width):
    target, X = SERIES[:, :, :width] * 2, np.where(MASK[:, :, None], SERIES, np.nan)
    padded = np.where(MASK[:, :, None], target, np.nan)
    one, two = (
        Autoencoder([npae.LSTM(4), 2], **SHORT).fit(SERIES, target=T, mask=MASK, validation_data=(SERIES, T, MASK))
        for T in (target, padded)
    )
    np.testing.assert_array_equal(one.theta_, two.theta_)
    assert one.history_["val_loss"] == one.history_["loss"]
    score = -np.mean((one.reconstruct(X, mask=MASK) - target)[MASK] ** 2)
    np.testing.assert_allclose(one.score(X, target=padded, mask=MASK), score, rtol=1e-10)
    steps = one.score_samples(X, target=padded, mask=MASK, steps=True)
    np.testing.assert_array_equal(np.isnan(steps), ~MASK)
    np.testing.assert_allclose(steps[MASK].mean(), -score, rtol=1e-10)


def test_targets_without_steps_are_not_masked():
    target = RNG.random((12, 5))  # as many numbers as steps
    ae = Autoencoder([npae.LSTM(4), 2], decoder=[npae.Dense(5)], **SHORT).fit(SERIES, target=target, mask=MASK)
    got = np.mean((ae.reconstruct(SERIES, mask=MASK) - target) ** 2)
    np.testing.assert_allclose(-ae.score(SERIES, target=target, mask=MASK), got, rtol=1e-10)
    np.testing.assert_allclose(ae.history_["loss"][-1], got, rtol=1e-10)


def test_a_stream_of_pairs_learns_from_chunk_to_chunk():
    ae = Autoencoder([4, 2], optimizer=npae.Adam(0.03), batch_size=10, random_state=0)
    for _ in range(40):
        ae.partial_fit(NOISY[:30], target=OTHER[:30]).partial_fit(NOISY[30:], target=OTHER[30:])
    assert -ae.score(NOISY, target=OTHER) < 0.3 * OTHER.var(axis=0).mean()
    np.testing.assert_allclose(ae.network_.target_scaling.shift, OTHER[:30].mean(axis=0), rtol=1e-12)
    for target, message in (
        (None, "target must be given, as it was to fit, got None"),
        (CLEAN, r"target must have samples of shape \(3,\), as the model predicts, got \(6,\)"),
    ):
        with pytest.raises(ValueError, match=message):
            ae.partial_fit(NOISY, target=target)


def test_what_compares_with_targets_asks_for_them():
    ae = fitted(CLEAN, encoder=[npae.GaussianCode(2)])
    for method in (ae.score, ae.score_samples, ae.threshold, ae.elbo, ae.log_likelihood, ae.partial_fit):
        with pytest.raises(
            ValueError, match="target must be given, as it was to fit, got None. Give target=X to compare"
        ):
            method(NOISY)
        method(NOISY, target=CLEAN)
    np.testing.assert_allclose(-ae.score(NOISY, target=NOISY), np.mean((ae.reconstruct(NOISY) - NOISY) ** 2))
    np.testing.assert_allclose(
        ae.score_samples(NOISY, target=NOISY), np.mean((ae.reconstruct(NOISY) - NOISY) ** 2, axis=1)
    )
    with pytest.raises(
        ValueError, match=r"target must have samples of shape \(6,\), as the model predicts, got \(3,\)"
    ):
        ae.score(NOISY, target=OTHER)


def test_the_bound_of_pairs_is_minus_the_loss():
    ae = fitted(OTHER, encoder=[npae.GaussianCode(2)], scale=None)
    bound = ae.elbo(NOISY, 500, target=OTHER).mean()
    drawn = [ae.network_.value(ae.theta_, NOISY, OTHER, code_seed=seed) for seed in range(500)]
    np.testing.assert_allclose(bound, -np.mean(drawn) - 3 * np.log(np.pi) / 2, rtol=2e-2)


@pytest.mark.filterwarnings("ignore:target does not have valid feature names")
@in_one_test("params", [{}, {"scale": "columns"}, {"loss": "bce"}, {"scale": None}], ids=str)
def test_files_and_pickles_keep_what_was_learned_from_pairs(params, tmp_path):
    target = RNG.random((60, 3))
    ae = fitted(pd.DataFrame(target, columns=list("uvw")), **params)
    ae.save(tmp_path / "model.npz")
    for copy in (npae.load(tmp_path / "model.npz"), pickle.loads(pickle.dumps(ae))):
        np.testing.assert_array_equal(copy.reconstruct(NOISY), ae.reconstruct(NOISY))
        assert copy.score(NOISY, target=target) == ae.score(NOISY, target=target)
        with pytest.raises(ValueError, match="target must be given"):
            copy.score(NOISY)
        with pytest.raises(
            ValueError, match=r"(?s)target: The feature names should match.*Use target\[\['u', 'v', 'w'\]\]"
        ):
            copy.score(NOISY, target=pd.DataFrame(target, columns=list("wvu")))
        copy.partial_fit(NOISY, target=target)
    assert not hasattr(clone(ae), "theta_")


def test_a_second_fit_forgets_the_targets_of_the_first():
    ae = fitted(pd.DataFrame(OTHER, columns=list("uvw")))
    assert ae.fit(NOISY).score(NOISY) == ae.score(NOISY, target=NOISY)
    assert ae.reconstruct(NOISY).shape == NOISY.shape


def test_mapped_files_of_pairs_give_the_bits_of_arrays(tmp_path):
    np.save(tmp_path / "X.npy", NOISY.astype("float32"))
    np.save(tmp_path / "Y.npy", OTHER.astype("float32"))
    mapped = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "XY"]
    options = {"batch_size": 16, "dtype": "float32"}
    files, arrays = fitted(mapped[1], mapped[0], **options), fitted(np.array(mapped[1]), np.array(mapped[0]), **options)
    np.testing.assert_array_equal(files.theta_, arrays.theta_)
    assert files.score(mapped[0], target=mapped[1]) == arrays.score(mapped[0], target=np.array(mapped[1]))


def test_a_font_is_a_target():
    letters = npae.datasets.load_font("capitals")
    noisy = npae.FlipPixels(2).apply(letters.pixels, np.random.default_rng(0))
    ae = Autoencoder([16, 4], loss="bce", **SHORT).fit(noisy, target=letters)
    assert ae.score(noisy, target=letters) == ae.score(noisy, target=letters.pixels)


def test_metrics_of_callbacks_compare_with_targets():
    seen = []

    def spread(original, reconstruction):
        seen.append((original.shape, reconstruction.shape))
        return float(np.mean((original - reconstruction) ** 2))

    callbacks = [npae.Record(["mse", "val_mse", spread])]
    ae = Autoencoder([4, 2], callbacks=callbacks, **SHORT)
    ae.fit(NOISY, target=OTHER, validation_data=(NOISY, OTHER))
    assert ae.history_["mse"][-1] == ae.history_["val_mse"][-1] == pytest.approx(-ae.score(NOISY, target=OTHER))
    assert set(seen) == {(OTHER.shape, OTHER.shape)}


def test_predictions_are_compared_with_the_mean_of_targets():
    noise = RNG.standard_normal((200, 3))
    with pytest.warns(npae.NoBetterThanMean):
        Autoencoder([2], optimizer=npae.GradientDescent(1e-9), epochs=30, init=npae.Gaussian(0.3), random_state=0).fit(
            RNG.standard_normal((200, 4)), target=noise
        )


def test_a_checkpoint_of_pairs_resumes_to_the_bit(tmp_path):
    def train(epochs, path):
        return fitted(epochs=epochs, callbacks=[npae.Checkpoint(tmp_path / path)])

    train(2, "model.npz")
    np.testing.assert_array_equal(train(5, "model.npz").theta_, train(5, "other.npz").theta_)
    with pytest.raises(ValueError, match="must be a checkpoint of this training, with data"):
        fitted(OTHER + 1, callbacks=[npae.Checkpoint(tmp_path / "model.npz")], epochs=5)


def test_a_checkpoint_of_a_stream_of_pairs_keeps_the_scaling_of_targets(tmp_path):
    def begin():
        return Autoencoder([4, 2], batch_size=10, callbacks=[npae.Checkpoint(tmp_path / "model.npz")], random_state=0)

    first = begin().partial_fit(NOISY[:30], target=OTHER[:30])
    resumed = begin().partial_fit(NOISY[30:], target=OTHER[30:])
    first.partial_fit(NOISY[30:], target=OTHER[30:])
    np.testing.assert_array_equal(resumed.theta_, first.theta_)
    np.testing.assert_array_equal(resumed.reconstruct(NOISY), first.reconstruct(NOISY))


def test_the_explorer_page_has_the_scaling_of_targets(tmp_path):
    from npae.explorer.write import _described_scaling

    network = fitted(CLEAN * 10).network_
    described = _described_scaling(network)
    assert described["unit"] == network.scaling.unit.tolist()
    assert described["targetUnit"] == network.target_scaling.unit.tolist()
    with pytest.raises(ValueError, match=r"model must end with samples of shape \(6,\), got \(3,\)"):
        npae.explorer.write(fitted(), tmp_path / "page.html")
    with pytest.raises(ValueError, match=r"model must end with samples of shape \(6,\), got \(3,\)"):
        npae.discover(fitted(), NOISY)


class Tensor:
    """An array of another library: its dtype is none of NumPy's."""

    def __init__(self, values):
        self.shape, self.ndim, self.dtype, self._values = values.shape, values.ndim, "float64", values

    def __array__(self, dtype=None, copy=None):
        return np.array(self._values, dtype)

    def __len__(self):
        return len(self._values)


TARGETS = {
    "floats": CLEAN,
    "a list": CLEAN.tolist(),
    "a table": pd.DataFrame(CLEAN),
    "another width": OTHER,
    "integers like X": (CLEAN > 0).astype(int),
    "images": np.zeros((60, 2, 3), int),
    "a sparse matrix": scipy.sparse.csr_array(CLEAN),
    "what only becomes an array": Tensor(CLEAN),
}
LABELS = {
    "integers": np.arange(60),
    "floats": CLEAN[:, 0],
    "one column": CLEAN[:, :1],
    "texts": ["a", "b"] * 30,
    "a Series": pd.Series(["a"] * 60),
    "several labels": np.zeros((60, 3), int),
    "a table of texts": pd.DataFrame({"a": ["x"] * 60, "b": ["y"] * 60}),
    "nothing": None,
    "X": NOISY,
    "a copy of X": NOISY.tolist(),
    "X as what only becomes an array": Tensor(NOISY),
    "lists of texts": [["a"], ["b", "c"]] * 30,
}


@in_one_test("y", TARGETS.values(), ids=TARGETS)
def test_targets_in_the_place_of_labels_are_refused(y):
    ae = Autoencoder([2], **SHORT)
    for call in (ae.fit, ae.partial_fit, ae.fit_transform, make_pipeline(StandardScaler(), ae).fit):
        with pytest.raises(
            ValueError, match=r"y must be None, labels or X itself, got .* of shape .*Use target= for what"
        ):
            call(NOISY, y)
    ae.fit(NOISY)
    with pytest.raises(ValueError, match="Use target= for what predictions are to be compared with"):
        ae.score(NOISY, y)
    detector = npae.AnomalyDetector(Autoencoder([2], **SHORT))
    with pytest.raises(
        ValueError, match="y must be None, labels or X itself.* A detector learns from the samples alone"
    ):
        detector.fit(NOISY, y)


@in_one_test("y", LABELS.values(), ids=LABELS)
def test_labels_and_the_samples_themselves_are_ignored(y):
    ae, plain = Autoencoder([2], **SHORT), Autoencoder([2], **SHORT).fit(NOISY)
    np.testing.assert_array_equal(ae.fit(NOISY, y).theta_, plain.theta_)
    assert ae.score(NOISY, y) == plain.score(NOISY)
    ae.partial_fit(NOISY, y)
    if isinstance(y, (np.ndarray, pd.Series)) and y.ndim < 2:
        make_pipeline(StandardScaler(), ae).fit(NOISY, y)


def test_samples_that_cannot_be_read_are_named_before_what_stands_for_y():
    with pytest.raises(ValueError, match="X must be an array of numbers, got rows of different lengths"):
        Autoencoder([2]).fit([[1.0, 2.0], [3.0]], CLEAN[:2, 0])


@in_one_test(
    ("target", "message"),
    [
        (CLEAN[:-1], "target must have a row for each of the 60 samples, got 59 rows"),
        (np.where(CLEAN > 2, np.nan, CLEAN), "target must be finite, got NaN at"),
        (np.full((60, 2), np.inf), "target must be finite, got infinity at"),
        (CLEAN.astype(str)[:, :2] + "x", "target must be an array of numbers"),
        (CLEAN + 1j, "target must be real"),
        (CLEAN[:, 0], r"target must be at least 2-D .*target\.reshape\(-1, 1\)"),
        (pd.DataFrame({"a": ["x"] * 60}), "target must be an array of numbers, .* 'a'"),
        (np.empty((60, 0)), "target must hold features"),
        (np.full((60, 2), 1e300), "target must have numbers whose squares float64 can hold"),
    ],
)
def test_bad_targets_get_one_clear_error(target, message):
    ae = Autoencoder([2], **SHORT)
    with pytest.raises((ValueError, TypeError), match=message):
        ae.fit(NOISY, target=target)
    with pytest.raises((ValueError, TypeError), match=message):
        ae.partial_fit(NOISY, target=target)
    assert not hasattr(ae, "theta_")


def test_targets_that_single_precision_cannot_hold_are_named():
    with pytest.raises(ValueError, match="target must fit into float32, got values that are too large"):
        fitted(np.full((60, 2), 1e100), dtype="float32")
    with pytest.raises(ValueError, match="target must fit into float32, got values that are too large"):
        fitted(dtype="float32").score(NOISY, target=OTHER * 1e100)
