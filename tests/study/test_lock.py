"""No death leaves a lock behind: processes are killed at every line, and others go on."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import npae
from npae.study import repeat
from npae.study.journal import Journal
from npae.study.lock import Lock

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", "OPENBLAS_NUM_THREADS": "1"}
ROW = {"key": "k0", "seed": 0, "status": "finished", "reason": "", "seconds": 0.1}
unix = pytest.mark.skipif(not hasattr(os, "fork"), reason="the test kills copies of a process")

LOCK = """
import sys
import filelock
from pathlib import Path
from deaths import each_death
from npae.study import lock
path, step, lock.WAIT = Path(sys.argv[1]) / "runs", int(sys.argv[2]), 0

def hold():
    with lock.Lock(path):
        pass

def go_on():
    with lock.Lock(path):
        try:
            hold()
        except BlockingIOError:
            return
    raise AssertionError("two held the lock")

folder = Path(filelock.__file__).parent
watched = {lock.__file__, *(map(str, folder.rglob("*.py")) if step else ())}
deaths = each_death(hold, watched, go_on, step or 1)
print(deaths, [entry.name for entry in path.parent.iterdir()])
"""
JOURNAL = """
import sys
from pathlib import Path
from deaths import each_death
from npae.study import journal, lock
lock.WAIT = 0
path, row = Path(sys.argv[1]) / "runs", {"seed": 0, "status": "finished", "reason": "", "seconds": 0.1}

def write():
    with journal.Journal(path) as rows:
        for number in range(2):
            rows.append({"key": f"k{number}", **row})

def go_on():
    with journal.Journal(path) as rows:
        assert [*rows.rows] in ([], ["k0"], ["k0", "k1"]), rows.rows
        rows.append({"key": "other", **row})
    assert "other" in {each["key"] for each in journal.read(path)}
    path.unlink()

print(each_death(write, {journal.__file__, lock.__file__}, go_on), [entry.name for entry in path.parent.iterdir()])
"""


def said(script, *arguments):
    """Return what a script of its own printed: a process with threads must not fork."""
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", script, *map(str, arguments)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@unix
@pytest.mark.parametrize("step", [0, pytest.param(5, marks=pytest.mark.slow)], ids=["our lines", "filelock's too"])
def test_whoever_dies_at_whatever_line_of_the_lock_leaves_it_free(tmp_path, step):
    deaths, left = said(LOCK, tmp_path, step).split(" ", 1)
    assert int(deaths) > (100 if step else 15)
    assert left == "[]\n"


@unix
def test_whoever_dies_at_whatever_line_of_the_journal_leaves_whole_rows_and_no_lock(tmp_path):
    deaths, left = said(JOURNAL, tmp_path).split(" ", 1)
    assert int(deaths) > 60
    assert left == "[]\n"


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
