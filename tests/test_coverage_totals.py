"""The shares of lines and branches are those of coverage.py, of all processes and threads, and their goals are kept."""

import os
import subprocess
import sys
from pathlib import Path

import coverage_totals
import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = """
import subprocess, sys, threading
import npae
worker = threading.Thread(target=npae.in_thread, args=(1,))
worker.start()
worker.join()
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "again"], check=True)
else:
    npae.in_process(1)
"""
MODULE = """
def in_thread(x):
    return 1 if x else 2
def in_process(x):
    if x:
        x += 1
    return x
def never():
    return 3
"""


def summary(lines, covered_lines, branches, covered_branches):
    missing = {"missing_lines": lines - covered_lines, "missing_branches": branches - covered_branches}
    sizes = {"num_statements": lines, "num_branches": branches}
    return {**sizes, **missing, "covered_lines": covered_lines, "covered_branches": covered_branches}


@pytest.fixture
def measured(monkeypatch):
    files = {"npae/a.py": {"summary": summary(10, 9, 4, 4)}, "npae/b.py": {"summary": summary(10, 9, 4, 2)}}
    monkeypatch.setattr(coverage_totals, "read", lambda: {"totals": summary(20, 18, 8, 6), "files": files})


def test_the_totals_and_the_least_covered_files_are_printed(measured, capsys):
    coverage_totals.main(["--files", "1"])
    assert capsys.readouterr().out.splitlines() == [
        "npae/b.py: 1 lines, 2 branches (90.0 %, 50.0 %)",
        "coverage: 90.00 % of npae's lines, 75.00 % of its branches",
    ]


def test_less_than_the_goals_is_an_error(measured, capsys):
    coverage_totals.main(["--lines", "90", "--branches", "75"])
    for goals in (["--lines", "90.1"], ["--branches", "75.1"]):
        with pytest.raises(SystemExit, match="coverage must be at least"):
            coverage_totals.main(goals)
    assert capsys.readouterr().out.count("coverage: ") == 3


@pytest.mark.slow
def test_lines_that_run_in_threads_and_in_processes_count(tmp_path):
    (tmp_path / "npae").mkdir()
    (tmp_path / "npae" / "__init__.py").write_text(MODULE)
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    without = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHONPATH"))}
    options = {"cwd": tmp_path, "env": without, "check": True, "text": True, "capture_output": True}
    subprocess.run([sys.executable, "-m", "coverage", "run", "program.py"], **options)
    subprocess.run([sys.executable, "-m", "coverage", "combine"], **options)
    done = subprocess.run([sys.executable, coverage_totals.__file__, "--files", "1"], **options)
    assert done.stdout.splitlines() == [
        "npae/__init__.py: 1 lines, 1 branches (87.5 %, 50.0 %)",
        "coverage: 87.50 % of npae's lines, 50.00 % of its branches",
    ]
