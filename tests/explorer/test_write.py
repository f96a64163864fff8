"""What `explorer.write` puts into the file, and what it refuses."""

import base64
import dataclasses
import functools
import json
import re

import numpy as np
import pandas as pd
import pytest
from looped import in_one_test
from sklearn.decomposition import PCA

import npae
from npae.explorer.page_layers import KINDS

LETTERS = npae.datasets.load_font("capitals")


@functools.cache
def model(code=2, **params):
    return npae.Autoencoder(encoder=[29, 23, code], loss="bce", epochs=3, random_state=0, **params).fit(LETTERS.pixels)


def written(tmp_path, *args, **options):
    npae.explorer.write(args[0] if args else model(), tmp_path / "page.html", **options)
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def document(page):
    (text,) = re.findall(r'<script id="model" type="application/json">(.*?)</script>', page, flags=re.DOTALL)
    return json.loads(text)


def unpacked(array):
    return np.frombuffer(base64.b64decode(array["base64"]), dtype=array["type"])


def test_a_letter_page_is_one_file_below_300_kb_that_mentions_no_address(tmp_path):
    page = written(tmp_path, data=LETTERS)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert len(page.encode()) < 300_000
    assert not re.findall(r"https?:|//www|src=|href=|@import|url\(", page)
    assert not re.findall(r"\{\{\w+\}\}", page)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_weights_arrive_to_the_bit(tmp_path, dtype):
    shown = document(written(tmp_path, model(dtype=dtype)))
    assert shown["theta"]["type"] == dtype
    np.testing.assert_array_equal(unpacked(shown["theta"]), model(dtype=dtype).theta_)
    assert [layer["shape"] for layer in shown["encoder"] + shown["decoder"]] == [[29], [23], [2], [23], [29], [35]]


@in_one_test("kind, scale", [("uint8", 1), ("float32", 0.5), ("float64", 0.1)])
def test_samples_arrive_to_the_bit_in_the_smallest_type(tmp_path, kind, scale):
    X = LETTERS.pixels * scale
    shown = document(written(tmp_path, data=X))
    assert shown["samples"]["type"] == kind
    np.testing.assert_array_equal(unpacked(shown["samples"]).reshape(X.shape), X)
    assert (shown["binary"], shown["range"]) == (scale == 1, [0, 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bytes_over_255_arrive_as_bytes(tmp_path, dtype):
    X = np.random.default_rng(0).integers(0, 256, (40, 35)).astype(dtype) / np.dtype(dtype).type(255)
    shown = document(written(tmp_path, data=X))["samples"]
    assert (shown["type"], shown["divisor"], shown["single"]) == ("uint8", 255, dtype == "float32")
    np.testing.assert_array_equal((unpacked(shown) / 255.0).astype(dtype).reshape(X.shape), X)


def test_the_codes_of_the_samples_arrive_to_the_bit(tmp_path):
    shown = document(written(tmp_path, data=LETTERS))["codes"]
    np.testing.assert_array_equal(unpacked(shown).reshape(32, 2), model().encode(LETTERS.pixels))


def test_layers_that_compute_nothing_are_left_out(tmp_path):
    layers = [npae.Conv2D(2, 3, stride=2), npae.Flatten(), npae.Dropout(0.1), npae.Noisy(npae.GaussianNoise(0.1)), 2]
    X = np.random.default_rng(0).random((8, 5, 5, 1))
    ae = npae.Autoencoder(layers, epochs=1, random_state=0).fit(X)
    shown = document(written(tmp_path, ae, data=X))
    assert [(layer["kind"], layer["shape"]) for layer in shown["encoder"] + shown["decoder"]] == [
        *(("convolution", [3, 3, 2]), ("dense", [2]), ("dense", [18]), ("transpose", [5, 5, 1])),
    ]
    assert sum(layer["weights"] + layer["biases"] for layer in shown["encoder"] + shown["decoder"]) == len(ae.theta_)


@in_one_test(
    "in_shape, shape, channels",
    [((4, 6, 1), [4, 6], 1), ((4, 6, 3), [4, 6], 3), ((4, 6, 4), [4, 6], 4), ((6, 3), [6, 3], 1)],
    ids=["images", "colours", "transparent", "series"],
)
def test_images_and_series_have_a_shape_of_their_own(tmp_path, in_shape, shape, channels):
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=1, random_state=0).fit(np.ones((4, *in_shape)))
    shown = document(written(tmp_path, ae))
    assert (shown["shape"], shown["channels"]) == (shape, channels)


def test_images_of_channels_that_are_no_colours_need_a_shape(tmp_path):
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=1, random_state=0).fit(np.ones((4, 4, 6, 5)))
    with pytest.raises(ValueError, match=r"got None\. The samples' own shape \(4, 6, 5\) is no picture of 1, 3 or 4"):
        written(tmp_path, ae)
    assert document(written(tmp_path, ae, shape=(4, 30)))["shape"] == [4, 30]


