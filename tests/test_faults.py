"""A disk that fails: what was there before stays good, one error names the file, and nothing is left half done."""

import errno
import os
import shutil
import subprocess
from concurrent.futures import Executor, Future
from contextlib import contextmanager

import numpy as np
import pytest
from faults import Disk, failing
from written_files import GROWING, KINDS, X, run, train

import npae
from npae.study import run_all
from npae.study.journal import Journal

resource = pytest.importorskip("resource")
NUMBERS = ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO")
MOST = [pytest.param(kind, marks=pytest.mark.slow) if kind == "search" else kind for kind in KINDS]
ROOMS = (3, 20, 60, 150)  # bytes that a nearly full disk still takes


def check_says(error, path, *numbers):
    """Raise AssertionError if an error does not name the file, or has another number."""
    assert error.errno in numbers
    assert os.path.realpath(error.filename) == os.path.realpath(path)
    assert len(str(error).splitlines()) == 1


@contextmanager
def refused(path, *numbers):
    """Expect one OSError that names the file and has one of these numbers."""
    with pytest.raises(OSError) as caught:  # noqa: PT011 -- what it says is checked here
        yield
    check_says(caught.value, path, *numbers)


class Written:
    """A file of a kind in its first version, alone in its folder, which is to become the second."""

    def __init__(self, name, place, folder=None):
        for package in KINDS[name].needs:
            pytest.importorskip(package)
        self.kind, self._first, whole = KINDS[name], place / "first", place / "whole"
        self.folder = folder or place / "disk"
        self.path = self.folder / self.kind.file
        self._first.mkdir()
        self.kind.write(self._first / self.kind.file, 1)
        shutil.copytree(self._first, whole)
        self.kind.write(whole / self.kind.file, 2)
        self.new = self.kind.read(whole / self.kind.file)
        self.begin()
        self.old = self.kind.read(self.path)
        assert self.old != self.new

    def begin(self):
        """Let the folder hold the first version, and nothing else."""
        self.folder.mkdir(exist_ok=True)
        for path in self.folder.iterdir():
            path.unlink()
        shutil.copy(self._first / self.kind.file, self.path)

    def write(self):
        self.kind.write(self.path, 2)

    def check_kept(self):
        """Raise AssertionError if the file is not good, or not alone."""
        self.check_alone()
        found = self.kind.read(self.path)
        assert self.kind.file in GROWING or found == self.old

    def check_written(self):
        self.check_alone()
        assert self.kind.read(self.path) == self.new

    def check_alone(self):
        assert [path.name for path in self.folder.iterdir()] == [self.kind.file]


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("number", [n if n == "ENOSPC" else pytest.param(n, marks=pytest.mark.slow) for n in NUMBERS])
@pytest.mark.parametrize("kind", MOST)
def test_whichever_call_fails_the_file_stays_good_and_one_error_names_it(kind, number, lasting, tmp_path):
    written, failures, number = Written(kind, tmp_path), 0, getattr(errno, number)
    for bad in range(1, 1000, 5 if kind == "search" else 1):
        disk = Disk(written.folder, number, bad, lasting)
        written.begin()
        with failing(disk):
            failed = fails(written, number)
        if not failed:
            written.check_written()
        if not disk.failed:
            break
        written.check_kept()
        written.write()
        written.check_written()
        failures += failed
    assert failures >= 5, disk.calls


def fails(written, number):
    """Write to a disk that fails; return whether that raised an error."""
    try:
        written.write()
    except OSError as error:
        check_says(error, written.path, number)
        return True
    return False


