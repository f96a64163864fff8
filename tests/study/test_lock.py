"""No death leaves a lock behind: processes are killed at every line, and others go on."""

import errno
import os
import tempfile
import time
from pathlib import Path

import filelock
import pytest
from deaths import each_death

import npae
from npae.study import journal, lock, optuna_storage, repeat
from npae.study.journal import Journal, read
from npae.study.lock import Lock
from npae.study.own_folder import own_folder

ROW = {"key": "k0", "seed": 0, "status": "finished", "reason": "", "seconds": 0.1}
WHOLE = b'{"op_code": 0}\n'
unix = pytest.mark.skipif(not hasattr(os, "fork"), reason="the test kills copies of a process")


@pytest.fixture
def impatient(monkeypatch):
    """Let those who find a lock held be refused at once."""
    monkeypatch.setattr(lock, "WAIT", 0)


@pytest.mark.fast_cases(1)
@unix
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("files", "step"),
    [("ours", 3), pytest.param("ours", 1, marks=pytest.mark.slow), pytest.param("all", 7, marks=pytest.mark.slow)],
    ids=["our lines, every third", "our lines", "filelock's too"],
)
def test_whoever_dies_at_whatever_line_of_the_lock_leaves_it_free(tmp_path, files, step):
    def hold():
        with Lock(tmp_path / "runs"):
            pass

    def go_on():
        with Lock(tmp_path / "runs"), pytest.raises(BlockingIOError):
            hold()

    theirs = Path(filelock.__file__).parent.rglob("*.py") if files == "all" else ()
    assert each_death(hold, {lock.__file__, *map(str, theirs)}, go_on, step) > (50 if files == "all" else 15 // step)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.fast_cases(1)
@unix
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_whoever_dies_at_whatever_line_of_the_journal_leaves_whole_rows_and_no_lock(tmp_path, step):
    path = tmp_path / "runs"

    def write():
        with Journal(path) as rows:
            rows.append(ROW)
            rows.append({**ROW, "key": "k1"})

    def go_on():
        with Journal(path) as rows:
            assert [*rows.rows] in ([], ["k0"], ["k0", "k1"])
            rows.append({**ROW, "key": "other"})
        assert read(path)[-1]["key"] == "other"
        path.unlink()

    assert each_death(write, {journal.__file__, lock.__file__}, go_on, step) > 60 // step
    assert [*tmp_path.iterdir()] == []


@pytest.mark.fast_cases(1)
@unix
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_whoever_dies_at_whatever_line_before_a_search_leaves_its_file_usable(tmp_path, step):
    path = tmp_path / "trials"

    def begin():
        with optuna_storage.held(path):
            pass

    def go_on():
        begin()
        assert path.read_bytes() == WHOLE
        (tmp_path / "trials.lock").touch()  # Optuna's own
        (tmp_path / "trials.lock12-34.rename").touch()

    path.write_bytes(WHOLE)
    go_on()
    assert each_death(begin, {optuna_storage.__file__, lock.__file__}, go_on, step) > 20 // step
    begin()
    assert [*tmp_path.iterdir()] == [path]


LEFT = {
    "empty": "",
    "half": '{"pid": 12, "ho',
    "other host": '{"pid": 1, "host": "elsewhere", "born": "1"}',
    "this process": f'{{"pid": {os.getpid()}, "host": "here", "born": "1"}}',
    "bytes": "\x00\x01",
}


@pytest.mark.parametrize("content", LEFT.values(), ids=LEFT)
@pytest.mark.parametrize("ending", [".lock", ".search"])
def test_what_an_earlier_version_left_locks_nothing(tmp_path, content, ending):
    (tmp_path / f"runs{ending}").write_text(content)
    (tmp_path / f"runs{ending}.claim").write_text(content)
    refused = pytest.raises(BlockingIOError, match=f"process {os.getpid()}")
    with Lock(tmp_path / "runs", ending), refused, Lock(tmp_path / "runs", ending):
        pass
    assert [*tmp_path.iterdir()] == []


def test_studies_go_on_where_a_dead_process_left_its_files(tmp_path):
    path = tmp_path / "runs"
    for name in ("runs.lock", "runs.lock.claim"):
        (tmp_path / name).write_text("")
    model = npae.Autoencoder([1], epochs=1)
    assert len(repeat(model, [[0.0, 1.0], [1.0, 0.0]], seeds=1, path=path, executor="serial", show_progress=False)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["runs"]


def test_a_lock_whose_holder_is_not_named_is_held_all_the_same(tmp_path, monkeypatch):
    def full(handle, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        held = Lock(tmp_path / "runs").__enter__()
    with pytest.raises(BlockingIOError, match="got one that another process is writing. Wait"), Lock(tmp_path / "runs"):
        pass
    held.__exit__()


@unix
@pytest.mark.parametrize(
    ("where", "number"),
    [
        *[("file", number) for number in (errno.EROFS, errno.EACCES, errno.EPERM)],
        *[("lock", number) for number in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO)],
    ],
)
def test_a_folder_without_rights_or_locks_is_one_clear_error(tmp_path, monkeypatch, where, number):
    def refusing(*arguments, **options):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock" if where == "lock" else "os.open", refusing)
    rule = "path must be that of a file that can be written and locked, got: .*Use a folder on a disk of this machine"
    with pytest.raises(OSError, match=rule) as caught, Journal(tmp_path / "runs"):
        pass
    assert caught.value.errno == number and caught.value.filename == str(tmp_path / "runs")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), Journal(tmp_path / "nowhere" / "runs"):
        pass
    with pytest.raises(FileNotFoundError, match="nowhere"), Lock(tmp_path / "nowhere" / "runs", ".search"):
        pass
    assert [*tmp_path.iterdir()] == []


def test_the_folders_of_searches_that_were_killed_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    future = time.time() + 3600  # the clock has been set back since
    for name in ("npae-search-dead", "npae-search-alive", "npae-search-young", "npae-search-future", "npae-other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trials").touch()
        made = future if name == "npae-search-future" else 0
        os.utime(tmp_path / name, (made, made)) if name != "npae-search-young" else None
    with Lock(tmp_path / "npae-search-alive" / "trials", ".search"):
        os.utime(tmp_path / "npae-search-alive", (0, 0))
        with own_folder() as path:
            assert path.parent.parent == tmp_path and path.parent.is_dir()
            assert not path.exists()
    left = {entry.name for entry in tmp_path.iterdir()}
    assert left == {"npae-search-alive", "npae-search-young", "npae-other"}