def test_flat_samples_are_colours_if_the_shape_says_so(tmp_path):
    X = np.random.default_rng(0).random((8, 48))
    ae = npae.Autoencoder([2], epochs=1, random_state=0).fit(X)
    shown = document(written(tmp_path, ae, data=X, shape=(4, 4, 3)))
    assert (shown["shape"], shown["channels"], shown["range"]) == ([4, 4], 3, [0, 1])
    with pytest.raises(ValueError, match=r"= 48, \(H, W, 3\) with H \* W = 16 or \(H, W, 4\) .* = 12, got \(4, 4\)"):
        written(tmp_path, ae, data=X, shape=(4, 4))


@pytest.mark.parametrize("dtype, expected", [("uint8", [0, 255]), ("float64", [2, 200])])
def test_colours_that_are_bytes_go_from_0_to_255(tmp_path, dtype, expected):
    X = np.linspace(2, 200, 96).reshape(8, 2, 2, 3).astype(dtype)
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=1, random_state=0).fit(X)
    assert document(written(tmp_path, ae, data=X))["range"] == expected


def test_columns_called_pixels_labels_and_name_make_no_font(tmp_path):
    frame = pd.DataFrame(np.random.default_rng(0).random((8, 4)), columns=["pixels", "labels", "name", "shape"])
    ae = npae.Autoencoder([2], epochs=1, random_state=0).fit(frame)
    shown = document(written(tmp_path, ae, data=frame))
    np.testing.assert_array_equal(unpacked(shown["samples"]), frame.to_numpy().ravel())
    assert (shown["labels"], shown["shape"], shown["title"]) == (None, [2, 2], "The code space of 8 samples")


def test_a_font_fits_a_model_of_images(tmp_path):
    ae = npae.Autoencoder([npae.Conv2D(2, 3, stride=2), npae.Flatten(), 2], epochs=1, random_state=0)
    shown = document(written(tmp_path, ae.fit(LETTERS.images[..., np.newaxis]), data=LETTERS))
    assert (shown["labels"], shown["shape"]) == (list(LETTERS.labels), [7, 5])


def test_samples_of_another_shape_are_refused(tmp_path):
    ae = npae.Autoencoder([npae.Flatten(), 2], epochs=1, random_state=0).fit(np.ones((4, 4, 6, 1)))
    with pytest.raises(ValueError, match=r"data must be samples of shape \(4, 6, 1\), as in fit, got shape \(4, 24\)"):
        written(tmp_path, ae, data=np.ones((4, 24)))
    with pytest.raises(ValueError, match=r"such as data\[:60000\]"):
        written(tmp_path, ae, data=np.ones((200_000, 4, 6, 1), np.uint8))


def test_a_font_comes_with_its_labels_its_shape_and_its_name(tmp_path):
    shown = document(written(tmp_path, data=LETTERS))
    assert shown["labels"] == list(LETTERS.labels)
    assert shown["shape"] == [7, 5]
    assert shown["title"] == "The code space of capitals"


def test_arguments_override_what_the_font_has(tmp_path):
    shown = document(written(tmp_path, data=LETTERS, labels=range(32), shape=(5, 7), title="mine"))
    assert (shown["labels"][:2], shown["shape"], shown["title"]) == (["0", "1"], [5, 7], "mine")


@in_one_test("size, shape", [(36, [6, 6]), (35, [1, 35]), (1, [1, 1])])
def test_without_a_shape_a_picture_is_square_if_it_can_be(tmp_path, size, shape):
    X = np.random.default_rng(0).random((8, size))
    ae = npae.Autoencoder(encoder=[2], epochs=1, random_state=0).fit(X)
    assert document(written(tmp_path, ae, data=X))["shape"] == shape


@in_one_test("in_shape", [(3,), (5, 3), (4, 4, 3)])  # samples that are flattened have one per number
def test_the_scaling_arrives_to_the_bit_with_an_entry_per_column(tmp_path, in_shape):
    X = np.random.default_rng(0).random((8, *in_shape)) * [1.0, 10.0, 100.0]
    ae = npae.Autoencoder([2], scale="columns", optimizer="adam", epochs=1, random_state=0).fit(X)
    shown = document(written(tmp_path, ae, data=X, shape=(1, 3) if in_shape == (3,) else None))
    np.testing.assert_array_equal(shown["shift"], X.mean(axis=0).ravel())
    np.testing.assert_array_equal(shown["unit"], ae.network_.scaling.unit.ravel())
    assert len(shown["unit"]) == X[0].size


