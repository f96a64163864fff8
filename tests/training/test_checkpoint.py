import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import npae
from npae import Autoencoder, Checkpoint, EarlyStopping

sys.path.insert(0, str(Path(__file__).parent))
from long_training import SETTINGS, X, trained
from looped import in_one_test


def fitted(path, epochs=20, **params):
    return Autoencoder([4, 2], callbacks=[Checkpoint(path)], epochs=epochs, **{"random_state": 0, **params}).fit(X)


def assert_same_training(one, other):
    """Theta, history except times, and predictions are equal to the bit."""
    np.testing.assert_array_equal(one.theta_, other.theta_)
    np.testing.assert_array_equal(one.reconstruct(X), other.reconstruct(X))
    assert (one.n_epochs_, one.stop_reason_) == (other.n_epochs_, other.stop_reason_)
    assert list(one.history_) == list(other.history_)
    for name, column in one.history_.items():
        if name == "refinements":
            assert [timeless(record) for record in column] == [timeless(record) for record in other.history_[name]]
        elif name != "seconds":
            np.testing.assert_array_equal(column, other.history_[name])


def timeless(record):
    """Return the record of a refinement without its times."""
    return {**record, "seconds": 0, "curve": {**record["curve"], "seconds": len(record["curve"]["seconds"])}}


class Killed(BaseException):
    """Stands for the end of a process."""


def killed_after(epochs):
    def callback(training):
        if training.epoch == epochs:
            raise Killed

    return callback


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("setting", SETTINGS)
def test_training_that_ended_early_resumes_as_if_nothing_had_happened(setting, tmp_path):
    path = tmp_path / "training.npz"
    trained(setting, path, epochs=7)
    if setting == "momentum":  # the cosine goes by the number of epochs
        path.unlink()
    assert_same_training(trained(setting, path, epochs=30), trained(setting, None, epochs=30))


def stamp(path):
    return path.stat().st_mtime_ns if path.exists() else None