@contextmanager
def nearly_full(size):
    """Let no file grow beyond a size: the system takes what has room, and then no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", MOST)
def test_a_disk_that_is_full_in_the_middle_of_a_writing_keeps_nothing_of_it(kind, tmp_path):
    written = Written(kind, tmp_path)
    size = written.path.stat().st_size
    for room in ROOMS:
        written.begin()
        limit = size + room if kind in ("study", "search") else min(room, size - 1)  # what is appended, or replaced
        with nearly_full(limit), refused(written.path, errno.EFBIG):
            written.write()
        written.check_kept()
        written.write()
        written.check_written()


@contextmanager
def mounted(folder):
    """Mount a small disk; skip the test where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder, how):
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_small_disk_that_is_full_keeps_what_it_has(kind, tmp_path):
    with mounted(tmp_path / "small") as folder:
        written = Written(kind, tmp_path, folder)
        with pytest.raises(OSError, match="No space"):
            (folder / "fill").write_bytes(bytes(2**23))
        with refused(written.path, errno.ENOSPC):
            written.kind.write(written.path, 40)
        (folder / "fill").unlink()
        written.check_kept()
        written.write()
        assert written.kind.file in GROWING or written.kind.read(written.path) == written.new


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_is_read_only_keeps_what_it_has(kind, tmp_path):
    with mounted(tmp_path / "small") as folder:
        written = Written(kind, tmp_path, folder)
        remount(folder, "ro")
        with refused(written.path, errno.EROFS):
            written.write()
        written.check_kept()
        remount(folder, "rw")
        written.write()
        written.check_written()


@pytest.mark.slow
def test_a_training_whose_folder_becomes_read_only_keeps_model_and_checkpoint(tmp_path):
    with mounted(tmp_path / "small") as folder:

        def lock(training):
            if training.epoch == 3:
                remount(folder, "ro")

        checkpoint = npae.Checkpoint(folder / "training.npz")
        ae = npae.Autoencoder([3], optimizer="adam", epochs=6, callbacks=[lock, checkpoint], random_state=0)
        with refused(checkpoint.path, errno.EROFS):
            ae.fit(X)
        assert ae.n_epochs_ == 3 and np.isfinite(ae.reconstruct(X)).all()
        remount(folder, "rw")
        ae.set_params(callbacks=[checkpoint]).fit(X)
    whole = npae.Autoencoder([3], optimizer="adam", epochs=6, random_state=0).fit(X)
    np.testing.assert_array_equal(ae.theta_, whole.theta_)


@pytest.mark.parametrize("flush", [1, 2])
def test_tensorboard_on_a_full_disk_ends_the_training_and_does_not_let_it_wait_for_ever(flush, tmp_path, monkeypatch):
    record_writer, flushes = pytest.importorskip("tensorboardX.record_writer"), []

    def full(writer):
        flushes.append(writer)
        if len(flushes) >= flush:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(record_writer.RecordWriter, "flush", full)
    monkeypatch.setattr("npae.training.event_file.SECONDS", 0)
    ae = npae.Autoencoder([2], optimizer="adam", epochs=40, callbacks=[npae.TensorBoard(tmp_path)], random_state=0)
    with refused(tmp_path, errno.ENOSPC):
        ae.fit(X)
    assert ae.n_epochs_ == flush and np.isfinite(ae.reconstruct(X)).all()


class AtLast(Executor):
    """Carries out the first three of ten runs when the last has been submitted, and none of the others."""

    def __init__(self):
        self.futures, self._calls = [], []

    def submit(self, function, /, *arguments):
        self.futures.append(Future())
        self._calls.append((function, arguments))
        if len(self.futures) == 10:
            for future, (call, given) in zip(self.futures[:3], self._calls, strict=False):
                future.set_result(call(*given))
        return self.futures[-1]


def test_a_full_disk_cancels_every_run_that_waits(tmp_path, monkeypatch):
    """A run that had ended and could not be written down either kept the others from being cancelled."""
    append, executor = Journal.append, AtLast()

    def full(journal, row):
        if journal.rows:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs")
        return append(journal, row)

    monkeypatch.setattr(Journal, "append", full)
    with pytest.raises(OSError, match="No space left"):
        run_all(run, seeds=10, executor=executor, path=tmp_path / "runs", show_progress=False)
    assert [future.cancelled() for future in executor.futures] == [False] * 3 + [True] * 7


def test_a_log_on_a_full_disk_ends_with_a_whole_line(tmp_path):
    path = tmp_path / "log.jsonl"
    with nearly_full(400), refused(path, errno.EFBIG):
        train(path, 5, npae.JSONLog)
    assert path.read_text().count("\n") >= 1 and path.read_text().endswith("\n")
