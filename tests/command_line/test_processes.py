"""The command as a process of its own: signals, pipes, terminals."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

COMMAND = [sys.executable, "-m", "npae"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="POSIX signals and shells")]


def shell(line, **options):
    quoted = line.replace("npae ", f"{sys.executable} -m npae ")
    return subprocess.run(["bash", "-c", quoted], capture_output=True, text=True, check=False, timeout=120, **options)


def test_a_pipe_that_closes_early_is_quiet(model, folder):
    lines = (folder / "mydata.csv").read_text().splitlines()
    (folder / "long.csv").write_text("\n".join([lines[0], *lines[1:] * 1000]))  # more than a pipe holds
    for reader, buffer in (("true", "1"), ("head -1", "1"), ("head -1", "")):  # PYTHONUNBUFFERED, where "" is unset
        environment = {**os.environ, "PYTHONUNBUFFERED": buffer}
        done = shell(f"npae reconstruct model.npz long.csv | {reader}; echo ${{PIPESTATUS[0]}}", env=environment)
        assert done.stderr == "" and done.stdout.splitlines()[-1] == "141"


@pytest.mark.parametrize("command", ["--help", "--version", "train --help"])
def test_help_into_a_closed_pipe_ends_as_other_output_does(command):
    done = shell(f"{{ sleep 0.1; npae {command}; echo $? >&2; }} | true")
    assert done.stderr == "141\n"


def test_ctrl_c_while_training(folder):
    options = ["--optimizer", "adam", "--epochs", "100000000", "--encoder", "40,2", "--checkpoint", "run.npz"]
    process = subprocess.Popen(
        [*COMMAND, "train", "mydata.csv", "--out", "m.npz", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )
    try:
        while not (folder / "run.npz").exists():
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out, told.count("\n")) == (130, "", 1), told
    assert told.startswith("npae train: interrupted after epoch ")
    assert not list(folder.glob("*m.npz*")) and not list(folder.glob(".*.part"))
    assert subprocess.run([*COMMAND, "info", "run.npz"], check=False, capture_output=True).returncode == 0


def test_a_bar_goes_to_the_terminal_and_output_to_standard_output(folder):
    pty = pytest.importorskip("pty")
    parent, child = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "train", "mydata.csv", "--out", "m.npz", "--optimizer", "adam", "--epochs", "300"],
        stdout=subprocess.PIPE,
        stderr=child,
        check=True,
        text=True,
        timeout=120,
    )
    os.close(child)
    assert done.stdout.endswith("written to m.npz\n")
    assert b"epoch" in os.read(parent, 100_000)
    os.close(parent)


@pytest.mark.parametrize("command", ["--help", "train --help", "encode model.npz mydata.csv", "info model.npz"])
def test_a_full_disk_on_standard_output_is_one_line(command, model):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    done = shell(f"npae {command} > /dev/full")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "No space left" in done.stderr


def test_a_closed_standard_output_is_no_error(model):
    assert "Traceback" not in shell("npae encode model.npz mydata.csv >&-").stderr


def test_npae_does_not_import_click_and_training_no_matplotlib(folder):
    code = "import npae, sys; print('click' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
    code = "import sys\nfrom npae.command_line.program import program\n"
    code += "try: program(['train', 'mydata.csv', '--out', 'm.npz'])\n"
    code += "finally: print(*{'matplotlib', 'pandas', 'optuna', 'PIL'} & {*sys.modules}, '!')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n!\n")


def test_from_a_csv_file_to_its_page_takes_less_than_a_minute(folder):
    """The second of two commands, after pip install."""
    import numpy as np

    X = np.random.default_rng(0).standard_normal((5000, 30)).cumsum(axis=1)
    np.savetxt("big.csv", X, "%.5f", ",", header=",".join(f"c{i}" for i in range(30)), comments="")
    began = time.monotonic()
    done = subprocess.run([*COMMAND, "explore", "big.csv", "--out", "page.html"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 60
