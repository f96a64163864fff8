"""Does the whole default suite pass with the oldest versions that npae names, and with the newest of all?

    python tests/versions.py                           # oldest, then newest: some minutes each
    python tests/versions.py oldest                    # the oldest Python, and the oldest of what setup.cfg requires
    python tests/versions.py newest                    # the newest Python that is here, and the newest of all
    python tests/versions.py coming                    # as newest, with pre-releases
    python tests/versions.py oldest --python ~/py310/bin/python --folder out/versions --pytest tests/layers -n 0

Each makes a virtual environment, installs npae with what its tests need, says which versions these are, and runs the
README's test command, in which a warning is an error. Pythons are found by their names on the PATH, such as python3.10.
What follows `--pytest` replaces the options of that command. An environment in `--folder` is used again.
"""

from __future__ import annotations

import argparse
import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHOICES = ("oldest", "newest", "coming")
TESTS = ("-n", "auto", "--dist", "worksteal")
BELOW = ("pyparsing<3.3",)  # from 3.3 on, it warns of names that Matplotlib 3.8 uses
SHOW = "import npae; npae.show_versions()"


def main(argv=None):
    """Run the tests with each choice of versions, and end with code 1 if one fails."""
    args = parser().parse_args(argv)
    choices = args.choices or ["oldest", "newest"]
    if unknown := {*choices} - {*CHOICES}:
        sys.exit(f"choices must be among {', '.join(CHOICES)}, got {', '.join(unknown)}")
    failed = []
    with tempfile.TemporaryDirectory(prefix="versions") as temporary:
        for choice in choices:
            python = args.python or interpreter(choice)
            folder = (args.folder or Path(temporary)).resolve() / choice
            failed += [] if passes(choice, python, folder, args.pytest) else [choice]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def passes(choice, python, folder, arguments):
    """Return whether the tests pass in an environment of these versions, which is made or brought up to date."""
    run(python, "-m", "venv", folder)
    own = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(own, "-m", "pip", "install", "--quiet", "--upgrade", "pip")
    run(own, "-m", "pip", "install", *options(choice, folder), "--editable", f"{ROOT}[test]")
    print(f"== {choice} ==", flush=True)
    run(own, "-c", SHOW)
    return run(own, "-m", "pytest", *(arguments or TESTS), check=False) == 0


def options(choice, folder):
    """Return pip's options for a choice of versions."""
    always = ["--quiet", "--prefer-binary"]
    if choice != "oldest":
        return [*always, "--upgrade", "--upgrade-strategy=eager", *(["--pre"] if choice == "coming" else [])]
    file = folder / "constraints.txt"
    file.write_text("\n".join([*oldest(), *BELOW]) + "\n", encoding="utf-8")
    return [*always, "--constraint", str(file)]


def run(*command, check=True):
    """Run a command from the checkout, and return its exit code."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=kept, check=check).returncode


def settings():
    """Return the section [options] of setup.cfg."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config["options"]


def oldest():
    """Return the oldest version of each package that npae requires, as pip's constraints."""
    required = settings()["install_requires"].split()
    assert all(re.fullmatch(r"[\w-]+>=[\d.]+", each) for each in required), required
    return [each.replace(">=", "==") for each in required]


def oldest_python():
    """Return the oldest Python that npae names, such as (3, 10)."""
    major, minor = re.fullmatch(r">=(\d+)\.(\d+)", settings()["python_requires"]).groups()
    return int(major), int(minor)


def interpreter(choice):
    """Return the path of the Python for a choice of versions."""
    major, minor = oldest_python()
    minors = [minor] if choice == "oldest" else range(minor + 20, minor - 1, -1)
    names = [f"python{major}.{number}" for number in minors]
    found = next((path for name in names if (path := working(name))), None)
    if found is None:
        sys.exit(f"{names[-1]} or newer must be on the PATH, or be named by --python")
    return found


def working(name):
    """Return where a Python of that name is on the PATH; a shim of a version manager may be there and not run."""
    path = shutil.which(name)
    runs = path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0
    return path if runs else None


def parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("choices", nargs="*", help=f"some of {', '.join(CHOICES)}; default oldest newest")
    parser.add_argument("--python", help="the Python for all choices, if it is not found by its name")
    parser.add_argument("--folder", type=Path, help="where the environments stay; default: they do not")
    parser.add_argument("--pytest", nargs=argparse.REMAINDER, default=[], help="last of all: arguments for pytest")
    return parser


if __name__ == "__main__":
    main()
