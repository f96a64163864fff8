"""Functions to study, in a file that worker processes can import."""

import os
import signal
import sys
import time

import numpy as np


def noisy(*, seed, level=1.0):
    """Return numbers whose every bit depends on the setting and the seed."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(40, 40))
    return {"value": float(np.linalg.norm(np.linalg.inv(A @ A.T + level * np.eye(40)))), "odd": seed % 2 == 1}


def picky(*, seed, level):
    """Fail at level 0, and at level 1 for seed 1."""
    if level == 0 or (level, seed) == (1, 1):
        raise ArithmeticError(f"level {level} diverged")
    return {"value": level + seed, "success": seed == 0}


def logged(*, seed, log, level=0):
    """Write a line to the file `log`; take as many seconds as the environment variable PAUSE says."""
    with open(log, "a") as file:
        file.write(f"{seed}\n")
    time.sleep(float(os.environ.get("PAUSE", 0)))
    return {"value": seed}


def deadly(*, seed):
    """End the process at seed 3."""
    if seed == 3:
        time.sleep(0.3)
        os._exit(7)
    return {"value": seed}


def interrupting(*, seed):
    """Press Ctrl-C at seed 2."""
    if seed == 2:
        raise KeyboardInterrupt
    return {"value": seed}


def mortal(*, seed, grave):
    """Kill the process at seed 3, the first time."""
    if seed == 3 and not os.path.exists(grave):
        open(grave, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return noisy(seed=seed)


class Absent:
    """An entry of `sys.meta_path` that hides npae."""

    hidden = {}

    @classmethod
    def find_spec(cls, name, path=None, target=None):  # noqa: ARG003 -- the import system passes them
        if name.split(".")[0] == "npae":
            raise ModuleNotFoundError("No module named 'npae'", name="npae")


def hide():
    """Make npae impossible to import in this process."""
    Absent.hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "npae"}
    sys.meta_path.insert(0, Absent)


def show():
    """Undo `hide`."""
    sys.meta_path.remove(Absent)
    sys.modules.update(Absent.hidden)


def funnel(width, depth=1):
    """Return an encoder of one width."""
    return [width] * depth + [2]


def off_target(model, X):
    """Return how many orders of magnitude eta is from 0.01, squared."""
    return np.log10(model.optimizer.eta / 0.01) ** 2


def slow_value(model, X):
    """Return the validation loss, after as many seconds as the environment variable PAUSE says."""
    time.sleep(float(os.environ.get("PAUSE", 0)))
    return model.history_["val_loss"][-1]
