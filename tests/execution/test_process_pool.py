import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from npae.execution import processes, shared_memory
from npae.execution.processes import NoServant, Processes
from npae.execution.shared_memory import SharedArray, attached
from npae.execution.worker_rules import WorkerLost


class Unpackable(Exception):
    def __init__(self, one, two):
        super().__init__(one + two)


class Servant:
    def __init__(self, number, start):
        if start == "broken":
            raise ValueError("no servant today")
        self.number, self.start, self.descriptors, self.arrays = number, start, [], {}

    def take(self, name, shape, dtype):
        self.arrays[name] = attached(self.descriptors.pop(0), shape, dtype)

    def add(self, number):
        return self.start + self.number + number

    def fill(self, name, value):
        self.arrays[name][self.number] = value

    def wait(self, seconds):
        time.sleep(seconds)

    def fail(self, how):
        raise {"key": KeyError("seven"), "unpackable": Unpackable("o", "ne")}[how]

    def speak(self):
        print("said by a worker")


@pytest.fixture(scope="module")
def team():
    with Processes(2, Servant, (10,)) as team:
        yield team


def test_servants_carry_out_commands_in_their_order(team):
    assert team.call("add", 5, own=lambda: "mine") == ["mine", 16, 17]
    assert team.call("add", -11) == [None, 0, 1]
    assert team.ready


def test_servants_write_into_shared_memory(team):
    shared = SharedArray((3,), np.float32)
    team.lend("numbers", shared)
    team.call("fill", "numbers", 2.5, own=lambda: shared.array.__setitem__(0, 1))
    assert shared.array.tolist() == [1, 2.5, 2.5]
    shared.close()
    team.call("fill", "numbers", 4.5)  # nobody needs the descriptor any more
    assert shared.array.tolist() == [1, 4.5, 4.5]


def test_what_a_servant_raises_is_raised_here_when_all_have_ended(team):
    began = time.perf_counter()
    with pytest.raises(ZeroDivisionError):
        team.call("wait", 0.2, own=lambda: 1 / 0)
    assert time.perf_counter() - began >= 0.2
    with pytest.raises(KeyError, match="seven"):
        team.call("fail", "key")
    with pytest.raises(RuntimeError, match="Unpackable: one"):
        team.call("fail", "unpackable")
    with pytest.raises(AttributeError, match="dance"):
        team.call("dance")
    assert team.call("add", 0) == [None, 11, 12]


def test_ctrl_c_waits_until_no_worker_is_at_work(team):
    def own():
        raise KeyboardInterrupt

    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        team.call("wait", 0.2, own=own)
    assert time.perf_counter() - began >= 0.2
    assert team.call("add", 0) == [None, 11, 12]


def test_an_interrupt_before_all_were_told_does_not_mix_up_answers(team, monkeypatch):
    send, sent = processes._Worker.send, []

    def interrupted(worker, message):
        sent.append(worker)
        if len(sent) == 2:
            raise KeyboardInterrupt
        send(worker, message)

    monkeypatch.setattr(processes._Worker, "send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        team.call("add", 1)
    assert team.call("add", 0) == [None, 11, 12]


def test_what_a_servant_prints_goes_where_the_parents_output_goes(team, capfd):
    team.call("speak")
    assert team.call("add", 0) == [None, 11, 12]


def test_a_servant_that_cannot_be_made_says_why():
    with Processes(1, Servant, ("broken",)) as team, pytest.raises(NoServant, match="ValueError: no servant today"):
        team.call("add", 1)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_a_worker_that_was_killed_is_named(name):
    with Processes(2, Servant, (0,)) as team:
        ids = team.ids
        team.call("add", 1)
        os.kill(ids[1], getattr(signal, name))
        with pytest.raises(WorkerLost, match=rf"worker process 2 \(id {ids[1]}\) was ended by {name}"):
            team.call("wait", 0.1)
    assert not any(alive(each) for each in ids)


def test_workers_end_with_a_parent_that_was_killed():
    script = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from npae.execution.processes import Processes
from test_process_pool import Servant
team = Processes(2, Servant, (0,))
team.call("add", 1)
print(*team.ids, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        ids = list(map(int, parent.stdout.readline().split()))
        parent.kill()
    until = time.perf_counter() + 20
    while any(map(alive, ids)) and time.perf_counter() < until:
        time.sleep(0.02)
    assert len(ids) == 2 and not any(map(alive, ids))


def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_shared_memory_that_cannot_be_had_is_an_error(monkeypatch):
    with pytest.raises(OSError, match="shared memory must fit into what the system has left, got 4,611,686,018,427 MB"):
        SharedArray((2**59,), np.float64)
    monkeypatch.delattr(shared_memory.os, "memfd_create")
    shared = SharedArray.of(np.arange(5.0))  # in a file without a name
    np.testing.assert_array_equal(attached(shared.descriptor, (5,), np.float64), np.arange(5.0))
    shared.close()
    empty = SharedArray((0,), np.float32)
    assert empty.array.shape == (0,)
    empty.close()


def test_a_signal_without_a_name_has_its_number():
    with Processes(1, Servant, (0,)) as team:
        team.call("add", 1)
        os.kill(team.ids[0], signal.SIGRTMIN + 3)
        with pytest.raises(WorkerLost, match=rf"was ended by (signal {signal.SIGRTMIN + 3}|SIGRT)"):
            team.call("wait", 0.1)


def test_a_worker_starts_no_workers(monkeypatch):
    monkeypatch.setenv("NPAE_WORKER", "1")
    with pytest.raises(RuntimeError, match="workers must not be started by a worker"):
        Processes(1, Servant, (0,))


def test_what_is_not_text_in_the_path_of_modules_is_left_out(monkeypatch):
    monkeypatch.setattr(processes.sys, "path", [*sys.path, Path("/tmp")])
    with Processes(1, Servant, (0,)) as team:
        assert team.call("add", 1) == [None, 2]


SECOND_CTRL_C = """
import os, signal, sys, threading
sys.path.insert(0, {folder!r})
from npae.execution.processes import Processes
from test_process_pool import Servant
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
with Processes(1, Servant, (0,)) as team:
    team.call("add", 1)
    os.kill(team.ids[0], signal.SIGSTOP)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        team.call("add", 1, own=lambda: signal.raise_signal(signal.SIGINT))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    try:
        team.call("add", 1)
    except Exception as error:
        print(type(error).__name__, flush=True)
"""


def test_a_second_ctrl_c_ends_a_worker_that_does_not_answer():
    code = SECOND_CTRL_C.format(folder=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["interrupted", "WorkerLost"], done.stderr


def test_a_worker_that_does_not_start_in_time_is_an_error(monkeypatch, tmp_path):
    slow = tmp_path / "python"
    slow.write_text("#!/bin/sh\nexec sleep 20\n")
    slow.chmod(0o700)
    monkeypatch.setattr(processes.sys, "executable", str(slow))
    monkeypatch.setattr(processes, "START", 0.1)
    monkeypatch.setattr(processes, "PATIENCE", 0.1)
    with Processes(1, Servant, (0,)) as team, pytest.raises(OSError, match="has not started within 0.1 seconds"):
        team.call("add", 1)
