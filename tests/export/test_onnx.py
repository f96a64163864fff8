"""What ONNX Runtime makes of a file is what NumPy makes of the model, for every layer and any number of samples."""

import builtins
import json
import pickle
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from cases import CASES
from looped import in_one_test

import npae
from npae import (
    LSTM,
    AnomalyDetector,
    Autoencoder,
    Classifier,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GaussianCode,
    MaxPool2D,
)
from npae.activations import ACTIVATIONS

onnxruntime = pytest.importorskip("onnxruntime")
FLAT = np.random.default_rng(0).normal(3, 5, (30, 6))
IMAGES = np.random.default_rng(1).random((12, 6, 5, 1))
SERIES = np.random.default_rng(2).normal(size=(14, 5, 2))
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


def session_of(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def compare(model, part, X, folder, *, mask=None, scale=1.0, **options):
    """Assert that a part of a model gives the same by ONNX Runtime, for all of X and for one sample."""
    path = folder / f"{part}.onnx"
    npae.export.onnx(model, path, part, **options)
    session, dtype = session_of(path), model.network_.dtype
    method = getattr(model, {"encoder": "encode", "decoder": "decode"}.get(part, "reconstruct"), None)
    method = model.predict_proba if method is None else method
    X = np.asarray(X, dtype)
    for rows in (slice(None), slice(0, 1)):
        given = {session.get_inputs()[0].name: X[rows]}
        given |= {} if mask is None else {"mask": mask[rows]}
        expected = method(X[rows]) if mask is None else method(X[rows], mask=mask[rows])
        (made,) = session.run(None, given)
        assert made.dtype == expected.dtype == dtype
        tolerance = TOLERANCE[dtype.name]
        np.testing.assert_allclose(made, expected, rtol=10 * tolerance, atol=tolerance * scale)
    assert session.get_inputs()[0].shape[0] == session.get_outputs()[0].shape[0] == "N"
    assert session.get_outputs()[0].shape[1:] == list(expected.shape[1:])


def fit(*encoder, X=FLAT, **params):
    mask = params.pop("mask", None)
    target = params.pop("target", None)
    params = {"epochs": 2, "optimizer": "adam", "random_state": 0, **params}
    return Autoencoder(list(encoder), **params).fit(X, mask=mask, target=target)


def of_network(network, theta):
    model = Autoencoder()
    model.network_, model.theta_ = network, theta
    return model


@pytest.mark.fast_cases(30)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layer_is_computed_as_by_numpy(case, dtype, tmp_path):
    network = case.network(np.dtype(dtype))
    rng = np.random.default_rng(3)
    theta = (network.init(rng) + 0.1 * rng.standard_normal(network.n_parameters)).astype(dtype)
    model, X = of_network(network, theta), case.data()[0].astype(dtype)
    path = tmp_path / "model.onnx"
    npae.export.onnx(model, path, "reconstruct")
    for rows in (slice(None), slice(0, 1)):
        (made,) = session_of(path).run(None, {"X": X[rows]})
        expected = network.reconstruct(theta, X[rows])
        np.testing.assert_allclose(made, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def test_every_public_layer_is_in_the_table_of_nodes():
    from npae.export.onnx_layers import KINDS

    public = {getattr(npae, name) for name in npae.__all__}
    layers = {x for x in public if isinstance(x, type) and issubclass(x, npae.Layer) and x is not npae.Layer}
    assert layers == set(KINDS)


@in_one_test("dtype", ["float32", "float64"])
@in_one_test("name", ACTIVATIONS)
def test_every_activation_is_computed_far_from_zero_too(name, dtype, tmp_path):
    network = npae.Network([Dense(1)], [Dense(1, name)], in_shape=1, dtype=dtype)
    model = of_network(network, np.array([1, 0, 1, 0], dtype))
    compare_at = np.linspace(-30, 30, 121, dtype=dtype)[:, None]
    path = tmp_path / "model.onnx"
    npae.export.onnx(model, path, "reconstruct")
    (made,) = session_of(path).run(None, {"X": compare_at})
    expected = network.reconstruct(model.theta_, compare_at)
    np.testing.assert_allclose(made, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


MODELS = {
    "dense": lambda dtype: (fit(4, 2, dtype=dtype), FLAT),
    "columns": lambda dtype: (fit(4, 2, dtype=dtype, scale="columns"), FLAT),
    "bce": lambda dtype: (fit(4, 2, dtype=dtype, loss="bce", X=IMAGES), IMAGES),
    "variational": lambda dtype: (fit(Flatten(), 4, GaussianCode(2), dtype=dtype, loss="bce", X=IMAGES), IMAGES),
    "convolution": lambda dtype: (
        fit(Conv2D(3, 3, stride=2, activation="relu"), MaxPool2D(2), Flatten(), 2, dtype=dtype, X=IMAGES),
        IMAGES,
    ),
    "noise": lambda dtype: (fit(Dropout(0.2), 4, 2, dtype=dtype, noise=npae.GaussianNoise(0.1)), FLAT),
    "lstm": lambda dtype: (fit(LSTM(3), dtype=dtype, X=SERIES, scale="columns"), SERIES),
    "series": lambda dtype: (fit(Conv1D(3, 3), 2, dtype=dtype, X=SERIES), SERIES),
}


@pytest.mark.fast_cases(4)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MODELS)
def test_every_part_of_a_fitted_model_does_what_its_method_does(name, dtype, tmp_path):
    model, X = MODELS[name](dtype)
    scale = max(1.0, float(np.abs(X).max()))
    compare(model, "encoder", X, tmp_path)
    compare(model, "decoder", model.encode(X), tmp_path, scale=scale)
    compare(model, "reconstruct", X, tmp_path, scale=scale)


@in_one_test("dtype", ["float32", "float64"])
@in_one_test("encoder", [[LSTM(3)], [LSTM(3, sequences=True), LSTM(2)], [Dense(2, "tanh")]], ids=str)
def test_a_mask_is_a_second_input(encoder, dtype, tmp_path):
    mask = np.arange(5) < np.array([5, 3, 1, 4, 5, 2, 3, 5, 1, 2, 4, 5, 5, 3])[:, None]
    model = fit(*encoder, X=SERIES, mask=mask, dtype=dtype)
    compare(model, "encoder", SERIES, tmp_path, mask=mask)
    compare(model, "reconstruct", SERIES, tmp_path, mask=mask, scale=4)
    compare(model, "decoder", model.encode(SERIES, mask=mask), tmp_path, scale=4)


def test_padding_may_hold_anything(tmp_path):
    mask = np.arange(5) < np.array([5, 3])[:, None]
    X = SERIES[:2].copy()
    model = fit(LSTM(3), X=X, mask=mask)
    npae.export.onnx(model, tmp_path / "a.onnx")
    X[~mask] = np.nan
    (made,) = session_of(tmp_path / "a.onnx").run(None, {"X": X, "mask": mask})
    np.testing.assert_allclose(made, model.encode(SERIES[:2], mask=mask), rtol=1e-12)


def test_a_mask_of_other_steps_than_an_lstm_sees_is_refused(tmp_path):
    model = fit(Conv1D(3, 2, stride=2), LSTM(2), X=np.zeros((4, 6, 2)) + np.arange(6)[:, None])
    model._masked = True
    with pytest.raises(ValueError, match="mask must have the 3 steps that encoder.1 .LSTM. sees, got 6"):
        npae.export.onnx(model, tmp_path / "a.onnx")


def test_a_classifier_gives_probabilities(tmp_path):
    model = Classifier([4], epochs=2, optimizer="adam", random_state=0).fit(FLAT, np.arange(30) % 3)
    compare(model, "encoder", FLAT, tmp_path)
    compare(model, "reconstruct", FLAT, tmp_path)


def test_of_a_detector_the_autoencoder_is_written(tmp_path):
    detector = AnomalyDetector(Autoencoder([2], epochs=2, optimizer="adam", random_state=0)).fit(FLAT)
    npae.export.onnx(detector, tmp_path / "a.onnx", "reconstruct")
    (made,) = session_of(tmp_path / "a.onnx").run(None, {"X": FLAT})
    np.testing.assert_allclose(made, detector.autoencoder_.reconstruct(FLAT), rtol=1e-10)


def facts_of(model, path, part="reconstruct"):
    import onnx

    npae.export.onnx(model, path, part)
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


@in_one_test("classes", [["a", "b", "c"], [3, 1, 2], [True, False]], ids=str)
def test_the_file_of_a_classifier_names_its_classes_in_the_order_of_the_columns(classes, tmp_path):
    y = np.array(classes)[np.arange(30) % len(classes)]
    model = Classifier([4], epochs=1, optimizer="adam", random_state=0).fit(FLAT, y)
    assert json.loads(facts_of(model, tmp_path / "a.onnx")["classes_"]) == model.classes_.tolist() == sorted(classes)


def test_the_file_of_a_detector_holds_its_threshold_to_the_bit(tmp_path):
    detector = AnomalyDetector(Autoencoder([2], epochs=2, optimizer="adam", random_state=0)).fit(FLAT)
    facts = facts_of(detector, tmp_path / "a.onnx")
    assert json.loads(facts["threshold_"]) == detector.threshold_
    assert "threshold_" not in facts_of(detector.autoencoder_, tmp_path / "a.onnx")


@in_one_test("dtype", ["float32", "float64"])
@in_one_test("encoder", [[2], [LSTM(3)], [LSTM(3, sequences=True), LSTM(2)]], ids=str)
def test_no_samples_give_no_samples(encoder, dtype, tmp_path):
    X = SERIES if isinstance(encoder[0], LSTM) else FLAT
    model = fit(*encoder, X=X, dtype=dtype)
    for part, size in (("encoder", model.network_.code_shape), ("reconstruct", X.shape[1:])):
        npae.export.onnx(model, tmp_path / "a.onnx", part)
        (made,) = session_of(tmp_path / "a.onnx").run(None, {"X": X[:0].astype(dtype)})
        assert made.shape == (0, *size)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_samples_with_a_mask_give_no_samples(dtype, tmp_path):
    mask = np.ones((14, 5), bool)
    npae.export.onnx(fit(LSTM(3), X=SERIES, mask=mask, dtype=dtype), tmp_path / "a.onnx")
    (made,) = session_of(tmp_path / "a.onnx").run(None, {"X": SERIES[:0].astype(dtype), "mask": mask[:0]})
    assert made.shape == (0, 3)


@pytest.mark.parametrize("scale", ["common", "columns"])
def test_a_mean_far_above_the_deviation_does_not_cost_precision_in_float32(scale, tmp_path):
    """float32 holds the mean of these columns to 3e-5 only; the numbers of the samples it holds exactly."""
    rng = np.random.default_rng(0)
    X = np.array([1000.0, -3000.0, 0.0]) + np.round(rng.normal(size=(40, 3)) * 64) / 64
    model = fit(2, X=X, scale=scale, activation="identity", epochs=30)
    for part, expected in (("encoder", model.encode(X)), ("reconstruct", model.reconstruct(X))):
        npae.export.onnx(model, tmp_path / "a.onnx", part, dtype="float32")
        (made,) = session_of(tmp_path / "a.onnx").run(None, {"X": X.astype(np.float32)})
        np.testing.assert_allclose(made, expected, rtol=1.2e-7, atol=2e-6)


def test_a_model_in_float64_may_be_written_in_float32(tmp_path):
    model = fit(Conv2D(3, 3, activation="tanh"), Flatten(), 2, X=IMAGES)
    npae.export.onnx(model, tmp_path / "a.onnx", "reconstruct", dtype="float32")
    session = session_of(tmp_path / "a.onnx")
    (made,) = session.run(None, {"X": IMAGES.astype(np.float32)})
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, model.reconstruct(IMAGES), atol=1e-5)
    with pytest.raises(ValueError, match="dtype must be float64 or float32, got 'float16'"):
        npae.export.onnx(model, tmp_path / "a.onnx", dtype="float16")


def with_gaps(X):
    gappy = X.copy()
    gappy[::3, 1] = np.nan
    gappy[1, 4] = np.nan
    return gappy


def test_gaps_that_are_filled_with_means_are_filled_in_the_graph(tmp_path):
    """A model that has learned from pairs fills gaps with means: it does not predict its samples."""
    gappy = with_gaps(FLAT)
    model = fit(4, 2, X=gappy, target=FLAT, missing="ignore")
    assert model.network_.fill is not None
    assert not model.network_.completes
    compare(model, "encoder", gappy, tmp_path)
    compare(model, "reconstruct", gappy, tmp_path, scale=20)


def test_gaps_that_take_predictions_again_and_again_are_refused_by_name(tmp_path):
    model = fit(4, 2, X=with_gaps(FLAT), missing="ignore")
    message = "for an Autoencoder with missing='ignore', whose gaps no graph can fill, got '.*means"
    for part in ("encoder", "reconstruct"):
        with pytest.raises(ValueError, match=message):
            npae.export.onnx(model, tmp_path / "a.onnx", part)
    compare(model, "decoder", model.encode(FLAT), tmp_path, scale=20)
    compare(model, "encoder", FLAT, tmp_path, missing="means")
    (made,) = session_of(tmp_path / "encoder.onnx").run(None, {"X": with_gaps(FLAT)})
    filled = np.where(np.isnan(with_gaps(FLAT)), model.network_.fill, FLAT)
    np.testing.assert_allclose(made, model.encode(filled), rtol=1e-10)


@dataclass(frozen=True)
class Scale(npae.Layer):
    """Compute y = s x."""

    def parameters(self, in_shape):
        return {"s": npae.Weight(in_shape)}

    def forward(self, x, params, context):
        return x * params["s"], lambda dy, grads: dy * params["s"]


@dataclass(frozen=True)
class ScaleWithNodes(Scale):
    def onnx_nodes(self, graph, x, params, in_shape):
        return graph.add("Mul", x, graph.constant(params["s"]))


@dataclass(frozen=True)
class ScaledTwice(ScaleWithNodes):
    """Inherits nodes that are not those of its forward pass."""

    def forward(self, x, params, context):
        return super().forward(x * params["s"], params, context)


@dataclass(frozen=True)
class Doubling(Dense):
    """A Dense by name, and something else by its forward pass."""

    def forward(self, x, params, context):
        return super().forward(2 * x, params, context)


@dataclass(frozen=True)
class OwnLoss(npae.Loss):
    def forward(self, z, target, context):
        return 0.0, lambda: 0 * z

    def predict(self, z, context):
        np.square(z, out=z)


@dataclass(frozen=True)
class LossWithNodes(OwnLoss):
    def onnx_nodes(self, graph, z):
        return graph.add("Mul", z, z)


@dataclass(frozen=True)
class OtherLoss(LossWithNodes):
    def predict(self, z, context):
        np.exp(z, out=z)


@dataclass(frozen=True)
class OwnCrossEntropy(npae.losses.CrossEntropy):
    """Predicts as the one it inherits from."""


def own(layer, loss="mse"):
    network = npae.Network([layer, Dense(2)], [Dense(5)], loss, in_shape=5)
    return of_network(network, network.init(np.random.default_rng(0)))


@in_one_test("layer", [Scale(), ScaledTwice(), Doubling(5)], ids=str)
def test_a_layer_of_ones_own_is_refused_by_name(layer, tmp_path):
    kind = type(layer).__name__
    with pytest.raises(ValueError, match=rf"got encoder.0 \({kind}\). Define onnx_nodes\(.*\) in {kind}"):
        npae.export.onnx(own(layer), tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()


def test_a_layer_of_ones_own_may_say_its_nodes(tmp_path):
    compare(own(ScaleWithNodes()), "encoder", FLAT[:, :5], tmp_path)


def test_what_a_method_of_ones_own_returns_is_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(ScaleWithNodes, "onnx_nodes", lambda *args: None)
    with pytest.raises(TypeError, match=r"onnx_nodes of encoder.0 must return the name of its output, a str, got None"):
        npae.export.onnx(own(ScaleWithNodes()), tmp_path / "a.onnx")


def test_a_loss_of_ones_own_is_refused_or_says_its_nodes(tmp_path):
    with pytest.raises(ValueError, match=r"loss must have a prediction whose ONNX nodes are known, got OwnLoss\(\)"):
        npae.export.onnx(own(Dense(3), OwnLoss()), tmp_path / "a.onnx", "reconstruct")
    with pytest.raises(ValueError, match=r"whose ONNX nodes are known, got OtherLoss\(\). Define onnx_nodes"):
        npae.export.onnx(own(Dense(3), OtherLoss()), tmp_path / "a.onnx", "reconstruct")
    compare(own(Dense(3), OwnLoss()), "encoder", FLAT[:, :5], tmp_path)
    npae.export.onnx(own(Dense(3), OwnCrossEntropy()), tmp_path / "a.onnx", "decoder")
    (made,) = session_of(tmp_path / "a.onnx").run(None, {"Z": np.ones((3, 2))})
    np.testing.assert_allclose(made.sum(axis=1), 1, rtol=1e-12)
    model = own(Dense(3), LossWithNodes())
    npae.export.onnx(model, tmp_path / "a.onnx", "decoder")
    Z = np.ones((3, 2))
    (made,) = session_of(tmp_path / "a.onnx").run(None, {"Z": Z})
    np.testing.assert_allclose(made, model.network_.decode(model.theta_, Z), rtol=1e-12)


def test_the_file_says_what_it_holds(tmp_path):
    import onnx
    import pandas as pd

    model = fit(2, X=pd.DataFrame(FLAT, columns=list("abcdef")))
    npae.export.onnx(model, tmp_path / "a.onnx", "encoder")
    read = onnx.load(tmp_path / "a.onnx")
    onnx.checker.check_model(read, full_check=True)
    facts = {entry.key: entry.value for entry in read.metadata_props}
    assert json.loads(facts["feature_names"]) == list("abcdef")
    assert (facts["part"], facts["model"]) == ("encoder", "Autoencoder")
    assert (read.producer_name, read.producer_version) == ("npae", npae.__version__)
    assert [entry.version for entry in read.opset_import] == [17]
    assert any(node.name.startswith("encoder.0/") for node in read.graph.node)


def test_what_cannot_be_written_is_refused(tmp_path):
    path, model = tmp_path / "a.onnx", fit(2)
    with pytest.raises(ValueError, match="part must be one of 'encoder', 'decoder', 'reconstruct', got 'code'"):
        npae.export.onnx(model, path, "code")
    with pytest.raises(ValueError, match="missing must be 'error' or 'means', got 'ignore'"):
        npae.export.onnx(model, path, missing="ignore")
    with pytest.raises(ValueError, match="Autoencoder must be fitted before this, got an unfitted one"):
        npae.export.onnx(Autoencoder([2]), path)
    with pytest.raises(TypeError, match="model must be a fitted Autoencoder.*got Network.*Give the estimator"):
        npae.export.onnx(model.network_, path)
    with pytest.raises(TypeError, match="path must be the path of a file"):
        npae.export.onnx(model, None)
    with pytest.raises(FileNotFoundError):
        npae.export.onnx(model, tmp_path / "no" / "a.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_network_too_large_for_the_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["npae.export.onnx_file"], "LARGEST", 100)
    with pytest.raises(ValueError, match="theta must take at most 100 bytes for an ONNX file, got 256"):
        npae.export.onnx(fit(2), tmp_path / "a.onnx")


def test_without_the_package_one_line_says_what_to_install(tmp_path, monkeypatch):
    model, imported = fit(2), builtins.__import__

    def without_onnx(name, *args, **kwargs):
        if name.partition(".")[0] == "onnx":
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    for name in [name for name in sys.modules if name.partition(".")[0] == "onnx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without_onnx)
    with pytest.raises(
        ImportError, match=r'onnx must be installed .*, got: .*onnx.*\. Run: pip install "npae\[onnx\]"'
    ):
        npae.export.onnx(model, tmp_path / "a.onnx")


def test_a_loaded_model_gives_the_same_file(tmp_path):
    model = fit(4, 2)
    npae.export.onnx(model, tmp_path / "a.onnx")
    npae.export.onnx(pickle.loads(pickle.dumps(model)), tmp_path / "b.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
