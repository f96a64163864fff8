"""Files of runs, and who may write them."""

import errno
import json
import os
import socket
import subprocess
import sys

import pytest

from npae import FileError
from npae.study.journal import Journal, read
from npae.study.lock import Lock

ROW = {"key": "k0", "seed": 0, "status": "finished", "reason": "", "seconds": 0.1}


def dead():
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left_behind(path, **changes):
    identity = {"pid": dead(), "host": socket.gethostname(), "born": "1"} | changes
    (path.parent / f"{path.name}.lock").write_text(json.dumps(identity))


def test_the_second_writer_gets_one_clear_error(tmp_path):
    path = tmp_path / "runs.jsonl"
    with Journal(path) as journal:
        rule = rf"runs.jsonl must be written by one study at a time, got one that process {os.getpid()} on"
        with pytest.raises(BlockingIOError, match=rule), Journal(path):
            pass
        journal.append(ROW)
    with Journal(path) as journal:
        assert journal.rows == {"k0": ROW}
    assert [entry.name for entry in tmp_path.iterdir()] == ["runs.jsonl"]


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path):
    path = tmp_path / "runs"
    left_behind(path)
    with Lock(path), pytest.raises(BlockingIOError, match=f"process {os.getpid()}"), Lock(path):
        pass


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the system does not say when processes started")
def test_the_lock_of_a_dead_process_is_taken_over_if_its_number_was_reused(tmp_path):
    left_behind(tmp_path / "runs", pid=os.getpid())
    with Lock(tmp_path / "runs"):
        pass


@pytest.mark.parametrize("changes", [{"host": "elsewhere"}, {"pid": 1, "born": "other"}], ids=str)
def test_a_lock_file_of_an_earlier_version_does_not_lock_whomever_it_names(tmp_path, changes):
    left_behind(tmp_path / "runs", **changes)
    with Lock(tmp_path / "runs"):
        pass
    assert [*tmp_path.iterdir()] == []


RACER = """
import sys, time
from pathlib import Path
from npae.study.lock import Lock
path, number = sys.argv[1:]
Path(f"{path}.ready{number}").touch()
while not all(Path(f"{path}.ready{each}").exists() for each in "01"):
    time.sleep(0.01)
with Lock(path):
    print("held")
    time.sleep(1)
"""


@pytest.mark.slow
def test_one_of_several_processes_takes_a_lock_over(tmp_path):
    left_behind(tmp_path / "runs")
    command = [sys.executable, "-c", RACER, str(tmp_path / "runs")]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    racers = [subprocess.Popen([*command, str(i)], env=environment, **options) for i in range(2)]
    said = [racer.communicate(timeout=30) for racer in racers]
    assert [out for out, _ in said].count("held\n") == 1
    assert sum("must be written by one study at a time" in err for _, err in said) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "runs, line 1 must be a run that npae.study wrote, got 'a,b'.*a file of its own"),
        (b'{"a": 1}\n', "runs, line 1 must be a run"),
        (b"\xff\xfe\n", "runs, line 1 must be a run"),
    ],
    ids=["text", "other JSON", "bytes"],
)
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path, content, message):
    path = tmp_path / "runs"
    path.write_bytes(content)
    with pytest.raises(FileError, match=message), Journal(path):
        pass
    assert path.read_bytes() == content
    assert [entry.name for entry in tmp_path.iterdir()] == ["runs"]


def test_reading_leaves_out_an_incomplete_line_and_does_not_change_the_file(tmp_path):
    path = tmp_path / "runs"
    content = json.dumps(ROW).encode() + b'\n{"key": "k1", "se'
    path.write_bytes(content)
    assert read(path) == [ROW]
    assert path.read_bytes() == content


def test_a_full_disk_leaves_whole_lines(tmp_path, monkeypatch):
    path, write, room = tmp_path / "runs", os.write, [20]

    def writing(handle, content):
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, content[: room.pop()])

    with Journal(path) as journal:
        journal.append(ROW)
        monkeypatch.setattr(os, "write", writing)
        rule = "path must be that of a file that takes another run, got: No space .*Free space; the same call goes on"
        with pytest.raises(OSError, match=rule) as caught:
            journal.append({**ROW, "key": "k1"})
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == str(path)
    assert read(path) == [ROW] and path.read_bytes().endswith(b"\n")


def test_a_file_that_cannot_be_closed_is_unlocked_all_the_same(tmp_path, monkeypatch):
    """A disk behind a network may say only then that a quota is used up."""

    def close(handle):
        original(handle)
        if handle == journal._handle:
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    original, journal = os.close, Journal(tmp_path / "runs").__enter__()
    with monkeypatch.context() as patch:
        patch.setattr(os, "close", close)
        with pytest.raises(OSError, match=os.strerror(errno.EDQUOT)):
            journal.__exit__()
    with Journal(tmp_path / "runs"):
        pass


@pytest.mark.parametrize("content", ['{"precious": [1]}', "one line of a diary", "[1, 2"])
def test_a_foreign_file_of_one_line_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "precious.json"
    path.write_text(content)
    with pytest.raises(FileError, match="must be a run that npae.study wrote"), Journal(path):
        pass
    assert path.read_text() == content


def test_an_incomplete_line_in_the_middle_costs_only_its_own_run(tmp_path):
    path, whole = tmp_path / "runs.jsonl", json.dumps(ROW)
    path.write_text(f"{whole}\n{whole[:30]}\n{whole.replace('k0', 'k1')}\n")
    with pytest.warns(UserWarning, match=r"skipped 1 incomplete line\(s\)"), Journal(path) as journal:
        assert list(journal.rows) == ["k0", "k1"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need special rights there")
def test_two_names_of_one_file_have_one_writer(tmp_path):
    (tmp_path / "other.jsonl").symlink_to(tmp_path / "runs.jsonl")
    with Journal(tmp_path / "runs.jsonl"), pytest.raises(BlockingIOError), Journal(tmp_path / "other.jsonl"):
        pass
