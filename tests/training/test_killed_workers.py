"""Whichever process of a team is killed, and whenever: nothing is left, and the checkpoint resumes to the bit."""

import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import npae

TRIALS = int(os.environ.get("NPAE_KILLS", "30"))
EPOCHS, PAUSE = 2000, 0.01
SCRIPT = """
import sys, time, warnings
sys.path.insert(0, {folder!r})
from test_killed_workers import model, samples, PAUSE
path, result = sys.argv[1:]
def slowly(training):
    print("epoch", flush=True)
    time.sleep(PAUSE)
warnings.simplefilter("ignore")
theta = model(npae_checkpoint=path, watchers=[slowly], workers=2).fit(samples()).theta_
open(result, "wb").write(theta.tobytes())
"""


def samples():
    return np.random.default_rng(0).random((48, 6))


def model(npae_checkpoint=None, watchers=(), **params):
    checkpoint = [] if npae_checkpoint is None else [npae.Checkpoint(npae_checkpoint, every=1)]
    return npae.Autoencoder(
        [4, 2],
        optimizer=npae.Adam(0.01),
        refine=None,
        epochs=EPOCHS,
        batch_size=16,
        random_state=0,
        callbacks=[*watchers, *checkpoint],
        **params,
    )


def children(pid):
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
def test_a_chain_of_kills_leaves_nothing_and_ends_at_the_same_theta(tmp_path):
    checkpoint, result = tmp_path / "training.npz", tmp_path / "theta"
    command = [sys.executable, "-c", SCRIPT.format(folder=str(Path(__file__).parent)), str(checkpoint), str(result)]
    rng, shared = np.random.default_rng(0), set(os.listdir("/dev/shm"))
    killed = 0
    while killed < TRIALS and not result.exists():
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
            if rng.random() < 0.8:  # otherwise in the middle of starting
                parent.stdout.readline()
            time.sleep(rng.uniform(0, 0.3))
            team = children(parent.pid)
            victim = rng.choice([parent.pid, *team])
            os.kill(victim, signal.SIGKILL)
            parent.stdout.read()
        killed += 1
        until = time.monotonic() + 20
        while any(map(alive, team)) and time.monotonic() < until:
            time.sleep(0.01)
        assert not any(map(alive, team)), f"trial {killed}"
        assert not set(os.listdir("/dev/shm")) - shared
    assert killed >= min(TRIALS, 30)
    if not result.exists():
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["theta", "training.npz"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = model(threads=2).fit(samples()).theta_
    np.testing.assert_array_equal(np.frombuffer(result.read_bytes()), expected)


INTERRUPTED = """
import sys, warnings
sys.path.insert(0, {folder!r})
from test_killed_workers import model, samples
def say(training):
    print("epoch", flush=True)
warnings.simplefilter("ignore")
ae = model(watchers=[say], workers=2).set_params(epochs=10**6).fit(samples())
losses = ae.history_["loss"]
print("kept", len(losses) > 1, bool(abs(ae.score(samples())) < 1), flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
def test_ctrl_c_on_a_terminal_ends_the_workers_and_keeps_the_model():
    command = [sys.executable, "-c", INTERRUPTED.format(folder=str(Path(__file__).parent))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as parent:
        for _ in range(50):
            parent.stdout.readline()
        team = children(parent.pid)
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
        said = parent.stdout.read().splitlines()
    assert len(team) == 1
    assert said[-1] == "kept True True"
    assert parent.returncode == 0
    assert not any(map(alive, team))
