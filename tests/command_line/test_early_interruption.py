"""Ctrl-C before the command has begun: while npae, and what it needs, is still being imported."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import npae

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
SCRIPT = re.search(r"^    npae = ([\w.]+):(\w+)$", (Path(__file__).parents[2] / "setup.cfg").read_text(), re.MULTILINE)
INTERRUPTED = """
import os, signal, sys

class Interruption:
    def find_spec(name, path=None, target=None):
        if name == {moment!r}:
            sys.meta_path.remove(Interruption)
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(100):  # the interpreter looks for signals between steps such as these
                pass

sys.meta_path.insert(0, Interruption)
sys.argv = ["npae", "--version"]
from {module} import {function}
sys.exit({function}())
"""


HEARD = (
    "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background ignores it
)


def interrupted(moment, before=HEARD):
    """Return what the console script does that gets a SIGINT when a module is imported."""
    code = before + INTERRUPTED.format(moment=moment, module=SCRIPT[1], function=SCRIPT[2])
    root = str(Path(npae.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)


EARLY = ["npae", "numpy", "numpy.linalg", "scipy"]
LATE = ["scipy.optimize", "npae.estimators", "click", "npae.command_line.train_model"]


@pytest.mark.parametrize("moment", [*EARLY, *(pytest.param(each, marks=pytest.mark.slow) for each in LATE)])
def test_ctrl_c_at_any_import_is_one_line(moment):
    done = interrupted(moment)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "npae: interrupted\n")


@pytest.mark.slow
def test_a_script_that_ignores_ctrl_c_goes_on():
    done = interrupted("scipy.optimize", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"npae {npae.__version__}\n", "")
