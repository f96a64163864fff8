"""What a stranger installs: the wheel, in an environment of its own, used from another folder."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import npae

ROOT = Path(__file__).parents[1]
USE = """
import npae
fonts = [npae.datasets.load_font(name) for name in npae.datasets.FONTS]
print(npae.__file__, sum(len(font) for font in fonts))
ae = npae.Autoencoder(epochs=2).fit(fonts[0].pixels)
npae.plots.history(ae)
npae.explorer.write(ae, "explorer.html", data=fonts[0])
"""


def run(*command, **options):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source")
    for name in ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "npae_command.py"):
        shutil.copy(ROOT / name, source)
    for name in ("npae", "data", "experiments", "benchmarks"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, source)
    (path,) = folder.glob("npae-*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_brings_every_font(wheel, tmp_path):
    """Installed beside this environment's packages, and not found through the checkout."""
    options = ["--no-deps", "--quiet", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "install", *options, "--target", tmp_path / "site", wheel)
    out = run(sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n{USE}", cwd=tmp_path)
    assert out.split() == [str(tmp_path / "site/npae/__init__.py"), "96"]


@pytest.mark.slow
def test_the_wheel_works_in_an_empty_environment(wheel, tmp_path):
    run(sys.executable, "-m", "venv", tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    out = run(python, "-c", USE, cwd=tmp_path)
    assert out.endswith(" 96\n")
    assert str(tmp_path) in out
    assert run(tmp_path / "env" / "bin" / "npae", "--version", cwd=tmp_path) == f"npae {npae.__version__}\n"


def test_every_package_is_listed_in_setup_cfg():
    listed = set(re.findall(r"^    (npae(?:\.[.\w]+)?)$", (ROOT / "setup.cfg").read_text(), flags=re.MULTILINE))
    folders = (
        path.parent for room in ("npae", "experiments", "benchmarks") for path in (ROOT / room).rglob("__init__.py")
    )
    present = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    packages = {name if name.startswith("npae") else f"npae.studies.{name}" for name in present}
    assert listed == packages | {"npae.datasets.glyphs"}


def test_the_readme_has_the_command_that_ci_runs():
    readme = (ROOT / "README.md").read_text()
    (command,) = re.findall(r"<!-- test command -->\n```.*\n(.*)\n```", readme)
    assert command.endswith("-m pytest -n auto --dist worksteal")
    assert "sed -n" in (ROOT / ".ci/run").read_text()


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_every_place_names_the_version_of_npae():
    assert re.search(r"^version: (.+)$", text("CITATION.cff"), re.MULTILINE)[1] == npae.__version__
    assert re.search(r'set version = "(.+)"', text("recipe/meta.yaml"))[1] == npae.__version__


def test_the_recipe_for_conda_needs_what_setup_cfg_needs():
    required = re.search(r"^install_requires =\n((?:    .+\n)+)", text("setup.cfg"), re.MULTILINE)[1].split()
    recipe = re.search(r"^  run:\n((?:    - .+\n)+)", text("recipe/meta.yaml"), re.MULTILINE)[1]
    needed = {line.strip(" -").replace(" ", "") for line in recipe.splitlines()}
    python = re.search(r"^python_requires = (.+)$", text("setup.cfg"), re.MULTILINE)[1]
    assert {each.replace("matplotlib-base", "matplotlib") for each in needed} == {*required, f"python{python}"}


@pytest.fixture(scope="module")
def sdists(tmp_path_factory):
    """The sdists of two copies of this checkout, whose files have different times."""
    paths = []
    for epoch in (1.7e9, 1.8e9):
        source = tmp_path_factory.mktemp("source") / "npae"
        skipped = shutil.ignore_patterns(
            "__pycache__", ".*_cache", ".git", ".venv", "_build", "out", "*.egg-info", "build"
        )
        shutil.copytree(ROOT, source, ignore=skipped)
        for path in source.rglob("*"):
            os.utime(path, (epoch, epoch))
        run(sys.executable, "setup.py", "-q", "sdist", cwd=source)
        paths += (source / "dist").glob("npae-*.tar.gz")
    return paths


@pytest.mark.slow
def test_the_sdist_says_what_is_safe_and_how_to_audit_it(sdists):
    with tarfile.open(sdists[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"SECURITY.md", "docs/dependencies.md", "docs/licences.py", ".ci/supply"} <= names


@pytest.mark.slow
def test_an_sdist_depends_on_nothing_but_its_files(sdists):
    first, second = (path.read_bytes() for path in sdists)
    assert first == second


@pytest.mark.slow
def test_the_sdist_holds_its_own_tests_which_find_all_that_they_need(sdists, tmp_path):
    shutil.unpack_archive(sdists[0], tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    environment = {**os.environ, "PYTHONPATH": str(source)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    options = {"cwd": source, "env": environment, "capture_output": True, "text": True, "check": False}
    collected = subprocess.run([*command, "--collect-only", "-m", ""], **options)
    assert collected.returncode == 0, collected.stdout[-2000:]
    tests = ["tests/test_cases.py", "tests/datasets", "tests/test_documentation.py", "tests/docs"]
    done = subprocess.run([*command, *tests], **options)
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_readme_has_no_relative_link_outside_the_repository():
    describe = {"__file__": str(ROOT / "setup.py"), "__name__": "described"}
    source = text("setup.py").rpartition("\nsetup(")[0]
    exec(compile(source, "setup.py", "exec"), describe)
    targets = re.findall(r"\]\(([^)\s]+)\)", describe["long_description"]())
    inside = re.findall(r"\]\((?!\w+:|#)([^)\s#]+)", text("README.md"))
    assert targets and all(re.match(r"https://|#", target) for target in targets)
    assert inside and all((ROOT / path).exists() for path in inside)


def test_what_is_installed_can_be_shown(capsys):
    npae.show_versions()
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names[:4] == ["npae", "Python", "machine", "numpy"] and names[-1] == "BLAS"
    assert {"scipy", "optuna"} <= {*names} and not {"pytest", "sphinx", "ruff"} & {*names}