def test_a_model_without_scaling_has_none_on_its_page(tmp_path):
    shown = document(written(tmp_path))
    assert (shown["shift"], shown["unit"]) == (None, None)


def test_without_data_the_page_knows_where_the_codes_were(tmp_path):
    shown = document(written(tmp_path))
    assert (shown["samples"], shown["labels"], shown["binary"]) == (None, None, True)
    np.testing.assert_array_equal(shown["codeMean"], model().code_mean_)
    np.testing.assert_allclose(np.square(shown["codeStd"]), np.diag(model().code_covariance_))


def test_pictures_are_drawn_in_the_range_of_the_data(tmp_path):
    X = np.linspace(-3, 5, 8).reshape(4, 2)
    ae = npae.Autoencoder(encoder=[1], epochs=1, random_state=0).fit(X)
    assert document(written(tmp_path, ae, data=X))["range"] == [-3, 5]
    assert document(written(tmp_path, ae, data=np.full((2, 2), 7)))["range"] == [7, 8]


@in_one_test(
    "text", ["</script><script>alert(1)</script>", "<!-- <script>", "a\u2028b", "{{script}}", "\ud800", "&lt;"]
)
def test_labels_and_title_cannot_leave_their_place(tmp_path, text):
    plain = written(tmp_path, data=LETTERS, title="x")
    page = written(tmp_path, data=LETTERS, labels=[text] * 32, title=text)
    assert document(page)["labels"] == [text] * 32
    for tag in ("<script", "</script", "<!--", "\u2028"):
        assert page.count(tag) == plain.count(tag)


def test_only_scripts_of_the_page_itself_may_run(tmp_path):
    page = written(tmp_path, data=LETTERS)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', page)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_a_failed_write_leaves_the_file_that_was_there(tmp_path):
    before = written(tmp_path, data=LETTERS)
    with pytest.raises(ValueError, match="NaN"):
        written(tmp_path, data=np.full((2, 35), np.nan))
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == before


@in_one_test(
    "options, message",
    [
        ({"data": np.where(np.eye(35) > 0, np.nan, 0)}, r"data must be finite, got NaN at \[0, 0\] and 35 such"),
        ({"data": np.zeros((3, 7))}, r"data must be samples of 35 numbers, as in fit, got shape \(3, 7\)"),
        ({"data": np.zeros((3, 5, 7))}, r"data must be samples of 35 numbers, as in fit, got shape \(3, 5, 7\)"),
        ({"data": np.zeros((0, 35))}, "data must hold samples"),
        (
            {"data": np.zeros((200_000, 35), np.uint8)},
            r"at most 60000 samples and 4000000 numbers .* such as data\[:60000\]",
        ),
        ({"data": LETTERS, "labels": "AB"}, r"labels must be one per sample \(32\), got 2"),
        (
            {"data": LETTERS, "labels": np.zeros((32, 2))},
            r"labels must be a sequence, one .*, got an array .*\(32, 2\)",
        ),
        ({"data": LETTERS, "labels": [[1, 2]] * 32}, r"labels must be a sequence, one .*, got a list for sample 0"),
        (
            {"features": range(35), "shape": (7, 5)},
            r"features must be None for pictures, got names with shape=\(7, 5\)",
        ),
        (
            {"features": range(35), "data": LETTERS},
            "features must be None for pictures, got names with pictures as data",
        ),
        ({"features": [*range(34), 0]}, "features must be different names, got '0' twice"),
        ({"features": [*range(34), None]}, "features must be names, got None for column 34"),
        ({"features": [*range(34), np.nan]}, "features must be names, got nan for column 34"),
        ({"features": 3}, "features must be one name per column .35., got 3"),
        ({"labels": "AB"}, "labels must come with data, got labels alone"),
        ({"shape": (5, 5)}, r"shape must be \(H, W\) with H \* W = 35, got \(5, 5\)"),
        ({"shape": (-7, -5)}, r"shape must be \(H, W\) with H \* W = 35, got \(-7, -5\)"),
        ({"shape": (3.5, 10)}, r"shape must be \(H, W\) with H \* W = 35, got \(3.5, 10\)"),
        ({"shape": 35}, r"shape must be \(H, W\) with H \* W = 35, got 35"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_the_model_is_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        written(tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_an_unfitted_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Autoencoder must be fitted before this, got an unfitted one. Call fit"):
        written(tmp_path, npae.Autoencoder())


def test_of_a_detector_the_autoencoder_is_shown(tmp_path):
    X = np.random.default_rng(0).normal(size=(30, 6))
    detector = npae.AnomalyDetector(npae.Autoencoder([2], epochs=2, optimizer="adam", random_state=0)).fit(X)
    assert written(tmp_path, detector, data=X) == written(tmp_path, detector.autoencoder_, data=X)
    with pytest.raises(ValueError, match="AnomalyDetector must be fitted before this, got an unfitted one"):
        written(tmp_path, npae.AnomalyDetector())


def test_a_classifier_is_refused_with_a_hint(tmp_path):
    model = npae.Classifier([2], epochs=1, optimizer="adam").fit(LETTERS.pixels, np.arange(32) % 2)
    for one in (model, npae.Classifier(), PCA().fit(LETTERS.pixels), model.network_):
        with pytest.raises(TypeError, match=f"model must be a fitted npae.Autoencoder, got {type(one).__name__}"):
            written(tmp_path, one)
    with pytest.raises(TypeError, match="A classifier decodes no codes"):
        written(tmp_path, model)


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(TypeError, match="model must be a fitted npae.Autoencoder, got 'letters.npz'"):
        written(tmp_path, "letters.npz")


@dataclasses.dataclass(frozen=True)
class Doubled(npae.Layer):
    """y = 2 x."""

    def forward(self, x, params, context):
        return 2 * x, lambda dy, grads: 2 * dy


def test_a_layer_that_the_page_cannot_compute_is_refused(tmp_path):
    layers = {"encoder": [npae.Dense(2, "tanh"), Doubled()], "decoder": [npae.Dense(35)]}
    ae = npae.Autoencoder(**layers, epochs=1, random_state=0).fit(LETTERS.pixels)
    with pytest.raises(ValueError, match=r"layers that a page can compute \(Dense, .*\), got Doubled as encoder.1"):
        written(tmp_path, ae)


def test_a_layer_of_ones_own_is_refused_with_other_ways(tmp_path):
    ae = npae.Autoencoder([npae.Dense(2), Doubled()], [npae.Dense(35)], epochs=1, random_state=0).fit(LETTERS.pixels)
    with pytest.raises(
        ValueError, match=r"has no JavaScript. npae.plots.latent_space and npae.plots.manifold draw such"
    ):
        written(tmp_path, ae)


def test_every_public_layer_is_known_to_the_page():
    layers = {one for one in vars(npae).values() if isinstance(one, type) and issubclass(one, npae.Layer)}
    assert layers - {npae.Layer} <= set(KINDS)


def test_a_recurrent_layer_arrives_with_its_three_matrices(tmp_path):
    ae = npae.Autoencoder([npae.LSTM(2)], epochs=1, random_state=0).fit(np.ones((4, 3, 1)))
    shown = document(written(tmp_path, ae))
    lstm = shown["encoder"][0]
    assert (lstm["kind"], lstm["weights"], lstm["biases"], lstm["recurrent"]) == ("lstm", 8, 8, 16)
    assert [layer["kind"] for layer in shown["decoder"]] == ["repeat", "lstm", "dense"]
    np.testing.assert_array_equal(unpacked(shown["theta"]), ae.theta_)


@dataclasses.dataclass(frozen=True)
class Halved(npae.losses.MeanSquaredError):
    """Mean squared error whose prediction is not one of the activations."""

    def predict(self, z, context):
        z /= 2


def test_a_loss_that_the_page_cannot_compute_is_refused(tmp_path):
    ae = npae.Autoencoder(encoder=[2], loss=Halved(), epochs=1, random_state=0).fit(LETTERS.pixels)
    with pytest.raises(ValueError, match=r"loss must predict through one of npae's activations, got Halved\("):
        written(tmp_path, ae)


def test_weights_that_are_not_finite_are_refused(tmp_path):
    ae = npae.Autoencoder(encoder=[2], epochs=1, random_state=0).fit(LETTERS.pixels)
    ae.theta_[3] = np.nan
    with pytest.raises(ValueError, match=r"theta_ must be finite, got NaN at \[3\]"):
        written(tmp_path, ae)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        npae.explorer.write(model(), tmp_path / "nowhere" / "page.html")


def test_more_samples_than_a_page_can_draw_are_refused(tmp_path):
    model = npae.Autoencoder([2], epochs=1).fit(np.random.default_rng(0).random((20, 3)))
    with pytest.raises(
        ValueError, match=r"at most 60000 samples .* got 60001 samples. Pass a part of them, such as data\[:60000\]"
    ):
        npae.explorer.write(model, tmp_path / "page.html", data=np.zeros((60001, 3)))
