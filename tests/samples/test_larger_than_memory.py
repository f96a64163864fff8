"""Training on a mapped file: the same bits as in memory, in memory bounded by the batch."""

import os
import subprocess
import sys

import numpy as np
import pytest

import npae
from npae import Autoencoder
from npae.network import Shards
from npae.samples import Samples, arrays, mapped_files, rows

PARAMS = {"encoder": [9, 3], "epochs": 3, "batch_size": 32, "random_state": 0, "dtype": "float32"}


@pytest.fixture
def mapped(tmp_path):
    """A function that writes an array to a file and maps it."""

    def write(array):
        np.save(tmp_path / "samples.npy", array)
        return np.load(tmp_path / "samples.npy", mmap_mode="r")

    return write


def samples(dtype="float32", n=200):
    return (np.random.default_rng(0).random((n, 12)) * (1 if np.dtype(dtype).kind == "f" else 200)).astype(dtype)


@pytest.mark.fast_cases(11)
@pytest.mark.parametrize(
    "changed",
    [{}, {"threads": 3}, {"batch_size": None}, {"loss": "bce"}, {"noise": npae.MaskPixels(0.3)}, {"dtype": "float64"}],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f8", "uint8"])
def test_a_mapped_file_trains_to_the_bits_of_the_array_in_memory(mapped, dtype, changed):
    X = samples(dtype) if changed.get("loss") != "bce" else (samples() > 0.5).astype(dtype)
    models = [Autoencoder(**PARAMS | changed).fit(data, validation_data=data[:50]) for data in (X, mapped(X))]
    first, second = models
    np.testing.assert_array_equal(second.theta_, first.theta_)
    assert second.history_["loss"] == first.history_["loss"]
    assert second.history_["val_loss"] == first.history_["val_loss"]
    np.testing.assert_array_equal(second.code_mean_, first.code_mean_)
    np.testing.assert_array_equal(second.code_covariance_, first.code_covariance_)
    for method in ("encode", "reconstruct"):
        result = getattr(second, method)(mapped(X))
        assert type(result) is np.ndarray and not mapped_files.is_mapped(result)
        np.testing.assert_array_equal(result, getattr(first, method)(X))


def test_refinement_works_on_a_mapped_file(mapped):
    X, refined = samples(), {"optimizer": None, "refine": npae.Refine("CG", max_iterations=5), "batch_size": None}
    thetas = [Autoencoder(**PARAMS | refined).fit(data).theta_ for data in (X, mapped(X))]
    np.testing.assert_array_equal(*thetas)


def test_chunks_of_a_stream_train_a_model_and_cost_what_they_hold(mapped):
    """Each call of partial_fit sees its chunk alone, and is one epoch of it."""
    X, ae, seen = mapped(samples(n=1_000)), Autoencoder(**PARAMS), []
    ae.callbacks = [lambda training: seen.append(len(training.data))]
    before = npae.metrics.mse(X, Autoencoder(**PARAMS).partial_fit(X[:100]).reconstruct(X))
    for _ in range(5):
        for start in range(0, 1_000, 100):
            ae.partial_fit(X[start : start + 100])
    assert seen == [100] * 50 and ae.n_epochs_ == 50
    assert npae.metrics.mse(X, ae.reconstruct(X)) < 0.8 * before


@pytest.mark.parametrize("piece", [48, 480, 10**9])
def test_the_first_bad_value_of_a_mapped_file_is_found_in_any_piece(mapped, monkeypatch, piece):
    monkeypatch.setattr(rows, "PIECE", piece)
    X = samples()
    X[151, 3] = np.inf
    X[199, 11] = np.nan
    with pytest.raises(ValueError, match=r"X must be finite, got infinity at \[151, 3\] and 2 such value\(s\) in all"):
        Autoencoder(**PARAMS).fit(mapped(X))


def test_values_and_targets_out_of_range_are_found_in_any_piece(mapped, monkeypatch):
    monkeypatch.setattr(rows, "PIECE", 960)
    X = samples("float64")
    X[150] = 1e300
    with pytest.raises(ValueError, match="X must fit into float32, got values that are too large"):
        Autoencoder(**PARAMS).fit(mapped(X))
    X[150] = 2
    with pytest.raises(ValueError, match=r"targets must lie in \[0, 1\] .* to 2"):
        Autoencoder(**PARAMS, loss="bce").fit(mapped(X))


def test_finite_numbers_with_an_infinite_sum_are_accepted():
    arrays.check_finite(np.full((50, 3), 1e308), "X")
    arrays.check_finite(np.full((50, 3), 6e4, np.float16), "X")


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "uint8"])
def test_targets_are_gathered_like_samples(mapped, threads, dtype):
    network = npae.Network([npae.Dense(4, "tanh")], [npae.Dense(3)], in_shape=(12,))
    theta, chosen = network.init(np.random.default_rng(0)), np.array([3, 199, 0, 7, 7])
    X, T = samples(dtype), np.random.default_rng(1).random((200, 3)).astype(np.float32)
    with Shards(network, threads) as shards:
        for inputs, which in ((X, None), (mapped(X), chosen), (X, chosen), (mapped(X), None)):
            picked = slice(None) if which is None else which
            value, gradient = network.value_and_gradient(theta, X[picked], T[picked])
            np.testing.assert_allclose(shards.evaluate(theta, Samples(inputs, T), rows=which), value, rtol=1e-12)
            np.testing.assert_allclose(shards.gradient, gradient, rtol=1e-9, atol=1e-15)
            assert network.value(theta, inputs, T) == network.value(theta, X.astype(float), T.astype(float))


