"""Kill a process at every line of some files, one line after another, and see whether others can go on."""

import os
import signal
import sys
import warnings


class Killer:
    """Kills this process at line event number `last` of the watched files."""

    def __init__(self, watched, last):
        self._watched, self._left = watched, last

    def __call__(self, frame, event, argument):
        if frame.f_code.co_filename not in self._watched:
            return None
        return self._line

    def _line(self, frame, event, argument):
        if event == "line":
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._line


def survived(work, watched, last):
    """Do the work in a child that is killed at the line event `last`; return whether it came to its end before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads: the child only writes files
        child = os.fork()
    if child == 0:
        _work_and_leave(work, Killer(watched, last))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert status == 0
    return True


def _work_and_leave(work, killer):
    """End this process without a word to pytest, whose copy it is."""
    try:
        sys.settrace(killer)
        work()
        sys.settrace(None)
        os._exit(0)
    finally:
        os._exit(1)


def each_death(work, watched, go_on, step=1):
    """Kill the work at every line (or every so many), let `go_on` run after each death; return how many there were."""
    deaths = 0
    while not survived(work, watched, 1 + deaths * step):
        deaths += 1
        go_on()
    go_on()
    return deaths
