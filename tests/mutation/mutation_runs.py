"""Tests run on mutants, each in a process and a copy of its own, so that no mutant touches the checkout or another one.

A process that has imported what all tests import forks for each mutant. The mutant's own tests run first; those of its
subject follow if it survives them. The first test that fails ends it. A mutant that hangs is ended by a limit on the
processor's time, which does not depend on what else runs, or by one on time that is long enough for a busy machine.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mutation_map import tests_of
from mutation_sample import Mutant

COPIED = ("npae", "tests", "data", "experiments", "benchmarks", "examples", "docs/how_to")
COPIED_FILES = ("npae_command.py", "conftest.py", "setup.cfg", "setup.py", "pyproject.toml", "README.md")
IMPORTED = ("numpy", "scipy.linalg", "scipy.optimize", "scipy.sparse.linalg", "scipy.special", "scipy.stats", "pytest")
CPU_SECONDS, SECONDS, BYTES = 45, 600, 2**33
OPTIONS = ("-x", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider")
HANGS = {signal.SIGXCPU, signal.SIGKILL}
OTHER_CODE = 100  # an exit code that is none of pytest's


@dataclass(frozen=True)
class Run:
    """What the tests said of a mutant: "killed", "time limit" or "survived", and the first test that failed."""

    mutant: Mutant
    verdict: str
    test: str
    seconds: float


def copy(root: Path, folder: Path) -> Path:
    """Copy what tests need of a checkout; what Python has compiled comes along, since the times of files do."""
    ignore = shutil.ignore_patterns("_build", "gallery", "generated", "*.egg-info", "mutation")
    for name in COPIED:
        shutil.copytree(root / name, folder / name, ignore=ignore)
    for name in COPIED_FILES:
        shutil.copy2(root / name, folder / name)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Return the variables for tests of the copy in a folder; nothing measures their coverage."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    own = {"PYTHONPATH": str(folder), "TMPDIR": str(folder), "OPENBLAS_NUM_THREADS": "1"}
    return {**kept, **own, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def check(base: Path, *arguments: str) -> None:
    """Raise a RuntimeError if pytest fails in the copy without a mutation, which says nothing of mutants then."""
    command = [sys.executable, "-m", "pytest", *OPTIONS, *arguments]
    done = subprocess.run(command, cwd=base, env=environment(base), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the tests must pass without a mutation, got:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")


def run(mutants: Iterable[Mutant], base: Path, processes: int) -> Iterator[Run]:
    """Yield the run of each mutant, in the order in which they end."""
    variables = environment(base)
    os.environ.clear()
    os.environ.update(variables)  # before NumPy starts threads
    for name in IMPORTED:
        importlib.import_module(name)
    waiting, running = enumerate(mutants), {}
    while True:
        for number, mutant in waiting:
            folder = base.parent / f"mutant{number}"
            running[_start(mutant, base, folder)] = mutant, folder, time.monotonic()
            if len(running) == processes:
                break
        if not running:
            return
        yield _next_end(running)


def _next_end(running: dict[int, tuple[Mutant, Path, float]]) -> Run:
    """Wait for a mutant to end, end one that takes too long, and remove its copy."""
    while True:
        for pid, (mutant, folder, begin) in running.items():
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                _kill(pid)  # what it may have started
                del running[pid]
                result = Run(mutant, *_verdict(status, folder), time.monotonic() - begin)
                shutil.rmtree(folder, ignore_errors=True)
                return result
            if time.monotonic() - begin > SECONDS:
                _kill(pid)
        time.sleep(0.02)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _verdict(status: int, folder: Path) -> tuple[str, str]:
    """Return what the end of a process says, and the test that failed."""
    said = folder / "failed"
    test = said.read_text(encoding="utf-8") if said.exists() else ""
    if os.WIFSIGNALED(status):
        return ("time limit" if os.WTERMSIG(status) in HANGS else "killed"), test
    code = os.WEXITSTATUS(status)
    if code == OTHER_CODE:
        raise RuntimeError(f"a mutant could not be tested: {test}")
    return ("killed" if code else "survived"), test


def _start(mutant: Mutant, base: Path, folder: Path) -> int:
    """Return the number of a new process that tests the mutant in a copy of its own."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = OTHER_CODE
    try:
        os.setsid()
        folder.mkdir()
        _silence(folder / "output")
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        shutil.copytree(base, folder, dirs_exist_ok=True, copy_function=os.link)  # nothing writes into a file of it
        code = _test(mutant, folder)
    except BaseException as error:  # whatever it is, this process must not go on as its parent
        (folder / "failed").write_text(repr(error), encoding="utf-8")
    finally:
        os._exit(code)


def _silence(output: Path) -> None:
    file = os.open(output, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(file, stream)


def _test(mutant: Mutant, folder: Path) -> int:
    """Return pytest's exit code in the copy in a folder, in which the module is replaced by the mutant."""
    import pytest

    module = folder / mutant.path
    Path(importlib.util.cache_from_source(str(module))).unlink(missing_ok=True)
    module.unlink()  # the base has the same file
    module.write_text(mutant.code, encoding="utf-8")
    os.chdir(folder)
    os.environ.update(environment(folder))
    tempfile.tempdir = None  # or it stays what it was in the parent
    sys.path.insert(0, str(folder))
    first = _First(folder / "failed")
    options = [*OPTIONS, f"--basetemp={folder / 'tmp'}"]
    for tests in tests_of(mutant.path, folder):
        code = int(pytest.main([*options, *tests], plugins=[first]))
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):  # there may be no doctests
            return code
    found = sys.modules["npae"].__file__
    if not Path(found).is_relative_to(folder):
        raise RuntimeError(f"npae must come from the copy, got {found}")
    return 0


class _First:
    """Writes down the first test that fails."""

    def __init__(self, file: Path):
        self.file = file

    def pytest_runtest_logreport(self, report: object) -> None:
        """Hear how a part of a test ended."""
        self._note(report)

    def pytest_collectreport(self, report: object) -> None:
        """Hear whether a file could be imported."""
        self._note(report)

    def _note(self, report: object) -> None:
        if report.failed and not self.file.exists():
            self.file.write_text(report.nodeid, encoding="utf-8")