def test_no_page_is_touched_for_scattered_rows(mapped, monkeypatch, tmp_path):
    """Each would bring up to 2 MB around it: a checkpoint's thousand rows held 2 GB of a large file."""
    X = mapped(samples(n=3_000))
    some = np.arange(0, 3_000, 7)
    np.testing.assert_array_equal(rows.pick(X, slice(None, None, 7)), X[::7])
    np.testing.assert_array_equal(rows.pick(X, some), X[some])
    assert rows.pick(X, slice(3, 9)).base is not None
    read = []
    monkeypatch.setattr(mapped_files._File, "_pieces", spied(mapped_files._File._pieces, read))
    checkpoint, refine = npae.Checkpoint(tmp_path / "training.npz"), npae.Refine("CG", sample=5, max_iterations=1)
    ae = Autoencoder(**PARAMS | {"epochs": 1}, callbacks=[checkpoint], refine=refine).fit(X)
    gathered = [tuple(which) for which in read if not isinstance(which, slice)]
    assert tuple(range(0, 3_000, 3)) in gathered  # what the checkpoint knows the data by
    assert any(len(which) == 5 and which[-1] < 2_999 for which in gathered)  # the refinement's sample
    assert ae.n_epochs_ == 1


def spied(function, seen):
    """Return the method, made to note its first argument."""

    def method(self, which, *others):
        seen.append(which)
        return function(self, which, *others)

    return method


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems forbid to cut a mapped file")
@pytest.mark.parametrize("columns", [slice(None), slice(0, 5)], ids=["rows", "columns"])
def test_a_mapped_file_that_was_cut_short_is_an_error_not_a_crash(tmp_path, columns):
    samples("uint8", n=2_000).tofile(tmp_path / "samples")
    X = np.memmap(tmp_path / "samples", np.uint8, "r", shape=(2_000, 12))
    os.truncate(tmp_path / "samples", 5_000)
    with pytest.raises(OSError, match="samples must be as long as when it was mapped, got a shorter one"):
        Autoencoder(**PARAMS).fit(X[:, columns])


FIT = """
import numpy as np, npae, sys
sys.path.append(sys.argv[2])
from benchmarks.shared.harness import peak_megabytes
X = np.memmap(sys.argv[1], np.float32, "r").reshape(-1, 784)
before = peak_megabytes()
ae = npae.Autoencoder([64], activation="relu", epochs=1, batch_size=1000, dtype="float32", threads=2).fit(X)
codes = ae.encode(X[:100_000])
print(peak_megabytes() - before, ae.history_["loss"][0])
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peaks are comparable on Linux only")
def test_two_gigabytes_train_in_a_tenth_of_that(tmp_path, request):
    """The peak of resident memory, mapped pages included, in a process of its own; codes of 100,000 rows take 26 MB."""
    block = np.random.default_rng(0).random((50_000, 784), dtype=np.float32)
    with open(tmp_path / "samples", "wb") as file:
        for _ in range(13):
            file.write(block)
    command = [sys.executable, "-c", FIT, tmp_path / "samples", request.config.rootpath]
    done = subprocess.run(command, capture_output=True, text=True, cwd=request.config.rootpath)
    (tmp_path / "samples").unlink()
    assert done.returncode == 0, done.stderr
    peak, loss = map(float, done.stdout.split())
    assert peak < 200
    assert loss < 0.12
