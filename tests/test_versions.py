"""The versions that npae names are the ones that `versions.py` tests."""

import configparser
import re
import sys
from pathlib import Path

import pytest
import versions

ROOT = Path(__file__).parents[1]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture
def config():
    config = configparser.ConfigParser()
    config.read_string(text("setup.cfg"))
    return config


def test_every_place_names_the_oldest_python_that_is_tested():
    major, minor = versions.oldest_python()
    assert f"npae needs Python {major}.{minor}, " in text("README.md")
    assert f"npae needs Python {major}.{minor} or newer" in text("docs/quick_start.md")
    assert f'target-version = "py{major}{minor}"' in text("pyproject.toml")


def test_the_readme_names_the_numpy_and_scipy_that_are_tested():
    tested = dict(each.split("==") for each in versions.oldest())
    assert f"NumPy {tested['numpy']} and SciPy {tested['scipy']} or newer" in " ".join(text("README.md").split())


def test_the_classifiers_begin_with_the_oldest_python_and_leave_none_out(config):
    minors = [int(n) for n in re.findall(r"Python :: 3\.(\d+)", config["metadata"]["classifiers"])]
    assert minors == [*range(versions.oldest_python()[1], minors[-1] + 1)]


def test_the_oldest_environment_holds_each_requirement_at_its_lower_bound(config, tmp_path):
    options = versions.options("oldest", tmp_path)
    constraints = Path(options[options.index("--constraint") + 1]).read_text().split()
    required = config["options"]["install_requires"].split()
    assert required and {each.replace(">=", "==") for each in required} <= {*constraints}


def test_the_newest_environment_holds_nothing_back_and_the_coming_one_takes_pre_releases(tmp_path):
    newest, coming = versions.options("newest", tmp_path), versions.options("coming", tmp_path)
    assert "--constraint" not in newest and "--upgrade-strategy=eager" in newest
    assert "--pre" in coming and "--pre" not in newest


def test_the_command_is_that_of_the_readme():
    assert f"-m pytest {' '.join(versions.TESTS)}" in text("README.md")


def test_interpreters_are_found_by_name_and_those_that_do_not_run_are_passed_over(tmp_path, monkeypatch):
    for name, script in (("python3.10", "exit 0"), ("python3.11", "exit 0"), ("python3.12", "exit 127")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert versions.interpreter("oldest") == str(tmp_path / "python3.10")
    assert versions.interpreter("newest") == str(tmp_path / "python3.11")
    (tmp_path / "python3.10").unlink()
    with pytest.raises(SystemExit, match=r"python3\.10 or newer must be on the PATH"):
        versions.interpreter("oldest")


@pytest.fixture
def commands(monkeypatch):
    """Return the list of commands that would run; each ends with the code that is its first word's."""
    ran = []

    def run(*command, check=True):
        ran.append([str(part) for part in command])
        return int("pytest" in ran[-1] and "fail" in ran[-1])

    monkeypatch.setattr(versions, "run", run)
    return ran


def test_an_environment_is_made_shown_and_tested(commands, tmp_path):
    versions.main(["newest", "--python", sys.executable, "--folder", str(tmp_path)])
    assert commands[0] == [sys.executable, "-m", "venv", str(tmp_path / "newest")]
    assert commands[2][-2:] == ["--editable", f"{ROOT}[test]"]
    assert commands[3][1:] == ["-c", versions.SHOW]
    assert commands[4][1:] == ["-m", "pytest", *versions.TESTS]


def test_tests_that_fail_are_said_by_their_environment(commands, tmp_path):
    with pytest.raises(SystemExit, match="failed: newest"):
        versions.main(["newest", "--python", sys.executable, "--folder", str(tmp_path), "--pytest", "fail"])
    assert commands[-1][1:] == ["-m", "pytest", "fail"]
    with pytest.raises(SystemExit, match="choices must be among oldest, newest, coming, got old"):
        versions.main(["old"])