def kill_and_restart(setting, tmp_path, kills, rng):
    """Start training again and again, kill it at random moments, and let it end at last; return how far it was."""
    checkpoint, model, epochs = tmp_path / "training.npz", tmp_path / "model.npz", []
    command = [sys.executable, str(Path(__file__).parent / "long_training.py"), setting, str(checkpoint), str(model)]
    while not model.exists():
        before = stamp(checkpoint)
        process = subprocess.Popen(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
        if len(epochs) < kills:
            for _ in range(rng.randint(2, 10)):  # writings, not seconds: a busy machine gets on as well
                while stamp(checkpoint) == before and process.poll() is None:
                    time.sleep(0.001)
                before = stamp(checkpoint)
            time.sleep(rng.uniform(0, 0.02))
            process.kill()
        if process.wait() == -9:
            epochs.append(npae.settings.archive.read(checkpoint, "checkpoint")[0]["state"]["epoch"])
        assert process.returncode in (0, -9)
    return epochs


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_processes_that_are_killed_at_random_moments_lose_nothing(setting, tmp_path):
    """Three kills per setting, 27 in all."""
    epochs = kill_and_restart(setting, tmp_path, 3, random.Random(setting))
    assert len(epochs) == 3
    assert len(set(epochs)) > 1
    assert_same_training(npae.load(tmp_path / "model.npz"), trained(setting, None))
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_training_that_has_ended_is_not_repeated(tmp_path):
    path = tmp_path / "training.npz"
    first = fitted(path)
    stamp = os.stat(path).st_mtime_ns
    calls = []
    ae = Autoencoder([4, 2], callbacks=[Checkpoint(path), calls.append], epochs=20, random_state=0).fit(X)
    assert calls == []
    assert_same_training(ae, first)
    assert os.stat(path).st_mtime_ns >= stamp


def test_training_that_was_stopped_stays_stopped(tmp_path):
    callbacks = [EarlyStopping("loss", target=0.25, restore_best=True), Checkpoint(tmp_path / "training.npz")]
    one, same = (Autoencoder([4, 2], callbacks=callbacks, epochs=500, random_state=0).fit(X) for _ in range(2))
    assert one.stop_reason_ == "loss reached 0.25"
    assert_same_training(same, one)


def test_without_resume_training_starts_from_scratch(tmp_path):
    path = tmp_path / "training.npz"
    fitted(path, epochs=3)
    epochs = []
    callbacks = [Checkpoint(path, resume=False), lambda training: epochs.append(training.epoch)]
    Autoencoder([4, 2], callbacks=callbacks, epochs=3, random_state=0).fit(X)
    assert epochs == [1, 2, 3]


def test_it_is_written_every_so_many_epochs_and_at_the_end(tmp_path, monkeypatch):
    written = []
    original = npae.settings.archive.write

    def write(path, kind, document, arrays, **options):
        written.append(document["state"]["epoch"])
        original(path, kind, document, arrays, **options)

    monkeypatch.setattr("npae.settings.archive.write", write)
    Autoencoder([2], callbacks=[Checkpoint(tmp_path / "a.npz", every=4)], epochs=10, random_state=0).fit(X)
    assert written == [0, 4, 8, 10]
    written.clear()
    Autoencoder([2], callbacks=[Checkpoint(tmp_path / "b.npz", seconds=1e6)], epochs=10, random_state=0).fit(X)
    assert written == [0, 10]


def test_generators_of_every_kind_are_kept(tmp_path):
    for kind in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"):
        path = tmp_path / f"{kind}.npz"

        def started(kind=kind):
            return np.random.Generator(getattr(np.random, kind)(3))

        fitted(path, epochs=3, batch_size=7, random_state=started())
        whole = Autoencoder([4, 2], epochs=9, batch_size=7, random_state=started()).fit(X)
        assert_same_training(fitted(path, epochs=9, batch_size=7, random_state=started()), whole)


def test_partial_fit_writes_a_checkpoint_too(tmp_path):
    path = tmp_path / "training.npz"
    ae = Autoencoder([4, 2], callbacks=[Checkpoint(path)], random_state=0)
    for _ in range(3):
        ae.partial_fit(X)
    assert npae.settings.archive.read(path, "checkpoint")[0]["state"]["epoch"] == 3


def test_a_stream_resumes_from_its_checkpoint_with_the_next_chunk(tmp_path):
    def started(*callbacks):
        return Autoencoder([4, 2], callbacks=callbacks, random_state=0)

    whole, checkpoint = started(), Checkpoint(tmp_path / "training.npz")
    for chunk in (X[:20], X[20:40], X[40:]):
        whole.partial_fit(chunk)
    started(checkpoint).partial_fit(X[:20]).partial_fit(X[20:40])
    assert_same_training(started(checkpoint).partial_fit(X[40:]), whole)
    with pytest.raises(ValueError, match="must be a checkpoint of this training, with data .* got a stream"):
        fitted(tmp_path / "training.npz")


@in_one_test(
    ("params", "what"),
    [
        ({"encoder": [5, 2]}, "encoder"),
        ({"optimizer": npae.Adam(0.02)}, "optimizer"),
        ({"batch_size": 10}, "batch_size"),
        ({"random_state": 1}, "random_state"),
        ({"loss": "bce"}, "loss"),
        ({"init": npae.Gaussian(0.1)}, "init"),
        ({"penalty": npae.L2(0.1)}, "penalty"),
        ({"noise": npae.FlipPixels(1)}, "noise"),
        ({"dtype": "float32"}, "dtype"),
        ({"validation_fraction": 0.5}, "data"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(params, what, tmp_path):
    path = tmp_path / "training.npz"
    if not path.exists():
        fitted(path)
    kept = path.read_bytes()
    with pytest.raises(
        ValueError, match=rf"training.npz must be a checkpoint of this training, with {what} .*Give another path"
    ):
        Autoencoder(
            **{"encoder": [4, 2], "callbacks": [Checkpoint(path)], "epochs": 20, "random_state": 0, **params}
        ).fit(X)
    assert path.read_bytes() == kept
    assert fitted(path).n_epochs_ == 20


@pytest.mark.parametrize(("data", "what"), [(X[:30], "data"), (X[:, :5], "in_shape"), (1 - X, "data")])
def test_a_checkpoint_of_other_data_is_refused(data, what, tmp_path):
    fitted(tmp_path / "training.npz")
    with pytest.raises(ValueError, match=f"must be a checkpoint of this training, with {what}"):
        Autoencoder([4, 2], callbacks=[Checkpoint(tmp_path / "training.npz")], epochs=200, random_state=0).fit(data)


def test_a_checkpoint_of_more_epochs_is_not_taken_for_fewer(tmp_path):
    fitted(tmp_path / "training.npz", epochs=5)
    with pytest.raises(ValueError, match=r"epochs must be at least the 5 of the checkpoint .*, got 4\. Give"):
        fitted(tmp_path / "training.npz", epochs=4)


def test_what_a_callback_remembers_does_not_depend_on_which_others_there_are(tmp_path):
    stop, params = EarlyStopping("loss", patience=2, restore_best=True), {"optimizer": npae.GradientDescent(60.0)}
    best, others = None, [[], [npae.Record(["mse"]), npae.Progress(1000)]]
    for other in others:
        callbacks = [*other, stop, Checkpoint(tmp_path / "training.npz")]
        ae = Autoencoder([4, 2], callbacks=callbacks, epochs=300, random_state=0, **params).fit(X)
        best = ae.theta_ if best is None else best
        np.testing.assert_array_equal(ae.theta_, best)
        assert ae.network_.value(ae.theta_, X) == min(ae.history_["loss"])


@pytest.mark.parametrize("damage", ["cut", "foreign", "empty", "flipped", "model"])
def test_a_damaged_checkpoint_gets_one_clear_error(damage, tmp_path):
    path = tmp_path / "training.npz"
    ae = fitted(path)
    content = bytearray(path.read_bytes())
    if damage == "model":
        ae.save(path)
    else:
        content[len(content) // 2] ^= 0xFF
        new = {"cut": content[:-200], "foreign": b"not a checkpoint", "empty": b"", "flipped": bytes(content)}[damage]
        path.write_bytes(new)
    with pytest.raises(npae.FileError, match=r"training.npz must (be a file that npae saved|hold an npae checkpoint)"):
        fitted(path)


def test_a_folder_that_is_missing_is_an_error_before_training(tmp_path):
    calls = []
    with pytest.raises(
        OSError, match=r"checkpoint must be written, got: No such file.*Free space or give another path"
    ):
        Autoencoder([2], callbacks=[calls.append, Checkpoint(tmp_path / "none" / "training.npz")]).fit(X)
    assert calls == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_keeps_the_model_and_the_checkpoint_before(tmp_path, monkeypatch):
    path = tmp_path / "training.npz"
    original = os.fsync

    def full(descriptor):
        if len(written) == 4:
            with open("/dev/full", "wb", buffering=0) as device:
                device.write(b"x")
        written.append(descriptor)
        original(descriptor)

    written = []
    monkeypatch.setattr(os, "fsync", full)
    ae = Autoencoder([4, 2], callbacks=[Checkpoint(path)], epochs=20, random_state=0)
    with pytest.raises(OSError, match="checkpoint must be written, got: No space left on device"):
        ae.fit(X)
    assert (ae.n_epochs_, ae.stop_reason_[:7]) == (4, "OSError")
    assert np.isfinite(ae.reconstruct(X)).all()
    monkeypatch.undo()
    assert npae.settings.archive.read(path, "checkpoint")[0]["state"]["epoch"] == 3
    assert [part.name for part in tmp_path.iterdir()] == ["training.npz"]
    assert_same_training(fitted(path), Autoencoder([4, 2], epochs=20, random_state=0).fit(X))


def test_two_trainings_that_write_one_file_get_an_error(tmp_path, monkeypatch):
    def other_training_begins(descriptor):
        for part in tmp_path.glob(".training.npz.*.part"):
            part.unlink()

    monkeypatch.setattr(os, "fsync", other_training_begins)
    with pytest.raises(FileNotFoundError, match="Another training writes this file: give each its own"):
        fitted(tmp_path / "training.npz")


def test_what_a_killed_process_left_unfinished_is_removed(tmp_path):
    (tmp_path / ".training.npz.abc.part").write_bytes(b"half")
    (tmp_path / ".other.npz.abc.part").write_bytes(b"half")
    fitted(tmp_path / "training.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.npz.abc.part", "training.npz"]


@in_one_test(
    ("make", "message"),
    [
        (lambda: Checkpoint(5), "path must be the path of a file"),
        (lambda: Checkpoint(""), "path must be the path of a file"),
        (lambda: Checkpoint("a", every=0), "every must be an integer"),
        (lambda: Checkpoint("a", seconds=-1), "seconds must be a number"),
        (lambda: Checkpoint("a", resume="yes"), "resume must be True or False"),
    ],
)
def test_bad_fields_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
