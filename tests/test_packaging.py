"""What a stranger installs: the wheel, in an environment of its own, used from another folder."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
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


def test_every_package_is_listed_in_setup_cfg():
    listed = set(re.findall(r"^    (npae[.\w]*)$", (ROOT / "setup.cfg").read_text(), flags=re.MULTILINE))
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
