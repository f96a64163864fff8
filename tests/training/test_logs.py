"""What other programs read of a training: lines of JSON, and events for TensorBoard."""

import builtins
import copy
import io
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Checkpoint, JSONLog, Record, TensorBoard

X = np.random.default_rng(0).random((24, 6))


def fitted(*callbacks, **params):
    params = {"encoder": [5, 3], "optimizer": "adam", "epochs": 6, "random_state": 0, **params}
    return Autoencoder(**params, callbacks=callbacks).fit(X)


def read(path):
    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    text = path.read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def column(lines, name):
    return [line[name] for line in lines]


def test_each_epoch_is_one_line_with_what_the_history_holds(tmp_path):
    path = tmp_path / "log.jsonl"
    history = fitted(JSONLog(path), Record(["mse", "val_psnr"]), validation_fraction=0.25).history_
    lines = read(path)
    assert column(lines, "epoch") == [1, 2, 3, 4, 5, 6]
    assert set(lines[0]) == {"epoch", "loss", "val_loss", "eta", "seconds", "evaluations", "mse", "val_psnr"}
    for name in ("loss", "val_loss", "eta", "seconds", "evaluations", "mse", "val_psnr"):
        assert column(lines, name) == history[name]


def test_a_line_is_there_as_soon_as_its_epoch_has_ended(tmp_path):
    """The log acts after all others, so that these see the file without this epoch's line."""
    seen = []

    def look(training):
        seen.append(len(read(tmp_path / "log.jsonl")))

    fitted(JSONLog(tmp_path / "log.jsonl"), look)
    assert seen == [0, 1, 2, 3, 4, 5]


def test_numbers_that_are_not_finite_become_null_and_refinements_are_listed(tmp_path):
    def record(training):
        if training.epoch % 2:
            training.record("own", [math.nan, np.float32(0.5), math.inf])
        training.record("odd", np.int64(training.epoch))

    path = tmp_path / "log.jsonl"
    fitted(record, JSONLog(path), refine=npae.Refine("CG", every=3, max_iterations=2))
    lines = read(path)
    assert lines[0]["own"] == [None, 0.5, None]
    assert "own" not in lines[1]
    assert column(lines, "odd") == [1, 2, 3, 4, 5, 6]
    assert ["refinements" in line for line in lines] == [False, False, True] * 2
    (refinement,) = lines[2]["refinements"]
    assert refinement["method"] == "CG"


def test_lines_are_written_now_and_then(tmp_path):
    fitted(JSONLog(tmp_path / "log.jsonl", every=4))
    assert column(read(tmp_path / "log.jsonl"), "epoch") == [4]


def test_a_training_that_begins_replaces_the_file(tmp_path):
    path = tmp_path / "log.jsonl"
    for epochs in (6, 2):
        fitted(JSONLog(path), epochs=epochs)
        assert len(read(path)) == epochs


def test_a_training_that_resumes_goes_on_with_the_file(tmp_path):
    path, checkpoint = tmp_path / "log.jsonl", Checkpoint(tmp_path / "a.npz", every=4)
    fitted(JSONLog(path), checkpoint, epochs=4)
    before = path.read_text()
    path.write_text(before + '{"epoch": 5, "loss": 9}\n{"epoch": 6, "lo')  # killed after the checkpoint of epoch 4
    history = fitted(JSONLog(path), checkpoint, epochs=7).history_
    assert path.read_text().startswith(before)
    assert column(read(path), "epoch") == [1, 2, 3, 4, 5, 6, 7]
    assert column(read(path), "loss") == history["loss"]


def test_epochs_before_a_log_was_asked_for_are_in_the_file_too(tmp_path):
    path, checkpoint = tmp_path / "log.jsonl", Checkpoint(tmp_path / "a.npz")
    fitted(checkpoint, epochs=3)
    history = fitted(checkpoint, JSONLog(path), epochs=5).history_
    assert column(read(path), "loss") == history["loss"]


def test_a_stream_of_chunks_appends_to_the_file(tmp_path):
    ae = Autoencoder([2], optimizer="adam", callbacks=[JSONLog(tmp_path / "log.jsonl")], random_state=0)
    for _ in range(4):
        ae.partial_fit(X)
    assert column(read(tmp_path / "log.jsonl"), "loss") == ae.history_["loss"]


def test_a_stream_gets_lines_and_stays_open():
    stream = io.StringIO()
    fitted(JSONLog(stream), epochs=2)
    assert column([json.loads(line) for line in stream.getvalue().splitlines()], "epoch") == [1, 2]
    stream.write("still open")


def test_a_log_to_a_stream_is_copied_with_its_model():
    log = JSONLog(sys.stdout)
    assert copy.deepcopy(log) is log
    model = Autoencoder([2], optimizer="adam", epochs=2, callbacks=[JSONLog(io.StringIO())], random_state=0)
    detector = npae.AnomalyDetector(model).fit(X)
    assert detector.autoencoder_.n_epochs_ == 2


def test_a_device_stays_what_it_is():
    fitted(JSONLog("/dev/null"))
    assert not Path("/dev/null").is_file()


def test_two_trainings_at_once_do_not_share_a_file(tmp_path):
    """The second one is refused; the first goes on, and the file is free when it has ended."""
    path, refused = tmp_path / "log.jsonl", []
    rule = r"path must be a file that no other training writes, got .*log\.jsonl'\. Give each training a file"

    def another(training):
        with pytest.raises(ValueError, match=rule) as caught:
            fitted(JSONLog(f"{tmp_path}/./log.jsonl"))
        refused.append(caught)

    history = fitted(JSONLog(path), another, epochs=2).history_
    assert len(refused) == 2
    assert column(read(path), "loss") == history["loss"]
    fitted(JSONLog(path), epochs=3)
    assert len(read(path)) == 3


def test_trainings_at_once_may_share_a_device():
    fitted(JSONLog("/dev/null"), lambda training: fitted(JSONLog("/dev/null"), epochs=1), epochs=1)


def test_a_file_is_free_after_a_training_that_failed(tmp_path):
    def fail(training):
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fitted(JSONLog(tmp_path / "log.jsonl"), fail)
    fitted(JSONLog(tmp_path / "log.jsonl"), epochs=1)


@in_one_test("path", [None, 3, ""])
def test_a_log_needs_a_path_or_a_stream(path):
    with pytest.raises(ValueError, match="path must be the path of a file or a text stream, got"):
        JSONLog(path)


def test_a_file_that_cannot_be_written_is_refused_before_training(tmp_path):
    with pytest.raises(FileNotFoundError):
        fitted(JSONLog(tmp_path / "no" / "log.jsonl"))
    with pytest.raises(IsADirectoryError):
        fitted(JSONLog(tmp_path))
    with pytest.raises(ValueError, match="every must be an integer of at least 1, got 0"):
        JSONLog("log.jsonl", every=0)


def events(folder):
    """Return {tag: [(step, value), ...]} of what TensorBoard would show."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    loaded = accumulator.EventAccumulator(str(folder)).Reload()
    scalars = {tag: [(event.step, event.value) for event in loaded.Scalars(tag)] for tag in loaded.Tags()["scalars"]}
    return scalars, loaded.Tags()["histograms"]


@pytest.mark.filterwarnings("ignore")  # of TensorBoard's own imports
def test_tensorboard_shows_the_history(tmp_path):
    pytest.importorskip("tensorboardX")
    board = TensorBoard(tmp_path, histograms=3)
    encoder = [npae.Dense(4, "tanh"), npae.GaussianCode(2)]
    history = fitted(board, npae.UnitReport(every=2), npae.CodeReport(), encoder=encoder).history_
    scalars, histograms = events(tmp_path)
    np.testing.assert_allclose(scalars["loss"], list(zip(range(1, 7), history["loss"], strict=True)), rtol=1e-6)
    assert [step for step, _ in scalars["dead/encoder.0"]] == [2, 4, 6]
    np.testing.assert_allclose([value for _, value in scalars["code_kl/1"]], np.array(history["code_kl"])[:, 1], 1e-5)
    assert "encoder/0.W" in histograms


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_shows_a_resumed_training_as_one(tmp_path):
    pytest.importorskip("tensorboardX")
    board, checkpoint = TensorBoard(tmp_path / "run"), Checkpoint(tmp_path / "a.npz", every=4)

    def die(training):
        if training.epoch == 6:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fitted(board, checkpoint, die, epochs=9)
    history = fitted(board, checkpoint, epochs=9).history_
    scalars, _ = events(tmp_path / "run")
    np.testing.assert_allclose(scalars["loss"], list(zip(range(1, 10), history["loss"], strict=True)), rtol=1e-6)


def test_trainings_that_begin_at_once_in_one_folder_write_files_of_their_own(tmp_path):
    pytest.importorskip("tensorboardX")

    def another(training):
        fitted(TensorBoard(tmp_path), epochs=1)

    fitted(TensorBoard(tmp_path), another, epochs=2)
    assert len(list(tmp_path.iterdir())) == 3


@in_one_test("logdir", [None, 3, ""])
def test_tensorboard_needs_a_folder(logdir):
    with pytest.raises(ValueError, match="logdir must be the path of a folder, got"):
        TensorBoard(logdir)


def test_without_tensorboardx_one_line_says_what_to_install(tmp_path, monkeypatch):
    imported = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "tensorboardX":
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        ImportError,
        match=r'tensorboardX must be installed .*, got: .*tensorboardX.*\. Run: pip install "npae\[tensorboard\]"',
    ):
        fitted(TensorBoard(tmp_path))


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_shows_a_resumed_training_as_one_though_the_clock_was_set_back(tmp_path, monkeypatch):
    pytest.importorskip("tensorboardX")
    board, checkpoint = TensorBoard(tmp_path / "run"), Checkpoint(tmp_path / "a.npz", every=4)

    def die(training):
        if training.epoch == 6:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fitted(board, checkpoint, die, epochs=9)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    history = fitted(board, checkpoint, epochs=9).history_
    monkeypatch.undo()
    first, second = sorted((tmp_path / "run").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert first.name < second.name
    scalars, _ = events(tmp_path / "run")
    np.testing.assert_allclose(scalars["loss"], list(zip(range(1, 10), history["loss"], strict=True)), rtol=1e-6)


def test_a_clock_that_runs_backwards_changes_nothing(tmp_path, monkeypatch):
    expected, ticks = fitted(), iter(range(10**9, 0, -7200))
    monkeypatch.setattr(time, "time", lambda: float(next(ticks)))
    path = tmp_path / "log.jsonl"
    ae = fitted(JSONLog(path), Checkpoint(tmp_path / "a.npz", seconds=1e-9))
    np.testing.assert_array_equal(ae.theta_, expected.theta_)
    assert column(read(path), "epoch") == [1, 2, 3, 4, 5, 6]
    assert all(seconds >= 0 for seconds in ae.history_["seconds"])
    ae.save(tmp_path / "model.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "log.jsonl", "model.npz"]
