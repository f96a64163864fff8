"""All scripts: they run as files from any folder, their docstrings have commands that work, and none needs another."""

import ast
import functools
import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from looped import in_one_test

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "experiments").rglob("*.py"))
SCRIPTS = [path for path in FILES if "__main__" in path.read_text()]


def name_of(path):
    """Return what a file is called as a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@functools.cache
def tree(path):
    return ast.parse(path.read_text())


def named(path):
    return path.stem


def test_there_are_scripts_of_every_subject():
    folders = {path.parent.name for path in SCRIPTS}
    assert folders == {"experiments", "letters", "digits", "series", "variational"}


@in_one_test("script", SCRIPTS, ids=named)
def test_the_commands_of_a_docstring_are_understood(script):
    module = importlib.import_module(name_of(script))
    commands = re.findall(r"^    python (\S+)(.*?)(?:  #.*)?$", module.__doc__, re.MULTILINE)
    assert commands
    for path, arguments in commands:
        assert ROOT / path == script
        module.parser().parse_args(shlex.split(arguments))


@in_one_test("script", SCRIPTS, ids=named)
def test_a_script_asks_a_question_first(script):
    assert importlib.import_module(name_of(script)).__doc__.splitlines()[0].count("?") >= 1


@in_one_test("path", FILES, ids=named)
def test_no_file_imports_a_script(path):
    scripts = {name_of(script) for script in SCRIPTS}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert not {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)} & scripts


@in_one_test("path", [path for path in FILES if path.parent.name != "shared"], ids=named)
def test_subjects_import_only_from_themselves_and_from_what_is_shared(path):
    solvers = {"solvers", "shared"}
    of_parts = {"deep": solvers, "where_each_wins": solvers}  # the main job stands alone
    allowed = {path.parent.name, "shared"} if path.parent.name != "experiments" else of_parts.get(path.stem, set())
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("experiments."):
            assert node.module.split(".")[1] in allowed


def test_a_script_runs_from_any_folder(tmp_path):
    """One of the folder above the subjects; the study below is a script of a subject."""
    assert "--quick" in run(ROOT / "experiments" / "font_latent2.py", "--help", folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_every_script_runs_from_any_folder(script, tmp_path):
    assert "--quick" in run(script, "--help", folder=tmp_path)


@pytest.mark.slow
def test_a_study_runs_in_worker_processes_from_any_folder(tmp_path):
    """The workers import the script, and what it shares with others."""
    script = ROOT / "experiments" / "letters" / "font_sweep.py"
    printed = run(script, "--vary", "adaptive", "--quick", "--seeds", "1", "--workers", "1", folder=tmp_path)
    assert re.search(r"^on +1 +0 ", printed, re.MULTILINE)
    assert (tmp_path / "out" / "font_sweep" / "adaptive" / "results.json").exists()


def run(script, *arguments, folder):
    """Run a script from a folder, without help from the environment; return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout
