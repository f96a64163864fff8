"""Sentences of the docstring of npae.export.onnx, each taken as a claim that can be false."""

import numpy as np
import pytest
from looped import in_one_test

import npae

onnxruntime = pytest.importorskip("onnxruntime")
X = np.random.default_rng(4).random((12, 5))
SOME = {"optimizer": "adam", "refine": None, "epochs": 2, "random_state": 0}


def run(path, X, **more):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session, session.run(None, {"X": X, **more})[0]


def test_noise_and_dropout_do_nothing_and_a_gaussian_code_is_its_mean(tmp_path):
    layers = [4, npae.Dropout(0.5), npae.Noisy(npae.GaussianNoise(1.0)), npae.GaussianCode(2)]
    ae = npae.Autoencoder(layers, noise=npae.FlipPixels(2), **SOME).fit(X)
    npae.export.onnx(ae, tmp_path / "a.onnx")
    session, codes = run(tmp_path / "a.onnx", X)
    np.testing.assert_allclose(codes, ae.encode(X), rtol=1e-9)
    assert ([one.name for one in session.get_inputs()], [one.name for one in session.get_outputs()]) == (["X"], ["Z"])


def test_the_graph_computes_with_what_encode_refuses(tmp_path):
    ae = npae.Autoencoder([2], **SOME).fit(X)
    npae.export.onnx(ae, tmp_path / "a.onnx")
    bad = X.copy()
    bad[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        ae.encode(bad)
    codes = run(tmp_path / "a.onnx", bad)[1]
    assert np.isnan(codes[3]).all() and np.isfinite(np.delete(codes, 3, axis=0)).all()


def test_what_was_there_before_stays_if_a_file_cannot_be_written(tmp_path, monkeypatch):
    path, ae = tmp_path / "a.onnx", npae.Autoencoder([2], **SOME).fit(X)
    path.write_bytes(b"before")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        npae.export.onnx(ae, path)
    assert [one.name for one in tmp_path.iterdir()] == ["a.onnx"] and path.read_bytes() == b"before"


@in_one_test(("part", "given", "made"), [("encoder", "X", "Z"), ("decoder", "Z", "Y"), ("reconstruct", "X", "Y")])
def test_inputs_and_outputs_have_the_names_that_are_listed(part, given, made, tmp_path):
    series, mask = X.reshape(3, 4, 5), np.ones((3, 4), bool)
    mask[0, 2:] = False
    ae = npae.Autoencoder([npae.LSTM(2)], **SOME).fit(series, mask=mask)
    npae.export.onnx(ae, tmp_path / "a.onnx", part)
    session = onnxruntime.InferenceSession(str(tmp_path / "a.onnx"), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == [given] + ["mask"] * (given == "X")
    assert [one.name for one in session.get_outputs()] == [made]


def test_the_dtype_holds_for_input_output_and_all_that_is_computed(tmp_path):
    onnx = pytest.importorskip("onnx")
    ae = npae.Autoencoder([3, 2], **SOME).fit(X)
    for name, number in (("float32", onnx.TensorProto.FLOAT), ("float64", onnx.TensorProto.DOUBLE)):
        npae.export.onnx(ae, tmp_path / "a.onnx", "reconstruct", dtype=name)
        graph = onnx.load(tmp_path / "a.onnx").graph
        ends = [one.type.tensor_type.elem_type for one in (*graph.input, *graph.output)]
        numbers = [one.data_type for one in graph.initializer if one.data_type != onnx.TensorProto.INT64]
        assert {*ends, *numbers} == {number}
