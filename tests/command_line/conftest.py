"""The command line in this process, in a folder with a few small files."""

import copy
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from csv_files import numbers, write_csv

import npae
from npae.command_line.program import program


@pytest.fixture
def X():
    return numbers()


@pytest.fixture
def folder(tmp_path, monkeypatch, X):
    """A folder with mydata.csv, named.csv (with two columns of text) and mydata.npy, where commands run."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "mydata.csv", X)
    lines = (tmp_path / "mydata.csv").read_text().splitlines()
    named = [f"name,{lines[0]},site"] + [f"r{i},{line},s{i % 3}" for i, line in enumerate(lines[1:])]
    (tmp_path / "named.csv").write_text("\n".join(named) + "\n")
    np.save(tmp_path / "mydata.npy", X)
    return tmp_path


@pytest.fixture
def npae_(folder):
    """Run a command; return its result: exit_code, stdout, stderr."""

    def run(*args, **options):
        return CliRunner().invoke(program, [str(arg) for arg in args], **options)

    return run


@pytest.fixture
def ok(npae_):
    """Run a command that must end well and say nothing on standard error; return its standard output."""

    def run(*args, told="", **options):
        result = npae_(*args, **options)
        assert (result.exit_code, result.stderr) == (0, told), result.stderr
        return result.stdout

    return run


@pytest.fixture
def refused(npae_):
    """Run a command that must end with exit code 1 or 2 and one line on standard error; return the line."""

    def run(*args, code=1, **options):
        result = npae_(*args, **options)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (code, "", 1), result.output
        return result.stderr.strip()

    return run


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A function that trains an estimator on mydata.csv the first time it is asked for; it returns a copy and a file.

    A training takes as long as most of the tests that use its model.
    """
    from npae.command_line.data_sources import load_data

    kept, folder = {}, tmp_path_factory.mktemp("trained")
    write_csv(folder / "mydata.csv", numbers())

    def train(name, estimator):
        if name not in kept:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                kept[name] = estimator.fit(load_data("mydata.csv").samples)
            kept[name].save(folder / name)
        return copy.deepcopy(kept[name]), folder / name

    return train


@pytest.fixture
def model(folder, trained):
    """model.npz, trained on mydata.csv."""
    ae, path = trained("model.npz", npae.Autoencoder([2], random_state=0))
    shutil.copy(path, folder)
    return ae


@pytest.fixture
def detector(folder, trained):
    """detector.npz, trained on mydata.csv."""
    found, path = trained("detector.npz", npae.AnomalyDetector(random_state=0))
    shutil.copy(path, folder)
    return found
